"""Entries: everything that went over the wire, searched, followed, looked at whole, and cleared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from mockserver.control.asking import NEWEST, OLDEST, Listing, question_of
from mockserver.control.current import note_switches, parts, tenant_of
from mockserver.control.found import RowSchema, WholeSchema, row_of, whole_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant, number, whole
from mockserver.errors import NotFoundError
from mockserver.journal.entry import Direction, Entry
from mockserver.journal.query import Cursor, FoundEntry, FoundEvent, Question, moment
from mockserver.journal.waiting import until
from mockserver.tenants import Tenant

entries = resource("entries", "What went over the wire, in and out, with what was found in it and what was answered")

LATEST = "latest"
_LONGEST = 60
_PAGE = 500
_SOON = 10_000  # entries received in the same millisecond, or later, among which one is looked for


class EntriesQuery(Listing):
    """Which entries, and whether to wait for them."""

    after = whole(load_default=None, metadata={"description": "Only entries beyond this number, in the given order"})
    within = number(
        0, _LONGEST, load_default=0.0, metadata={"description": "Seconds to wait until there is one; oldest first only"}
    )

    @validates_schema
    def _waits_for_newer(self, data: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's signature
        if data["within"] and data["order"] != OLDEST:
            raise ValidationError("What is waited for comes after what is there: order=oldest is wanted.", "within")


class RowsSchema(Schema):
    """Entries of a list; `next` is the `after` that continues it."""

    entries = fields.List(fields.Nested(RowSchema))
    next = fields.Integer(allow_none=True)
    total = fields.Integer(metadata={"description": "How many there are, whatever the limit"})


@entries.get("/entries")
@entries.arguments(EntriesQuery, location="query")
@entries.response(200, RowsSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """Entries that a search finds."""
    tenant, question = tenant_of(query), question_of(query)
    limit, after, newest = query["limit"], query["after"], query["order"] == NEWEST

    def look() -> tuple[int, list[FoundEntry]]:
        seen = parts().journal.index.catch_up(tenant.name)
        return seen, page(tenant, question, limit, _still_there(tenant, after, query["order"]), newest=newest)

    found = until(look, bool, _waiter(tenant), query["within"] if limit else 0)
    return {
        "entries": [row_of(one) for one in found],
        "next": found[-1].seq if found and len(found) == limit else None,
        "total": total(tenant, question),
    }


@entries.get("/entries/<id>")
@entries.arguments(InTenant, location="query")
@entries.response(200, WholeSchema)
def one(query: Mapping[str, Any], id: str) -> dict[str, Any]:  # noqa: A002  the name in the path
    """One entry, whole: by its id, its number, or `latest`."""
    return view_of(tenant_of(query), id)


@entries.delete("/entries")
@entries.arguments(InTenant, location="query")
@entries.response(204)
def clear(query: Mapping[str, Any]) -> None:
    """Clear the tenant's journal, and with it what the vendors remember."""
    tenant = tenant_of(query)
    parts().journal.clear(tenant.name)
    for vendor in tenant.changed_settings:
        note_switches(tenant, vendor)


def page(
    tenant: Tenant, question: Question, limit: int, after: int | None = None, *, newest: bool = True
) -> list[FoundEntry]:
    """Entries that are the answer; our own notes are none unless they are asked for."""
    rows: list[FoundEntry] = []
    while (missing := limit - len(rows)) > 0:
        found = parts().journal.find_entries(tenant.name, question, limit=missing, after=after, newest=newest)
        rows += [one for one in found if one.direction is not Direction.NOTE or question.direction is Direction.NOTE]
        if len(found) < missing:
            break
        after = found[-1].seq
    return rows


def total(tenant: Tenant, question: Question) -> int:
    """How many entries are the answer."""
    count = parts().journal.count_entries
    if question.direction is not None:
        return count(tenant.name, question)
    return count(tenant.name, question) - count(tenant.name, replace(question, direction=Direction.NOTE))


def newest_number(tenant: Tenant) -> int:
    """The number of the newest entry or note, 0 when there is none."""
    found = parts().journal.find_entries(tenant.name, Question(), limit=1)
    return found[0].seq if found else 0


def view_of(tenant: Tenant, reference: str) -> dict[str, Any]:
    """One entry, whole.

    Raises:
        NotFoundError: there is none.
    """
    if reference == LATEST:
        latest = page(tenant, Question(), 1)
        if not latest:
            raise NotFoundError(f"The journal of {tenant.name!r} is empty.")
        reference = latest[0].id
    entry = parts().journal.entry(tenant.name, reference)
    found = _row(tenant, entry)
    return whole_of(entry, found, _events(tenant, found.seq) if found else [])


def _still_there(tenant: Tenant, after: int | None, order: str) -> int | None:
    """The number to follow from.

    To a follower who knows a number that the journal has not reached all is new: it has been cleared since.
    """
    if after is None or order == NEWEST or after <= newest_number(tenant):
        return after
    return None


def _waiter(tenant: Tenant) -> Callable[[int, float], bool]:
    shared = parts().settings.shared
    return lambda known, timeout: tenant.bell.wait(tenant.log.end, known, timeout, shared=shared)


def _row(tenant: Tenant, entry: Entry) -> FoundEntry | None:
    """What the index knows of an entry, which it finds by when it came."""
    about = Question(direction=entry.direction, vendor=entry.vendor, received_since=moment(entry.received))
    after: int | None = None
    for _ in range(_SOON // _PAGE):
        found = parts().journal.find_entries(tenant.name, about, limit=_PAGE, after=after, newest=False)
        row = next((row for row in found if row.id == entry.id), None)
        if row is not None or len(found) < _PAGE:
            return row
        after = found[-1].seq
    return None


def _events(tenant: Tenant, seq: int) -> list[FoundEvent]:
    events: list[FoundEvent] = []
    cursor = Cursor(seq, -1)
    while True:
        found = parts().journal.find_events(tenant.name, Question(), limit=_PAGE, after=cursor, newest=False)
        events += (own := [event for event in found if event.seq == seq])
        if len(own) < _PAGE:
            return events
        cursor = own[-1].cursor
