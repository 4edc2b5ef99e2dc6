"""What the journal finds, as JSON: entries and events of lists, and one entry with all that went over the wire."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson
from marshmallow import Schema, fields

from mockserver.control.schemas import written
from mockserver.journal.encoding import decoded
from mockserver.journal.entry import Entry, Finding
from mockserver.journal.query import FoundEntry, FoundEvent, moment

_INSTANT = {"format": "date-time"}


class FindingSchema(Schema):
    """A deviation from the vendor's manual."""

    path = fields.String(metadata={"description": "JSON pointer into the body, or a header"})
    rule = fields.String()
    message = fields.String()
    severity = fields.String()


class SubjectSchema(Schema):
    """Whom it is about."""

    kind = fields.String()
    value = fields.String()


class RowSchema(Schema):
    """An entry of a list."""

    id = fields.String()
    seq = fields.Integer(metadata={"description": "Its number in the tenant's journal"})
    direction = fields.String()
    vendor = fields.String()
    operation = fields.String()
    input = fields.String()
    method = fields.String()
    path = fields.String()
    status = fields.Integer()
    verdict = fields.String()
    received = fields.String(metadata=_INSTANT)
    at = fields.String(metadata=_INSTANT)
    events = fields.List(fields.String())
    subjects = fields.List(fields.Nested(SubjectSchema))
    findings_count = fields.Integer()
    run = fields.String()


class EventSchema(Schema):
    """An event, and in which entry it was found."""

    entry = fields.String()
    seq = fields.Integer()
    n = fields.Integer(metadata={"description": "Its number in the entry"})
    vendor = fields.String()
    direction = fields.String()
    channel = fields.String()
    name = fields.String()
    kind = fields.String()
    id = fields.String()
    at = fields.String(metadata=_INSTANT)
    received = fields.String(metadata=_INSTANT)
    subjects = fields.List(fields.Nested(SubjectSchema))
    amount = fields.String(allow_none=True, metadata={"description": "A decimal"})
    currency = fields.String(allow_none=True)
    verdict = fields.String()
    dropped = fields.String(metadata={"description": "Why the vendor would accept and yet not keep it"})
    run = fields.String()
    findings = fields.List(fields.Nested(FindingSchema))
    payload = fields.Raw(metadata={"description": "Its own object in the body"})


class PartSchema(Schema):
    """What a body says about one user."""

    path = fields.String(metadata={"description": "JSON pointer into the body"})
    environment = fields.String()
    subjects = fields.List(fields.Nested(SubjectSchema))
    events = fields.List(fields.Nested(EventSchema))


class AnswerSchema(Schema):
    """What was answered."""

    headers = fields.List(fields.List(fields.String()))
    body = fields.Raw(metadata={"description": "The body, where it is JSON"})
    body_text = fields.String(metadata={"description": "The body, where it is other text"})
    body_base64 = fields.String(metadata={"description": "The body, where it is no text"})


class WholeSchema(AnswerSchema):
    """One entry, whole: the request's headers and body, with any content encoding undone, and the answer."""

    id = fields.String()
    seq = fields.Integer(allow_none=True)
    direction = fields.String()
    vendor = fields.String()
    operation = fields.String()
    input = fields.String()
    method = fields.String()
    path = fields.String()
    query = fields.String()
    status = fields.Integer()
    verdict = fields.String()
    received = fields.String(metadata=_INSTANT)
    at = fields.String(metadata=_INSTANT)
    run = fields.String()
    answer = fields.Nested(AnswerSchema)
    subjects = fields.List(fields.Nested(SubjectSchema))
    findings = fields.List(fields.Nested(FindingSchema))
    parts = fields.List(fields.Nested(PartSchema))
    details = fields.Raw(metadata={"description": "What the sender of an outgoing message knew of it"})


def row_of(found: FoundEntry) -> dict[str, Any]:
    """An entry of a list."""
    return {
        "id": found.id,
        "seq": found.seq,
        "direction": found.direction.value,
        "vendor": found.vendor,
        "operation": found.operation,
        "input": found.input,
        "method": found.method,
        "path": found.path,
        "status": found.status,
        "verdict": found.verdict.value,
        "received": written(moment(found.received)),
        "at": written(moment(found.at)),
        "events": list(found.events),
        "subjects": _subjects(found.subjects),
        "findings_count": len(found.findings),
        "run": found.run,
    }


def event_of(found: FoundEvent) -> dict[str, Any]:
    """An event of a list."""
    return {
        "entry": found.entry,
        "seq": found.seq,
        "n": found.n,
        "vendor": found.vendor,
        "direction": found.direction.value,
        "channel": found.channel,
        "name": found.name,
        "kind": found.kind,
        "id": found.id,
        "at": written(moment(found.at)),
        "received": written(moment(found.received)),
        "subjects": _subjects(found.subjects),
        "amount": None if found.amount is None else str(found.amount),
        "currency": found.currency or None,
        "verdict": found.verdict.value,
        "dropped": found.dropped,
        "run": found.run,
        "findings": _findings(found.findings),
        "payload": _embedded(found.payload),
    }


def whole_of(entry: Entry, found: FoundEntry | None, events: Sequence[FoundEvent]) -> dict[str, Any]:
    """One entry, whole; `found` is what the index knows of it."""
    return {
        "id": entry.id,
        "seq": found.seq if found else None,
        "direction": entry.direction.value,
        "vendor": entry.vendor,
        "operation": entry.operation,
        "input": entry.input,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "status": entry.status,
        "verdict": entry.verdict.value,
        "received": written(moment(entry.received)),
        "at": written(moment(entry.at)),
        "run": str(entry.details.get("run", "")),
        "headers": [list(pair) for pair in entry.headers],
        **_body_of(entry.content),
        "answer": {"headers": [list(pair) for pair in entry.answer_headers], **_answer_of(entry)},
        "subjects": _subjects(found.subjects if found else ()),
        "findings": _findings(found.findings if found else entry.findings),
        "parts": _parts(events),
        "details": dict(entry.details),
    }


def _body_of(content: bytes) -> dict[str, Any]:
    """A body as JSON if it is that, else as text, else in base64."""
    if not content:
        return {}
    try:
        orjson.dumps(orjson.loads(content))  # refuses what is nested deeper than an answer can be
        return {"body": orjson.Fragment(content)}  # as it came: no digit of a number is lost
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    try:
        return {"body_text": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(content).decode()}


def _answer_of(entry: Entry) -> dict[str, Any]:
    encoding = next((value for name, value in entry.answer_headers if name.lower() == "content-encoding"), "")
    return _body_of(decoded(entry.answer, encoding))


def _embedded(value: Any) -> Any:
    """A payload, or nothing where it is nested deeper than an answer can be."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None
    return value


def _parts(events: Sequence[FoundEvent]) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "environment": own[0].environment,
            "subjects": _subjects(own[0].subjects),
            "events": [event_of(event) for event in own],
        }
        for path, group in groupby(events, key=lambda event: event.part_pointer)
        if (own := list(group))
    ]


def _subjects(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"kind": kind, "value": value} for kind, value in pairs]


def _findings(found: Iterable[Finding]) -> list[Mapping[str, str]]:
    return [finding._asdict() for finding in found]
