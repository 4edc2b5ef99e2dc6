"""Which of Adapty's events about transactions a transition makes: the flows of adapty.md §12.

Where lifecycles.md §2 names a cancellation beside a failed charge or a refund (rows 12, 13, 28: the older event list of
seed 002), the flows have none, and a cancellation "comes with access" (§1.11): none is told unless a setting says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import Reason, State, Store, Subscription, Transaction
from mockserver.vendors.adapty.purchases import is_trial, reason_of
from mockserver.vendors.adapty.sharing import credited

STARTED = "subscription_started"
RENEWED = "subscription_renewed"
CANCELLED = "subscription_renewal_cancelled"
REACTIVATED = "subscription_renewal_reactivated"
EXPIRED = "subscription_expired"
PAUSED = "subscription_paused"
DEFERRED = "subscription_deferred"
REFUNDED = "subscription_refunded"
PURCHASED = "non_subscription_purchase"
PURCHASE_REFUNDED = "non_subscription_purchase_refunded"
TRIAL_STARTED = "trial_started"
TRIAL_CONVERTED = "trial_converted"
TRIAL_CANCELLED = "trial_renewal_cancelled"
TRIAL_REACTIVATED = "trial_renewal_reactivated"
TRIAL_EXPIRED = "trial_expired"
GRACE = "entered_grace_period"
BILLING_ISSUE = "billing_issue_detected"
ACCESS_LEVEL_UPDATED = "access_level_updated"
TRIAL_ACTIVE = "trial_active"
SUBSCRIPTION_ACTIVE = "subscription_active"
EVENT_TYPES = (
    *(STARTED, RENEWED, CANCELLED, REACTIVATED, EXPIRED, PAUSED, DEFERRED, REFUNDED, PURCHASED, PURCHASE_REFUNDED),
    *(TRIAL_STARTED, TRIAL_CONVERTED, TRIAL_CANCELLED, TRIAL_REACTIVATED, TRIAL_EXPIRED, GRACE, BILLING_ISSUE),
    *(ACCESS_LEVEL_UPDATED, TRIAL_ACTIVE, SUBSCRIPTION_ACTIVE),
)


class Told(NamedTuple):
    """One event about a transaction; `amount` is the money that it tells of, negative for a refund, None for none.

    `at` is when it is told; `dated` the event's own time, `expires_at` the end that it names.
    """

    event_type: str
    subscription: Subscription
    transaction: Transaction
    at: datetime
    dated: datetime
    expires_at: datetime | None
    amount: Decimal | None = None
    reason: str | None = None


def tell(event: LifecycleEvent, *, cancelled_too: bool = False) -> tuple[Told, ...]:
    """The events about transactions, in the order of the flow; `cancelled_too` adds those of the older event list."""
    flow = _FLOWS.get(event.kind)
    if flow is None or event.subscription is None or not event.detected or event.subscription.is_family_share:
        return ()
    told = tuple(flow(event, event.subscription))
    return (*told, *_cancelled_too(event, event.subscription)) if cancelled_too else told


def _told(
    event: LifecycleEvent,
    event_type: str,
    subscription: Subscription,
    *,
    amount: Decimal | None = None,
    reason: str | None = None,
    expires_at: datetime | None = None,
) -> Told:
    transaction = subscription.latest
    end = expires_at or subscription.access_until or subscription.period_end
    return Told(event_type, subscription, transaction, event.at, event.at, end, amount, reason)


def _charge(event_type: str) -> Callable[[LifecycleEvent, Subscription], Sequence[Told]]:
    """A charge: dated with the purchase where the store charges early (adapty.md §11.1)."""

    def flow(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
        transaction = event.transaction or subscription.latest
        dated = max(event.at, transaction.purchased_at) if event_type == RENEWED else event.at
        price = None if event_type == TRIAL_STARTED else transaction.price
        return [Told(event_type, subscription, transaction, event.at, dated, transaction.paid_until, price)]

    return flow


def _renewed(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """A renewal; with another product, the end of the one and the start of the other."""
    previous = event.previous
    if previous is None or previous.product.id == subscription.product.id:
        return _charge(RENEWED)(event, subscription)
    ended = _told(event, EXPIRED, previous, reason=reason_of(previous))
    return [ended, *_charge(STARTED)(event, subscription)]


def _came_back(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """A charge after a gap or trouble: the first one after a trial converts it, however late (adapty.md §1.10)."""
    after_trial = event.previous is not None and is_trial(event.previous.latest)
    return _charge(TRIAL_CONVERTED if after_trial else RENEWED)(event, subscription)


def _cancelled(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """Renewal off; where access ends with it (Stripe at once, Play while paused) the end is told too."""
    reason = reason_of(subscription) or "voluntarily_cancelled"
    off = _told(event, _either(subscription, CANCELLED, TRIAL_CANCELLED), subscription, reason=reason)
    if subscription.state is not State.EXPIRED:
        return [off]
    return [off, _told(event, _either(subscription, EXPIRED, TRIAL_EXPIRED), subscription, reason=reason)]


def _cancelled_too(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """Renewal off beside a failed charge (in a trial, or without grace) or a refund (lifecycles.md §2, 12, 13, 28)."""
    failed = event.kind is Kind.BILLING_ISSUE_DETECTED
    failed = failed and (is_trial(subscription.latest) or subscription.state is not State.GRACE)
    was_on = event.previous is not None and event.previous.auto_renew
    refunded = event.kind is Kind.REFUNDED and subscription.state is State.REFUNDED and was_on
    if not failed and not refunded:
        return []
    reason = "billing_error" if failed else "refund"
    return [_told(event, _either(subscription, CANCELLED, TRIAL_CANCELLED), subscription, reason=reason)]


def _reactivated(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """Renewal on again, told of the product that was active when it went off (adapty.md §11.3)."""
    return [_told(event, _either(subscription, REACTIVATED, TRIAL_REACTIVATED), event.previous or subscription)]


def _expired(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """The end. Where renewal was still on, the store took it off: told first (lifecycles.md §2, 41, 42)."""
    if subscription.store is Store.PROMO or was_unconfirmed(event):
        return []
    reason = reason_of(subscription)
    ended = _told(event, _either(subscription, EXPIRED, TRIAL_EXPIRED), subscription, reason=reason)
    previous = event.previous
    if previous is None or not previous.auto_renew or event.reason in {Reason.BILLING_ERROR, Reason.PAUSED}:
        return [ended]
    return [_told(event, _either(subscription, CANCELLED, TRIAL_CANCELLED), subscription, reason=reason), ended]


def _billing_issue(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """A failed charge, and grace where the store gives any."""
    issue = _told(event, BILLING_ISSUE, subscription, expires_at=subscription.grace_until or subscription.access_until)
    if subscription.state is not State.GRACE:
        return [issue]
    return [issue, issue._replace(event_type=GRACE)]


def _given_up(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """The store stops trying: only now the subscription has expired (adapty.md §12)."""
    return [_told(event, _either(subscription, EXPIRED, TRIAL_EXPIRED), subscription, reason="billing_error")]


def _changed(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """A change at once: the old product is refunded as `upgraded`, the new one starts.

    Play puts a new chain in place of the old one, whose renewal is cancelled, and no money comes back (§11.3;
    lifecycles.md §2, 24).
    """
    started = _charge(STARTED)(event, subscription)
    old = event.previous
    if old is None:
        return started
    told = []
    if old.original_id != subscription.original_id:
        event_type = _either(old, CANCELLED, TRIAL_CANCELLED)
        told.append(_told(event, event_type, old, reason="new_subscription_replace", expires_at=event.at))
    if not is_trial(old.latest):
        told.append(_told(event, REFUNDED, old, amount=credited(event), reason="upgraded", expires_at=event.at))
    return [*told, *started]


def _refunded(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """Money back: instead of an end (adapty.md §12). The date of the end is the refund's."""
    transaction = event.transaction or subscription.latest
    event_type = REFUNDED if subscription.product.period is not None else PURCHASE_REFUNDED
    end = event.at if event_type == REFUNDED else None
    return [Told(event_type, subscription, transaction, event.at, event.at, end, -abs(event.amount), "refund")]


