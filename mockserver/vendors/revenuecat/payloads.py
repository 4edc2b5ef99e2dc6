"""What a webhook says of an event: the keys of each type and their values (revenuecat.md §11, Fields)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.lifecycle.subscriber import PeriodType, Store
from mockserver.vendors.revenuecat.customer import (
    app_user_id,
    attributes,
    original_app_user_id,
    told_aliases,
    transferred_ids,
)
from mockserver.vendors.revenuecat.events import Event, Type
from mockserver.vendors.revenuecat.money import NOTHING, local_price, shares
from mockserver.vendors.revenuecat.records import Known
from mockserver.vendors.revenuecat.settings import table, value

STORES = {
    Store.APP_STORE: "APP_STORE",
    Store.PLAY_STORE: "PLAY_STORE",
    Store.STRIPE: "STRIPE",
    Store.AMAZON: "AMAZON",
    Store.PROMO: "PROMOTIONAL",
}
_OUTAGE_GRANT = timedelta(hours=24)  # at most (lifecycles.md §7.55)
_UNPAID = ("transaction_id", "original_transaction_id", "period_type", "expiration_at_ms", "entitlement_ids")


def payload_of(told: Event, known: Known, settings: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """Everything but the event's type, id and time; `id_` is the event's, from which ids inside it are made."""
    where = {"store": store_of(told), **app_of(told, settings)}
    environment = {"environment": told.environment.value.upper()}
    if told.type is Type.TRANSFER:
        return {**where, **environment, **_sides(told, settings)}
    if told.type is Type.TEMPORARY_ENTITLEMENT_GRANT:
        return {**where, **environment, "app_user_id": app_user_id(known.person), **_temporary(told)}
    since = told.subscription.first.purchased_at
    common = {**where, **customer_of(known, since, settings), **experiments_of(known, settings)}
    if told.type is Type.VIRTUAL_CURRENCY_TRANSACTION:
        return {**common, **_virtual_currency(told, id_)}
    if told.type is Type.INVOICE_ISSUANCE:
        return {**common, **environment, **_invoice(told, settings)}
    return {
        **common,
        **environment,
        **_purchase(told, settings),
        **_money(told, settings),
        **reason_in(told),
        **_special(told, settings),
    }


def reason_in(told: Event) -> dict[str, str]:
    """The reason, under the key of its type."""
    if told.reason is None:
        return {}
    return {"cancel_reason" if told.type is Type.CANCELLATION else "expiration_reason": told.reason}


def customer_of(known: Known, since: datetime, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Who it is; attributes that the API has not set are as old as the purchase."""
    person, updated = known.person, known.updated
    return {
        "app_user_id": app_user_id(person),
        "original_app_user_id": original_app_user_id(person),
        "aliases": told_aliases(person, settings),
        "country_code": person.country,
        "subscriber_attributes": {
            key: {"value": text, "updated_at_ms": updated.get(key, since)} for key, text in attributes(person).items()
        },
    }


