"""The answer of `POST …/validate`: the validator's results, and what the server adds to them (mparticle.md §6.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mockserver.vendors.mparticle.plans.blocking import Blocks
from mockserver.vendors.mparticle.plans.validation import Plan, Result, results
from mockserver.vendors.mparticle.plans.wording import as_json

_COMMON: Final = (
    "timestamp_unixtime_ms", "session_id", "session_uuid", "session_start_unixtime_ms", "event_start_unixtime_ms",
    "custom_attributes", "location", "device_current_state", "data_connection_type",
)  # fmt: skip
"""Members of any event (mparticle.md §3.4) that a result has from the event it is about."""


def is_batch(batch: Any) -> bool:
    """Whether something has the form of a batch: the Node SDK sends an empty mpid and an unknown environment."""
    if not isinstance(batch, dict):
        return False
    events = batch.get("events")
    return events is None or (isinstance(events, list) and all(_is_event(event) for event in events))


def _is_event(event: Any) -> bool:
    kind = event.get("event_type") if isinstance(event, dict) else None
    return isinstance(kind, str) and bool(kind) and isinstance(event.get("data", {}), dict | None)


def answer(plan: Plan, batch: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What is wrong with a batch, and the batch."""
    blocks = Blocks.of_document(plan.document)
    return {"results": [_served(result, batch, blocks, now) for result in results(plan, batch)], "batch": batch}


def _served(result: Result, batch: Mapping[str, Any], blocks: Blocks, now: datetime) -> dict[str, Any]:
    """A result as the server shows it. It documents no `event_type`, which clients want (mparticle.md §6.5)."""
    event = batch["events"][result.at] if isinstance(result.at, int) else {}
    data = event.get("data") or {}
    written = result.as_dict()
    actions = [blocks.action(result, violation) for violation in result.violations]
    for error, action in zip(written["data"]["validation_errors"], actions, strict=True):
        error["action_expected"] = action
    common = {name: data[name] for name in _COMMON if data.get(name) is not None}
    written["data"] |= {
        "timestamp_unixtime_ms": round(now.timestamp() * 1000),
        **common,
        "validated_event_id": _event_id(event) if event else None,
        "validated_source_message_id": data.get("source_message_id"),
        "action_expected": next((action for action in actions if action != "allow"), "allow"),
        "executed_transformations": {},
    }
    return written


def _event_id(event: Mapping[str, Any]) -> int:
    """The number of an event; one that has none yet gets one by its contents, as numbers are mParticle's to give."""
    given = (event.get("data") or {}).get("event_id")
    if isinstance(given, int):
        return given
    digest = hashlib.blake2b(as_json(event).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
