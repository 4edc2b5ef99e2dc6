"""Which events RevenueCat tells of each lifecycle event: its webhook's, from which its feeds are derived.

Sources: the column "RC webhook" of lifecycles.md §2; revenuecat.md §9 for the stores' rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import (
    PeriodType,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscription,
    Transaction,
)
from mockserver.vendors.revenuecat.events import (
    BILLING_ERROR,
    CHARGES,
    CUSTOMER_SUPPORT,
    DEVELOPER_INITIATED,
    PAUSED,
    UNSUBSCRIBE,
    UNTOLD_REASONS,
    Event,
    Type,
    reason_of,
)
from mockserver.vendors.revenuecat.money import NOTHING, known_price
from mockserver.vendors.revenuecat.restoring import Outcome, outcome_of
from mockserver.vendors.revenuecat.settings import choice, table


def events_of(event: LifecycleEvent, settings: Mapping[str, Any]) -> Sequence[Event]:
    """What RevenueCat says of a lifecycle event, in order; nothing of what the store does not tell it."""
    tell = _TELLERS.get(event.kind)
    if tell is None or event.subscription is None or not event.detected:
        return ()
    teller = Teller(event, event.subscription, settings)
    return [one for told in tell(teller) for one in _with_more(teller, told) if one.is_told]


def _with_more(tell: Teller, told: Event) -> Iterator[Event]:
    """An event with its invoice before it, on the web, and what it grants of a virtual currency after it."""
    if told.is_web_billing and _is_invoiced(tell, told):
        yield replace(told, type=Type.INVOICE_ISSUANCE, price=told.price or tell.charge.product.price)
    yield told
    grants = table(tell.settings, "virtual_currencies").get(told.product_id)
    if grants is None or not (told.type in CHARGES or _is_refund(told)) or told.in_trial:
        return
    amount = -grants["amount"] if _is_refund(told) else grants["amount"]
    yield replace(told, type=Type.VIRTUAL_CURRENCY_TRANSACTION, price=None, grants={**grants, "amount": amount})


def _is_invoiced(tell: Teller, told: Event) -> bool:
    """Whether it is the first that is told of a sum to be paid: a recovery pays the invoice that could not be."""
    is_due = told.type is Type.BILLING_ISSUE or (told.type in CHARGES and not told.in_trial)
    return is_due and tell.event.kind is not Kind.BILLING_RECOVERED


def _is_refund(told: Event) -> bool:
    return told.type is Type.CANCELLATION and told.reason == CUSTOMER_SUPPORT


@dataclass(frozen=True, slots=True)
class Teller:
    """A lifecycle event about to be told."""

    event: LifecycleEvent
    subscription: Subscription
    settings: Mapping[str, Any]

    @property
    def charge(self) -> Transaction:
        """The transaction that the event is about."""
        return self.event.transaction or self.subscription.latest

    def say(self, type: Type, transaction: Transaction | None = None, **more: Any) -> Event:  # noqa: A002  its own word
        """An event of that type; a charge tells its price by itself, unless it is the start of a trial."""
        subscription = more.pop("subscription", self.subscription)
        transaction = transaction or subscription.latest
        starts_trial = type is Type.INITIAL_PURCHASE and transaction.period_type is PeriodType.TRIAL
        if type in CHARGES and not starts_trial:
            more["price"] = known_price(transaction, subscription, self.settings)
        delay = timedelta(seconds=float(table(self.settings, "detection_delays").get(type, 0)))
        return Event(
            type=type,
            cause=self.event.id,
            happened_at=self.event.at,
            told_at=self.event.at + delay,
            person=self.event.person,
            subscription=subscription,
            transaction=transaction,
            is_web_billing=subscription.store is Store.STRIPE and _is_billed_by_us(self.settings),
            **more,
        )

    def reason(self) -> str:
        """Why it happened, as the store has it told."""
        return reason_of(self.event.reason, self.subscription.store)

    def cancellation(self, reason: str) -> Event:
        """Auto-renew went off."""
        return self.say(Type.CANCELLATION, reason=reason)

    def expiration(self, reason: str) -> Event:
        """Access ended."""
        return self.say(Type.EXPIRATION, reason=reason)

    def renewal(self) -> Event:
        """A charge in a chain; the first that follows only a trial converts it, however late (lifecycles.md §7.6)."""
        earlier = [one for one in self.subscription.transactions if one.number < self.charge.number]
        only_trial = bool(earlier) and all(one.period_type is PeriodType.TRIAL for one in earlier)
        converts = only_trial and self.charge.period_type is not PeriodType.TRIAL
        return self.say(Type.RENEWAL, self.charge, is_trial_conversion=converts)


def _is_billed_by_us(settings: Mapping[str, Any]) -> bool:
    return choice(settings, "stripe_billing") == "web_billing"


def _started(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.INITIAL_PURCHASE, tell.charge)]


def _renewed(tell: Teller) -> Sequence[Event]:
    return [tell.renewal()]


def _cancelled(tell: Teller) -> Sequence[Event]:
    if tell.event.reason in UNTOLD_REASONS:
        return ()
    return [tell.cancellation(tell.reason())]


def _reactivated(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.UNCANCELLATION)]


def _billing_failed(tell: Teller) -> Sequence[Event]:
    told = [tell.say(Type.BILLING_ISSUE), tell.cancellation(BILLING_ERROR)]
    return told if tell.subscription.has_access else [*told, tell.expiration(BILLING_ERROR)]


def _billing_lapsed(tell: Teller) -> Sequence[Event]:
    return [tell.expiration(BILLING_ERROR)]


def _paused(tell: Teller) -> Sequence[Event]:
    return [tell.expiration(PAUSED)]


def _expired(tell: Teller) -> Sequence[Event]:
    if tell.event.reason in UNTOLD_REASONS:
        return ()
    reason = tell.reason()
    expiration = tell.expiration(reason)
    return [tell.cancellation(reason), expiration] if _ends_uncancelled(tell, reason) else [expiration]


def _ends_uncancelled(tell: Teller, reason: str) -> bool:
    """Whether a subscription ended that nobody has called cancelled, as at a price that was refused."""
    previous = tell.event.previous
    if tell.subscription.product.kind is not ProductKind.SUBSCRIPTION or previous is None:
        return False
    if tell.event.reason is Reason.PRICE_INCREASE:
        return previous.cancelled_at is None
    return reason == UNSUBSCRIBE and previous.auto_renew and previous.state is not State.GRANTED


def _changed(tell: Teller) -> Sequence[Event]:
    """At once: the change speaks of the old product; Play opens a new chain and does not say what was chosen."""
    previous = tell.event.previous or tell.subscription
    starts = tell.subscription.store is Store.PLAY_STORE
    change = tell.say(Type.PRODUCT_CHANGE, subscription=previous, new_product=None if starts else _new_product(tell))
    return [change, tell.say(Type.INITIAL_PURCHASE, tell.charge) if starts else tell.renewal()]


def _change_scheduled(tell: Teller) -> Sequence[Event]:
    """Chosen, or taken back: then the product of now is told as the new one (lifecycles.md §7.27)."""
    return [tell.say(Type.PRODUCT_CHANGE, new_product=_new_product(tell))]


def _new_product(tell: Teller) -> Product | None:
    """The product changed to, where the store says it: App Store and Play's DEFERRED."""
    if tell.subscription.store not in {Store.APP_STORE, Store.PLAY_STORE}:
        return None
    return tell.event.new_product or tell.subscription.pending_product or tell.charge.product