def experiments_of(known: Known, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the customer was enrolled in; the key is absent where that is nothing."""
    found = [*value(settings, "webhook_experiments"), *known.experiments]
    return {"experiments": found} if found else {}


def store_of(told: Event) -> str:
    """Where it was bought, as a webhook spells it."""
    return "RC_BILLING" if told.is_web_billing else STORES[told.store]


def app_of(told: Event, settings: Mapping[str, Any]) -> dict[str, str]:
    """The app that sold it; a grant has none."""
    return {} if told.store is Store.PROMO else {"app_id": table(settings, "app_ids")[told.store]}


def _sides(told: Event, settings: Mapping[str, Any]) -> dict[str, list[str]]:
    owner = transferred_ids(told.owner, settings) if told.owner else []
    return {"transferred_from": transferred_ids(told.person, settings), "transferred_to": owner}


def _purchase(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    transaction, offer = told.transaction, told.transaction.offer
    is_order = transaction.period_type is PeriodType.PREPAID  # a top-up is an order of its own (lifecycles.md §3, 45)
    return {
        "product_id": told.product_id,
        "entitlement_id": None,  # deprecated
        "entitlement_ids": list(transaction.product.entitlements) or None,
        "presented_offering_id": value(settings, "presented_offering_id"),
        "period_type": transaction.period_type.value.upper(),
        "purchased_at_ms": transaction.purchased_at,
        "expiration_at_ms": _expiration(told),
        "transaction_id": transaction.id,
        "original_transaction_id": transaction.id if is_order else transaction.original_id,
        "is_family_share": told.subscription.is_family_share,
        "offer_code": offer.id if offer and offer.category != "introductory" else None,
    }


def _expiration(told: Event) -> datetime | None:
    """The end of what the transaction paid for; an expiration cuts it short, but for a grant (lifecycles.md §7.39)."""
    is_latest = told.transaction.number == told.subscription.latest.number
    end = told.subscription.period_end if is_latest else told.transaction.paid_until
    is_cut = told.type is Type.EXPIRATION and told.store is not Store.PROMO
    return min(end, told.happened_at) if end and is_cut else end


def _money(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What moved, zero where nothing did; and the estimates of what is taken of it."""
    price = NOTHING if told.price is None else told.price
    currency = told.transaction.product.currency
    taken = shares(told.transaction, told.subscription, told.person.country, settings)
    return {
        "price": price,
        "price_in_purchased_currency": local_price(price, currency, settings),
        "currency": currency,
        "tax_percentage": taken.tax,
        "commission_percentage": taken.commission,
        "takehome_percentage": taken.takehome,
    }


def _special(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that only one type has."""
    if told.type is Type.RENEWAL:
        number = {"renewal_number": _renewals(told)} if value(settings, "webhook_renewal_number") else {}
        return {"is_trial_conversion": told.is_trial_conversion, **number}
    if told.type is Type.BILLING_ISSUE:
        return {"grace_period_expiration_at_ms": told.subscription.grace_until}
    if told.type is Type.SUBSCRIPTION_PAUSED:
        return {"auto_resume_at_ms": told.subscription.resumes_at}
    if told.type is Type.REFUND_REVERSED:
        return {"renewal_number": _renewals(told), "metadata": None}
    return {"new_product_id": told.new_product.id} if told.new_product else {}


def _renewals(told: Event) -> int:
    """How many renewals the chain has seen, a conversion included; it is never told as less than 1."""
    return max(1, told.transaction.number - 1)


def _temporary(told: Event) -> dict[str, Any]:
    """What is guaranteed of a purchase that the store could not confirm."""
    transaction = told.transaction
    longest = transaction.purchased_at + _OUTAGE_GRANT
    return {
        "product_id": told.product_id,
        "entitlement_ids": list(transaction.product.entitlements) or None,
        "purchased_at_ms": transaction.purchased_at,
        "expiration_at_ms": min(told.subscription.access_until or longest, longest),
        "transaction_id": transaction.id,
    }


def _invoice(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be paid: no transaction yet, nor what depends on one."""
    purchase, money = _purchase(told, settings), _money(told, settings)
    del money["price"]
    unknown = dict.fromkeys((*_UNPAID, "tax_percentage", "commission_percentage", "takehome_percentage"))
    return {
        **purchase,
        **money,
        **unknown,
        "purchased_at_ms": told.happened_at,
        "renewal_number": None,
        "metadata": None,
    }


def _virtual_currency(told: Event, id_: str) -> dict[str, Any]:
    """What a charge has granted, or a refund has taken away."""
    product, grants = told.transaction.product, told.grants or {}
    return {
        "product_id": told.product_id,
        "product_display_name": product.name or told.product_id,
        "transaction_id": told.transaction.id,
        "purchase_environment": told.environment.value.upper(),
        **adjusted(grants, id_),
        "source": "in_app_purchase",
    }


def adjusted(grants: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """An adjustment of a balance, and the id of its transaction."""
    code = grants["code"]
    currency = {"code": code, "name": grants.get("name", code), "description": grants.get("description", "")}
    return {
        "adjustments": [{"amount": grants["amount"], "currency": currency}],
        "virtual_currency_transaction_id": f"vatx{id_.replace('-', '')[:15]}",
    }
