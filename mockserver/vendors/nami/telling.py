"""Which events Nami tells of each lifecycle event: its webhook's, of which its feeds are a part.

Nami thinks in entitlements: `purchased` makes one active that was not, `renewed` is a payment while it is, `expired`
ends it. What another purchase of the user keeps active is neither purchased nor expired.

Sources: the column "Nami→mParticle" of lifecycles.md §2; nami.md §2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import PeriodType, Reason, State, Subscriber, Subscription, Transaction
from mockserver.vendors.nami.events import Event, Name, id_of
from mockserver.vendors.nami.paywall import impression_of
from mockserver.vendors.nami.settings import choice, value
from mockserver.vendors.nami.user import PLATFORMS, User, entitlements


def events_of(event: LifecycleEvent, settings: Mapping[str, Any], told: Sequence[LifecycleEvent]) -> list[Event]:
    """What Nami says of a lifecycle event, in order; nothing of other stores or of what the store does not tell."""
    if event.kind is Kind.PAYWALL_SHOWN:
        return [_impression(event, told)]
    tell, subscription = _TELLERS.get(event.kind), event.subscription
    if tell is None or subscription is None or not event.detected or subscription.store not in PLATFORMS:
        return []
    teller = Teller(event, subscription, settings)
    names = [name for name in tell(teller) if name is Name.TRANSACTION or teller.unlocks]
    said = [teller.say(name, told) for name in names]
    shown = id_of(event.id, Name.IMPRESSION) in {one.impression_id for one in said}
    return [_impression(event, told), *said] if shown else said


def _impression(event: LifecycleEvent, told: Sequence[LifecycleEvent]) -> Event:
    """A paywall shown, by itself or for the purchase that was made on it."""
    user = User(event.after, told)
    return Event(name=Name.IMPRESSION, cause=event.id, at=event.at, user=user, subscription=None)


@dataclass(frozen=True, slots=True)
class Teller:
    """A lifecycle event about to be told."""

    event: LifecycleEvent
    subscription: Subscription
    settings: Mapping[str, Any]

    @property
    def unlocks(self) -> bool:
        """Whether it is about something that carries an entitlement; of the rest only the transaction is told."""
        previous = self.event.previous
        return bool(self.subscription.product.entitlements or (previous and previous.product.entitlements))

    @property
    def gains(self) -> bool:
        """Whether the purchase made an entitlement active that was not."""
        return bool(set(entitlements(self.event.after)) - set(entitlements(self.event.before)))

    @property
    def loses(self) -> bool:
        """Whether an entitlement is not active any more."""
        return bool(set(entitlements(self.event.before)) - set(entitlements(self.event.after)))

    @property
    def was_active(self) -> bool:
        """Whether the chain itself had access before."""
        return self.event.previous is not None and self.event.previous.has_access

    @property
    def was_trial(self) -> bool:
        """Whether the last period until now was free."""
        return self.event.previous is not None and self.event.previous.latest.period_type is PeriodType.TRIAL

    @property
    def charge(self) -> Transaction:
        """The charge that the event is about. What was bought in an outage is told at its price, charged later."""
        charge = self.event.transaction or self.subscription.latest
        bought_in_outage = self.event.kind is Kind.ACCESS_GRANTED_IN_OUTAGE
        return replace(charge, price=charge.product.price) if bought_in_outage else charge

    def say(self, name: Name, told: Sequence[LifecycleEvent]) -> Event:
        """An event of that name, with the user's state after it."""
        ends_at_once = name is Name.CANCELLED and self.event.kind is Kind.EXPIRED
        return Event(
            name=name,
            cause=self.event.id,
            at=self.event.at,
            user=User(_cancelled_before(self.event) if ends_at_once else self.event.after, told),
            subscription=self.subscription,
            transaction=self.charge if name is Name.TRANSACTION else None,
            impression_id=impression_of(self.event, told, self.settings) if name is Name.TRANSACTION else None,
        )


def _cancelled_before(event: LifecycleEvent) -> Subscriber:
    """The user between a cancellation and the end that came at the same instant."""
    previous = event.previous
    off = previous and replace(previous, state=State.ACTIVE_OFF, auto_renew=False, cancelled_at=event.at)
    found = (off if off and one.original_id == off.original_id else one for one in event.before.subscriptions)
    return replace(event.before, subscriptions=tuple(found))


def _granted(tell: Teller) -> Iterator[Name]:
    if tell.gains:
        yield Name.PURCHASED


