"""How RevenueCat says what happened: reads its API's calls, writes to mParticle and to the customer's own server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.journal.entry import Entry, Part, RecordedEvent
from mockserver.vendors.contract import Reading
from mockserver.vendors.revenuecat.customer import ANONYMOUS
from mockserver.vendors.revenuecat.feed import write_mparticle
from mockserver.vendors.revenuecat.request import Request, object_in
from mockserver.vendors.revenuecat.webhook import write_webhook

__all__ = ["read", "write_mparticle", "write_webhook"]
EVENTS = {  # asking for a customer is no event
    "attributes": "attributes_set",
    "customer_attributes": "attributes_set",
    "receipts": "receipt_posted",
    "attribution": "attribution_posted",
    "promotional": "entitlement_granted",
    "revoke_promotionals": "entitlements_revoked",
    "delete_subscriber": "customer_deleted",
    "transfer_customer": "purchases_transferred",
    "enroll_customer": "experiment_enrolled",
}


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """One part for each call: whom it is about, and what it wrote."""
    name = EVENTS.get(entry.operation)
    events = () if name is None else (RecordedEvent(name, entry.operation, at=entry.at, verdict=entry.verdict),)
    return [Part(subjects=tuple(_subjects(entry)), events=events, verdict=entry.verdict)]


def _subjects(entry: Entry) -> Iterator[tuple[str, str]]:
    """The App User IDs, each the app's own id unless it is anonymous; and mParticle's, where it is set."""
    body = object_in(entry.content)
    own = body.get("app_user_id") if entry.operation == "receipts" else Request.of_entry(entry).app_user_id
    for app_user_id in (own, entry.details.get("to")):
        if isinstance(app_user_id, str) and app_user_id:
            yield "app_user_id", app_user_id
            if not app_user_id.startswith(ANONYMOUS):
                yield "customer_id", app_user_id
    mpid = _mpid(body.get("attributes"))
    if isinstance(mpid, str) and mpid:
        yield "mpid", mpid


def _mpid(attributes: Any) -> Any:
    """`$mparticleId` in v1's object or v2's list of attributes."""
    if isinstance(attributes, dict):
        one = attributes.get("$mparticleId")
        return one.get("value") if isinstance(one, dict) else None
    named = (one for one in attributes if isinstance(one, dict)) if isinstance(attributes, list) else ()
    return next((one.get("value") for one in named if one.get("name") == "$mparticleId"), None)
