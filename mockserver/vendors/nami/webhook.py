"""The customer's own webhook: every event under its dotted name, and purchase.updated (nami.md §7)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Device, Subscription
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.nami import paywall
from mockserver.vendors.nami.events import STABLE, Event, Name, platform_name
from mockserver.vendors.nami.purchase import SETTLED, updated
from mockserver.vendors.nami.schemas import WEBHOOK
from mockserver.vendors.nami.settings import choice, table, value
from mockserver.vendors.nami.telling import events_of
from mockserver.vendors.nami.transaction import attributes
from mockserver.vendors.nami.user import IOS, User, user_id

_TYPES = {"sha256": re.compile(r"[0-9a-fA-F]{64}"), "numeric": re.compile(r"[0-9]+")}


def write_webhook(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The posts that tell the customer's server of a lifecycle event: none, one, or several."""
    told = events_of(event, writing.settings, writing.told)
    return [*(_message(one, _body(one, writing.settings), writing) for one in told), *_updates(event, writing)]


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """The hexadecimal HMAC-SHA256 of the raw body."""
    secret = delivery.credentials.get("secret") or value(delivery.settings, "webhook_secret")
    if not secret:
        return {}
    header = choice(delivery.settings, "webhook_signature_header")
    return {header: hmac.digest(secret.encode(), message.body, "sha256").hex()}


def _updates(event: LifecycleEvent, writing: Writing) -> list[Message]:
    user = User(event.after, writing.told)
    return [
        _message(
            Event(
                name=Name.PURCHASE_UPDATED,
                cause=STABLE.uuid(event.id, purchase.original_id),
                at=event.at + SETTLED,
                user=user,
                subscription=purchase,
            ),
            status,
            writing,
        )
        for purchase, status in updated(event)
    ]


def _message(told: Event, body: Mapping[str, Any], writing: Writing) -> Message:
    always = {"event_type": told.name, "user_id": user_id(told.person), "id": told.id, "created_date": told.at}
    return Message(
        vendor="nami",
        channel="webhook",
        event=told.name.value,
        subject=told.person.id,
        at=told.at,
        id=told.id,
        body=orjson.dumps(WEBHOOK.dump({**body, **always})),
        environment=told.environment.value,
        skipped=_skipped(told, writing.settings),
    )


def _skipped(told: Event, settings: Mapping[str, Any]) -> str:
    wanted = value(settings, "webhook_event_types")
    if wanted and told.name not in wanted:
        return f"{told.name} is not selected for the webhook"
    if value(settings, "webhook_wait_for_login") and told.person.customer_id is None:
        return "the user has not logged in"
    return ""


def _body(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a device does only its attributes: no sample of that is published."""
    if told.transaction is not None:
        return {"event_platform": told.event_platform, **attributes(told, told.transaction, settings)}
    if told.is_of_device:
        return {"event_platform": told.event_platform, **paywall.attributes(told, settings)}
    return {
        "active_entitlements": [item for one in told.user.active for item in _entitlements(one, told)],
        "customer_journey_state": told.user.journey._asdict(),
        "devices": [_device(device, settings) for device in told.person.devices],
        "event_platform": told.event_platform,
        "external_ids": _external_ids(told),
    }


def _entitlements(purchase: Subscription, told: Event) -> list[dict[str, Any]]:
    """What a purchase unlocks, an item for each entitlement."""
    product, pending = purchase.product, purchase.pending_product
    return [
        {
            "description": product.name or product.id,
            "entitlement_ref_id": name,
            "expiration": purchase.access_until,
            "last_verified": told.at,
            "name": name,
            "purchase_platform": platform_name(purchase.store),
            "sku_ref_id": product.id,
            **({"pending_sku_ref_id": pending.id} if pending else {}),
        }
        for name in product.entitlements
    ]


def _device(device: Device, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": device.id,
        "platform": {
            "id": table(settings, "app_platform_ids")[device.platform],
            "name": table(settings, "app_platform_names")[device.platform],
            "platform_type": "apple" if device.platform == IOS else "google",
            "marketplace_app_id": table(settings, "marketplace_app_ids")[device.platform],
        },
    }


def _external_ids(told: Event) -> list[dict[str, str]]:
    key = "original_transaction_id"
    chain = told.subscription.original_id if told.subscription else ""
    found = [{"key": key, "type": key, "value": chain}]
    external = told.person.customer_id
    if external is None:
        return found
    kind = next((name for name, form in _TYPES.items() if form.fullmatch(external)), "uuid")
    return [*found, {"key": "external_id", "type": kind, "value": external}]
