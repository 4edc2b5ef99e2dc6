"""Passing on what comes in: channels that tell somebody else's server of what a vendor's own API was told.

It happens apart from the answer: whoever answers only wakes us. Each attempt is an entry of its own. Nothing is sent
that came in before the channel was given a target, and everything once that came in after it, at least: the log tells
what was tried (`arrivals.py`), the ledger now and then up to where all of it is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Lock
from weakref import WeakKeyDictionary

from mockserver.delivery.arrivals import Arrivals, Ear, Ears, Passing
from mockserver.delivery.sender import Sender
from mockserver.delivery.ticking import Ticker
from mockserver.delivery.turns import PATIENCE, StoppedError, Turns
from mockserver.errors import ConflictError, NotFoundError
from mockserver.journal.entry import Entry
from mockserver.lifecycle.ids import ids_of
from mockserver.tenants import Tenant, Tenants
from mockserver.vendors.contract import Channel, Forwarding, Ids, Message, Operation, Vendor

logger = logging.getLogger("mockserver")
_STRIDE = 256 * 1024  # bytes of the log after which it is noted how far we are
_GUESTS_PATIENCE = 3 * PATIENCE  # longer than one attempt takes


class Forwarder:
    """Passes on what comes in, for all tenants.

    Args:
        vendors: Whose channels pass on what they are told.
        tenants: Who has targets.
        sender: Makes the attempts.
        turns: Who else does so.
        report: Is told of bugs of ours.
    """

    def __init__(
        self,
        vendors: Mapping[str, Vendor],
        tenants: Tenants,
        sender: Sender,
        turns: Turns,
        report: Callable[[Exception], None],
    ) -> None:
        self._channels = {
            (name, key): channel
            for name, vendor in vendors.items()
            for key, channel in vendor.channels.items()
            if channel.forward is not None
        }
        self._called_back = {
            name: frozenset(one.name for one in vendor.operations if one.calls_back) for name, vendor in vendors.items()
        }
        self._tenants = tenants
        self._sender = sender
        self._turns = turns
        self._report = report
        self._known: WeakKeyDictionary[Tenant, Arrivals] = WeakKeyDictionary()
        self._lock = Lock()
        self._ticker = Ticker(self._dues, self.catch_up, apart=True)

    def resume(self) -> None:
        """Go on where the last server has stopped."""
        for tenant in self._tenants.all():
            if (tenant.passed_on is not None or self._is_aimed(tenant)) and tenant.log.end() > self._start(tenant):
                self._of(tenant)
        if self._known:
            self._ticker.wake()

    def notice(self, tenant: Tenant, operation: Operation, vendor: str) -> None:
        """Something has come in at a tenant that has targets, or by an operation that calls back."""
        if operation.calls_back or self._is_aimed(tenant, vendor):
            self._of(tenant)
            self._ticker.wake()

    def catch_up(self, tenant: Tenant) -> None:
        """Pass on what is due now; leave off when somebody else wants to.

        Raises:
            ConflictError: another worker does so.
        """
        try:
            while self._go_on(tenant):
                pass
        except NotFoundError:  # the tenant itself was deleted meanwhile
            self._known.pop(tenant, None)

    def pass_until(self, tenant: Tenant, until: datetime, stand: Callable[[datetime], None]) -> None:
        """Before a clock is turned: pass on everything that falls due until then, with the clock standing there.

        An endpoint, or another worker, that keeps us waiting does not keep the clock from being turned.
        """
        guest = self._known.get(tenant)
        if guest is None:
            return
        guest.guests += 1
        try:
            with self._alone(tenant, _GUESTS_PATIENCE) as arrivals:
                self._pass_until(tenant, arrivals, until, stand)
        except StoppedError:
            raise
        except ConflictError as error:
            logger.info("What came in at %s is passed on later: %s", tenant.name, error)
        finally:
            guest.guests -= 1
            self._ticker.wake()

    def is_waiting(self, tenant: Tenant) -> bool:
        """Whether anything is being passed on, or is to be."""
        arrivals = self._known.get(tenant)
        return arrivals is not None and (arrivals.is_busy or arrivals.due(tenant) is not None)

    def stop(self) -> None:
        """Pass nothing on any more, and keep how far it has come."""
        self._ticker.stop()
        for tenant, arrivals in list(self._known.items()):
            if (settled := arrivals.settled()) != tenant.passed_on:
                self._tenants.note_passed_on(tenant, settled)

    def _go_on(self, tenant: Tenant) -> bool:
        """Do one thing that is due; whether there may be more for us."""
        if self._turns.stopping.is_set() or self._of(tenant).guests:
            return False
        with self._alone(tenant, PATIENCE) as arrivals:
            return arrivals.go_on(tenant, partial(self._render, tenant))

    def _pass_until(
        self, tenant: Tenant, arrivals: Arrivals, until: datetime, stand: Callable[[datetime], None]
    ) -> None:
        while not self._turns.stopping.is_set():
            due = arrivals.due(tenant)
            if due is None or due > until:
                return
            if due > tenant.now():
                stand(due)
            arrivals.go_on(tenant, partial(self._render, tenant))
            arrivals.read(tenant, self._ears(tenant))

    @contextmanager
    def _alone(self, tenant: Tenant, patience: float) -> Iterator[Arrivals]:
        """Be the only one who passes on what came in at a tenant, and know what others have done.

        What could not be finished is forgotten: the log says where to go on.
        """
        if self._tenants.get(tenant.name) is not tenant:
            raise NotFoundError(f"There is no tenant {tenant.name!r} any more.")
        with self._turns.hold(f"{tenant.name}/arrivals", "what came in is being passed on", patience):
            arrivals = self._of(tenant)
            arrivals.is_busy = True
            try:
                arrivals.read(tenant, self._ears(tenant))
                yield arrivals
            except Exception:
                self._known[tenant] = Arrivals(self._sender, self._start(tenant))
                raise
            finally:
                arrivals.is_busy = False
            self._note(tenant, arrivals)

    def _note(self, tenant: Tenant, arrivals: Arrivals) -> None:
        """Keep now and then how far it has come, so that a restarted server need not read everything."""
        if tenant.passed_on is None or arrivals.position - arrivals.noted >= _STRIDE:
            arrivals.noted = arrivals.position
            self._tenants.note_passed_on(tenant, arrivals.settled())

    def _dues(self) -> list[tuple[Tenant, datetime]]:
        """When anything is to be passed on by itself: nobody turns the clock that it waits for, nor waits for us."""
        with self._lock:
            known = [(tenant, arrivals) for tenant, arrivals in self._known.items() if not arrivals.guests]
        dues = [(tenant, due) for tenant, arrivals in known if (due := arrivals.due(tenant)) is not None]
        return [(tenant, due) for tenant, due in dues if not tenant.clock.is_frozen or due <= tenant.now()]

    def _of(self, tenant: Tenant) -> Arrivals:
        with self._lock:
            found = self._known.get(tenant)
            if found is None:
                found = self._known[tenant] = Arrivals(self._sender, self._start(tenant))
            return found

    def _start(self, tenant: Tenant) -> int:
        """From where in the log on there may be anything to pass on."""
        if tenant.passed_on is not None:
            return tenant.passed_on
        return min((tenant.targets[key].since for key in self._channels if key in tenant.targets), default=0)

    def _is_aimed(self, tenant: Tenant, vendor: str = "") -> bool:
        return any(key in tenant.targets for key in self._channels if vendor in ("", key[0]))

    def _ears(self, tenant: Tenant) -> Ears:
        """Which channels pass on what."""
        ears: dict[tuple[str, str], Ear] = {}
        for key, channel in self._channels.items():
            if channel.addressed:
                ears[key] = Ear(0, self._called_back[key[0]])
            elif (target := tenant.targets.get(key)) is not None:
                ears[key] = Ear(target.since)
        return ears

    def _render(self, tenant: Tenant, entry: Entry, position: int) -> list[Passing]:
        """All messages about an entry."""
        return [
            Passing(message=message, channel=channel, entry=entry.id)
            for key, ear in self._ears(tenant).items()
            if key[0] == entry.vendor and ear.hears(entry.operation, position)
            for channel in [self._channels[key]]
            for message in self._written(tenant, channel, entry, ids_of(0, "/".join(key)))
        ]

    def _written(self, tenant: Tenant, channel: Channel, entry: Entry, ids: Ids) -> Sequence[Message]:
        """What a channel makes of an entry; a bug in it is told of, and the entry passed over."""
        if channel.forward is None:
            return ()
        try:
            return channel.forward(entry, Forwarding(tenant=tenant, ids=ids))
        except Exception as bug:
            logger.exception("A bug of ours while %s passes on the entry %s", entry.vendor, entry.id)
            self._report(bug)
            return ()
