"""Events: what was found in the entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from mockserver.control.asking import NEWEST, Listing, question_of
from mockserver.control.current import parts, tenant_of
from mockserver.control.found import EventSchema, event_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import LARGEST
from mockserver.journal.query import Cursor

events = resource("events", "What was found in the entries, one row an event")


class Place(fields.String):
    """A place among events, `SEQ.N` as `next` has it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        seq, _, n = text.partition(".")
        numbers = [int(number) for number in (seq, n or "0") if number.isascii() and number.isdecimal()]
        if len(numbers) != 2 or max(numbers) > LARGEST:
            raise ValidationError("A place such as 12.0 is wanted, as `next` has it.")
        return Cursor(*numbers)


class EventsQuery(Listing):
    """Which events."""

    after = Place(load_default=None, metadata={"description": "Only events beyond this place, in the given order"})


class EventsSchema(Schema):
    """Events of a list; `next` is the `after` that continues it."""

    events = fields.List(fields.Nested(EventSchema))
    next = fields.String(allow_none=True)
    total = fields.Integer(metadata={"description": "How many there are, whatever the limit"})


@events.get("/events")
@events.arguments(EventsQuery, location="query")
@events.response(200, EventsSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """Events that a search finds."""
    tenant, question, limit = tenant_of(query).name, question_of(query), query["limit"]
    journal = parts().journal
    found = journal.find_events(tenant, question, limit=limit, after=query["after"], newest=query["order"] == NEWEST)
    more = bool(found) and len(found) == limit
    return {
        "events": [event_of(one) for one in found],
        "next": "{}.{}".format(*found[-1].cursor) if more else None,
        "total": journal.count_events(tenant, question),
    }