def _bought(tell: Teller) -> Iterator[Name]:
    yield from _granted(tell)
    if tell.gains and tell.charge.period_type is PeriodType.TRIAL:
        yield Name.TRIAL_STARTED
    previous = tell.event.previous
    if previous is None or previous.state is not State.GRANTED:  # else it was told in the outage
        yield Name.TRANSACTION


def _bought_in_outage(tell: Teller) -> Iterator[Name]:  # noqa: ARG001  the shape of a teller
    yield Name.TRANSACTION


def _renewed(tell: Teller) -> Iterator[Name]:
    """A payment; one that opens access after a gap is a purchase. Who shares a subscription pays nothing."""
    if tell.subscription.is_family_share:
        return
    if tell.gains and not tell.was_active:
        yield Name.PURCHASED
        return
    yield Name.RENEWED
    if tell.was_trial:
        yield Name.TRIAL_CONVERTED


def _topped_up(tell: Teller) -> Iterator[Name]:
    yield from _renewed(tell)
    yield Name.TRANSACTION


def _changed(tell: Teller) -> Iterator[Name]:
    """At once; a change that costs nothing now renews nothing (lifecycles.md §7.22)."""
    if tell.charge.price > 0:
        yield from _renewed(tell)
    yield Name.TRANSACTION


def _cancelled(tell: Teller) -> Iterator[Name]:  # noqa: ARG001  the shape of a teller
    yield Name.CANCELLED


def _billing_failed(tell: Teller) -> Iterator[Name]:
    if tell.subscription.state is State.GRACE:
        yield Name.IN_GRACE_PERIOD
    else:
        yield from _ended(tell)


def _recovered(tell: Teller) -> Iterator[Name]:
    if tell.event.previous is None or tell.event.previous.state is not State.GRACE:
        yield from _renewed(tell)
        return
    yield Name.RENEWAL_IN_GRACE_PERIOD
    if value(tell.settings, "renewed_after_grace"):
        yield Name.RENEWED
    if tell.was_trial:
        yield Name.TRIAL_CONVERTED


def _ended(tell: Teller) -> Iterator[Name]:
    if tell.loses:
        yield Name.EXPIRED
        if tell.was_trial:
            yield Name.TRIAL_DID_NOT_CONVERT


def _expired(tell: Teller) -> Iterator[Name]:
    """A price that was refused is a cancellation too (lifecycles.md §2, 41)."""
    previous = tell.event.previous
    if tell.event.reason is Reason.PRICE_INCREASE and previous is not None and previous.cancelled_at is None:
        yield Name.CANCELLED
    yield from _ended(tell)


def _pause_decided(tell: Teller) -> Iterator[Name]:
    if choice(tell.settings, "paused") == "decision":
        yield Name.PAUSED


def _paused(tell: Teller) -> Iterator[Name]:
    if choice(tell.settings, "paused") == "effect":
        yield Name.PAUSED


def _resumed(tell: Teller) -> Iterator[Name]:  # noqa: ARG001  the shape of a teller
    yield Name.RESUMED


_TELLERS: Mapping[Kind, Callable[[Teller], Iterator[Name]]] = {  # Nami is silent about the kinds left out
    Kind.TRIAL_STARTED: _bought,
    Kind.TRIAL_CONVERTED: _renewed,
    Kind.TRIAL_CANCELLED: _cancelled,
    Kind.TRIAL_EXPIRED: _ended,
    Kind.SUBSCRIPTION_STARTED: _bought,
    Kind.RENEWED: _renewed,
    Kind.RENEWAL_CANCELLED: _cancelled,
    Kind.BILLING_ISSUE_DETECTED: _billing_failed,
    Kind.BILLING_RECOVERED: _recovered,
    Kind.GRACE_PERIOD_EXPIRED: _ended,
    Kind.PAUSE_SCHEDULED: _pause_decided,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.EXPIRED: _expired,
    Kind.RESUBSCRIBED: _bought,
    Kind.PRODUCT_CHANGED: _changed,
    Kind.REFUNDED: _ended,
    Kind.ONE_TIME_PURCHASED: _bought,
    Kind.OFFER_REDEEMED: _renewed,
    Kind.TOPPED_UP: _topped_up,
    Kind.FAMILY_ACCESS_GRANTED: _granted,
    Kind.FAMILY_ACCESS_ENDED: _ended,
    Kind.ACCESS_GRANTED_IN_OUTAGE: _bought_in_outage,
}
