"""`event_properties` of webhooks about the API's calls: the matrix of adapty.md §11.4 from what a call brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from mockserver.lifecycle.subscriber import Person
from mockserver.vendors.adapty import flows
from mockserver.vendors.adapty.calls import Chain, Happening, is_trial, paid_periods
from mockserver.vendors.adapty.properties import (
    ONE_TIME,
    PAYWALL,
    WITH_REASON,
    WITH_TRIAL_DURATION,
    proceeds_of,
    twice,
)
from mockserver.vendors.adapty.schemas import webhook_date

_WITH_PLANS = ("play_store", "stripe")
_YEAR = timedelta(days=365)

Object = Mapping[str, Any]


class Circumstances(NamedTuple):
    """The event's id and instant, the profile as it was answered then, and what is known of the user."""

    event_id: str
    at: datetime
    data: Object
    fields: Object
    person: Person | None


def call_properties(
    one: Happening, body: Object, before: Chain | None, come: Circumstances, settings: Object
) -> dict[str, Any]:
    """The properties of every type but `access_level_updated`."""
    product, _, plan = body["store_product_id"].partition(":")
    trial = is_trial(body, before)
    has_periods = one.event_type not in ONE_TIME
    original = body["originally_purchased_at"] if has_periods else body["purchased_at"]
    return {
        **_common(come, one.dated, body["price"]),
        "variation_id": body["variation_id"],
        "store": body["store"],
        "environment": body["environment"],
        "vendor_product_id": product if plan else body["store_product_id"],
        **({"base_plan_id": plan or None} if plan or body["store"] in _WITH_PLANS else {}),
        "transaction_id": body["store_transaction_id"],
        "original_transaction_id": body["store_original_transaction_id"],
        "purchase_date": webhook_date(body["purchased_at"]),
        "original_purchase_date": webhook_date(original),
        "subscription_expires_at": webhook_date(one.expires_at) if has_periods else None,
        **_money(one.event_type, body, settings, trial=trial),
        **_offer(body["offer"], counted=has_periods),
        "consecutive_payments": paid_periods(body, before),
        "rate_after_first_year": has_periods and body["purchased_at"] - original >= _YEAR,
        **({"trial_duration": _trial(one.event_type, body, before)} if has_periods else {}),
        **({"cancellation_reason": one.reason} if one.event_type in WITH_REASON else {}),
    }


def access_properties(level: Object, body: Object, come: Circumstances) -> dict[str, Any]:
    """The properties of `access_level_updated`, from an access level as it was answered; `body` is the call's."""
    offer = level["offer"]
    introductory = offer if offer is not None and offer["category"] == "introductory" else None
    promotional = offer if introductory is None else None
    source = _source(level, body, come.data)
    starts, ends = _instant(level["starts_at"]), _instant(level["expires_at"])
    return {
        **_common(come, come.at, body.get("price") or {}),
        "variation_id": body.get("variation_id"),
        "store": level["store"],
        "environment": source.environment,
        "vendor_product_id": level["store_product_id"],
        **_plan(level),
        "transaction_id": level["store_transaction_id"],
        "original_transaction_id": level["store_original_transaction_id"],
        "purchase_date": _date(level["purchased_at"]),
        "original_purchase_date": _date(level["originally_purchased_at"]),
        "subscription_expires_at": webhook_date(ends),
        "trial_duration": None,
        "cancellation_reason": level["cancellation_reason"],
        "access_level_id": level["access_level_id"],
        "is_active": _is_active(level, come.at),
        "is_lifetime": ends is None,
        "is_refund": source.is_refund,
        "is_in_grace_period": level["is_in_grace_period"],
        "will_renew": source.will_renew,
        "starts_at": webhook_date(starts),
        "expires_at": webhook_date(ends),
        "renewed_at": _date(level["purchased_at"]),
        "activated_at": _date(level["originally_purchased_at"]),
        "billing_issue_detected_at": _date(level["billing_issue_detected_at"]),
        "active_introductory_offer_type": introductory["type"] if introductory else None,
        "active_promotional_offer_type": promotional["type"] if promotional else None,
        "active_promotional_offer_id": promotional["id"] if promotional else None,
    }


