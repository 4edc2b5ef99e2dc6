"""The feed into mParticle: a batch of one event for each event of RevenueCat's in the matrix (revenuecat.md §§1-7)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Environment, Person, Store
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.revenuecat.customer import (
    application_info,
    device_info,
    platform,
    transferred_ids,
    user_attributes,
    user_identities,
)
from mockserver.vendors.revenuecat.events import CHARGES, CUSTOMER_SUPPORT, MATRIX, Event, Type
from mockserver.vendors.revenuecat.money import CURRENCY, reported, shares
from mockserver.vendors.revenuecat.overlay import told_by
from mockserver.vendors.revenuecat.records import known_to
from mockserver.vendors.revenuecat.schemas import BATCH
from mockserver.vendors.revenuecat.settings import choice, table, value

_ACTIONS = {  # commerce events: the product action, and whether the customer was not there
    "initial_purchase": ("purchase", False),
    "trial_converted": ("purchase", True),
    "renewal": ("purchase", True),
    "non_renewing_purchase": ("purchase", False),
    "refund": ("refund", True),
}
_NAMES = {  # the types that one name is enough for; types that are missing have no event at mParticle
    Type.UNCANCELLATION: "uncancellation",
    Type.NON_RENEWING_PURCHASE: "non_renewing_purchase",
    Type.SUBSCRIPTION_PAUSED: "rc_subscription_paused_event",
    Type.EXPIRATION: "expiration",
    Type.BILLING_ISSUE: "billing_issue",
    Type.PRODUCT_CHANGE: "product_change",
    Type.TRANSFER: "rc_transfer_event",
}
_NOT_DETECTED = frozenset({Type.EXPIRATION, Type.PRODUCT_CHANGE})


def write_mparticle(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The batches that tell mParticle of a lifecycle event: none, one, or several."""
    return batches_of(told_by(event, writing), writing)


def batches_of(told: Iterable[Event], writing: Writing) -> Sequence[Message]:
    """The batches that tell of events, as far as mParticle's matrix has them."""
    return [message for one in told for message in _messages(one, writing)]


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:  # noqa: ARG001  the shape of `Channel.sign`
    """HTTP Basic with the key and the secret of the feed's input."""
    pair = f"{delivery.credentials.get('key', '')}:{delivery.credentials.get('secret', '')}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def name_of(told: Event) -> str | None:
    """The default name of the event at mParticle, None where there is none (revenuecat.md §1, last column)."""
    if told.is_web_billing:  # no column of the matrix
        return None
    if told.type is Type.INITIAL_PURCHASE:
        name: str | None = "trial_started" if told.in_trial else "initial_purchase"
    elif told.type is Type.RENEWAL:
        name = "trial_converted" if told.is_trial_conversion else "renewal"
    elif told.type is Type.CANCELLATION:
        name = "trial_cancelled" if told.in_trial else "cancellation"
        name = "refund" if told.reason == CUSTOMER_SUPPORT else name
    else:
        name = _NAMES.get(told.type)
    return name if name is not None and told.store in MATRIX[name] else None


def _messages(told: Event, writing: Writing) -> Iterator[Message]:
    name = name_of(told)
    if name is None:
        return
    yield _message(told, name, told.person, writing)
    if told.owner is not None:  # a transfer is told on both sides
        yield _message(told, name, told.owner, writing)


def _message(told: Event, name: str, someone: Person, writing: Writing) -> Message:
    person = known_to(someone, writing.documents).person
    on = platform(person, told.store, writing.settings)
    words = (told.cause, name, person.key)
    message_id = writing.ids.uuid("source_message_id", *words)
    amount = _amount(told, writing.settings)
    batch = {
        "events": [_event(told, name, message_id, amount, writing)],
        "source_request_id": writing.ids.uuid("source_request_id", *words),
        **_customer(told, person, on, writing.settings),
    }
    return Message(
        vendor="revenuecat",
        channel="mparticle",
        event=_told_name(name, writing.settings),
        subject=person.id,
        at=told.told_at,
        id=message_id,
        body=orjson.dumps(BATCH.dump(batch)),
        path="/v2/events",
        amount=amount,
        currency=None if amount is None else CURRENCY,
        feed=f"revenuecat-{on}" if on else None,
        environment=told.environment.value,
        skipped=_skipped(person, on, writing.settings),
    )


