"""Live subscribers: they come, act and are acted on, and as a tenant's clock is turned everything falls due, in order.

What happens is told by every vendor, delivered and stamped with the mock's time: the clock stands at each instant
while its messages are delivered. All of it is kept as notes in the tenant's log (`chronicles.py`), so that a restarted
server, or another worker, goes on where the last one was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from mockserver.delivery.chronicles import Chronicle, event_of, number_of
from mockserver.delivery.forwarding import Forwarder
from mockserver.delivery.newcomers import Newcomer
from mockserver.delivery.pasts import Pasts
from mockserver.delivery.plan import Tellers
from mockserver.delivery.population import Member
from mockserver.delivery.postman import Parcel, Postman
from mockserver.delivery.sender import Sender
from mockserver.delivery.ticking import Ticker
from mockserver.delivery.turns import StoppedError, Turns
from mockserver.errors import NotFoundError
from mockserver.journal.journal import Journal
from mockserver.journal.recorder import Recorder
from mockserver.lifecycle.clock import Clock
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.tenants import Tenant, Tenants
from mockserver.vendors.contract import Vendor

Progress = Callable[[int, int, datetime], None]
"""How many of how many events have been told, and the instant of the last one."""


@dataclass(slots=True)
class _Visit:
    """One change of what lives in a tenant: when it happens, and the clock that the tenant has afterwards."""

    tenant: Tenant
    chronicle: Chronicle
    postman: Postman
    pasts: Pasts
    now: datetime
    clock: Clock


class Lives:
    """The live subscribers of all tenants.

    Args:
        vendors: Who tells of them.
        tenants: Whose clocks are turned.
        recorder: Keeps the notes.
        sender: Delivers what is told.
        forwarder: Passes on what the vendors that are fed were told.
        journal: Reads the notes back.
        turns: Who else turns clocks.
        shared: Whether other processes serve the same tenants, and have to see each turn of a clock.
    """

    def __init__(
        self,
        vendors: Mapping[str, Vendor],
        tenants: Tenants,
        recorder: Recorder,
        sender: Sender,
        forwarder: Forwarder,
        journal: Journal,
        turns: Turns,
        *,
        shared: bool = False,
    ) -> None:
        self._vendors = vendors
        self._tenants = tenants
        self._recorder = recorder
        self._sender = sender
        self._forwarder = forwarder
        self._journal = journal
        self._turns = turns
        self._shared = shared
        self._chronicles: WeakKeyDictionary[Tenant, Chronicle] = WeakKeyDictionary()
        self._lock = Lock()
        self._ticker = Ticker(self._dues, self.catch_up)

    def create(self, tenant: Tenant, newcomer: Newcomer) -> Member:
        """Somebody comes, at what the clock shows.

        Raises:
            NotFoundError: the product or a vendor does not exist.
            InvalidError: something that cannot be meant.
            ConflictError: the app's id is somebody else's, or the tenant is busy.
            ImpossibleStepError: the product cannot be bought so.
        """
        newcomer.checked()
        newcomer.choice.checked(self._vendors)
        with self._visit(tenant, "somebody is coming") as visit:
            with visit.chronicle.lock:
                member = visit.chronicle.population.begin(newcomer, visit.now)
                visit.chronicle.is_sound = False
                visit.chronicle.note(tenant, "begun", at=visit.now.isoformat(), **newcomer.as_note())
            self._tell(visit, visit.now)
            return member

    def act(self, tenant: Tenant, name: str, verb: str, words: Mapping[str, Any] | None = None) -> Member:
        """Somebody acts, or something is done to them, at what the clock shows.

        Raises:
            NotFoundError: there is no such subscriber.
            InvalidError: there is no such verb, or it takes no such words.
            ConflictError: the tenant is busy.
            ImpossibleStepError: it cannot happen; the sentence says why and what can.
        """
        with self._visit(tenant, f"{verb} is being told") as visit:
            with visit.chronicle.lock:
                member = visit.chronicle.population.act(name, verb, words or {}, visit.now)
                visit.chronicle.is_sound = False
                said = {"subscriber": member.id, "verb": verb, "words": dict(words or {})}
                visit.chronicle.note(tenant, "acted", at=visit.now.isoformat(), **said)
            self._tell(visit, visit.now)
            return member

    def remove(self, tenant: Tenant, name: str) -> None:
        """Forget somebody; what was told stays told.

        Raises:
            NotFoundError: there is no such subscriber.
            ConflictError: the tenant is busy.
        """
        with self._visit(tenant, "somebody is going") as visit, visit.chronicle.lock:
            gone = visit.chronicle.population.remove(name)
            visit.chronicle.is_sound = False
            visit.chronicle.note(tenant, "gone", subscriber=gone.id)
            events = visit.chronicle.population.events
            visit.postman.drop(lambda parcel: events[event_of(parcel.number)].person.key == gone.id)
            visit.chronicle.note_told(tenant)
            visit.chronicle.is_sound = True

    def turn(self, tenant: Tenant, clock: Clock, progress: Progress | None = None) -> None:
        """Give a tenant another clock. Turned forward, everything that falls due until then happens first.

        Raises:
            ConflictError: the tenant is busy.
            InvalidError: somebody's life goes beyond the years that calendars know.
        """
        chronicle = self._read(tenant)
        if chronicle.is_empty and not self._forwarder.is_waiting(tenant):
            self._tenants.turn_clock(tenant, clock)
            return
        until = clock.now()
        with self._visit(tenant, "its clock is being turned", catching_up=False) as visit:
            self._live(visit, until, progress)
            self._pass_on(tenant, until)
            visit.clock = Clock.frozen_at(until) if clock.is_frozen else Clock.starting_at(until)

    def catch_up(self, tenant: Tenant) -> None:
        """Let everything happen that has fallen due while the clock was running.

        Raises:
            ConflictError: the tenant is busy.
        """
        try:
            with self._visit(tenant, "what has fallen due is being told"):
                pass
        except NotFoundError:  # the tenant itself was deleted meanwhile
            self._chronicles.pop(tenant, None)

    def all(self, tenant: Tenant) -> list[Member]:
        """Everybody, in order of coming."""
        chronicle = self._read(tenant)
        with chronicle.lock:
            return list(chronicle.population.members.values())

    def find(self, tenant: Tenant, name: str) -> Member:
        """Somebody by id, or by any id that the app has for them.

        Raises:
            NotFoundError: there is nobody.
        """
        chronicle = self._read(tenant)
        with chronicle.lock:
            return chronicle.population.find(name)

    def history(self, tenant: Tenant) -> tuple[object, Sequence[LifecycleEvent]]:
        """Something that changes with what has happened, and all of that, in the order in which it was lived."""
        chronicle = self._read(tenant)
        with chronicle.lock:
            return chronicle.version, chronicle.population.history()

    def stop(self) -> None:
        """Let nothing happen by itself any more."""
        self._ticker.stop()

    def _dues(self) -> list[tuple[Tenant, datetime]]:
        """When anything will happen or be sent by itself, by what this process knows."""
        with self._lock:
            known = [item for item in self._chronicles.items() if not item[0].clock.is_frozen]
        return [(tenant, due) for tenant, chronicle in known if (due := chronicle.due()) is not None]

    def _read(self, tenant: Tenant) -> Chronicle:
        with self._lock:
            chronicle = self._chronicles.get(tenant)
            is_new = chronicle is None
            if chronicle is None:
                chronicle = self._chronicles[tenant] = Chronicle(tenant.name, tenant.log, self._journal, self._recorder)
        with chronicle.lock:
            chronicle.read()
        if is_new and not chronicle.is_empty:
            self._ticker.wake()
        return chronicle

    @contextmanager
    def _visit(self, tenant: Tenant, doing: str, *, catching_up: bool = True) -> Iterator[_Visit]:
        """Be the only one who changes anything. The clock goes on afterwards as it was, unless the visit says how.

        What could not be finished is forgotten by this process: the notes say where to go on.
        """
        with self._turns.hold(tenant.name, doing):
            chronicle, clock = self._read(tenant), tenant.clock
            postman, pasts = self._made_ready(chronicle, tenant)
            visit = _Visit(tenant, chronicle, postman, pasts, clock.now(), clock)
            try:
                if catching_up:
                    self._live(visit, visit.now)
                yield visit
            finally:
                if not chronicle.is_sound:
                    self._chronicles.pop(tenant, None)
                self._give_back(visit, clock)
                self._ticker.wake()

    def _live(self, visit: _Visit, until: datetime, progress: Progress | None = None) -> None:
        """Let time pass for everybody, and have it told."""
        chronicle = visit.chronicle
        with chronicle.lock:
            due = chronicle.population.due()
            if due is not None and due <= until:
                chronicle.is_sound = False
                chronicle.population.live(until)
                chronicle.note(visit.tenant, "lived", until=until.isoformat())
        self._tell(visit, until, progress)

    def _tell(self, visit: _Visit, until: datetime, progress: Progress | None = None) -> None:
        """Have everything told that has happened, and delivered what is due until an instant."""
        chronicle, postman, tenant = visit.chronicle, visit.postman, visit.tenant
        chronicle.is_sound = False
        events = chronicle.population.events
        first, total = chronicle.told, len(events)
        tellers = Tellers(self._vendors, tenant.settings, tenant.documents, pasts=visit.pasts)
        while not self._turns.stopping.is_set():
            event = events[chronicle.told] if chronicle.told < total else None
            if event is not None and (postman.due is None or event.at <= postman.due):
                self._post(chronicle, postman, tellers, event)
                if progress is not None:
                    progress(chronicle.told - first, total - first, event.at)
            elif postman.due is not None and postman.due <= until:
                self._stand(tenant, postman.due)
                postman.deliver_next(tenant)
            else:
                chronicle.note_told(tenant)
                chronicle.is_sound = True
                return
        raise StoppedError("The server is stopping; what has not been told will be when it runs again.")

    def _post(self, chronicle: Chronicle, postman: Postman, tellers: Tellers, event: LifecycleEvent) -> None:
        """Put what is told of an event on its way; nobody tells of those who are gone."""
        for parcel in _parcels(chronicle, tellers, event, chronicle.told):
            postman.take(parcel)
        chronicle.told += 1

    def _made_ready(self, chronicle: Chronicle, tenant: Tenant) -> tuple[Postman, Pasts]:
        """The postman with what is on its way, and the past: as the notes have them if others have written them."""
        with chronicle.lock:
            if chronicle.postman is None or chronicle.pasts is None:
                chronicle.postman, chronicle.pasts = self._restored(chronicle, tenant)
            return chronicle.postman, chronicle.pasts

    def _restored(self, chronicle: Chronicle, tenant: Tenant) -> tuple[Postman, Pasts]:
        postman, pasts, waiting = Postman(self._sender), Pasts(), chronicle.on_its_way()
        tellers = Tellers(self._vendors, tenant.settings, tenant.documents, pasts=pasts)
        for index, event in enumerate(chronicle.population.events[: chronicle.told]):
            if index not in waiting:
                pasts.add(event)
                continue
            told = {_name(parcel): parcel for parcel in _parcels(chronicle, tellers, event, index)}
            for line in waiting[index]:
                parcel = told.get((line["vendor"], line["channel"], line["message"]))
                if parcel is not None:
                    due = datetime.fromisoformat(line["due"])
                    postman.take(parcel._replace(due=due, attempt=line["attempt"], number=line["number"]))
        postman.changed.clear()
        return postman, pasts

    def _stand(self, tenant: Tenant, at: datetime) -> None:
        """Let the tenant's clock stand at an instant, when everything due before was passed on."""
        self._pass_on(tenant, at)
        if tenant.clock.stands_at != at:
            self._turn(tenant, Clock.frozen_at(at), lasting=False)

    def _pass_on(self, tenant: Tenant, until: datetime) -> None:
        """Have passed on what came in, and what is to be tried again until an instant."""
        stand = lambda instant: self._turn(tenant, Clock.frozen_at(instant), lasting=False)  # noqa: E731  a single use
        self._forwarder.pass_until(tenant, until, stand)

    def _give_back(self, visit: _Visit, clock: Clock) -> None:
        """Let the clock go on."""
        if visit.clock != visit.tenant.clock:
            self._turn(visit.tenant, visit.clock, lasting=visit.clock != clock)

    def _turn(self, tenant: Tenant, clock: Clock, *, lasting: bool) -> None:
        """Turn a clock: for everybody to see, or where nobody else could see it only here."""
        if lasting or self._shared:
            self._tenants.turn_clock(tenant, clock)
        else:
            tenant.turn_clock(clock)


def _parcels(chronicle: Chronicle, tellers: Tellers, event: LifecycleEvent, index: int) -> list[Parcel]:
    member = chronicle.population.owner(event)
    if member is None:
        tellers.pasts.add(event)
        return []
    told = tellers.tell(event, member.newcomer.seed, member.newcomer.choice)
    return [Parcel(telling, number_of(index, place), max(telling.due, event.at)) for place, telling in enumerate(told)]


def _name(parcel: Parcel) -> tuple[str, str, str]:
    message = parcel.telling.message
    return message.vendor, message.channel, message.id
