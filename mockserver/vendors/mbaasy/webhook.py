"""The webhook: one event for each change of an in-app purchase, signed (mbaasy.md §1, §4, §7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.vendors.contract import Delivery, Message, Writing
from mockserver.vendors.mbaasy.objects import UNTOLD, Purchase
from mockserver.vendors.mbaasy.records import Record, Records, purchase_of
from mockserver.vendors.mbaasy.schemas import EVENT, data_of, diff_of
from mockserver.vendors.mbaasy.settings import choice, value

SIGNATURE = "X-SHA256-Digest"
CREATED, UPDATED = "in_app_purchase.created", "in_app_purchase.updated"


def write_webhook(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The events of a transition: one for each purchase that is new or has changed by it."""

    def take(records: Records, one: LifecycleEvent) -> Records:
        return records.follow(one, writing.delay if one is event else timedelta())

    records = writing.folds.through(writing.told, event, lambda: Records(writing.settings), take)
    return [_message(before, after, writing) for before, after in records.changes]


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """HMAC-SHA256 over the raw body, in lower-case hexadecimal digits without a prefix; nothing without a key."""
    key = value(delivery.settings, "hmac_key") or delivery.credentials.get("hmac_key")
    return {SIGNATURE: hmac.digest(key.encode(), message.body, "sha256").hex()} if key else {}


def _message(before: Record | None, after: Record, writing: Writing) -> Message:
    settings, cause = writing.settings, after.sighting
    purchase = purchase_of(after, settings)
    id_ = writing.ids.uuid(cause.event.id, purchase.id)
    at = purchase.updated_at + timedelta(milliseconds=value(settings, "event_delay_ms"))
    body = {"id": id_, **_change(before, after, purchase, settings), "created_at": at}
    return Message(
        vendor="mbaasy",
        channel="webhook",
        event=body["name"],
        subject=cause.person.id,
        at=at - writing.delay,
        id=id_,
        body=orjson.dumps(EVENT.dump(body)),
        environment=purchase.environment,
        details={"changed": tuple(sorted(body["previous_attributes"].keys() - {"updated_at"}))},
    )


def _change(before: Record | None, after: Record, purchase: Purchase, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the envelope says of the change. A first version has nothing before it: all that it sets is new (§4)."""
    data = data_of(purchase, was_canceled=after.was_canceled, unset=choice(settings, "unset_fields"))
    if before is None:
        is_full = choice(settings, "created_diff") == "full"
        new = {name: said for name, said in data.items() if is_full and name not in UNTOLD}
        return {"name": CREATED, "data": data, "previous_attributes": {}, "new_attributes": new}
    old, new = diff_of(purchase_of(before, settings), purchase, data)
    return {"name": UPDATED, "data": data, "previous_attributes": old, "new_attributes": new}