def _refunded(tell: Teller) -> Sequence[Event]:
    """Only the latest period counts; only a subscription expires by it, and only once."""
    if tell.charge.number != tell.subscription.latest.number:
        return ()
    price = known_price(tell.charge, tell.subscription, tell.settings)
    refund = tell.say(Type.CANCELLATION, tell.charge, reason=CUSTOMER_SUPPORT, price=NOTHING - price)
    previous = tell.event.previous
    is_one_off = tell.subscription.product.kind in {ProductKind.CONSUMABLE, ProductKind.LIFETIME}
    if is_one_off or (previous is not None and not previous.has_access):
        return [refund]
    return [refund, tell.expiration(CUSTOMER_SUPPORT)]


def _refund_reversed(tell: Teller) -> Sequence[Event]:
    price = known_price(tell.charge, tell.subscription, tell.settings)
    return [tell.say(Type.REFUND_REVERSED, tell.charge, price=price)]


def _transferred(tell: Teller) -> Sequence[Event]:
    """Nothing where both become one customer, or where the purchases stay with their buyer (revenuecat.md §8)."""
    if outcome_of(tell.event, tell.settings) is not Outcome.TRANSFERRED:
        return ()
    other = tell.event.other_after or tell.event.other_before
    return [tell.say(Type.TRANSFER, owner=other.person if other else None)]


