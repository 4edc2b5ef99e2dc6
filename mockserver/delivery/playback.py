"""Playing: a scenario's events on the tenant's clock, each vendor's messages delivered and retried in order of time.

That a run began is a note in the tenant's log, so that a restarted server, or another worker, knows what was planned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import uuid4

from mockserver.delivery.library import Library
from mockserver.delivery.plan import Choice, Telling, plan
from mockserver.delivery.sender import Attempt, Sender
from mockserver.errors import NotFoundError
from mockserver.journal.recorder import Recorder
from mockserver.lifecycle.clock import Clock
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.scenario import Scenario
from mockserver.tenants import Tenant, Tenants
from mockserver.vendors.contract import Vendor

RUN = "run"
Watcher = Callable[[Telling, Attempt, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One playback: which scenario, by which vendors, from which seed, and what they have to tell."""

    id: str
    key: str
    title: str
    store: str
    seed: int
    choice: Choice
    tellings: tuple[Telling, ...]
    began: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As the note in the log keeps it and the control API shows it."""
        return {
            "id": self.id,
            "scenario": self.key,
            "title": self.title,
            "store": self.store,
            "seed": self.seed,
            "vendors": list(self.choice.vendors),
            "channels": list(self.choice.channels),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast: seconds of real time for a day of the story; 0 plays it at once."""

    seconds_per_day: float = 0.0

    def wait(self, gap: timedelta) -> None:
        """Let a gap of the story pass."""
        if self.seconds_per_day > 0 and gap > timedelta(0):
            time.sleep(gap / timedelta(days=1) * self.seconds_per_day)


class Player:
    """Plays scenarios into tenants."""

    def __init__(
        self,
        library: Library,
        vendors: Mapping[str, Vendor],
        tenants: Tenants,
        recorder: Recorder,
        sender: Sender,
    ) -> None:
        self.library = library
        self._vendors = vendors
        self._tenants = tenants
        self._recorder = recorder
        self._sender = sender

    def prepare(self, tenant: Tenant, key: str, *, seed: int = 0, choice: Choice | None = None, id: str = "") -> Run:  # noqa: A002  the word the control API uses
        """Plan a run; nothing is sent yet.

        Raises:
            NotFoundError: no such scenario, vendor or channel.
            ImpossibleStepError: the scenario's timeline cannot happen.
        """
        scenario = self.library.scenario(key)
        chosen = (choice or Choice()).checked(self._vendors)
        tellings = plan(scenario.unfold(seed), self._vendors, seed, chosen, tenant.settings)
        return _run(id or uuid4().hex[:12], key, scenario, seed, chosen, tellings)

    def play(self, tenant: Tenant, run: Run, *, pace: Pace = Pace(), watch: Watcher | None = None) -> None:
        """Send everything, retries included, turning the tenant's clock along; it stays at the last instant."""
        self._recorder.note(tenant, RUN, run.as_dict())
        queue = [(telling.message.at, number, 1, telling) for number, telling in enumerate(run.tellings)]
        heapify(queue)
        before: datetime | None = None
        while queue:
            at, number, attempt, telling = heappop(queue)
            pace.wait(at - before if before else timedelta(0))
            before = self._turn(tenant, at, before)
            result = self._sender.attempt(tenant, telling, attempt, at, run.id)
            if watch is not None:
                watch(telling, result, attempt)
            gap = _next_gap(telling, result, attempt)
            if gap is not None:
                heappush(queue, (at + gap, number, attempt + 1, telling))
        self._tenants.turn_clock(tenant, tenant.clock.resume())

    def _turn(self, tenant: Tenant, at: datetime, before: datetime | None) -> datetime:
        if at != before:
            self._tenants.turn_clock(tenant, Clock().freeze(at))
        return at


def _run(id: str, key: str, scenario: Scenario, seed: int, choice: Choice, tellings: Sequence[Telling]) -> Run:  # noqa: A002  as above
    return Run(
        id=id,
        key=key,
        title=scenario.title,
        store=scenario.store.value,
        seed=seed,
        choice=choice,
        tellings=tuple(tellings),
    )


def _next_gap(telling: Telling, result: Attempt, attempt: int) -> timedelta | None:
    """How long until the next attempt; None when there is none."""
    channel = telling.channel
    if result.outcome != "failed" or attempt > len(channel.retries):
        return None
    return channel.retries[attempt - 1] if channel.retry(result.status) else None


class Histories:
    """What has been planned to happen in each tenant: the notes of its runs, unfolded again."""

    def __init__(self, library: Library, notes: Callable[[str], Sequence[Mapping[str, Any]]]) -> None:
        self._library = library
        self._notes = notes
        self._known: dict[str, tuple[tuple[str, ...], tuple[LifecycleEvent, ...]]] = {}

    def of(self, tenant: Tenant) -> Sequence[LifecycleEvent]:
        """All lifecycle events of the tenant's runs, in order of time."""
        notes = self._notes(tenant.name)
        ids = tuple(note["id"] for note in notes)
        known = self._known.get(tenant.name)
        if known is None or known[0] != ids:
            events = [event for note in notes for event in self._unfold(note)]
            known = (ids, tuple(sorted(events, key=lambda event: event.at)))
            self._known[tenant.name] = known
        return known[1]

    def _unfold(self, note: Mapping[str, Any]) -> Sequence[LifecycleEvent]:
        try:
            return self._library.scenario(note["scenario"]).unfold(note["seed"])
        except NotFoundError:  # the file was removed since; what it told stays in the journal
            return ()
