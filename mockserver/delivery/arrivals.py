"""What has come in at one tenant and is to be passed on, as its log tells: what arrived, and which attempts were made.

Nothing else is kept, so that another worker, or a restarted server, goes on from the log alone. An entry is rendered
when its turn has come; what was tried of it before, by others or before a restart, the entries of the attempts tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from mockserver.delivery.plan import Sending
from mockserver.delivery.postman import Parcel, Postman
from mockserver.delivery.sender import FAILED, Sender
from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.journal.tail import RESET
from mockserver.tenants import Tenant, instant

ENTRY = "entry"
"""The detail of an attempt that names the entry which it passes on."""
_PLACES = 1_000_000  # more messages than one body makes
_AT_HAND = 1_000  # entries that are kept until they are rendered; those after them are read again
_AT_ONCE = 100  # entries rendered together: what a vendor remembers is then caught up with once for all of them
_UNKNOWN = -1

Name = tuple[str, str, str, str]
"""Entry, vendor, channel and message: what no other message of the tenant has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing(Sending):
    """One message that passes on an entry."""

    entry: str

    @property
    def details(self) -> Mapping[str, Any]:
        """With the entry that is passed on."""
        return {ENTRY: self.entry, **self.message.details}


class Ear(NamedTuple):
    """From where in the log on a channel passes on what comes in: what certain operations brought, or (None) all."""

    since: int
    operations: frozenset[str] | None = None

    def hears(self, operation: str, position: int) -> bool:
        """Whether it passes on what an operation brought at a position."""
        return position >= self.since and (self.operations is None or operation in self.operations)


Ears = Mapping[tuple[str, str], Ear]
"""By vendor and channel."""
Render = Callable[[Entry, int], Sequence[Passing]]
"""All messages about an entry that lies at a position of the log."""


class _Tried(NamedTuple):
    """An attempt that was made: which one, what came of it, and when."""

    number: int
    outcome: str
    at: datetime


