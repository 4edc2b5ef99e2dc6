"""What Mbaasy remembers of uploads, and the purchases that an upload proves (mbaasy.md §8).

Documents: `upload` by the upload's id, folded from the log by `remember`. The same proof uploaded again is the same
upload: it keeps its id and `created_at`, and what the last one says of the user wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import Schema

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Store, Subscription
from mockserver.vendors.contract import Documents, TenantView, VendorError
from mockserver.vendors.mbaasy.purchases import sightings
from mockserver.vendors.mbaasy.records import IDS, Record, latest_record
from mockserver.vendors.mbaasy.schemas import (
    LEGACY,
    PURCHASE_ORDER,
    RECEIPT,
    decoded,
    load,
    parsed,
)

UPLOAD = "upload"
SCHEMAS: Mapping[str, Schema] = {
    "receipts": RECEIPT,
    "purchase_orders": PURCHASE_ORDER,
    "legacy_purchase_orders": LEGACY,
}
_PURCHASE_INFO = re.compile(rb'"purchase-info"\s*=\s*"([A-Za-z0-9+/=]+)"')


class Proof(NamedTuple):
    """What an upload brings: `key` tells it from others, the store's ids stand in `text`, `facts` are answered.

    `is_signed` says whether there is a signature that could be refused.
    """

    store: Store
    key: str
    text: str
    is_signed: bool
    facts: Mapping[str, Any]


def _receipt(body: Mapping[str, Any]) -> Proof:
    """A receipt is opaque: it proves whatever transactions have their ids in it, in plain text or in its inner part."""
    receipt = body["receipt"]
    content = decoded(receipt)
    inner = _PURCHASE_INFO.search(content)
    info = decoded(inner[1].decode()) if inner else b""
    style = "transaction" if inner else "unified"
    return Proof(Store.APP_STORE, receipt, (content + b"\n" + info).decode("latin-1"), True, {"style": style})


def _purchase_order(body: Mapping[str, Any]) -> Proof:
    text = body["purchase_data"]
    data = {name: said for name, said in parsed(text.encode()).items() if isinstance(said, str)}
    token = data.get("purchaseToken")
    facts = {
        "package_name": data.get("packageName"),
        "is_legacy": False,
        "purchase_token": token,
        "order_id": data.get("orderId"),
    }
    return Proof(Store.PLAY_STORE, token or text, text, True, facts)


def _legacy(body: Mapping[str, Any]) -> Proof:
    token, order = body["purchase_token"], body.get("order_id")
    facts = {"package_name": body["package_name"], "is_legacy": True, "purchase_token": token, "order_id": order}
    return Proof(Store.PLAY_STORE, token, f"{token}\n{order or ''}", False, facts)


_PROOFS: Mapping[str, Callable[[Mapping[str, Any]], Proof]] = {
    "receipts": _receipt,
    "purchase_orders": _purchase_order,
    "legacy_purchase_orders": _legacy,
}


class Upload(NamedTuple):
    """A body with what it proves, and the id that the same proof always has."""

    id: str
    body: Mapping[str, Any]
    proof: Proof


def read_upload(operation: str, content: bytes) -> Upload:
    """What an upload says.

    Raises:
        InvalidBodyError: it has another form.
    """
    body = load(SCHEMAS[operation], content)
    proof = _PROOFS[operation](body)
    return Upload(IDS.uuid("upload", proof.store, proof.key), body, proof)


def with_upload(before: Mapping[str, Any] | None, upload: Upload, caller: str, at: int) -> dict[str, Any]:
    """What is known of an upload afterwards; an address that is left out is the caller's, null is none (§8)."""
    known = before or {"user_identifier": None, "metadata": {}, "created_at": at}
    said = {name: upload.body[name] for name in ("user_identifier", "metadata") if name in upload.body}
    kept = {**known, **said, "ip_address": upload.body.get("ip_address", caller or None), "updated_at": at}
    return {**kept, "metadata": kept["metadata"] or {}}


def remember(entry: Entry, documents: Documents) -> None:
    """Fold an entry into what is known: every upload that was accepted."""
    if entry.direction is not Direction.IN or entry.verdict is not Verdict.ACCEPTED or entry.operation not in SCHEMAS:
        return
    try:
        upload = read_upload(entry.operation, entry.content)
    except VendorError:  # accepted under other rules than today's: an imported log
        return
    answer = parsed(entry.answer) if entry.status in {200, 206} else None  # another status: the answer was lost
    told = answer if isinstance(answer, dict) else {}
    at = told["updated_at"]["ms"] if told else entry.at
    caller = told.get("ip_address") or ""
    documents.put(UPLOAD, upload.id, with_upload(documents.get(UPLOAD, upload.id), upload, caller, at))


def proved(tenant: TenantView, proof: Proof) -> Iterator[Record]:
    """The purchases whose ids stand in a proof, as they are at the tenant's instant."""
    now, settings = tenant.now(), tenant.settings("mbaasy")
    happened = {event.id: event for event in tenant.history() if event.at <= now}  # a scenario played twice counts once
    for chain in _chains(happened.values(), proof):
        latest = latest_record(chain, happened.values(), settings)
        if latest is not None:
            yield latest


def _chains(events: Iterable[LifecycleEvent], proof: Proof) -> dict[str, None]:
    """The purchases of which any charge is named, in order of purchase."""
    seen = (sighting.subscription for event in events for sighting in sightings(event))
    return {one.original_id: None for one in seen if one.store is proof.store and _names(proof.text, one)}


def _names(text: str, subscription: Subscription) -> bool:
    return any(transaction.id in text for transaction in subscription.transactions)
