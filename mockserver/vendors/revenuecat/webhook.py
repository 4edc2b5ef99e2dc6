"""The customer's own webhook: every event RevenueCat tells, in the envelope of version 1.0 (revenuecat.md §11)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.revenuecat.events import Event, Type
from mockserver.vendors.revenuecat.integrations import Integration, posted, takes
from mockserver.vendors.revenuecat.money import CURRENCY
from mockserver.vendors.revenuecat.overlay import told_by
from mockserver.vendors.revenuecat.payloads import payload_of, reason_in
from mockserver.vendors.revenuecat.records import known_to
from mockserver.vendors.revenuecat.schemas import WEBHOOK
from mockserver.vendors.revenuecat.settings import value

SIGNATURE = "X-RevenueCat-Webhook-Signature"
_NO_CHARGE = frozenset({Type.REFUND_REVERSED, Type.INVOICE_ISSUANCE})  # a price only says what came back, or is due
_NO_PERIOD = frozenset({Type.TRANSFER, Type.INVOICE_ISSUANCE, Type.VIRTUAL_CURRENCY_TRANSACTION})


def write_webhook(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The posts that tell the customer's server of a lifecycle event: none, one, or several."""
    return webhooks_of(told_by(event, writing), writing)


def webhooks_of(told: Iterable[Event], writing: Writing) -> Sequence[Message]:
    """The posts that tell of events: to the owner's target, and to the integrations that were made by API."""
    settings, documents = writing.settings, writing.documents
    return [
        message
        for one in told
        for message in posted(_message(one, writing), settings, documents, partial(_wants, one, settings))
    ]


def _wants(told: Event, settings: Mapping[str, Any], integration: Integration) -> bool:
    return takes(integration, told, settings)


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """The owner's fixed Authorization value and, with a secret, a signature of this attempt.

    What goes to an integration of the API's has its own Authorization already.
    """
    if message.url:
        return {}
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


def _message(told: Event, writing: Writing) -> Message:
    id_ = writing.ids.uuid(told.cause, told.type, told.person.key)
    known = known_to(told.person, writing.documents)
    event = {
        **payload_of(told, known, writing.settings, id_),
        "type": told.type,
        "id": id_,
        "event_timestamp_ms": told.told_at + writing.delay,
    }
    return Message(
        vendor="revenuecat",
        channel="webhook",
        event=told.type.value,
        subject=told.person.id,
        at=told.told_at,
        id=id_,
        body=orjson.dumps(WEBHOOK.dump({"event": event, "api_version": "1.0"})),
        amount=None if told.type in _NO_CHARGE else told.price,
        currency=None if told.price is None or told.type in _NO_CHARGE else CURRENCY,
        environment=told.environment.value,
        details=_details(told),
    )


def _details(told: Event) -> dict[str, str]:
    if told.type in _NO_PERIOD:
        return {}
    return {"period_type": told.transaction.period_type.value.upper(), **reason_in(told)}
