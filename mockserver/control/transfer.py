"""Entries leaving and coming back as JSON Lines: nothing of what went over the wire is lost on the way."""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from flask import Response, request, stream_with_context
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from mockserver.control.asking import Search, question_of
from mockserver.control.current import parts, tenant_of
from mockserver.control.encoding import read_json
from mockserver.control.entries import page
from mockserver.control.errors import MalformedError
from mockserver.control.openapi import resource
from mockserver.control.schemas import Instant, InTenant, whole, written
from mockserver.errors import NotFoundError
from mockserver.journal.entry import Direction, Entry, Finding, Severity, Verdict
from mockserver.journal.log import render
from mockserver.journal.query import millis, moment
from mockserver.journal.recorder import masked, now
from mockserver.tenants import Tenant

transfer = resource("transfer", "Entries leaving and coming back as JSON Lines")

MEDIA_TYPE = "application/x-ndjson"
_PAGE = 200
_LINES = {MEDIA_TYPE: {"schema": {"type": "string"}}}


class _Lenient(Schema):
    """A later version may say more: it is passed over."""

    class Meta:
        """Options."""

        unknown = EXCLUDE


class Content(_Lenient):
    """Headers and a body, in whichever form it could be written."""

    headers = fields.List(fields.Tuple((fields.String(), fields.String())), load_default=list)
    body = fields.Raw(allow_none=True)
    body_text = fields.String()
    body_base64 = fields.String()


class FindingLine(_Lenient):
    """A finding."""

    path = fields.String(load_default="")
    rule = fields.String(required=True)
    message = fields.String(load_default="")
    severity = fields.Enum(Severity, by_value=True, load_default=Severity.WARNING)


class Details(Schema):
    """What the sender of an outgoing message knew; what the index reads of it has to have its form."""

    class Meta:
        """The rest is kept as it is."""

        unknown = "include"

    event = fields.String()
    subject = fields.String()
    message = fields.String()
    amount = fields.Decimal(as_string=True, allow_none=True)
    currency = fields.String(allow_none=True)
    run = fields.String()
    channel = fields.String()
    outcome = fields.String()
    skipped = fields.String()
    step = fields.String()
    attempt = whole()


class Line(Content):
    """An entry."""

    id = fields.String(validate=validate.Regexp(r"[0-9a-f]{20,64}\Z"))
    direction = fields.Enum(Direction, by_value=True, load_default=Direction.IN)
    vendor = fields.String(load_default="")
    operation = fields.String(load_default="")
    input = fields.String(load_default="")
    method = fields.String(load_default="")
    path = fields.String(load_default="")
    query = fields.String(load_default="")
    status = whole(0, 999, load_default=0)
    verdict = fields.Enum(Verdict, by_value=True, load_default=Verdict.ACCEPTED)
    received = Instant()
    at = Instant()
    answer = fields.Nested(Content, load_default=lambda: {"headers": []})
    findings = fields.List(fields.Nested(FindingLine), load_default=list)
    details = fields.Nested(Details, load_default=dict)


class ImportedSchema(Schema):
    """What came of an import: entries that were there already are skipped, and so are our own notes."""

    imported = fields.Integer()
    skipped = fields.Integer()


@transfer.get("/entries.jsonl")
@transfer.arguments(Search, location="query")
@transfer.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
def exported(query: Mapping[str, Any]) -> Response:
    """Entries with everything in them, oldest first, one JSON object a line."""
    tenant, question = tenant_of(query), question_of(query)

    def lines() -> Iterator[bytes]:
        after: int | None = None
        while found := page(tenant, question, _PAGE, after, newest=False):
            after = found[-1].seq
            for row in found:
                yield orjson.dumps(line_of(parts().journal.entry(tenant.name, row.id))) + b"\n"

    return Response(stream_with_context(lines()), content_type=MEDIA_TYPE)


@transfer.post("/entries.jsonl")
@transfer.doc(requestBody={"required": True, "content": _LINES})
@transfer.arguments(InTenant, location="query")
@transfer.response(200, ImportedSchema)
def imported(query: Mapping[str, Any]) -> dict[str, Any]:
    """Take in lines that were exported, all of them or none."""
    tenant = tenant_of(query)
    lines = [(number, text) for number, text in enumerate(request.get_data().split(b"\n"), 1) if text.strip()]
    entries = {entry["id"]: entry for number, text in lines if (entry := _read(number, text)) is not None}
    fresh = [entry for entry in entries.values() if not _is_known(tenant, entry["id"])]
    for entry in fresh:
        _keep(tenant, entry)
    tenant.bell.ring()
    return {"imported": len(fresh), "skipped": len(lines) - len(fresh)}


def line_of(entry: Entry) -> dict[str, Any]:
    """An entry as a line."""
    return {
        "id": entry.id,
        "direction": entry.direction,
        "vendor": entry.vendor,
        "operation": entry.operation,
        "input": entry.input,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": entry.headers,
        **_written(entry.body),
        "status": entry.status,
        "verdict": entry.verdict,
        "received": written(moment(entry.received)),
        "at": written(moment(entry.at)),
        "answer": {"headers": entry.answer_headers, **_written(entry.answer)},
        "findings": [finding._asdict() for finding in entry.findings],
        "details": entry.details,
    }


def _written(body: bytes) -> dict[str, Any]:
    """A body as JSON if that gives back the same bytes, else as text, else in base64."""
    if not body:
        return {}
    try:
        if orjson.dumps(value := orjson.loads(body)) == body:
            return {"body": value}
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    try:
        return {"body_text": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}


def _bytes(content: Mapping[str, Any]) -> bytes:
    if "body" in content:
        return orjson.dumps(content["body"])
    if "body_text" in content:
        return str(content["body_text"]).encode()
    try:
        return b64decode(content.get("body_base64", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError("It is not in base64.", "body_base64") from error


def _read(number: int, text: bytes) -> dict[str, Any] | None:
    """A line as it goes into the log; None for a note."""
    try:
        line: dict[str, Any] = Line().load(read_json(text))
        if line["direction"] is Direction.NOTE:
            return None
        bodies = _bytes(line), _bytes(line["answer"])
    except MalformedError as error:
        raise MalformedError(f"Line {number}: {error}") from error
    except ValidationError as error:
        raise ValidationError({f"line {number}": error.messages}) from error
    received = millis(line["received"]) if "received" in line else now()
    at = millis(line["at"]) if "at" in line else received
    id_ = line.get("id") or f"{received:011x}{secrets.token_hex(6)}"
    return {"id": id_, "bodies": bodies, "stamps": {"received": received, "at": at}, "line": line}


def _is_known(tenant: Tenant, id_: str) -> bool:
    try:
        parts().journal.entry(tenant.name, id_)
    except NotFoundError:
        return False
    return True


def _keep(tenant: Tenant, entry: Mapping[str, Any]) -> None:
    line = entry["line"]
    same = ("direction", "vendor", "operation", "input", "method", "path", "query", "status", "verdict")
    details = {name: str(value) if name == "amount" else value for name, value in line["details"].items()}
    head = {
        "entry": entry["id"],
        **entry["stamps"],
        **{name: line[name] for name in same},
        "headers": [pair for name, value in line["headers"] for pair in masked({name.lower(): value})],
        "answer_headers": line["answer"]["headers"],
        "findings": [[finding[name] for name in Finding._fields] for finding in line["findings"]],
        "details": {name: value for name, value in details.items() if value is not None},
    }
    body, answer = entry["bodies"]
    tenant.log.append(render(head, body, answer))
