"""What browsers sent, as recorded events: their batches are the Events API's own (mparticle.md §5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Part, RecordedEvent, Verdict
from mockserver.vendors.contract import Documents, Reading
from mockserver.vendors.mparticle import dialect, findings

EVENTS, OLD_EVENTS, FORWARDING = "web_events", "old_web_events", "forwarding"
"""The names of the operations that carry events."""


def batch_of(content: bytes) -> dict[str, Any] | None:
    """The batch in a body, None when there is none: what old SDKs send has no `events`, but a number for its type."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def is_old(batch: dict[str, Any]) -> bool:
    """Whether it is one event as SDKs wrote it before they sent batches."""
    return "dt" in batch and "events" not in batch


def read(entry: Entry, reading: Reading) -> Sequence[Part]:
    """The one batch of an upload."""
    content = entry.content
    batch = batch_of(content)
    if batch is None or is_old(batch):
        return ()
    come = findings.circumstances(entry, len(content), by_sdk=True)
    return (dialect.part_of(batch, "", come, reading, refused=entry.verdict is not Verdict.ACCEPTED),)


def read_forwarding(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `api.Read`
    """What kits were told in the page, one event each: in the body itself (v1), or a list of them in `data` (v2)."""
    body = batch_of(entry.content)
    if body is None:
        return ()
    data = body.get("data")
    items = [(f"/data/{at}", one) for at, one in enumerate(data)] if isinstance(data, list) else [("", body)]
    events = [
        RecordedEvent("forwarding", "forwarding", path, at=at if type(at := one.get("ct")) is int else None)
        for path, one in items
        if isinstance(one, dict)
    ]
    return (Part(events=tuple(events)),) if events else ()


def remember(entry: Entry, documents: Documents) -> None:
    """What a batch does to its user (mparticle.md §3.7)."""
    from mockserver.vendors.mparticle.identity.batches import SDK, fold_batch

    batch = batch_of(entry.content)
    if batch is not None and not is_old(batch):
        fold_batch(batch, documents, entry.at, source=SDK, input_name=entry.input, came=entry.id)
