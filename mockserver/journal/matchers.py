"""Judging one event: a matcher returns (matched, reason). The same fields that a question asks for, in Python.

An event that almost matched is told by its differences: which field, what was wanted there, and what it had.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import orjson

from mockserver.journal.jsonpath import Where, equal, look_up
from mockserver.journal.needles import contains
from mockserver.journal.query import ANY_KIND, ANY_RULE, SUBJECT, FoundEvent, Question, Subject, moment


class Nothing(Enum):
    """What a field has that is not there."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING
_LONGEST = 200  # characters of a value in a sentence
_TOO_DEEP = "a value nested too deeply to be shown"


class Match(NamedTuple):
    """Whether an event matched; if not, why."""

    matched: bool
    reason: str = ""


Matcher = Callable[[FoundEvent], Match]


class Difference(NamedTuple):
    """A field that is not as wanted."""

    field: str
    wanted: Any
    got: Any
    comparison: str = ""

    def lines(self) -> list[str]:
        """It in words; of objects and lists, only the lines of them that differ."""
        if isinstance(self.wanted, dict | list) and isinstance(self.got, dict | list):
            return [f"{self.field}:", *(f"  {text}" for text in diff(self.wanted, self.got))]
        comparison = f"{self.comparison} " if self.comparison else ""
        return [f"{self.field}: wanted {comparison}{shown(self.wanted)}, got {shown(self.got)}"]

    def as_dict(self) -> dict[str, Any]:
        """It for the API: `got` is null where there is nothing."""
        comparison = {"comparison": self.comparison} if self.comparison else {}
        return {"field": self.field, "wanted": plain(self.wanted), "got": plain(self.got), **comparison}


def shown(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, Enum) and not isinstance(value, StrEnum):
        return str(value.value)
    if isinstance(value, StrEnum):
        return repr(value.value)
    text = _json(value) if isinstance(value, dict | list) else str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def plain(value: Any) -> Any:
    """A value as JSON can have it."""
    if isinstance(value, Enum):
        return value.value if isinstance(value, StrEnum) else None
    if isinstance(value, dict | list) and _json(value) == _TOO_DEEP:
        return _TOO_DEEP
    return str(value) if isinstance(value, Decimal) else value


def diff(wanted: Any, got: Any) -> list[str]:
    """The lines that differ between two JSON values, with the keys in order: `-` wanted, `+` got."""
    left, right = (_json(one, orjson.OPT_INDENT_2).splitlines() for one in (wanted, got))
    return [text.rstrip() for text in difflib.ndiff(left, right) if text[:1] in {"-", "+"}]


