"""`event_properties` of webhooks: the matrix of adapty.md §11.4, a group of properties at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.lifecycle.subscriber import Person, Product, Subscription, Transaction
from mockserver.vendors.adapty import flows
from mockserver.vendors.adapty.access import Access
from mockserver.vendors.adapty.flows import Told
from mockserver.vendors.adapty.purchases import (
    environment,
    has_plans,
    is_trial,
    offer_of,
    product_ids,
    renews,
    store_name,
)
from mockserver.vendors.adapty.schemas import webhook_date

PAYWALL = {
    "cohort_name": "All Users",
    "developer_id": None,
    "paywall_name": None,
    "paywall_revision": None,
    "variation_id": None,
    "ab_test_name": None,
    "ab_test_revision": None,
}
WITH_TAXES = frozenset({flows.STARTED, flows.RENEWED, flows.REFUNDED, flows.PURCHASED})
WITH_PROCEEDS = frozenset({flows.TRIAL_CONVERTED, flows.PURCHASE_REFUNDED})
WITH_TRIAL_DURATION = frozenset({flows.TRIAL_STARTED, flows.TRIAL_CONVERTED, flows.TRIAL_CANCELLED})
WITH_REASON = frozenset({flows.CANCELLED, flows.TRIAL_CANCELLED, flows.EXPIRED, flows.TRIAL_EXPIRED, flows.REFUNDED})
ONE_TIME = frozenset({flows.PURCHASED, flows.PURCHASE_REFUNDED})
_YEAR = timedelta(days=365)
_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_DAYS = (365, 30, 7, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Whom the event is about, as of the event."""

    person: Person
    profile_id: str
    has_access: bool
    revenue: Decimal


