"""What a store does by itself to one subscription, and when: everything that time alone brings about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mockserver.lifecycle.billing import keeps_trying, leaves_open
from mockserver.lifecycle.charges import charged_in_spite, has_renewed_enough, price_is_refused
from mockserver.lifecycle.rules import StoreRules
from mockserver.lifecycle.subscriber import ProductKind, State, Subscription

Decision = Callable[[Subscription, StoreRules], tuple[datetime | None, str]]


def next_verb(subscription: Subscription, rules: StoreRules) -> tuple[datetime, str] | None:
    """The instant and verb of what comes next; None where nothing comes by itself. A family share follows its owner."""
    decide = _DECISIONS.get(subscription.state)
    if decide is None or subscription.is_family_share:
        return None
    at, verb = decide(subscription, rules)
    return None if at is None else (at, verb)


def _after_trial(subscription: Subscription, _rules: StoreRules) -> tuple[datetime | None, str]:
    verb = "store.fails_to_charge" if subscription.payment_fails else "store.converts_trial"
    return subscription.period_end, verb


def _after_cancelled_trial(subscription: Subscription, rules: StoreRules) -> tuple[datetime | None, str]:
    verb = "store.converts_trial" if charged_in_spite(subscription, rules) else "store.ends_trial"
    return subscription.period_end, verb


def _after_period(subscription: Subscription, rules: StoreRules) -> tuple[datetime | None, str]:
    end = subscription.period_end
    if subscription.product.kind is ProductKind.PREPAID:
        return end, "store.ends_period"
    if subscription.payment_fails:
        return end, "store.fails_to_charge"
    if end is not None and price_is_refused(subscription, end):
        return end, "store.ends_period"
    if has_renewed_enough(subscription, rules):
        return end, "store.cancels"
    return end, "store.renews"


def _after_cancelled_period(subscription: Subscription, rules: StoreRules) -> tuple[datetime | None, str]:
    is_charged = charged_in_spite(subscription, rules) and not has_renewed_enough(subscription, rules)
    verb = "store.renews" if is_charged else "store.ends_period"
    return subscription.period_end, verb


def _after_grace(subscription: Subscription, rules: StoreRules) -> tuple[datetime | None, str]:
    if leaves_open(rules):
        return subscription.grace_until, "store.renews"
    return subscription.grace_until, "store.ends_grace" if keeps_trying(subscription) else "store.gives_up"


def _after_retry(subscription: Subscription, rules: StoreRules) -> tuple[datetime | None, str]:
    return subscription.retry_until, "store.renews" if leaves_open(rules) else "store.gives_up"


def _before_pause(subscription: Subscription, _rules: StoreRules) -> tuple[datetime | None, str]:
    return subscription.pause_from, "store.begins_pause"


def _after_pause(subscription: Subscription, _rules: StoreRules) -> tuple[datetime | None, str]:
    return subscription.resumes_at, "store.gives_up" if subscription.payment_fails else "store.resumes"


def _after_grant(subscription: Subscription, _rules: StoreRules) -> tuple[datetime | None, str]:
    return subscription.period_end, "store.ends_grant"


_DECISIONS: Mapping[State, Decision] = {
    State.TRIAL: _after_trial,
    State.TRIAL_OFF: _after_cancelled_trial,
    State.INTRO: _after_period,
    State.ACTIVE: _after_period,
    State.ACTIVE_OFF: _after_cancelled_period,
    State.GRACE: _after_grace,
    State.RETRY: _after_retry,
    State.PAUSE_SET: _before_pause,
    State.PAUSED: _after_pause,
    State.GRANTED: _after_grant,
}