def _deferred(event: LifecycleEvent, subscription: Subscription) -> Sequence[Told]:
    """A later end: Play has an event of its own for it."""
    return [_told(event, DEFERRED, subscription)] if subscription.store is Store.PLAY_STORE else []


def was_unconfirmed(event: LifecycleEvent) -> bool:
    """Whether all that ended is access given while the store could not be asked, of which nothing was told."""
    old = event.previous
    return old is not None and old.state is State.GRANTED and old.store is not Store.PROMO


def _simply(event_type: str) -> Callable[[LifecycleEvent, Subscription], Sequence[Told]]:
    return lambda event, subscription: [_told(event, event_type, subscription)]


def _either(subscription: Subscription, paid: str, trial: str) -> str:
    """A trial has its own names until it is paid for."""
    return trial if is_trial(subscription.latest) else paid


_FLOWS: Mapping[Kind, Callable[[LifecycleEvent, Subscription], Sequence[Told]]] = {
    Kind.TRIAL_STARTED: _charge(TRIAL_STARTED),
    Kind.TRIAL_CONVERTED: _charge(TRIAL_CONVERTED),
    Kind.TRIAL_CANCELLED: _cancelled,
    Kind.TRIAL_EXPIRED: _expired,
    Kind.SUBSCRIPTION_STARTED: _charge(STARTED),
    Kind.RENEWED: _renewed,
    Kind.RENEWAL_CANCELLED: _cancelled,
    Kind.RENEWAL_REACTIVATED: _reactivated,
    Kind.BILLING_ISSUE_DETECTED: _billing_issue,
    Kind.BILLING_RECOVERED: _came_back,
    Kind.BILLING_GIVEN_UP: _given_up,
    Kind.PAUSE_SCHEDULED: _simply(PAUSED),
    Kind.RESUMED: _charge(RENEWED),
    Kind.EXPIRED: _expired,
    Kind.RESUBSCRIBED: _came_back,
    Kind.PRODUCT_CHANGED: _changed,
    Kind.REFUNDED: _refunded,
    Kind.ONE_TIME_PURCHASED: _charge(PURCHASED),
    Kind.EXTENDED: _deferred,
    Kind.OFFER_REDEEMED: _charge(RENEWED),
    Kind.TOPPED_UP: _charge(RENEWED),
}