def told_properties(told: Told, profile: Profile, settings: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    """The properties of every type but `access_level_updated`."""
    common = _common(told.subscription, told.transaction, told.dated, profile, event_id)
    paid = _unbroken(told.subscription, told.transaction)
    return {
        **common,
        "subscription_expires_at": None if told.event_type in ONE_TIME else webhook_date(told.expires_at),
        **_prices(told, settings),
        **_offer(told),
        "consecutive_payments": _consecutive(paid, told.transaction.product),
        "rate_after_first_year": bool(paid) and told.transaction.purchased_at - paid[-1].purchased_at >= _YEAR,
        **_trial(told),
        **({"cancellation_reason": told.reason} if told.event_type in WITH_REASON else {}),
    }


def access_properties(access: Access, at: datetime, profile: Profile, event_id: str) -> dict[str, Any]:
    """The properties of `access_level_updated`: no money, but everything about the access level."""
    purchase, subscription, transaction = access.holding
    offer = purchase.offer
    introductory = offer if offer is not None and offer.category == "introductory" else None
    promotional = offer if offer is not None and introductory is None else None
    return {
        **_common(subscription, transaction, at, profile, event_id),
        "vendor_product_id": purchase.store_product_id,
        "subscription_expires_at": webhook_date(purchase.access_until),
        "trial_duration": _duration(transaction) if is_trial(transaction) else None,
        "cancellation_reason": purchase.cancellation_reason,
        "access_level_id": access.level,
        "is_active": purchase.is_active(at),
        "is_lifetime": purchase.access_until is None,
        "is_refund": purchase.is_refund,
        "is_in_grace_period": purchase.is_in_grace_period,
        "will_renew": purchase.will_renew,
        "starts_at": webhook_date(purchase.starts_at),
        "expires_at": webhook_date(purchase.access_until),
        "renewed_at": webhook_date(purchase.purchased_at),
        "activated_at": webhook_date(purchase.originally_purchased_at),
        "billing_issue_detected_at": webhook_date(purchase.billing_issue_detected_at),
        "active_introductory_offer_type": introductory.type if introductory else None,
        "active_promotional_offer_type": promotional.type if promotional else None,
        "active_promotional_offer_id": promotional.id if promotional else None,
    }


def _common(
    subscription: Subscription, transaction: Transaction, at: datetime, profile: Profile, event_id: str
) -> dict[str, Any]:
    product, plan = product_ids(subscription, transaction)
    device = profile.person.devices[0] if profile.person.devices else None
    first = subscription.first if renews(subscription) else transaction
    return {
        "profile_event_id": event_id,
        "profile_id": profile.profile_id,
        "event_datetime": webhook_date(at),
        "store": store_name(subscription),
        "environment": environment(subscription),
        "vendor_product_id": product,
        "transaction_id": transaction.id,
        "original_transaction_id": transaction.original_id,
        "purchase_date": webhook_date(transaction.purchased_at),
        "original_purchase_date": webhook_date(first.purchased_at),
        "profile_has_access_level": profile.has_access,
        "profile_total_revenue_usd": float(profile.revenue),
        "profile_country": profile.person.country,
        "profile_ip_address": device.ip if device else None,
        "store_country": profile.person.country,
        "currency": transaction.product.currency,
        **PAYWALL,
        **({"base_plan_id": plan} if has_plans(subscription) else {}),
    }


def _prices(told: Told, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What was charged; of a trial nothing, unless its later price is wanted (§1.17). Refunds are positive (§18)."""
    standard = told.transaction.product.price
    trial = is_trial(told.transaction)
    price = abs(told.amount) if told.amount is not None else told.transaction.price
    sent = (standard if settings["send_trial_price"] else None) if trial else price
    full = price if told.event_type in ONE_TIME else standard
    discount = full if trial else max(full - price, Decimal(0))
    return {
        **twice("price", sent),
        **proceeds_of(told.event_type, price, settings),
        **twice("original_price", full),
        **twice("discount_amount", discount),
    }


def proceeds_of(event_type: str, price: Decimal, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is left after the store's cut, and after taxes."""
    proceeds = price * (100 - Decimal(str(settings["commission_percent"]))) / 100
    if event_type in WITH_PROCEEDS:
        return {"proceeds_usd": float(proceeds)}
    if event_type not in WITH_TAXES:
        return {}
    tax = price * Decimal(str(settings["tax_percent"])) / 100
    return {**twice("proceeds", proceeds), **twice("tax_amount", tax), **twice("net_revenue", proceeds - tax)}


def twice(name: str, amount: Decimal | None) -> dict[str, float | None]:
    """In US dollars and in the local currency; prices of the stores' model are US dollars already."""
    value = None if amount is None else float(amount)
    return {f"{name}_usd": value, f"{name}_local": value}


def _offer(told: Told) -> dict[str, Any]:
    offer = offer_of(told.transaction)
    periods = {}
    if offer is not None and told.event_type not in ONE_TIME:
        up_front = offer.type == "pay_up_front" and store_name(told.subscription) == "app_store"
        counted = told.transaction.offer.count if told.transaction.offer is not None and not up_front else None
        periods = {"store_offer_number_of_periods": counted}
    return {
        "promotional_offer_id": offer.id if offer is not None and offer.category != "introductory" else None,
        "store_offer_category": offer.category if offer else None,
        "store_offer_discount_type": offer.type if offer else None,
        **periods,
    }


def _trial(told: Told) -> dict[str, Any]:
    """`trial_duration` is filled in the three events about trials and null elsewhere (§17)."""
    if told.event_type in ONE_TIME:
        return {}
    trials = (one for one in reversed(told.subscription.transactions) if is_trial(one))
    trial = next(trials, None) if told.event_type in WITH_TRIAL_DURATION else None
    return {"trial_duration": _duration(trial) if trial is not None else None}


def _consecutive(paid: Sequence[Transaction], product: Product) -> int:
    """How many periods of a product were paid without a gap, the current one included."""
    return next((number for number, one in enumerate(paid) if one.product.id != product.id), len(paid))


def _duration(trial: Transaction) -> str | None:
    """Nominal days, also where a test clock makes minutes of them."""
    match = _PERIOD.fullmatch(trial.offer.period) if trial.offer is not None else None
    if match is None:
        return None
    days = sum(int(count) * length for count, length in zip(match.groups(), _DAYS, strict=True) if count)
    return f"{days} days"


def _unbroken(subscription: Subscription, transaction: Transaction) -> list[Transaction]:
    """The paid periods up to a transaction, latest first, as far back as each begins where the one before ended."""
    if not renews(subscription):
        return [transaction]
    found: list[Transaction] = []
    for one in reversed(subscription.transactions):
        if one.number > transaction.number:
            continue
        broken = found and (one.paid_until is None or one.paid_until < found[-1].purchased_at)
        if broken or is_trial(one):
            break
        found.append(one)
    return found
