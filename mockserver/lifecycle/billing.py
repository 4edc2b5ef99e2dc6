"""Charges that fail: grace, retries, recoveries and giving up (lifecycles.md §2 and §3, rows 11-17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mockserver.lifecycle.charges import at_end, charged, next_change
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import (
    NOTHING,
    Change,
    Charge,
    Moment,
    cancelled,
    continued,
    ended,
    instant,
    require,
    require_renewing,
)
from mockserver.lifecycle.rules import AfterRetries, StoreRules
from mockserver.lifecycle.subscriber import PeriodType, Reason, State, Store, Subscription


def card_fails(_moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Nothing is seen before the store tries the card."""
    require(not subscription.payment_fails, "the card fails already")
    require_renewing(subscription)
    return []


def fixes_card(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Pay what is open; before the store has tried the card, nothing is seen of it."""
    if subscription.state in {State.GRACE, State.RETRY}:
        return recovers(moment, subscription)
    require(subscription.payment_fails, "the card works")
    return []


def fails_to_charge(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A failed charge: grace, if the store gives any, else access ends now."""
    at_end(moment, subscription)
    require_renewing(subscription)
    at, rules = moment.at, moment.rules
    grace_until = _grace_until(moment, subscription)
    retry_until = at + rules.wait(rules.retry) if rules.hold is None else (grace_until or at) + rules.hold
    if leaves_open(rules):
        retry_until = _next_end(moment, subscription)
    after = replace(
        subscription,
        state=State.RETRY if grace_until is None else State.GRACE,
        billing_issue_at=at,
        grace_until=grace_until,
        retry_until=retry_until,
        access_until=grace_until or at,
        payment_fails=True,
    )
    reason = Reason.BILLING_ERROR
    return [Change(kind=Kind.BILLING_ISSUE_DETECTED, subscription=after, previous=subscription, reason=reason)]


def recovers(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The charge succeeds: in grace the billing day stays, later it moves to this day (lifecycles.md §3, 14, 16)."""
    limit = subscription.grace_until if subscription.state is State.GRACE else subscription.retry_until
    require(limit is None or moment.at <= limit, f"the store stopped trying on {instant(limit)}")
    if _invoice_is_open(subscription):
        charge = Charge(
            product=subscription.product,
            start=subscription.period_start,
            end=subscription.period_end,
            price=subscription.product.price,
        )
        after = continued(moment, subscription, charge, State.ACTIVE)
        return [charged(Kind.BILLING_RECOVERED, after, subscription)]
    if subscription.state is State.GRACE:
        return [next_change(moment, subscription, Kind.BILLING_RECOVERED)]
    return [next_change(moment, subscription, Kind.BILLING_RECOVERED, start=moment.at)]


def ends_grace(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Grace is over, the store goes on trying."""
    require(moment.at == subscription.grace_until, f"grace ends on {instant(subscription.grace_until)}")
    require(keeps_trying(subscription), "the store stops trying with it: store.gives_up()")
    after = replace(subscription, state=State.RETRY, access_until=moment.at)
    reason = Reason.BILLING_ERROR
    return [Change(kind=Kind.GRACE_PERIOD_EXPIRED, subscription=after, previous=subscription, reason=reason)]


def gives_up(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The store stops trying; where access lasted until now, it ends."""
    in_grace = subscription.state is State.GRACE
    limits = {State.GRACE: subscription.grace_until, State.PAUSED: subscription.resumes_at}
    limit = limits.get(subscription.state, subscription.retry_until)
    require(subscription.state is not State.PAUSED or subscription.payment_fails, "the card does not fail")
    require(moment.at == limit, f"the store tries until {instant(limit)}")
    require(not in_grace or not keeps_trying(subscription), "the store goes on trying after grace: store.ends_grace()")
    kind = Kind.EXPIRED if in_grace else Kind.BILLING_GIVEN_UP
    access_until = moment.at if in_grace else subscription.access_until
    off = cancelled(subscription, State.EXPIRED, moment.at, "marketplace", Reason.BILLING_ERROR)
    after = ended(off, moment.at, access_until=access_until)
    return [Change(kind=kind, subscription=after, previous=subscription, reason=Reason.BILLING_ERROR)]


def keeps_trying(subscription: Subscription) -> bool:
    """Whether the store goes on trying after grace."""
    until, grace = subscription.retry_until, subscription.grace_until
    return until is None or grace is None or until > grace


def left_open(moment: Moment, subscription: Subscription) -> Change:
    """A Stripe period whose invoice stays open: no charge, and the trouble goes on (scenario 44)."""
    rules = moment.rules
    require(leaves_open(rules), "the charge has failed: the store recovers it or gives up")
    begins = subscription.retry_until
    require(moment.at == begins, f"the next period begins on {instant(begins)}")
    end = _next_end(moment, subscription)
    charge = Charge(product=subscription.product, start=moment.at, end=end, price=NOTHING)
    grace = rules.after_retries is AfterRetries.PAST_DUE
    after = continued(
        moment,
        subscription,
        charge,
        subscription.state,
        billing_issue_at=subscription.billing_issue_at,
        grace_until=end if grace else None,
        retry_until=end,
        payment_fails=True,
    )
    return charged(
        Kind.RENEWED, after if grace else replace(after, access_until=subscription.access_until), subscription
    )


def leaves_open(rules: StoreRules) -> bool:
    """Whether unpaid periods go on with their invoices open, by the owner's setting at Stripe."""
    return rules.store is Store.STRIPE and rules.after_retries is not AfterRetries.CANCEL


def _next_end(moment: Moment, subscription: Subscription) -> datetime:
    return moment.rules.period_end(moment.at, subscription.product.period or "P1M", subscription.anchor)


def _invoice_is_open(subscription: Subscription) -> bool:
    """Whether the period that runs began after the charge had failed, and was not paid for."""
    failed_at, latest = subscription.billing_issue_at, subscription.latest
    return failed_at is not None and latest.purchased_at > failed_at


def _grace_until(moment: Moment, subscription: Subscription) -> datetime | None:
    rules, at = moment.rules, moment.at
    if leaves_open(rules):
        return _next_end(moment, subscription) if rules.after_retries is AfterRetries.PAST_DUE else None
    days = moment.word("grace_days")
    if days is None:
        in_trial = subscription.latest.period_type is PeriodType.TRIAL
        grace = rules.grace if rules.grace_in_trial or not in_trial else timedelta()
    else:
        choices = rules.grace_choices
        require(days in choices, f"{rules.store} has no grace of {days} days")
        grace = timedelta(days=days)
    return at + rules.wait(grace) if grace else None