def still_active(
    event: LifecycleEvent, told: Sequence[LifecycleEvent], settings: Mapping[str, int]
) -> tuple[Told, ...]:
    """The synthetic events: some days after a start that has not ended by then, once.

    Adapty uses a timer. Here the next event of the chain shows that the day has passed, and the message bears the day.
    """
    timers = (
        (TRIAL_ACTIVE, Kind.TRIAL_STARTED, settings["trial_active_after_days"]),
        (SUBSCRIPTION_ACTIVE, Kind.SUBSCRIPTION_STARTED, settings["subscription_active_after_days"]),
    )
    running = [timer for timer in timers if timer[2]]
    if event.subscription is None or not running:
        return ()
    chain = [one for one in told if one.subscription and one.subscription.original_id == event.subscription.original_id]
    found = (_overdue(event, chain, *timer) for timer in running)
    return tuple(one for one in found if one is not None)


def _overdue(
    event: LifecycleEvent, chain: Sequence[LifecycleEvent], event_type: str, start: Kind, days: int
) -> Told | None:
    began = next((one for one in chain if one.kind is start), None)
    if began is None or began.subscription is None:
        return None
    due = began.at + timedelta(days=days)
    last = chain[-1]
    if not last.at <= due < event.at or last.subscription is None:
        return None
    subscription = last.subscription
    in_trial = subscription.state in {State.TRIAL, State.TRIAL_OFF}
    if not subscription.has_access or (event_type == TRIAL_ACTIVE and not in_trial):
        return None
    return Told(event_type, subscription, subscription.latest, due, due, subscription.period_end)
