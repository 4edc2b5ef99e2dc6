"""What comes in: the three uploads of the client API (mbaasy.md §8).

Checked in the order token, body, signature, store: 401, 422, 402, then 206 if the store cannot be reached, else 200.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Call, Grant, Inputs, Keyring, Operation
from mockserver.vendors.mbaasy.errors import JSON, UnauthorizedError
from mockserver.vendors.mbaasy.records import Record, purchase_of
from mockserver.vendors.mbaasy.schemas import (
    PURCHASE_ORDER_ANSWER,
    RECEIPT_ANSWER,
    data_of,
    from_milliseconds,
    to_milliseconds,
)
from mockserver.vendors.mbaasy.settings import choice, table, value
from mockserver.vendors.mbaasy.state import UPLOAD, Proof, Upload, proved, read_upload, with_upload

_OK, _QUEUED, _FRAUD = 200, 206, 402


def tokens(inputs: Inputs) -> Iterable[tuple[str, str]]:
    """The access token as the `Authorization` header shows it."""
    for name, credentials in inputs.items():
        yield f"Bearer {credentials['access_token']}", name


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """Whose access token it is.

    Raises:
        UnauthorizedError: none, nobody's, or not a bearer's.
    """
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    grant = keyring.find(call.vendor, f"Bearer {token.strip()}") if scheme.lower() == "bearer" else None
    if grant is None:
        raise UnauthorizedError
    return grant


def upload_receipt(call: Call) -> Answer:
    """Upload an Apple receipt: every purchase on it."""
    upload, settings = read_upload("receipts", call.content), call.tenant.settings("mbaasy")
    status, purchases = _checked(call, upload.proof)
    facts = {
        "bundle_id": table(settings, "app_identifiers")["app_store"],
        "environment": _environment(purchases),
        "in_app_purchases": purchases,
    }
    return _answer(status, RECEIPT_ANSWER.dump({**_known(call, upload, status), **facts}), purchases)


def upload_purchase_order(call: Call) -> Answer:
    """Upload a Google purchase with its signature."""
    return _upload_order(call, read_upload("purchase_orders", call.content))


def upload_legacy_purchase_order(call: Call) -> Answer:
    """Upload a Google purchase by its token, without a signature."""
    return _upload_order(call, read_upload("legacy_purchase_orders", call.content))


def _upload_order(call: Call, upload: Upload) -> Answer:
    status, purchases = _checked(call, upload.proof)
    facts = {"environment": _environment(purchases), "in_app_purchase": purchases[0] if purchases else None}
    return _answer(status, PURCHASE_ORDER_ANSWER.dump({**_known(call, upload, status), **facts}), purchases)


def _checked(call: Call, proof: Proof) -> tuple[int, list[dict[str, Any]]]:
    """The status, and the purchases that the store confirms."""
    settings = call.tenant.settings("mbaasy")
    if proof.is_signed and choice(settings, "signatures") == "invalid":
        return _FRAUD, []
    if not value(settings, "store_reachable"):
        return _QUEUED, []
    return _OK, [_data(record, settings) for record in proved(call.tenant, proof)]


def _data(record: Record, settings: Mapping[str, Any]) -> dict[str, Any]:
    unset = choice(settings, "unset_fields")
    return data_of(purchase_of(record, settings), was_canceled=record.was_canceled, unset=unset)


def _known(call: Call, upload: Upload, status: int) -> dict[str, Any]:
    """What both answers say of the upload itself."""
    tenant, is_fraud = call.tenant, status == _FRAUD
    before = tenant.documents("mbaasy").get(UPLOAD, upload.id)
    kept = with_upload(before, upload, call.remote, to_milliseconds(tenant.now()))
    return {
        **kept,
        **upload.proof.facts,
        "id": upload.id,
        "app_family_id": value(tenant.settings("mbaasy"), "app_family_id"),
        "is_fraud": is_fraud,
        "fraud_reason": "invalid signature" if is_fraud else None,
        "created_at": from_milliseconds(kept["created_at"]),
        "updated_at": from_milliseconds(kept["updated_at"]),
    }


def _environment(purchases: list[dict[str, Any]]) -> str:
    return str(purchases[0]["environment"]) if purchases else "production"


def _answer(status: int, body: Mapping[str, Any], purchases: list[dict[str, Any]]) -> Answer:
    findings: tuple[Finding, ...] = ()
    if status == _OK and not purchases:
        text = "no transaction of this tenant's subscribers has its id in it, so it proves no purchase"
        findings = (Finding("", "unknown-purchase", text, Severity.INFO),)
    return Answer(status, orjson.dumps(body), (JSON,), findings=findings)


OPERATIONS = (
    Operation(
        name="receipts",
        path="/client/itunes_connect/receipts",
        handle=upload_receipt,
        authenticate=authenticate,
        title="Upload an Apple receipt",
        changes=True,
    ),
    Operation(
        name="purchase_orders",
        path="/client/google_play/purchase_orders",
        handle=upload_purchase_order,
        authenticate=authenticate,
        title="Upload a Google purchase",
        changes=True,
    ),
    Operation(
        name="legacy_purchase_orders",
        path="/client/google_play/purchase_orders/legacy",
        handle=upload_legacy_purchase_order,
        authenticate=authenticate,
        title="Upload a Google purchase by its token",
        changes=True,
    ),
)