class _Source(NamedTuple):
    """What an answered access level does not say of the purchase that it comes from."""

    environment: str
    is_refund: bool
    will_renew: bool


def _source(level: Object, body: Object, data: Object) -> _Source:
    """From the call itself, where the level comes from its transaction, else from the profile's purchases."""
    chain = level["store_original_transaction_id"]
    if body.get("store_original_transaction_id") == chain:
        refunded = body["refunded_at"] is not None
        return _Source(body["environment"], refunded, bool(body.get("renew_status")) and not refunded)
    bought = [*data["subscriptions"], *data["non_subscriptions"]]
    known = next((one for one in bought if one["store_original_transaction_id"] == chain), None)
    is_refund = level["cancellation_reason"] == "refund"
    renews = known is not None and "renewal_cancelled_at" in known and level["renewal_cancelled_at"] is None
    return _Source("Production" if known is None else known["environment"], is_refund, renews and not is_refund)


def _common(come: Circumstances, dated: datetime, price: Object) -> dict[str, Any]:
    country = come.fields.get("ip_country") or (come.person.country if come.person is not None else None)
    return {
        "profile_event_id": come.event_id,
        "profile_id": come.data["profile_id"],
        "event_datetime": webhook_date(dated),
        "profile_has_access_level": any(_is_active(level, come.at) for level in come.data["access_levels"]),
        "profile_total_revenue_usd": come.data["total_revenue_usd"],
        "profile_country": country,
        "profile_ip_address": come.fields.get("ip_v4_address"),
        "store_country": price.get("country") or come.fields.get("store_country") or country,
        "currency": price.get("currency"),
        **PAYWALL,
    }


def _money(event_type: str, body: Object, settings: Object, *, trial: bool) -> dict[str, Any]:
    """What was charged; of a trial nothing (§1.17). What it would cost without an offer no call tells."""
    price = Decimal(str(body["price"]["value"]))
    sent = None if trial else price
    return {
        **twice("price", sent),
        **proceeds_of(event_type, price, settings),
        **twice("original_price", sent),
        **twice("discount_amount", None if trial else Decimal(0)),
    }


def _offer(offer: Object | None, *, counted: bool) -> dict[str, Any]:
    if offer is None:
        return {"promotional_offer_id": None, "store_offer_category": None, "store_offer_discount_type": None}
    return {
        "promotional_offer_id": offer["id"] if offer["category"] != "introductory" else None,
        "store_offer_category": offer["category"],
        "store_offer_discount_type": offer["type"],
        **({"store_offer_number_of_periods": None} if counted else {}),
    }


def _trial(event_type: str, body: Object, before: Chain | None) -> str | None:
    """`trial_duration` is filled in the three events about trials and null elsewhere (§17)."""
    if event_type not in WITH_TRIAL_DURATION:
        return None
    trial = before["latest"] if event_type == flows.TRIAL_CONVERTED and before is not None else body
    began, ends = _instant(trial["purchased_at"]), _instant(trial.get("expires_at"))
    return None if began is None or ends is None else f"{round((ends - began) / timedelta(days=1))} days"


def _plan(level: Object) -> dict[str, Any]:
    plan = level["store_base_plan_id"]
    return {"base_plan_id": plan} if plan is not None or level["store"] in _WITH_PLANS else {}


def _is_active(level: Object, at: datetime) -> bool:
    """Whether it unlocks anything at an instant: v2 leaves that to the reader (§1.2)."""
    starts, ends = _instant(level["starts_at"]), _instant(level["expires_at"])
    return (starts is None or starts <= at) and (ends is None or at < ends)


def _date(text: str | None) -> str | None:
    return webhook_date(_instant(text))


def _instant(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
