"""The query of lists: the search line, its shortcuts, and how much of what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from mockserver.control.current import parts, vendor_of
from mockserver.control.schemas import Instant, InTenant, whole
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.query import Question, Subject
from mockserver.journal.search import WORDS, parse

NEWEST, OLDEST = "newest", "oldest"
_MOST = 10_000
_LINE = (
    "A search line: `vendor:adapty event:trial_started is:rejected customer_id:u-1 data.price>=5`. Its words are "
    f"{', '.join(f'`{word}:`' for word in WORDS)}; any other is a kind of subject. `finding:*` is any finding, "
    "`is:` knows accepted, rejected, unmatched, dropped and kept; whatever has `=`, `!=`, `>`, `>=`, `<`, `<=` or `~` "
    "in it compares what is at a JSON path."
)


class Search(InTenant):
    """What is looked for. Each shortcut says the same as its word in the search line."""

    q = fields.String(
        load_default="",
        metadata={"description": _LINE},
    )
    vendor = fields.String()
    event = fields.String()
    direction = fields.Enum(Direction, by_value=True)
    verdict = fields.Enum(Verdict, by_value=True)
    subject = fields.List(fields.String())
    run = fields.String()
    since = Instant(metadata={"description": "From this instant of the tenant's clock on"})
    until = Instant(metadata={"description": "Before this instant of the tenant's clock"})


class Listing(Search):
    """A search, and which part of what is found."""

    limit = whole(0, _MOST, load_default=100)
    order = fields.String(load_default=NEWEST, validate=validate.OneOf([NEWEST, OLDEST]))


def question_of(query: Mapping[str, Any]) -> Question:
    """The question that a query asks.

    Raises:
        InvalidError: the search line cannot be understood.
        NotFoundError: there is no such vendor.
    """
    question = parse(query["q"], tuple(parts().vendors))
    same = {name: query[name] for name in ("event", "direction", "verdict", "run", "since", "until") if name in query}
    if "vendor" in query:
        vendor_of(query["vendor"])
        same["vendor"] = query["vendor"]
    subjects = (*question.subjects, *(Subject(value) for value in query.get("subject", ())))
    return replace(question, subjects=subjects, **same)
