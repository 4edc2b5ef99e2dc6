"""What came in, as recorded events: a part for each batch, read without marshmallow where a batch is clean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Entry, Finding, Part, RecordedEvent, Verdict
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import findings, names, words
from mockserver.vendors.mparticle.compiled import compiled
from mockserver.vendors.mparticle.findings import Circumstances
from mockserver.vendors.mparticle.plans import findings as planned

SINGLE, BULK, HISTORICAL = "events", "bulkevents", "historical"
"""The names of the operations whose bodies are batches."""


def read(entry: Entry, reading: Reading) -> Sequence[Part]:
    """A part for each batch of the body; none when there is no JSON of the right form in it."""
    operation = entry.operation
    if operation not in (SINGLE, BULK, HISTORICAL):
        return ()
    content = entry.content
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ()
    come = findings.circumstances(entry, len(content), historical=operation == HISTORICAL)
    refused = entry.verdict != Verdict.ACCEPTED
    if operation == SINGLE:
        return (part_of(body, "", come, reading, refused=refused),) if isinstance(body, dict) else ()
    if not isinstance(body, list):
        return ()
    batches = enumerate(body[: words.BULK_BATCHES])
    return [part_of(batch, f"/{at}", come, reading, refused=refused) for at, batch in batches]


class _Judged(NamedTuple):
    """Findings of the batch, those of each event by its index, and whether mParticle refuses the batch."""

    findings: tuple[Finding, ...]
    of_events: Mapping[int, tuple[Finding, ...]]
    refused: bool


_CLEAN = _Judged((), {}, refused=False)


class _Outcome(NamedTuple):
    """What becomes of all events of a batch, and the findings on each by its index."""

    verdict: Verdict
    dropped: str
    of_events: Mapping[int, tuple[Finding, ...]]


def part_of(batch: Any, path: str, come: Circumstances, reading: Reading, *, refused: bool) -> Part:
    """One batch, whoever sent it. In an accepted bulk request a batch can still be a bad one (mparticle.md §3.11)."""
    judged = _CLEAN if compiled().is_clean(batch) else _judge(batch, path)
    if not isinstance(batch, dict):
        return Part(path, findings=judged.findings, verdict=Verdict.REJECTED)
    refused = refused or judged.refused
    events = batch.get("events")
    if not isinstance(events, list):
        events = []
    said = judged.findings + findings.of_batch(batch, path, come)
    dropped = ""
    if come.historical and not refused and (unprocessed := findings.of_history(events, path, come)):
        said = (*said, unprocessed)
        dropped = unprocessed.message
    outcome = _Outcome(Verdict.REJECTED if refused else Verdict.ACCEPTED, dropped, judged.of_events)
    request_id = batch.get("source_request_id")
    environment = batch.get("environment")
    part = Part(
        path,
        names.subjects(batch, reading.subject_attributes),
        _events(events, f"{path}/events/", outcome, come, reading),
        said,
        environment if isinstance(environment, str) else words.DEFAULT_ENVIRONMENT,
        outcome.verdict,
        request_id if isinstance(request_id, str) and not (refused or dropped) else "",
        words.DEDUPE_DAYS,
    )
    return planned.judged(part, batch, reading)


def _judge(batch: Any, path: str) -> _Judged:
    """The remarks of marshmallow, those on an event apart: objects in `events` are recorded events of their own."""
    from mockserver.vendors.mparticle import judgement

    events = batch.get("events") if isinstance(batch, dict) else None
    inside = f"{path}/events/"
    of_batch: list[Finding] = []
    of_events: defaultdict[int, list[Finding]] = defaultdict(list)
    refused = False
    for place, remark in judgement.remarks(batch, path):
        refused = refused or remark.refuses
        said = of_batch
        if isinstance(events, list) and place.startswith(inside):
            at = int(place[len(inside) :].partition("/")[0])
            said = of_events[at] if isinstance(events[at], dict) else of_batch
        said.append(judgement.finding(place, remark))
    return _Judged(tuple(of_batch), {at: tuple(said) for at, said in of_events.items()}, refused)


def _events(
    events: Sequence[Any], inside: str, outcome: _Outcome, come: Circumstances, reading: Reading
) -> tuple[RecordedEvent, ...]:
    """The events of a batch; what is no object is told by the batch's findings."""
    return tuple(
        [
            _event(event, f"{inside}{at}", outcome, outcome.of_events.get(at, ()), come, reading)
            for at, event in enumerate(events)
            if isinstance(event, dict)
        ]
    )


def _event(
    event: Mapping[str, Any],
    path: str,
    outcome: _Outcome,
    said: tuple[Finding, ...],
    come: Circumstances,
    reading: Reading,
) -> RecordedEvent:
    """One event; without a time of its own it happened when it came (mparticle.md §3.4)."""
    kind = event.get("event_type")
    if not isinstance(kind, str):
        kind = ""
    data = event.get("data")
    if not isinstance(data, dict):
        data = {}
    timestamp = data.get("timestamp_unixtime_ms")
    if type(timestamp) is int and come.earliest <= timestamp <= come.latest:
        at = timestamp
    else:
        at = int(timestamp) if findings.is_millis(timestamp) else come.now
        said += findings.of_time(timestamp, path, come)
    amount, currency = names.money(data) if kind == "commerce_event" else (None, None)
    message_id = data.get("source_message_id")
    return RecordedEvent(
        names.event_name(kind, data, reading.name_attributes) or kind,
        kind,
        path,
        message_id if isinstance(message_id, str) else "",
        at,
        amount,
        currency,
        outcome.verdict,
        outcome.dropped,
        said,
    )
