"""Questions and what is found: one form for the API, the pages, the command line and Python.

Instants in questions are aware datetimes; entries and events carry milliseconds, as the log does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from mockserver.journal.entry import Direction, Finding, Verdict
from mockserver.journal.jsonpath import Where, pointed

ANY_KIND = ""
ANY_RULE = "*"
SUBJECT = "subject"  # the kind of a subject of which only the value is known
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Subject(NamedTuple):
    """Whom an event is about. Without a kind the value may be that of any kind."""

    value: str
    kind: str = ANY_KIND


class Cursor(NamedTuple):
    """A place among events: the entry's number and the event's within it."""

    seq: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for; whatever is not said does not matter.

    `channel` is that of what went out. `dropped` asks for events that the vendor would not keep (True) or would
    (False). `since` and `until` are in the mock's time (from the first, up to and without the second),
    `received_since` in real time. `path` is a part of the request's path, `text` stands anywhere in the body, in
    any case.
    `rule` is that of a finding (`*` for any), `id` the sender's id of the event.
    """

    vendor: str = ""
    direction: Direction | None = None
    operation: str = ""
    channel: str = ""
    input: str = ""
    event: str = ""
    kind: str = ""
    subjects: tuple[Subject, ...] = ()
    verdict: Verdict | None = None
    dropped: bool | None = None
    status: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    received_since: datetime | None = None
    run: str = ""
    path: str = ""
    rule: str = ""
    id: str = ""
    amount: Decimal | None = None
    currency: str = ""
    text: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()

    @property
    def about_events(self) -> bool:
        """Whether only an entry with an event can be the answer."""
        said = (self.event, self.kind, self.id, self.currency, self.dropped is not None, self.amount is not None)
        return any(said)

    @property
    def reads_bodies(self) -> bool:
        """Whether the database alone cannot answer it."""
        return bool(self.where or self.text) or self.amount is not None


class Body(NamedTuple):
    """A body, and what it says if it is JSON."""

    content: bytes
    document: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event, and the entry that carried it: `entry` is that one's id, `seq` its number, `n` the event's in it.

    `findings` are those of the event itself, of its part of the body and of the whole entry. `status` is what was
    answered.
    """

    tenant: str
    entry: str
    seq: int
    n: int
    name: str
    kind: str
    id: str
    vendor: str
    direction: Direction
    operation: str
    input: str
    method: str
    path: str
    status: int
    at: int
    received: int
    subjects: tuple[tuple[str, str], ...]
    amount: Decimal | None
    currency: str
    verdict: Verdict
    dropped: str
    run: str
    environment: str
    findings: tuple[Finding, ...]
    pointer: str
    part_pointer: str
    load: Callable[[int], Body] = field(repr=False, compare=False)

    @property
    def cursor(self) -> Cursor:
        """Its place among events."""
        return Cursor(self.seq, self.n)

    @property
    def when(self) -> datetime:
        """When it happened, in the mock's time."""
        return moment(self.at)

    @property
    def channel(self) -> str:
        """The channel it went out on, empty if it came in."""
        return self.operation if self.direction is Direction.OUT else ""

    @property
    def counts(self) -> bool:
        """Whether the vendor would have accepted and kept it."""
        return self.verdict is Verdict.ACCEPTED and not self.dropped

    @property
    def body(self) -> Any:
        """The whole body that carried it, decoded; None if it is not JSON."""
        return self.load(self.seq).document

    @property
    def content(self) -> bytes:
        """The whole body that carried it, in bytes; if it is JSON, maybe written differently."""
        return self.load(self.seq).content

    @property
    def payload(self) -> Any:
        """Its own object in the body."""
        return pointed(self.body, self.pointer)

    @property
    def scopes(self) -> tuple[Any, ...]:
        """Where a path is looked up: in its own object, else in its part of the body, else in all of it."""
        return scopes(self.body, self.pointer, self.part_pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """An entry as a list shows it: `events` are their names. The whole of it is in the log (`Journal.entry`)."""

    tenant: str
    id: str
    seq: int
    direction: Direction
    vendor: str
    operation: str
    input: str
    method: str
    path: str
    status: int
    verdict: Verdict
    at: int
    received: int
    run: str
    subjects: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def when(self) -> datetime:
        """When it was received, in the mock's time."""
        return moment(self.at)


class Count(NamedTuple):
    """How many entries of a kind there are."""

    direction: Direction
    vendor: str
    verdict: Verdict
    entries: int


def scopes(body: Any, pointer: str, part_pointer: str) -> tuple[Any, ...]:
    """The documents in which a path is looked up, the nearest first."""
    inner = [pointed(body, one) for one in dict.fromkeys((pointer, part_pointer)) if one]
    return (*(scope for scope in inner if scope is not None), body)


def millis(instant: datetime) -> int:
    """An instant in milliseconds, as entries carry it."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    """The instant that a number of milliseconds stands for."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
