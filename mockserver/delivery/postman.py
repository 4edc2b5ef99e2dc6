"""The messages of one tenant on their way: in order of time, each tried until it arrives or its vendor gives up.

A retry is due at the vendor's gap after the attempt before, on the tenant's clock, and repeats the body byte for byte;
only what signs an attempt is made anew. `Retry-After` changes nothing: no vendor is documented to heed it when it
sends (revenuecat.md §11, nami.md §7, adapty.md §11.1, mbaasy.md §7), so the ladder stands. At one instant everything
new is sent once before anything is tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple

from mockserver.delivery.mishaps import Mishaps
from mockserver.delivery.plan import Sending
from mockserver.delivery.sender import DELIVERED, FAILED, GIVEN_UP, Attempt, Post, Sender
from mockserver.tenants import Tenant

Key = tuple[int, int]
BY_HAND = timedelta(hours=1)  # from a message's arrival to somebody pressing "resend"


class Parcel(NamedTuple):
    """A message with its place in the plan, and the attempt that is due."""

    telling: Sending
    number: int
    due: datetime
    attempt: int = 1
    by_hand: bool = False

    @property
    def key(self) -> Key:
        """What no other parcel of a postman has."""
        return self.number, self.attempt


class Postman:
    """Has what is still to be sent. Whoever owns one asks for what is due and has it delivered.

    `waiting` are the parcels on their way, `changed` the keys of those that were taken along or handed over since
    somebody last emptied it.
    """

    def __init__(self, sender: Sender, run: str = "", mishaps: Mishaps | None = None) -> None:
        self._sender = sender
        self._run = run
        self._mishaps = mishaps
        self._order = count()  # so that two parcels themselves are never compared
        self._queue: list[tuple[datetime, bool, int, int, Parcel]] = []
        self._failing: dict[tuple[str, str], datetime] = {}
        self.waiting: dict[Key, Parcel] = {}
        self.changed: set[Key] = set()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def next(self) -> Parcel | None:
        """The parcel whose attempt is due next."""
        return self._queue[0][-1] if self._queue else None

    @property
    def due(self) -> datetime | None:
        """When the next attempt is due."""
        return self._queue[0][0] if self._queue else None

    def take(self, parcel: Parcel, rank: int | None = None) -> None:
        """Take a parcel along; `rank` is its place among those due at the same instant, its number unless said."""
        place = parcel.number if rank is None else rank
        heappush(self._queue, (parcel.due, parcel.attempt > 1, place, next(self._order), parcel))
        self.waiting[parcel.key] = parcel
        self.changed.add(parcel.key)

    def drop(self, is_unwanted: Callable[[Parcel], bool]) -> None:
        """Throw parcels away."""
        unwanted = {key for key, parcel in self.waiting.items() if is_unwanted(parcel)}
        self._queue = [queued for queued in self._queue if queued[-1].key not in unwanted]
        heapify(self._queue)
        self.waiting = {key: parcel for key, parcel in self.waiting.items() if key not in unwanted}
        self.changed |= unwanted

    def deliver_next(self, tenant: Tenant, at: datetime | None = None) -> tuple[Parcel, Attempt]:
        """Make the attempt that is due next, at its time or later; what follows from it is on its way."""
        rank, parcel = self._taken()
        parcel = parcel if at is None else parcel._replace(due=at)
        telling, number, at = parcel.telling, parcel.number, parcel.due
        post = Post(
            telling=telling,
            number=parcel.attempt,
            at=at,
            run=self._run,
            retried=lambda status: self._gap(tenant, parcel, status) is not None,
            scripted=self._mishaps.answer(number, parcel.attempt, at) if self._mishaps else None,
            by_hand=parcel.by_hand,
        )
        attempt = self._sender.attempt(tenant, post)
        self._watch(telling, attempt, at)
        self._follow(tenant, parcel, attempt, rank)
        return parcel, attempt

    def _taken(self) -> tuple[int, Parcel]:
        _, _, rank, _, parcel = heappop(self._queue)
        del self.waiting[parcel.key]
        self.changed.add(parcel.key)
        return rank, parcel

    def _follow(self, tenant: Tenant, parcel: Parcel, attempt: Attempt, rank: int) -> None:
        """What comes after an attempt: another one, or the sending once more by hand."""
        if parcel.by_hand:
            return
        gap = self._gap(tenant, parcel, attempt.status) if attempt.outcome == FAILED else None
        if gap is not None:
            self.take(parcel._replace(due=parcel.due + gap, attempt=parcel.attempt + 1), rank)
            return
        if self._mishaps is None:
            return
        self._mishaps.settle(parcel.number)
        if attempt.outcome == DELIVERED:
            for more in range(1, self._mishaps.resends(parcel.number) + 1):
                due, number = parcel.due + more * BY_HAND, parcel.attempt + more
                self.take(parcel._replace(due=due, attempt=number, by_hand=True), rank)

    def _gap(self, tenant: Tenant, parcel: Parcel, status: int) -> timedelta | None:
        """How long until an attempt that failed is followed by another; None when it is not."""
        channel, message = parcel.telling.channel, parcel.telling.message
        gaps = channel.gaps(tenant.settings(message.vendor))
        if parcel.attempt > len(gaps) or not channel.retry(status):
            return None
        failing = self._failing.get((message.vendor, message.channel), parcel.due)
        if channel.rest is not None and parcel.due - failing >= channel.rest:
            return None
        return gaps[parcel.attempt - 1]

    def _watch(self, telling: Sending, attempt: Attempt, at: datetime) -> None:
        """Keep in mind since when an endpoint has not answered well."""
        endpoint = (telling.message.vendor, telling.message.channel)
        if attempt.outcome == DELIVERED:
            self._failing.pop(endpoint, None)
        elif attempt.outcome in {FAILED, GIVEN_UP}:
            self._failing.setdefault(endpoint, at)
