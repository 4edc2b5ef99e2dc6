"""The Events API: three paths for batches from servers and feeds (mparticle.md §3).

An answer is decided by parsing and one compiled check; marshmallow only has to find the sentence of a refusal. What was
accepted though the manual says otherwise is looked for when the journal is read.
"""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.mparticle import dialect, words
from mockserver.vendors.mparticle.compiled import compiled
from mockserver.vendors.mparticle.credentials import authenticate
from mockserver.vendors.mparticle.errors import BadRequestError, BatchRefusedError, RequestTooLargeError

ACCEPTED = Answer(202)
"""Empty, as documented; without a rate limit there is no `X-mp-rate-limit-percentage-used` to tell."""

_NOTHING = Finding("", "empty-bulk", "An array of batches expected, an empty one sent; nothing happens.", Severity.INFO)


def events(call: Call) -> Answer:
    """One batch of events."""
    batch = parsed(call.content)
    if compiled().accepts(batch):
        return ACCEPTED
    if not isinstance(batch, dict):
        raise BadRequestError(f"A JSON object is expected, one batch, not {kind_of(batch)}.")
    if reason := _refusal(batch):
        raise BatchRefusedError(reason)
    return ACCEPTED


def bulk_events(call: Call) -> Answer:
    """Up to 100 batches of events: bad ones are silently left out, unless all are bad (mparticle.md §3.11)."""
    batches = parsed(call.content)
    if not isinstance(batches, list):
        raise BadRequestError(f"A JSON array of batches is expected, not {kind_of(batches)}.")
    if len(batches) > words.BULK_BATCHES:
        raise BadRequestError(f"At most {words.BULK_BATCHES} batches are expected, not {len(batches)}.")
    if not batches:
        return ACCEPTED._replace(findings=(_NOTHING,))
    check = compiled()
    if check.accepts_bulk(batches) or any(check.accepts(batch) for batch in batches):
        return ACCEPTED
    reasons = [_refusal(batch) for batch in batches]
    if all(reasons):
        raise BatchRefusedError(reasons[0] or "")
    return ACCEPTED


def _refusal(batch: Any) -> str | None:
    from mockserver.vendors.mparticle import judgement

    return judgement.refusal(batch)


def parsed(content: bytes) -> Any:
    """The body as JSON. Its declared type does not matter; orjson refuses bad UTF-8, NaN, infinity and deep nesting."""
    if len(content) > words.REQUEST_BYTES:
        raise RequestTooLargeError(f"At most {words.REQUEST_BYTES} bytes are expected, not {len(content)}.")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"The request JSON is malformed: {error}.") from error


def kind_of(value: Any) -> str:
    """What JSON calls the type of a value."""
    return {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )


OPERATIONS = (
    Operation(
        name=dialect.SINGLE, path="/v2/events", handle=events, authenticate=authenticate, title="One batch of events"
    ),
    Operation(
        name=dialect.BULK,
        path="/v2/bulkevents",
        handle=bulk_events,
        authenticate=authenticate,
        title="Up to 100 batches of events",
    ),
    Operation(
        name=dialect.HISTORICAL,
        path="/v2/bulkevents/historical",
        handle=bulk_events,
        authenticate=authenticate,
        title="Up to 100 batches of events older than 72 hours",
    ),
)
