"""The feeds into mParticle: a batch of one event through the feed of the store's platform (nami.md §§1-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Environment
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.mparticle.schemas import EVENTS_PATH, basic_authorization
from mockserver.vendors.nami import paywall
from mockserver.vendors.nami.events import Event, Name
from mockserver.vendors.nami.schemas import BATCH
from mockserver.vendors.nami.settings import choice, table, value
from mockserver.vendors.nami.telling import events_of
from mockserver.vendors.nami.transaction import attributes, price, product_action
from mockserver.vendors.nami.user import IOS, User, user_id


def write_mparticle(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The batches that tell mParticle of a lifecycle event: none, one, or several; never one with an mpid."""
    return [_message(told, writing) for told in events_of(event, writing.settings, writing.told)]


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:  # noqa: ARG001  the shape of `Channel.sign`
    """HTTP Basic with the Server-to-Server Key and Secret of the feed."""
    keys = delivery.credentials
    return {"authorization": basic_authorization(keys.get("key", ""), keys.get("secret", ""))}


def _message(told: Event, writing: Writing) -> Message:
    settings = writing.settings
    batch = {
        "events": [_event(told, settings)],
        "source_request_id": writing.ids.uuid("source_request_id", told.id),
        **_user(told, settings),
        "device_info": {"platform": "iOS" if told.platform == IOS else "Android"},
        "application_info": {"package": table(settings, "marketplace_app_ids")[told.platform]},
        **_envelope(told, settings),
    }
    bought = told.transaction if choice(settings, "transaction_amounts") == "on" else None
    return Message(
        vendor="nami",
        channel="mparticle",
        event=told.name.short,
        subject=told.person.id,
        at=told.at,
        id=told.id,
        body=orjson.dumps(BATCH.dump(batch)),
        path=EVENTS_PATH,
        amount=price(bought, settings) if bought else None,
        currency=bought.product.currency if bought else None,
        feed=f"nami-{told.platform}",
        environment=told.environment.value,
        skipped=_skipped(told, settings),
    )


def _skipped(told: Event, settings: Mapping[str, Any]) -> str:
    """Why nothing goes out."""
    if told.platform not in value(settings, "feeds"):
        return f"no integration is set up for {told.platform}"
    if not table(settings, "events")[told.name]:
        return f"{told.name} is not selected in the integration"
    if told.environment is Environment.SANDBOX and choice(settings, "sandbox") == "suppressed":
        return "sandbox events are suppressed"
    if _customer_id(told, settings) is None and choice(settings, "anonymous") == "skipped":
        return "the user has no External ID"
    return ""


def _event(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {"source_message_id": told.id, "timestamp_unixtime_ms": told.at}
    if told.transaction is None:
        is_shown = told.name is Name.IMPRESSION
        kind = choice(settings, "impression_type") if is_shown else "transaction"
        more = paywall.attributes(told, settings) if is_shown else {}
        named = {"event_name": told.name.short, "custom_event_type": kind}
        return {
            "data": {**named, **data, "custom_attributes": {**_categories(told, settings), **more}},
            "event_type": "custom_event",
        }
    action = product_action(told.transaction, settings)
    data |= {"custom_attributes": {**_categories(told, settings), **attributes(told, told.transaction, settings)}}
    data |= {"product_action": action}
    if "total_amount" in action:
        data |= {"currency_code": told.transaction.product.currency}
    return {"data": data, "event_type": "commerce_event"}


def _categories(told: Event, settings: Mapping[str, Any]) -> dict[str, str]:
    """The hierarchy that the short name leaves out; of a device's event the first level only."""
    if told.is_of_device:
        return {"namiml_event_category": told.name.category}
    second = told.name.levels[1]
    return {
        "namiml_event_category": told.name.category,
        "namiml_event_subcategory1": choice(settings, "trial_subcategory") if second == "journey" else second,
        "event_platform": told.event_platform,
    }


def _user(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The state after the event, on `user.*` events alone."""
    return {} if told.is_of_device else {"user_attributes": _user_attributes(told.user, settings)}


def _user_attributes(user: User, settings: Mapping[str, Any]) -> dict[str, Any]:
    app_platforms, journey = table(settings, "app_platform_ids"), user.journey
    return {
        "namiml_active_entitlements": list(user.entitlements),
        "namiml_active_skus": list(user.skus),
        "namiml_device_ids": [device.id for device in user.person.devices],
        "namiml_device_platforms": [app_platforms[device.platform] for device in user.person.devices],
        "namiml_former_subscriber": _text(journey.former_subscriber, settings),
        "namiml_in_grace_period": _text(journey.in_grace_period, settings),
        "namiml_in_trial_period": _text(journey.in_trial_period, settings),
        "namiml_in_intro_offer_period": _text(journey.in_intro_offer_period, settings),
    }


def _text(flag: bool, settings: Mapping[str, Any]) -> str:
    return str(flag) if choice(settings, "booleans") == "title" else str(flag).lower()


def _customer_id(told: Event, settings: Mapping[str, Any]) -> str | None:
    return user_id(told.person) if choice(settings, "customer_id") == "nami" else told.person.customer_id


def _envelope(told: Event, settings: Mapping[str, Any]) -> dict[str, Any]:
    customer_id, own_id = _customer_id(told, settings), user_id(told.person)
    identities = {"user_identities": {"customer_id": customer_id}} if customer_id else {}
    as_object = choice(settings, "partner_identity") == "object"
    partner = {"partner_identities": {"namiml_user_id": own_id}} if as_object else {"partner_identity": own_id}
    return {
        **identities,
        **partner,
        **({"schema_version": 2} if value(settings, "schema_version") else {}),
        "environment": _environment(told, settings),
    }


def _environment(told: Event, settings: Mapping[str, Any]) -> str:
    in_sandbox = told.environment is Environment.SANDBOX
    return "development" if in_sandbox or choice(settings, "app_env") != "production" else "production"
