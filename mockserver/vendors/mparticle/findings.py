"""What mParticle's manual says of a batch beyond its shape: spellings, sizes, ages, feeds (mparticle.md §§3.3-3.10).

All of it is cheap, as it is looked for in every batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeGuard

import orjson

from mockserver.journal.entry import Entry, Finding, Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.credentials import ANDROID, DEFAULT_INPUT, IOS, WEB, WORKSPACE

_OWN_INPUTS = ("", DEFAULT_INPUT, WEB, IOS, ANDROID, WORKSPACE)
"""Inputs that are no partner's feed."""


class Circumstances(NamedTuple):
    """How a batch came.

    `now` is the tenant's clock, `earliest` and `latest` the times of events that need no remark (all in milliseconds);
    `size` is that of the whole request in bytes. `by_sdk` says that an app's SDK made it, which knows the user's mpid.
    """

    now: int
    earliest: int
    latest: int
    historical: bool
    partner_feed: str
    size: int
    by_sdk: bool = False


def circumstances(entry: Entry, size: int, *, historical: bool = False, by_sdk: bool = False) -> Circumstances:
    """How the batches of an entry came; `size` is that of its content, which `entry` would decode anew."""
    now = entry.at
    earliest = words.MILLIS_LEAST if historical else now - words.OLD_MS
    feed = "" if entry.input in _OWN_INPUTS else entry.input
    return Circumstances(now, earliest, now + words.FUTURE_MS, historical, feed, size, by_sdk)


def of_batch(batch: Mapping[str, Any], path: str, come: Circumstances) -> tuple[Finding, ...]:
    """What is to be said of a batch, apart from its shape and its events."""
    said: list[Finding] = []
    if (finding := _mpid(batch.get("mpid"), f"{path}/mpid", come)) is not None:
        said.append(finding)
    identities = batch.get("user_identities")
    if isinstance(identities, dict) and words.SDK_CUSTOMER_ID in identities:
        said.append(_customer_id(identities, f"{path}/user_identities/{words.SDK_CUSTOMER_ID}"))
    if come.partner_feed and batch.get("consent_state") is not None:
        text = f"Consent is taken from platforms and custom feeds only; {come.partner_feed} is a partner feed."
        said.append(Finding(f"{path}/consent_state", "consent-by-partner-feed", text, Severity.ERROR))
    if come.size > words.BATCH_BYTES and (size := _size(batch) if path else come.size) > words.BATCH_BYTES:
        text = f"A batch of at most {words.BATCH_BYTES} bytes expected, {size} sent; mParticle may fail to process it."
        said.append(Finding(path, "batch-too-large", text))
    return tuple(said)


def _mpid(mpid: Any, path: str, come: Circumstances) -> Finding | None:
    """Servers send a number; the SDKs send text, as scripts round a number of 64 bits (mparticle.md §§3.3, 5.3)."""
    if not come.by_sdk:
        text = "A 64-bit integer expected, text sent; mParticle takes it (the web SDK and feeds send it so)."
        return Finding(path, "mpid-as-text", text, Severity.INFO) if isinstance(mpid, str) else None
    if mpid in (None, ""):
        text = "An SDK's batch is about the user of its mpid, none was sent; what mParticle does is not documented."
        return Finding(path, "mpid-missing", text)
    if isinstance(mpid, str):
        return None
    text = "Text expected, as SDKs send it, a number sent; scripts round such numbers. mParticle takes it."
    return Finding(path, "mpid-as-number", text, Severity.INFO)


def _size(batch: Mapping[str, Any]) -> int:
    """What a batch of a bulk request weighs by itself; 0 where it is nested too deeply to be written again."""
    try:
        return len(orjson.dumps(batch))
    except TypeError:
        return 0


def _customer_id(identities: Mapping[str, Any], path: str) -> Finding:
    said, documented = identities[words.SDK_CUSTOMER_ID], identities.get("customer_id")
    if documented not in (None, "", said):
        text = "customer_id and customerid name different customers; which of them mParticle takes is not documented."
        return Finding(path, "customer-id-twice", text, Severity.WARNING)
    text = "customer_id expected, customerid sent; mParticle takes it (the Python, Node and Ruby SDKs send it so)."
    return Finding(path, "customer-id-spelling", text, Severity.INFO)


def of_time(timestamp: Any, path: str, come: Circumstances) -> tuple[Finding, ...]:
    """An event too old for its endpoint, or far in the future; numbers in another unit are told by the shape."""
    if not is_millis(timestamp) or come.earliest <= timestamp <= come.latest:
        return ()
    when = f"An event of {_instant(timestamp)}, now being {_instant(come.now)},"
    place = f"{path}/data/timestamp_unixtime_ms"
    if timestamp > come.latest:
        text = f"{when} lies far in the future; what mParticle does with it is not documented."
        return (Finding(place, "future-event", text),)
    text = f"{when} is older than 30 days: it belongs to /v2/bulkevents/historical; mParticle takes it."
    return (Finding(place, "old-event", text),)


def of_history(events: Sequence[Any], path: str, come: Circumstances) -> Finding | None:
    """Why the historical endpoint would not process the batch (mparticle.md §3.10), None if it would."""
    if not events:
        return _not_processed(path, "it has no events")
    for at, event in enumerate(events):
        data = event.get("data") if isinstance(event, dict) else None
        timestamp = data.get("timestamp_unixtime_ms") if isinstance(data, dict) else None
        place = f"{path}/events/{at}/data/timestamp_unixtime_ms"
        if timestamp is None:
            return _not_processed(place, f"event {at} has no timestamp_unixtime_ms")
        if not _is_number(timestamp) or come.now - timestamp < words.HISTORICAL_MS:
            return _not_processed(place, f"the timestamp of event {at} is less than 72 hours old")
    return None


def _not_processed(path: str, why: str) -> Finding:
    text = f"Historical batch not processed: {why}."
    return Finding(path, "historical-not-processed", text, Severity.ERROR)


def is_millis(timestamp: Any) -> TypeGuard[float]:
    """A number that can only be milliseconds."""
    return _is_number(timestamp) and words.MILLIS_LEAST <= timestamp <= words.MILLIS_MOST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _instant(millis: float) -> str:
    return datetime.fromtimestamp(millis // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
