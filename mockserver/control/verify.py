"""Verifying: what a test expects of the journal, asked once or waited for, and sums of money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, fields

from mockserver.control.current import parts, tenant_of
from mockserver.control.found import event_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant
from mockserver.errors import InvalidError
from mockserver.journal.entry import Verdict
from mockserver.journal.expectation import Check
from mockserver.journal.expectfile import CheckSchema
from mockserver.journal.query import Question
from mockserver.journal.verify import Result
from mockserver.tenants import NOBODY

verify = resource("verify", "Questions that hold or do not, and what came close when they do not")

_LONGEST = 3600


class VerificationSchema(Schema):
    """What came of a check; `results` are in the order of what was expected, each with the events that answer it."""

    holds = fields.Boolean()
    results = fields.List(fields.Raw(metadata={"type": "object"}))
    revenue = fields.List(fields.Raw(metadata={"type": "object"}))
    extra = fields.List(fields.Raw(metadata={"type": "object"}))
    refused = fields.List(fields.Raw(metadata={"type": "object"}))
    text = fields.String(metadata={"description": "All of it for people"})


class RevenueQuery(InTenant):
    """Whose revenue."""

    subject = fields.String(required=True)
    currency = fields.String(required=True)
    vendor = fields.String(load_default="")
    channel = fields.String(load_default="")


class SumSchema(Schema):
    """A sum."""

    subject = fields.String()
    currency = fields.String()
    amount = fields.String(metadata={"description": "A decimal"})


@verify.post("/verify")
@verify.arguments(InTenant, location="query")
@verify.arguments(CheckSchema)
@verify.response(200, VerificationSchema)
def ask(query: Mapping[str, Any], check: Check) -> dict[str, Any]:
    """Whether what is expected holds; with `within` and `stays` the answer waits."""
    if check.within + check.stays > _LONGEST:
        raise InvalidError(f"A question is held open for {_LONGEST} seconds at most.")
    found = parts().journal.verify(tenant_of(query).name, check)
    told = {**found.as_dict(), "results": [_result(one) for one in found.results]}
    return told if found.holds else {**told, "text": told["text"] + _strangers()}


def _strangers() -> str:
    """What may be the matter when nothing came: a sender whose credentials are nobody's."""
    recent = Question(verdict=Verdict.REJECTED, received_since=datetime.now(UTC) - timedelta(minutes=1))
    count = parts().journal.count_entries(NOBODY, recent)
    return f"\nIn the last minute {count} came with credentials of no tenant (see tenant {NOBODY})." if count else ""


@verify.get("/revenue")
@verify.arguments(RevenueQuery, location="query")
@verify.response(200, SumSchema)
def revenue(query: Mapping[str, Any]) -> dict[str, Any]:
    """What was taken from somebody and not given back, by the events that arrived."""
    subject, currency = query["subject"], query["currency"]
    options = {name: query[name] for name in ("vendor", "channel")}
    found = parts().journal.revenue(tenant_of(query).name, subject, currency, **options)
    return {"subject": subject, "currency": currency, "amount": str(found.total)}


def _result(result: Result) -> dict[str, Any]:
    told = result.as_dict()
    events = [{**brief, **event_of(event)} for brief, event in zip(told["events"], result.found, strict=True)]
    return {**told, "events": events}