class Arrivals:
    """One tenant's, from a position in its log on.

    Whoever reads or goes on has to be the only one, which `is_busy` says meanwhile; `due` may be asked by anybody.
    `guests` counts those who wait for their turn, `position` is up to where the log was read, `noted` what it was when
    somebody last kept it.
    """

    def __init__(self, sender: Sender, start: int) -> None:
        self.guests = 0
        self.is_busy = False
        self.position = self.noted = start
        self._sender = sender
        self._end = _UNKNOWN
        self._ears: Ears = {}
        self._next: datetime | None = None
        self._start_anew()

    def due(self, tenant: Tenant) -> datetime | None:
        """When anything is to be done next: now, if the log may have something new."""
        return tenant.now() if self._come or tenant.log.end() != self._end else self._next

    def settled(self) -> int:
        """The position in the log before which nothing is left to be done."""
        waiting = (parcel.number // _PLACES for parcel in self._postman.waiting.values())
        first, _ = next(iter(self._come.values()), (self.position, None))
        return min((first, *waiting))

    def read(self, tenant: Tenant, ears: Ears) -> None:
        """Take in what is new in the log, and who is still to hear of what came in."""
        if ears != self._ears:
            self._ears = ears
            self._postman.drop(lambda parcel: not _hears(ears, parcel))
        self._end = tenant.log.end()
        for position, after, entry in tenant.log.read(self.position):
            self._take_in(tenant, position, entry)
            self.position = after
        self._next = self._postman.due

    def go_on(self, tenant: Tenant, render: Render) -> bool:
        """Make the attempt that is due, or render what came in; whether there was anything to do."""
        now, parcel = tenant.now(), self._postman.next
        if parcel is not None and parcel.due <= now:
            if parcel.number in self._put_off:
                self._render_anew(tenant, render, parcel)
            else:
                self._postman.deliver_next(tenant, now)
                self._made.add((_name(parcel), parcel.attempt))
        elif self._come:
            for _ in range(min(len(self._come), _AT_ONCE)):
                self._unwrap(tenant, render, now)
        else:
            return False
        self._next = self._postman.due
        return True

    def _start_anew(self) -> None:
        self._postman = Postman(self._sender)
        self._next = None
        self._come: dict[str, tuple[int, Entry | None]] = {}
        self._tried: dict[Name, _Tried] = {}
        self._made: set[tuple[Name, int]] = set()
        self._put_off: set[int] = set()

    def _take_in(self, tenant: Tenant, position: int, entry: Entry) -> None:
        if entry.direction is Direction.IN:
            if entry.verdict is Verdict.ACCEPTED and self._is_heard(entry, position):
                self._come[entry.id] = (position, entry if len(self._come) < _AT_HAND else None)
        elif entry.direction is Direction.OUT:
            self._heed(tenant, entry)
        elif entry.operation == RESET:
            self._start_anew()

    def _is_heard(self, entry: Entry, position: int) -> bool:
        return any(
            vendor == entry.vendor and ear.hears(entry.operation, position) for (vendor, _), ear in self._ears.items()
        )

    def _heed(self, tenant: Tenant, entry: Entry) -> None:
        """An attempt: one of our own, or one that tells what is not to be done again."""
        details = entry.details
        if not isinstance(details.get(ENTRY), str):
            return
        name = (details[ENTRY], entry.vendor, entry.operation, str(details.get("message", "")))
        tried = _Tried(int(details.get("attempt", 1)), str(details.get("outcome")), instant(entry.at))
        if (name, tried.number) in self._made:
            self._made.discard((name, tried.number))
        elif details[ENTRY] in self._come:
            self._tried[name] = tried
        else:
            self._replace(tenant, name, tried)

    def _replace(self, tenant: Tenant, name: Name, tried: _Tried) -> None:
        """What follows from another's attempt stands in place of the parcel that was to be sent by us."""
        found = [one for one in self._postman.waiting.values() if _name(one) == name and one.attempt <= tried.number]
        if found:
            self._postman.drop(lambda one: _name(one) == name)
            self._take(tenant, found[0], tried)

    def _unwrap(self, tenant: Tenant, render: Render, now: datetime) -> None:
        """Put on its way what there is to be told of the entry that came first."""
        id_ = next(iter(self._come))
        position, entry = self._come.pop(id_)
        entry = entry or _entry_at(tenant, position)
        for place, passing in enumerate(render(entry, position)):
            due = passing.due if passing.due > instant(entry.at) else now
            parcel = Parcel(passing, position * _PLACES + place, due)
            if due > now:
                self._put_off.add(parcel.number)
            self._take(tenant, parcel, self._tried.pop(_name(parcel), None))

    def _render_anew(self, tenant: Tenant, render: Render, parcel: Parcel) -> None:
        """A message whose time has come only now may have changed meanwhile, or be no more."""
        self._put_off.discard(parcel.number)
        self._postman.drop(lambda one: one.key == parcel.key)
        position, name = parcel.number // _PLACES, _name(parcel)
        for passing in render(_entry_at(tenant, position), position):
            fresh = parcel._replace(telling=passing)
            if _name(fresh) == name:
                self._postman.take(fresh)

    def _take(self, tenant: Tenant, parcel: Parcel, tried: _Tried | None) -> None:
        """Take a parcel along, unless an attempt that was made before was the last one."""
        if tried is None:
            self._postman.take(parcel)
            return
        gaps = parcel.telling.channel.gaps(tenant.settings(parcel.telling.message.vendor))
        if tried.outcome == FAILED and tried.number <= len(gaps):
            due = tried.at + gaps[tried.number - 1]
            self._postman.take(parcel._replace(attempt=tried.number + 1, due=due))


def _entry_at(tenant: Tenant, position: int) -> Entry:
    _, _, entry = next(tenant.log.read(position))
    return entry


def _name(parcel: Parcel) -> Name:
    message = parcel.telling.message
    return parcel.telling.details[ENTRY], message.vendor, message.channel, message.id


def _hears(ears: Ears, parcel: Parcel) -> bool:
    """Whether a parcel's channel still passes on what came in where the parcel's entry lies."""
    message = parcel.telling.message
    ear = ears.get((message.vendor, message.channel))
    return ear is not None and parcel.number // _PLACES >= ear.since
