"""purchase.updated: the status of a purchase, two minutes after it last changed (nami.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import PeriodType, Person, Subscription
from mockserver.vendors.nami.events import STABLE
from mockserver.vendors.nami.user import known

SETTLED = timedelta(minutes=2)


def updated(event: LifecycleEvent) -> Iterator[tuple[Subscription, dict[str, Any]]]:
    """The purchases whose status an event changed, each with its status, unless more is about to change.

    Only the end of access is foreseen: what ends or renews within the two minutes is told afterwards, once.
    """
    if not event.detected:
        return
    before = {one.original_id: status(one, event.before.person) for one in known(event.before)}
    for one in known(event.after):
        after = status(one, event.person)
        if one.product.entitlements and after != before.get(one.original_id) and not _changes_soon(one, event):
            yield one, after


def status(purchase: Subscription, person: Person) -> dict[str, Any]:
    """The fields of purchase.updated that are published; `collapse_key` is the same for all news of a purchase."""
    latest = purchase.latest
    earlier = [one for one in purchase.transactions if one.number == latest.number - 1]
    after_trial = bool(earlier) and earlier[0].period_type is PeriodType.TRIAL
    return {
        "collapse_key": _collapse_key(purchase.original_id),
        "billing_cycles": latest.number,
        "canceled_at": purchase.cancelled_at,
        "current_term_length": latest.offer.period if latest.offer else latest.product.period,
        "devices_with_access": [device.id for device in person.devices] if purchase.has_access else [],
        "entitlements": list(purchase.product.entitlements) if purchase.has_access else [],
        "expires_at": purchase.access_until,
        "is_active": purchase.has_access,
        "is_auto_renewable": purchase.auto_renew,
        "is_free_trial_conversion": after_trial and latest.period_type is not PeriodType.TRIAL,
    }


@lru_cache(maxsize=256)
def _collapse_key(chain: str) -> str:
    return STABLE.uuid("purchase", chain)


def _changes_soon(purchase: Subscription, event: LifecycleEvent) -> bool:
    ends = purchase.access_until
    return purchase.has_access and ends is not None and ends - event.at < SETTLED