def _json(value: Any, option: int = 0) -> str:
    try:
        return orjson.dumps(value, default=str, option=option | orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        return _TOO_DEEP


def matches(question: Question, event: FoundEvent) -> Match:
    """Whether an event answers a question."""
    found = differences(question, event)
    return Match(not found, "; ".join(text for one in found for text in one.lines()))


def differences(question: Question, event: FoundEvent) -> tuple[Difference, ...]:
    """Everything in which an event is not what a question asks for."""
    return (*_of_fields(question, event), *_of_time(question, event), *_of_body(question, event))


def asked(question: Question) -> int:
    """In how many fields an event can differ from what a question asks for."""
    lists = len(question.subjects) + len(question.where) + len(question.text)
    names = (*_FIELDS, "direction", "verdict", "dropped", "status", "amount", "since", "until", "received_since")
    return lists + sum(1 for name in (*names, "path", "rule", "currency") if getattr(question, name) not in {"", None})


_FIELDS = ("vendor", "operation", "channel", "input", "event", "kind", "run", "id")


def _of_fields(question: Question, event: FoundEvent) -> Iterator[Difference]:
    for name in _FIELDS:
        wanted = getattr(question, name)
        got = event.name if name == "event" else getattr(event, name)
        if wanted and wanted != got:
            yield Difference(name, wanted, got or NOTHING)
    for name in ("direction", "verdict", "status", "amount"):
        wanted, got = getattr(question, name), getattr(event, name)
        if wanted is not None and wanted != got:
            yield Difference(name, wanted, NOTHING if got is None else got)
    if question.currency and question.currency.upper() != event.currency.upper():
        yield Difference("currency", question.currency, event.currency or NOTHING)
    if question.dropped is not None and question.dropped is not bool(event.dropped):
        yield Difference("dropped", "some reason" if question.dropped else NOTHING, event.dropped or NOTHING)
    if question.path and question.path.lower() not in event.path.lower():
        yield Difference("path", question.path, event.path)
    yield from _of_findings(question.rule, event)
    for subject in question.subjects:
        yield from _of_subject(subject, event)


def _of_findings(rule: str, event: FoundEvent) -> Iterator[Difference]:
    rules = [finding.rule for finding in event.findings]
    if rule == ANY_RULE and not rules:
        yield Difference("rule", "something", NOTHING)
    elif rule not in {"", ANY_RULE, *rules}:
        yield Difference("rule", rule, ", ".join(rules) or NOTHING)


def _of_subject(subject: Subject, event: FoundEvent) -> Iterator[Difference]:
    kinds = {kind for kind, _ in event.subjects} if subject.kind == ANY_KIND else {subject.kind, SUBJECT}
    values = [value for kind, value in event.subjects if kind in kinds]
    if subject.value not in values:
        got = values[0] if len(values) == 1 else ", ".join(values) if values else NOTHING
        yield Difference(subject.kind or "subject", subject.value, got)


def _of_time(question: Question, event: FoundEvent) -> Iterator[Difference]:
    happened, received = event.when, moment(event.received)
    if question.since is not None and happened < question.since:
        yield Difference("at", question.since.isoformat(), happened.isoformat(), ">=")
    if question.until is not None and happened >= question.until:
        yield Difference("at", question.until.isoformat(), happened.isoformat(), "<")
    if question.received_since is not None and received < question.received_since:
        yield Difference("received", question.received_since.isoformat(), received.isoformat(), ">=")


def _of_body(question: Question, event: FoundEvent) -> Iterator[Difference]:
    if question.where or question.text:
        scopes = event.scopes
        yield from (one for condition in question.where for one in _of_condition(condition, scopes))
        for text in question.text:
            if not contains(event.content, text):
                yield Difference("text", text, NOTHING)


def _of_condition(condition: Where, scopes: tuple[Any, ...]) -> Iterator[Difference]:
    found = look_up(condition.path, scopes)
    if not condition.holds(found):
        got = NOTHING if not found else found[0] if len(found) == 1 else found
        if condition.op == "exists":
            yield Difference(str(condition.path), "something" if condition.value else NOTHING, got)
        else:
            comparison = "" if condition.op == "=" else condition.op
            yield Difference(str(condition.path), condition.value, got, comparison)


def payload_like(wanted: Any) -> Matcher:
    """A matcher: the event's own object has everything in `wanted`, whatever else it has."""

    def match(event: FoundEvent) -> Match:
        found = list(missing(wanted, event.payload))
        return Match(not found, "; ".join(text for one in found for text in one.lines()))

    return match


def without_findings(event: FoundEvent) -> Match:
    """A matcher: the vendor's manual has nothing against the event."""
    rules = ", ".join(finding.rule for finding in event.findings)
    return Match(not rules, f"findings: wanted none, got {rules}" if rules else "")


def missing(wanted: Any, got: Any, path: str = "") -> Iterator[Difference]:
    """In what a JSON value lacks, or has differently, something wanted in it. Lists are compared whole."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            inner = f"{path}.{key}" if path else str(key)
            yield from missing(value, got.get(key, NOTHING), inner)
    elif not equal(wanted, got):
        yield Difference(path or "payload", wanted, got)
