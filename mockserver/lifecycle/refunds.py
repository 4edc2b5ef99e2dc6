"""Money back: of a period or of what was bought once, and a refund taken back (lifecycles.md §2, rows 28-32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import Change, Impossible, Moment, require
from mockserver.lifecycle.subscriber import (
    PeriodType,
    ProductKind,
    Reason,
    State,
    Store,
    Subscription,
    Transaction,
)

_ONCE = frozenset({ProductKind.CONSUMABLE, ProductKind.LIFETIME})


def refunds(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Give back a charge; access ends with the latest one, unless Play only pays back."""
    transaction = _refundable(moment, subscription)
    revoking = moment.word("revoking", True)
    require(revoking or moment.store is Store.PLAY_STORE, "only Play refunds without ending access")
    paid_back = replace(transaction, refunded_at=moment.at)
    after = _with(subscription, paid_back)
    if revoking and transaction.number == subscription.latest.number:
        after = _revoked(after, moment)
    return [
        Change(
            kind=Kind.REFUNDED,
            subscription=after,
            previous=subscription,
            transaction=paid_back,
            amount=-transaction.price,
            reason=Reason.SUPPORT,
            detected=revoking,
        )
    ]


def declines_refund(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Somebody asked for money and got none."""
    transaction = _refundable(moment, subscription)
    kind = Kind.REFUND_DECLINED
    return [Change(kind=kind, subscription=subscription, previous=subscription, transaction=transaction)]


def reverses_refund(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The money is taken again; access is back if its time is not over. Auto-renew stays off (scenario 18)."""
    require(moment.store is Store.APP_STORE, "only the App Store takes a refund back")
    back = replace(subscription.latest, refunded_at=None)
    end = subscription.period_end
    after = replace(
        _with(subscription, back),
        state=_state_after(subscription, moment.at),
        access_until=end,
        refunded_at=None,
        cancelled_at=None,
        cancelled_by=None,
        cancel_reason=None,
    )
    kind = Kind.REFUND_REVERSED
    return [Change(kind=kind, subscription=after, previous=subscription, transaction=back, amount=back.price)]


def _refundable(moment: Moment, subscription: Subscription) -> Transaction:
    """The charge meant: the latest one, or that of the period that the act names."""
    period = moment.word("period", subscription.latest.number)
    found = next((one for one in subscription.transactions if one.number == period), None)
    if found is None:
        raise Impossible(f"there is no period {period}, the last is {subscription.latest.number}")
    require(found.price > 0, "nothing was paid for that period")
    require(found.refunded_at is None, "that period was refunded already")
    return found


def _with(subscription: Subscription, transaction: Transaction) -> Subscription:
    transactions = tuple(transaction if one.number == transaction.number else one for one in subscription.transactions)
    return replace(subscription, transactions=transactions)


def _revoked(subscription: Subscription, moment: Moment) -> Subscription:
    by = "publisher" if moment.act.verb.startswith("developer.") else "marketplace"
    return replace(
        subscription,
        state=State.REFUNDED,
        auto_renew=False,
        access_until=moment.at if subscription.has_access else subscription.access_until,
        refunded_at=moment.at,
        cancelled_at=moment.at,
        cancelled_by=by,
        cancel_reason=Reason.SUPPORT,
        grace_until=None,
        retry_until=None,
        pause_from=None,
        resumes_at=None,
        pending_product=None,
    )


def _state_after(subscription: Subscription, at: datetime) -> State:
    product, end = subscription.product, subscription.period_end
    if product.kind in _ONCE:
        return State.OWNED if product.kind is ProductKind.LIFETIME or product.entitlements else State.NONE
    if end is not None and end <= at:
        return State.EXPIRED
    return State.TRIAL_OFF if subscription.latest.period_type is PeriodType.TRIAL else State.ACTIVE_OFF