def _skipped(person: Person, on: str | None, settings: Mapping[str, Any]) -> str:
    """Why nothing goes out (revenuecat.md §2)."""
    if person.mpid is None:
        return "$mparticleId is not set on the customer"
    feeds = value(settings, "feeds")
    if on is None:
        return "no platform of the customer has ever been seen"
    return "" if on in feeds else f"no credentials are entered for the {on} feed"


def _customer(told: Event, person: Person, on: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user_attributes": user_attributes(person, settings),
        "device_info": device_info(person, told.store, on) if on else {},
        "application_info": application_info(on, settings) if on else {},
        "user_identities": user_identities(person),
        "schema_version": 2,
        "environment": "development" if told.environment is Environment.SANDBOX else "production",
        "mpid": person.mpid,
    }


def _event(told: Event, name: str, message_id: str, amount: Decimal | None, writing: Writing) -> dict[str, Any]:
    settings = writing.settings
    data = {
        "source_message_id": message_id,
        "timestamp_unixtime_ms": _timestamp(told, writing.delay),
        "custom_attributes": _custom_attributes(told, name, settings),
    }
    if name in _ACTIONS:
        return {
            "data": {**data, **_commerce(told, name, amount or Decimal(0), settings)},
            "event_type": "commerce_event",
        }
    named = {"event_name": _configured(name, settings), "custom_event_type": "transaction"}
    return {"data": {**named, **data}, "event_type": "custom_event"}


def _timestamp(told: Event, delay: timedelta) -> datetime:
    """Charges: the time of purchase. Ends and changes: when it happened. The rest: when RevenueCat noticed (§4)."""
    if told.type in CHARGES:
        return told.transaction.purchased_at
    return told.happened_at if told.type in _NOT_DETECTED else told.told_at + delay


def _custom_attributes(told: Event, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"revenuecat_event": _told_name(name, settings)}
    if told.type is not Type.TRANSFER:
        found["revenuecat_product_id"] = told.product_id
    if told.type is Type.EXPIRATION:
        found["revenuecat_expiration_reason"] = told.reason
    if told.new_product is not None:
        found["revenuecat_new_product_id"] = told.new_product.id
    return {**found, **_opted_in(told, settings)}


def _opted_in(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    if told.type is Type.SUBSCRIPTION_PAUSED and value(settings, "auto_resume_attribute"):
        return {"revenuecat_auto_resume_at_ms": told.subscription.resumes_at}
    if told.owner is not None and value(settings, "transfer_attributes"):
        return {
            "revenuecat_transferred_from": ",".join(transferred_ids(told.person, settings)),
            "revenuecat_transferred_to": ",".join(transferred_ids(told.owner, settings)),
        }
    return {}


def _commerce(told: Event, name: str, amount: Decimal, settings: Mapping[str, Any]) -> dict[str, Any]:
    action, is_non_interactive = _ACTIONS[name]
    if amount < 0 and choice(settings, "refund_sign") == "positive":
        amount = -amount
    product = {"id": told.product_id, "price": amount, "quantity": 1, "total_product_amount": amount}
    return {
        "product_action": {
            "action": action,
            "transaction_id": told.transaction.id,
            "total_amount": amount,
            "products": [product],
        },
        "currency_code": CURRENCY,
        "is_non_interactive": is_non_interactive or told.store is Store.PROMO,
    }


def _amount(told: Event, settings: Mapping[str, Any]) -> Decimal | None:
    """The money told, in the owner's sales mode; negative for a refund."""
    if told.price is None or choice(settings, "sales_reporting") == "gross":
        return told.price
    taken = shares(told.transaction, told.subscription, told.person.country, settings)
    return reported(told.price, taken, settings)


def _configured(name: str, settings: Mapping[str, Any]) -> str:
    """The name entered in the dashboard; a blank one falls back to the default."""
    return str(table(settings, "event_names").get(name) or "").strip() or name


def _told_name(name: str, settings: Mapping[str, Any]) -> str:
    return _configured(name, settings) if choice(settings, "revenuecat_event") == "renamed" else name
