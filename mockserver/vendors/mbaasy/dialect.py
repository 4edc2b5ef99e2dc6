"""How Mbaasy says what happened: reads the uploads that come in, writes webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mockserver.journal.entry import Entry, Finding, Part, RecordedEvent, Severity
from mockserver.vendors.contract import Reading
from mockserver.vendors.mbaasy.schemas import decoded, parsed
from mockserver.vendors.mbaasy.state import SCHEMAS
from mockserver.vendors.mbaasy.webhook import sign, write_webhook

__all__ = ["read", "sign", "write_webhook"]

EVENTS: Mapping[str, str] = {
    "receipts": "receipt_uploaded",
    "purchase_orders": "purchase_order_uploaded",
    "legacy_purchase_orders": "purchase_order_uploaded",
}


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """One part for each upload: whose it is, and what it says that Mbaasy does not know."""
    name, body = EVENTS.get(entry.operation), parsed(entry.content)
    if name is None:
        return ()
    said = body if isinstance(body, dict) else {}
    event = RecordedEvent(name, entry.operation, at=entry.at, verdict=entry.verdict)
    return [
        Part(
            subjects=tuple(_subjects(said, parsed(entry.answer))),
            events=(event,),
            findings=tuple(_findings(entry, said)),
            verdict=entry.verdict,
        )
    ]


def _subjects(body: Mapping[str, Any], answer: Any) -> Iterator[tuple[str, str]]:
    known = answer if isinstance(answer, dict) else {}
    for kind, found in (("customer_id", body.get("user_identifier")), ("upload_id", known.get("id"))):
        if isinstance(found, str) and found:
            yield kind, found


def _findings(entry: Entry, body: Mapping[str, Any]) -> Iterator[Finding]:
    known = SCHEMAS[entry.operation].fields
    for key in body:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.7)
            hint = f"did you mean {near[0]}?" if near else "Mbaasy passes it over"
            severity = Severity.ERROR if near else Severity.WARNING
            yield Finding(f"/{key}", "unknown-field", f"{key} is no field here: {hint}", severity)
    signature = body.get("purchase_signature")
    if isinstance(signature, str) and signature and not decoded(signature):
        text = "Google's signatures are base64: the real one refuses this with 402"
        yield Finding("/purchase_signature", "signature-no-base64", text, Severity.ERROR)
    if body and not body.get("user_identifier"):
        text = "without user_identifier the purchase is nobody's until it is uploaded again"
        yield Finding("/user_identifier", "no-user", text, Severity.INFO)
