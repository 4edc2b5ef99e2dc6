"""What the API causes that RevenueCat tells: grants and their ends, purchases that move, buttons of the dashboard.

Sources: revenuecat.md §8 (restores, transfers), §9 (grants). An entry is told of once, as of its own instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.journal.entry import Entry
from mockserver.lifecycle.subscriber import Person, Subscription
from mockserver.vendors.contract import Documents, Forwarding, Message, Writing
from mockserver.vendors.revenuecat import bodies, developer_bodies, state
from mockserver.vendors.revenuecat.customer import aliases
from mockserver.vendors.revenuecat.customers import Customers, granted
from mockserver.vendors.revenuecat.events import DEVELOPER_INITIATED, Event, Type
from mockserver.vendors.revenuecat.feed import batches_of
from mockserver.vendors.revenuecat.lives import Lives
from mockserver.vendors.revenuecat.notices import enrollment_notice, test_notice
from mockserver.vendors.revenuecat.overlay import joined
from mockserver.vendors.revenuecat.records import instant, stranger
from mockserver.vendors.revenuecat.request import Request
from mockserver.vendors.revenuecat.settings import table
from mockserver.vendors.revenuecat.webhook import webhooks_of

_FREE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cause:
    """A call that was accepted, with the customers as they are at its instant, and who is to tell of it."""

    entry: Entry
    request: Request
    lives: Lives
    customers: Customers
    documents: Documents
    writing: Writing

    @classmethod
    def of(cls, entry: Entry, forwarding: Forwarding) -> Cause:
        """The call, and what a dialect writes by."""
        tenant, request = forwarding.tenant, Request.of_entry(entry)
        settings, documents = tenant.settings("revenuecat"), tenant.documents("revenuecat")
        at = instant(request.at)
        lives = Lives.until(at, tenant.history(), settings)
        writing = Writing(ids=forwarding.ids, settings=settings, documents=documents)
        return cls(entry, request, lives, Customers(lives, documents, settings, at), documents, writing)

    @property
    def at(self) -> datetime:
        """When it was."""
        return instant(self.request.at)

    def person(self, app_user_id: str) -> Person:
        """Somebody under the id that was used, of the history or not."""
        found = self.customers.person(app_user_id)
        if found is None:
            return stranger(app_user_id)
        return found if app_user_id in aliases(found) else joined(found, app_user_id)

    def lasts(self, app_user_id: str, grant: str, end: datetime) -> bool:
        """Whether a grant has not been taken back before its end, nor its customer deleted, as far as is known."""
        then = Customers(self.lives, self.documents, self.writing.settings, end).find(app_user_id)
        held = then.purchases if then is not None else ()
        return any(one.original_id == grant and one.access_until == end for one in held)

    def say(self, type_: Type, person: Person, chain: Subscription, **more: Any) -> Event:
        """An event about a purchase."""
        delay = timedelta(seconds=float(table(self.writing.settings, "detection_delays").get(type_, 0)))
        at: datetime = more.pop("at", self.at)
        cause = f"{self.entry.id}/{chain.original_id}"
        return Event(
            type=type_,
            cause=cause,
            happened_at=at,
            told_at=at + delay,
            person=person,
            subscription=chain,
            transaction=chain.latest,
            **more,
        )


def forward_mparticle(entry: Entry, forwarding: Forwarding) -> Sequence[Message]:
    """The batches about what a call has caused."""
    tell = _TELLERS.get(entry.operation)
    if tell is None:
        return ()
    cause = Cause.of(entry, forwarding)
    return batches_of(tell(cause), cause.writing)


def forward_webhook(entry: Entry, forwarding: Forwarding) -> Sequence[Message]:
    """The posts about what a call has caused, and those that no store has to do with."""
    tell, notice = _TELLERS.get(entry.operation), _NOTICES.get(entry.operation)
    if tell is None and notice is None:
        return ()
    cause = Cause.of(entry, forwarding)
    return webhooks_of(tell(cause), cause.writing) if tell is not None else tuple(notice(cause) if notice else ())


def _restored(cause: Cause) -> Iterator[Event]:
    """A receipt has brought purchases of somebody else's."""
    return _moved(cause, bodies.receipt(cause.request.content).app_user_id)


def _transferred(cause: Cause) -> Iterator[Event]:
    """A developer has moved purchases."""
    return _moved(cause, developer_bodies.transfer(cause.request.content).target_customer_id)


def _moved(cause: Cause, to: str) -> Iterator[Event]:
    """One transfer for each side and store, however many purchases move."""
    chains = {chain.original_id: chain for _, chain in cause.lives.chains()}
    told: set[tuple[str, str]] = set()
    for move in cause.entry.details.get("moves", ()):
        chain = chains.get(move["chain"])
        if chain is not None and (move["from"], chain.store.value) not in told:
            told.add((move["from"], chain.store.value))
            yield cause.say(Type.TRANSFER, cause.person(move["from"]), chain, owner=cause.person(to))


def _granted(cause: Cause) -> Iterator[Event]:
    """An entitlement was granted, and ends by itself unless it is taken back before: then nobody tells of that end."""
    app_user_id, chain = cause.request.app_user_id, granted(state.grant_of(cause.request))
    person, end = cause.person(app_user_id), chain.period_end
    yield cause.say(Type.NON_RENEWING_PURCHASE, person, chain, price=_FREE)
    if end is not None and end > cause.at and cause.lasts(app_user_id, chain.original_id, end):
        yield cause.say(Type.EXPIRATION, person, chain, at=end, reason=DEVELOPER_INITIATED)


def _revoked(cause: Cause) -> Iterator[Event]:
    """Grants were taken back: cancelled, and over."""
    ended, app_user_id = set(cause.entry.details.get("ended", ())), cause.request.app_user_id
    customer = cause.customers.find(app_user_id)
    for chain in customer.purchases if customer is not None else ():
        if chain.original_id in ended:
            for type_ in (Type.CANCELLATION, Type.EXPIRATION):
                yield cause.say(type_, cause.person(app_user_id), chain, reason=DEVELOPER_INITIATED)


_TELLERS: Mapping[str, Callable[[Cause], Iterator[Event]]] = {
    "receipts": _restored,
    "transfer_customer": _transferred,
    "promotional": _granted,
    "revoke_promotionals": _revoked,
}
_NOTICES: Mapping[str, Callable[[Cause], Iterator[Message]]] = {
    "send_test": lambda cause: test_notice(cause.entry, cause.writing),
    "enroll_customer": lambda cause: enrollment_notice(
        cause.entry, cause.request, cause.person(cause.request.app_user_id), cause.writing
    ),
}
