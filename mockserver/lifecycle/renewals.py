"""What happens at a period's end when money is not the trouble: conversions, renewals, cancellations and ends.

Source: lifecycles.md §2 and §3, rows 2-4, 7-10, 21, 41, 42.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.lifecycle.billing import left_open
from mockserver.lifecycle.charges import at_end, has_renewed_enough, in_charge_window, next_change
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import (
    UNCANCELLED,
    Change,
    Moment,
    cancelled,
    ended,
    instant,
    require,
    require_renewing,
)
from mockserver.lifecycle.subscriber import PeriodType, ProductKind, Reason, State, Store, Subscription

_OFF = {State.TRIAL: State.TRIAL_OFF, State.PAUSED: State.EXPIRED}
_BY = {"user": "user", "developer": "publisher", "store": "unknown"}
_WHY = {"user": Reason.UNSUBSCRIBED, "developer": Reason.DEVELOPER, "store": Reason.UNSUBSCRIBED}


def turns_renewal_off(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Auto-renew off, by the user, the developer or the store; on Stripe the developer can end access with it."""
    require(subscription.auto_renew or subscription.state is State.PAUSED, "auto-renew is off already")
    _before_end(moment, subscription)
    actor = moment.act.verb.partition(".")[0]
    kind = Kind.TRIAL_CANCELLED if subscription.state is State.TRIAL else Kind.RENEWAL_CANCELLED
    state = _OFF.get(subscription.state, State.ACTIVE_OFF)
    after = cancelled(subscription, state, moment.at, _BY[actor], _WHY[actor])
    off = Change(kind=kind, subscription=after, previous=subscription, reason=_WHY[actor])
    if not moment.word("at_once", False):
        return [off]
    require(moment.store is Store.STRIPE, "only Stripe ends a subscription at once")
    is_trial = subscription.state is State.TRIAL
    end = Change(
        kind=Kind.TRIAL_EXPIRED if is_trial else Kind.EXPIRED,
        subscription=ended(after, moment.at),
        previous=after,
        reason=_WHY[actor],
    )
    return [off, end]


def turns_renewal_on(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Auto-renew on again; Stripe has no such step (lifecycles.md §2, 10)."""
    require(moment.rules.can_reactivate, f"{moment.store} knows no way back")
    require(not subscription.auto_renew and subscription.product.kind is ProductKind.SUBSCRIPTION, "it renews already")
    _before_end(moment, subscription)
    after = replace(subscription, state=_paid_state(subscription), **UNCANCELLED)
    return [Change(kind=Kind.RENEWAL_REACTIVATED, subscription=after, previous=subscription)]


def converts_trial(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The first charge after a trial; one cancelled too late is charged and stays cancelled (scenario 5)."""
    require(subscription.latest.period_type is PeriodType.TRIAL, "it is not in a trial")
    in_charge_window(moment, subscription)
    return [next_change(moment, subscription, Kind.TRIAL_CONVERTED)]


def renews(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The charge for the next period; with an invoice left open, a period of no charge."""
    require(subscription.latest.period_type is not PeriodType.TRIAL, "a trial converts, it does not renew")
    require_renewing(subscription)
    if subscription.state in {State.GRACE, State.RETRY}:
        return [left_open(moment, subscription)]
    in_charge_window(moment, subscription)
    rules = moment.rules
    is_over = has_renewed_enough(subscription, rules)
    require(not is_over, f"{rules.renewal_limit} renewals, all that the test clock allows, are used")
    return [next_change(moment, subscription, Kind.RENEWED)]


def ends_trial(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A cancelled trial is over."""
    at_end(moment, subscription)
    reason = subscription.cancel_reason or Reason.UNSUBSCRIBED
    after = ended(subscription, moment.at)
    return [Change(kind=Kind.TRIAL_EXPIRED, subscription=after, previous=subscription, reason=reason)]


def ends_period(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The end of what does not renew: cancelled, prepaid, or at a price that was not accepted."""
    at_end(moment, subscription)
    if subscription.state is State.ACTIVE_OFF or subscription.product.kind is ProductKind.PREPAID:
        return [_expired(moment, subscription, subscription.cancel_reason or Reason.UNSUBSCRIBED)]
    increase = subscription.price_increase
    require(increase is not None and not increase.accepted, "auto-renew is on: it renews, or the charge fails")
    return [_ended_by_store(moment, subscription, Reason.PRICE_INCREASE)]


def withdraws_product(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The end of something no longer sold."""
    require_renewing(subscription)
    at_end(moment, subscription)
    return [_ended_by_store(moment, subscription, Reason.NOT_FOR_SALE)]


def _expired(moment: Moment, subscription: Subscription, reason: Reason) -> Change:
    return Change(kind=Kind.EXPIRED, subscription=ended(subscription, moment.at), previous=subscription, reason=reason)


def _ended_by_store(moment: Moment, subscription: Subscription, reason: Reason) -> Change:
    off = cancelled(subscription, State.EXPIRED, moment.at, "marketplace", reason)
    return Change(kind=Kind.EXPIRED, subscription=ended(off, moment.at), previous=subscription, reason=reason)


def _paid_state(subscription: Subscription) -> State:
    return {PeriodType.TRIAL: State.TRIAL, PeriodType.INTRO: State.INTRO}.get(
        subscription.latest.period_type, State.ACTIVE
    )


def _before_end(moment: Moment, subscription: Subscription) -> None:
    end = subscription.resumes_at if subscription.state is State.PAUSED else subscription.period_end
    require(end is None or moment.at <= end, f"the period ended on {instant(end)}")