def _topped_up(tell: Teller) -> Sequence[Event]:
    previous = tell.event.previous or tell.subscription
    ended = tell.say(Type.EXPIRATION, subscription=previous, reason=UNSUBSCRIBE)
    return [ended, tell.say(Type.INITIAL_PURCHASE, tell.charge)]


def _bought_once(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.NON_RENEWING_PURCHASE, tell.charge)]


def _grant_removed(tell: Teller) -> Sequence[Event]:
    return [tell.cancellation(DEVELOPER_INITIATED), tell.expiration(DEVELOPER_INITIATED)]


def _sharing_ended(tell: Teller) -> Sequence[Event]:
    return [tell.expiration(reason_of(Reason.REVOKED, tell.subscription.store))]


def _paused_later(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.SUBSCRIPTION_PAUSED)]


def _extended(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.SUBSCRIPTION_EXTENDED)]


def _granted_in_outage(tell: Teller) -> Sequence[Event]:
    return [tell.say(Type.TEMPORARY_ENTITLEMENT_GRANT, tell.charge)]


_TELLERS: Mapping[Kind, Callable[[Teller], Sequence[Event]]] = {  # RevenueCat is silent about the kinds left out
    Kind.TRIAL_STARTED: _started,
    Kind.TRIAL_CONVERTED: _renewed,
    Kind.TRIAL_CANCELLED: _cancelled,
    Kind.TRIAL_EXPIRED: _expired,
    Kind.SUBSCRIPTION_STARTED: _started,
    Kind.RENEWED: _renewed,
    Kind.RENEWAL_CANCELLED: _cancelled,
    Kind.RENEWAL_REACTIVATED: _reactivated,
    Kind.BILLING_ISSUE_DETECTED: _billing_failed,
    Kind.BILLING_RECOVERED: _renewed,
    Kind.GRACE_PERIOD_EXPIRED: _billing_lapsed,
    Kind.PAUSE_SCHEDULED: _paused_later,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _renewed,
    Kind.EXPIRED: _expired,
    Kind.RESUBSCRIBED: _renewed,
    Kind.PRODUCT_CHANGED: _changed,
    Kind.PRODUCT_CHANGE_SCHEDULED: _change_scheduled,
    Kind.PRODUCT_CHANGE_UNDONE: _change_scheduled,
    Kind.REFUNDED: _refunded,
    Kind.REFUND_REVERSED: _refund_reversed,
    Kind.TRANSFERRED: _transferred,
    Kind.ONE_TIME_PURCHASED: _bought_once,
    Kind.PROMO_GRANTED: _bought_once,
    Kind.PROMO_REMOVED: _grant_removed,
    Kind.EXTENDED: _extended,
    Kind.OFFER_REDEEMED: _renewed,
    Kind.TOPPED_UP: _topped_up,
    Kind.FAMILY_ACCESS_GRANTED: _started,
    Kind.FAMILY_ACCESS_ENDED: _sharing_ended,
    Kind.ACCESS_GRANTED_IN_OUTAGE: _granted_in_outage,
}
