"""Playing: a scenario's events on the tenant's clock, each vendor's messages delivered and retried in order of time.

That a run began is a note in the tenant's log, so that a restarted server, or another worker, knows what was planned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from mockserver.delivery.forwarding import Forwarder
from mockserver.delivery.library import Library
from mockserver.delivery.mishaps import Mishaps
from mockserver.delivery.plan import Choice, Telling, plan_scenario
from mockserver.delivery.postman import Parcel, Postman
from mockserver.delivery.sender import Attempt, Sender
from mockserver.delivery.turns import StoppedError, Turns
from mockserver.journal.recorder import Recorder
from mockserver.lifecycle.clock import Clock
from mockserver.lifecycle.scenario import Scenario
from mockserver.lifecycle.trouble import Trouble
from mockserver.tenants import Tenant, Tenants
from mockserver.vendors.contract import Vendor

RUN = "run"
Watcher = Callable[[Telling, Attempt, int], None]
_DAY = timedelta(days=1)


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
    trouble: tuple[Trouble, ...] = ()

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

    def seconds(self, gap: timedelta) -> float:
        """How long a gap of the story takes."""
        return max(0.0, gap / _DAY * self.seconds_per_day)


class Player:
    """Plays scenarios into tenants."""

    def __init__(
        self,
        library: Library,
        vendors: Mapping[str, Vendor],
        tenants: Tenants,
        recorder: Recorder,
        sender: Sender,
        forwarder: Forwarder,
        turns: Turns,
    ) -> None:
        self.library = library
        self._vendors = vendors
        self._tenants = tenants
        self._recorder = recorder
        self._sender = sender
        self._forwarder = forwarder
        self._turns = turns

    def prepare(self, tenant: Tenant, key: str, *, seed: int = 0, choice: Choice | None = None, id: str = "") -> Run:  # noqa: A002  the word the control API uses
        """Plan a run; nothing is sent yet.

        Raises:
            NotFoundError: no such scenario, vendor or channel.
            ImpossibleStepError: the scenario's timeline cannot happen.
        """
        scenario = self.library.scenario(key)
        chosen = (choice or Choice()).checked(self._vendors)
        tellings = plan_scenario(scenario, self._vendors, seed, chosen, tenant.settings, memories=tenant.documents)
        return _run(id or uuid4().hex[:12], key, scenario, seed, chosen, tellings)

    def play(self, tenant: Tenant, run: Run, *, pace: Pace = Pace(), watch: Watcher | None = None) -> None:
        """Send everything, retries included, turning the tenant's clock along; it goes on from the last instant.

        Raises:
            ConflictError: the tenant's clock is being turned by something else.
            StoppedError: the server stops.
        """
        with self._turns.hold(tenant.name, f"{run.key} is being played"):
            self._recorder.note(tenant, RUN, run.as_dict())
            stood = tenant.clock.is_frozen
            try:
                for parcel, attempt in self._deliveries(tenant, run, pace):
                    if watch is not None:
                        watch(run.tellings[parcel.number], attempt, parcel.attempt)
            finally:
                if not stood:
                    self._tenants.turn_clock(tenant, tenant.clock.resume())

    def _deliveries(self, tenant: Tenant, run: Run, pace: Pace) -> Iterator[tuple[Parcel, Attempt]]:
        postman = self._loaded(run)
        began, first, before = time.monotonic(), postman.due, None
        while postman.due is not None and first is not None:
            self._wait_until(began + pace.seconds(postman.due - first))
            before = self._turn(tenant, postman.due, before)
            yield postman.deliver_next(tenant)
        self._pass_on(tenant, tenant.now())

    def _loaded(self, run: Run) -> Postman:
        """A postman with everything that the run has to tell."""
        mishaps = Mishaps(run.trouble, run.tellings, self._vendors) if run.trouble else None
        postman = Postman(self._sender, run.id, mishaps)
        ranks = mishaps.ranks() if mishaps else range(len(run.tellings))
        for number, (telling, rank) in enumerate(zip(run.tellings, ranks, strict=True)):
            postman.take(Parcel(telling, number, telling.due), rank)
        return postman

    def _wait_until(self, moment: float) -> None:
        if self._turns.stopping.wait(max(0.0, moment - time.monotonic())):
            raise StoppedError("The server is stopping; the run was broken off.")

    def _turn(self, tenant: Tenant, at: datetime, before: datetime | None) -> datetime:
        if at != before:
            self._pass_on(tenant, at)
            self._tenants.turn_clock(tenant, Clock().freeze(at))
        return at

    def _pass_on(self, tenant: Tenant, until: datetime) -> None:
        """Have passed on what came in at the vendors that are fed, and what is to be tried again until an instant."""
        self._forwarder.pass_until(
            tenant, until, lambda instant: self._tenants.turn_clock(tenant, Clock().freeze(instant))
        )


def _run(id: str, key: str, scenario: Scenario, seed: int, choice: Choice, tellings: Sequence[Telling]) -> Run:  # noqa: A002  as above
    return Run(
        id=id,
        key=key,
        title=scenario.title,
        store=scenario.store.value,
        seed=seed,
        choice=choice,
        tellings=tuple(tellings),
        trouble=scenario.trouble,
    )
