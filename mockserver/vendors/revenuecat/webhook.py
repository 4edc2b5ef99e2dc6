"""The customer's own webhook: every event RevenueCat tells, in the envelope of version 1.0 (revenuecat.md §11)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Store
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.revenuecat.customer import (
    app_user_id,
    attributes,
    original_app_user_id,
    told_aliases,
    transferred_ids,
)
from mockserver.vendors.revenuecat.events import Event, Type
from mockserver.vendors.revenuecat.money import CURRENCY, NOTHING, local_price, shares
from mockserver.vendors.revenuecat.records import known_to
from mockserver.vendors.revenuecat.schemas import WEBHOOK
from mockserver.vendors.revenuecat.settings import choice, table, value
from mockserver.vendors.revenuecat.telling import events_of

SIGNATURE = "X-RevenueCat-Webhook-Signature"
STORES = {
    Store.APP_STORE: "APP_STORE",
    Store.PLAY_STORE: "PLAY_STORE",
    Store.STRIPE: "STRIPE",
    Store.AMAZON: "AMAZON",
    Store.PROMO: "PROMOTIONAL",
}
_OUTAGE_GRANT = timedelta(hours=24)  # at most (lifecycles.md §7.55)


def write_webhook(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The posts that tell the customer's server of a lifecycle event: none, one, or several."""
    told = events_of(event, writing.settings)
    return [_message(one, writing) for one in told if _is_wanted(one, writing.settings)]


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """The owner's fixed Authorization value and, with a secret, a signature of this attempt."""
    given = delivery.credentials
    authorization = given.get("authorization") or value(delivery.settings, "webhook_authorization")
    secrets = [
        given.get("secret") or value(delivery.settings, "webhook_signature_secret"),
        value(delivery.settings, "webhook_signature_secret_old"),
    ]
    headers = {"authorization": authorization} if authorization else {}
    signature = _signature(message.body, [secret for secret in secrets if secret], delivery.at)
    return {**headers, SIGNATURE: signature} if signature else headers


def _signature(body: bytes, secrets: Sequence[str], at: datetime) -> str:
    """`t=<seconds>,v1=<hex>`, HMAC-SHA256 over `<t>.<body>`; one `v1` for each secret."""
    if not secrets:
        return ""
    second = int(at.timestamp())
    text = f"{second}.".encode() + body
    digests = [hmac.digest(secret.encode(), text, "sha256").hex() for secret in secrets]
    return ",".join([f"t={second}", *(f"v1={digest}" for digest in digests)])


def _is_wanted(told: Event, settings: Mapping[str, Any]) -> bool:
    """Whether the owner's filter lets it pass."""
    types = value(settings, "webhook_event_types")
    environment = choice(settings, "webhook_environment")
    return (not types or told.type in types) and environment in {"both", told.environment.value}


def _message(told: Event, writing: Writing) -> Message:
    id_ = writing.ids.uuid(told.cause, told.type, told.person.key)
    event = {**_body(told, writing), "type": told.type, "id": id_, "event_timestamp_ms": told.told_at + writing.delay}
    amount = None if told.type is Type.REFUND_REVERSED else told.price  # no charge: its price only says what came back
    return Message(
        vendor="revenuecat",
        channel="webhook",
        event=told.type.value,
        subject=told.person.id,
        at=told.told_at,
        id=id_,
        body=orjson.dumps(WEBHOOK.dump({"event": event, "api_version": "1.0"})),
        amount=amount,
        currency=None if amount is None else CURRENCY,
        environment=told.environment.value,
        details=_details(told),
    )


def _details(told: Event) -> dict[str, str]:
    if told.type is Type.TRANSFER:
        return {}
    return {"period_type": told.transaction.period_type.value.upper(), **_reason(told)}


def _reason(told: Event) -> dict[str, str]:
    if told.reason is None:
        return {}
    return {"cancel_reason" if told.type is Type.CANCELLATION else "expiration_reason": told.reason}


def _body(told: Event, writing: Writing) -> dict[str, Any]:
    settings = writing.settings
    where = {"store": STORES[told.store], "environment": told.environment.value.upper(), **_app(told, settings)}
    if told.type is Type.TRANSFER:
        return {**where, **_sides(told, settings)}
    if told.type is Type.TEMPORARY_ENTITLEMENT_GRANT:
        return {**where, "app_user_id": app_user_id(told.person), **_temporary(told)}
    return {
        **where,
        **_customer(told, writing),
        **_purchase(told, settings),
        **_money(told, settings),
        **_reason(told),
        **_special(told, settings),
    }


def _sides(told: Event, settings: Mapping[str, Any]) -> dict[str, list[str]]:
    owner = transferred_ids(told.owner, settings) if told.owner else []
    return {"transferred_from": transferred_ids(told.person, settings), "transferred_to": owner}


def _app(told: Event, settings: Mapping[str, Any]) -> dict[str, str]:
    return {} if told.store is Store.PROMO else {"app_id": table(settings, "app_ids")[told.store]}


def _customer(told: Event, writing: Writing) -> dict[str, Any]:
    person, updated = known_to(told.person, writing.documents)
    since = told.subscription.first.purchased_at
    return {
        "app_user_id": app_user_id(person),
        "original_app_user_id": original_app_user_id(person),
        "aliases": told_aliases(person, writing.settings),
        "country_code": person.country,
        "subscriber_attributes": {
            key: {"value": text, "updated_at_ms": updated.get(key, since)} for key, text in attributes(person).items()
        },
    }


def _purchase(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    transaction, offer = told.transaction, told.transaction.offer
    experiments = value(settings, "webhook_experiments")
    return {
        "product_id": told.product_id,
        "entitlement_id": None,  # deprecated
        "entitlement_ids": list(transaction.product.entitlements) or None,
        "presented_offering_id": value(settings, "presented_offering_id"),
        "period_type": transaction.period_type.value.upper(),
        "purchased_at_ms": transaction.purchased_at,
        "expiration_at_ms": _expiration(told),
        "transaction_id": transaction.id,
        "original_transaction_id": transaction.original_id,
        "is_family_share": told.subscription.is_family_share,
        "offer_code": offer.id if offer and offer.category != "introductory" else None,
        **({"experiments": list(experiments)} if experiments else {}),
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
