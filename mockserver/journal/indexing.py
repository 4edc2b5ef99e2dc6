"""The rows of the index that a chunk of a log makes.

This runs once for each entry that ever comes in, a few microseconds each: rows are tuples in the order of the tables'
columns, values are plain text and integers only (anything else, None and enums included, costs SQLite's driver more
than all other columns of a row together), and a statement is executed once for a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Table, Text, bindparam, delete, select
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError

from mockserver.journal import bodies
from mockserver.journal.entry import Entry, Finding, Part, Severity, Verdict
from mockserver.journal.index import channel_of
from mockserver.journal.tail import Chunk, Record
from mockserver.storage.backends import Backend
from mockserver.storage.positions import forget, insert_rows
from mockserver.storage.tables import entries, events, findings, indexed, seen, subjects

_PLAIN = (b"{", b"[", b"")
_DAY = 24 * 60 * 60 * 1000
_LARGEST = 2**63 - 1
_REFUSED = (DataError, IntegrityError, InterfaceError, ProgrammingError, OverflowError, TypeError, UnicodeError)

_SEEN = select(seen.c.key, seen.c.input, seen.c.seq, seen.c.at).where(seen.c.tenant == bindparam("whose"))

PartsOf = Callable[[Entry], tuple[Sequence[Part], tuple[Finding, ...]]]
Bug = Callable[[Entry, Exception], Finding]
Key = tuple[str, str]
Sight = tuple[int, int]


class Found(NamedTuple):
    """A record with what was found in its entry."""

    record: Record
    parts: Sequence[Part]
    findings: tuple[Finding, ...]


def write(connection: Connection, backend: Backend, chunk: Chunk, parts_of: PartsOf, bug: Bug) -> None:
    """Index a chunk.

    Whatever a dialect found, and whatever clients put into it, the index goes on: what no database takes is made such
    that it does.
    """
    if chunk.fresh:
        forget(connection, indexed, chunk.tenant)
    if not chunk.records:
        return
    found = [Found(record, *parts_of(record.entry)) for record in chunk.records]
    rows = Rows(chunk.tenant, {} if chunk.fresh else _first_seen(connection, backend, chunk.tenant, found))
    for one in found:
        try:
            rows.add(one)
        except Exception as error:  # what the dialect found is not what it promises
            rows.drop(one.record.seq)
            rows.add(one._replace(parts=(), findings=(*one.findings, bug(one.record.entry, error))))
    try:
        with connection.begin_nested():
            rows.insert(connection)
    except _REFUSED:
        rows.tidy()
        rows.insert(connection)
    contents = [bodies.searchable(_content(one)) for one in found]
    bodies.add(connection, chunk.tenant, chunk.records[0].seq, contents)


def _content(found: Found) -> bytes:
    """The body with its content encoding undone; one that begins like JSON has none, which is cheaper to see."""
    if found.parts and (body := found.parts[0].body):
        return body
    entry = found.record.entry
    return entry.body if entry.body[:1] in _PLAIN else entry.content


def _first_seen(connection: Connection, backend: Backend, tenant: str, found: Iterable[Found]) -> dict[Key, Sight]:
    """In which entry, and when, the keys by which a chunk's repeats are recognised were seen before it."""
    keys = {part.dedupe for one in found for part in one.parts if part.dedupe}
    if not keys:
        return {}
    rows = connection.execute(_SEEN.where(backend.among(seen.c.key, sorted(keys))), {"whose": tenant})
    return {(key, name): (seq, at) for key, name, seq, at in rows}


class Rows:
    """The rows of one chunk. `first_seen` says of keys of repeats where they were seen before the chunk."""

    def __init__(self, tenant: str, first_seen: dict[Key, Sight]) -> None:
        self._tenant = tenant
        self._first_seen = first_seen
        self._newly_seen: dict[Key, Sight] = {}
        self._expired: list[Key] = []
        self._entries: list[Any] = []
        self._events: list[Any] = []
        self._subjects: list[Any] = []
        self._findings: list[Any] = []

    def insert(self, connection: Connection) -> None:
        """Write them. Rows of trees that are not in order of arrival are sorted: neighbours cost less."""
        for key, name in self._expired:
            whose = (seen.c.tenant == self._tenant, seen.c.key == key, seen.c.input == name)
            connection.execute(delete(seen).where(*whose))
        insert_rows(connection, entries, self._entries)
        insert_rows(connection, events, self._events)
        insert_rows(connection, subjects, sorted(self._subjects))
        insert_rows(connection, findings, self._findings)
        insert_rows(connection, seen, sorted((self._tenant, *key, *sight) for key, sight in self._newly_seen.items()))

    def drop(self, seq: int) -> None:
        """Take out the rows of an entry, the last that was added."""
        for rows, at in ((self._entries, 1), (self._events, 1), (self._subjects, 3), (self._findings, 1)):
            while rows and rows[-1][at] == seq:
                rows.pop()
        self._newly_seen = {key: sight for key, sight in self._newly_seen.items() if sight[0] != seq}

    def tidy(self) -> None:
        """Make every value one that all databases take."""
        self._entries = tidied(entries, self._entries)
        self._events = tidied(events, self._events)
        self._subjects = tidied(subjects, self._subjects)
        self._findings = tidied(findings, self._findings)
        self._newly_seen = {(_text(key), _text(name)): sight for (key, name), sight in self._newly_seen.items()}

    def add(self, found: Found) -> None:
        """The rows of one entry."""
        (seq, position, entry), parts, findings = found
        before = len(self._findings)
        if findings:
            self._note(seq, before, findings)
        n = 0
        for number, part in enumerate(parts):
            n = self._add_part(found.record, number, part, n, before)
        self._entries.append(
            (
                self._tenant,
                seq,
                entry.id,
                position,
                entry.direction.value,
                entry.vendor,
                channel_of(entry) or entry.operation,
                entry.input,
                entry.method,
                entry.path,
                entry.status,
                entry.verdict.value,
                entry.received,
                entry.at,
                str(entry.details.get("run", "")) if entry.details else "",
                len(self._findings) - before,
                _about(parts),
            )
        )

    def _add_part(self, record: Record, number: int, part: Part, n: int, before: int) -> int:
        """The rows of one part, whose first event has number `n`; the number of the next part's first event."""
        seq, _, entry = record
        verdict = part.verdict if entry.verdict is Verdict.ACCEPTED else entry.verdict
        repeated = self._repeated(seq, entry, part, verdict) if part.dedupe else ""
        for kind, value in dict.fromkeys(part.subjects):
            self._subjects.append((self._tenant, value, kind, seq, number))
        if part.findings:
            self._note(seq, before, part.findings, number)
        for event in part.events:
            self._events.append(
                (
                    self._tenant,
                    seq,
                    n,
                    event.name,
                    event.kind,
                    entry.at if event.at is None else event.at,
                    event.path,
                    event.id,
                    _decimal(event.amount) if event.amount else "",
                    event.currency or "",
                    (event.verdict if verdict is Verdict.ACCEPTED else verdict).value,
                    event.dropped or repeated,
                    number,
                )
            )
            if event.findings:
                self._note(seq, before, event.findings, number, n)
            n += 1
        return n

    def _repeated(self, seq: int, entry: Entry, part: Part, verdict: Verdict) -> str:
        """Why a part is a repeat, empty if it is not. Only what was accepted can be repeated."""
        key = (part.dedupe, entry.input)
        sight = self._newly_seen.get(key) or self._first_seen.get(key)
        if sight is not None and entry.at - sight[1] <= part.dedupe_days * _DAY:
            return f"duplicate of #{sight[0]}"
        if verdict is Verdict.ACCEPTED:
            if key in self._first_seen:
                self._expired.append(key)
            self._newly_seen[key] = (seq, entry.at)
        return ""

    def _note(self, seq: int, before: int, findings: Sequence[Finding], part: int = -1, event: int = -1) -> None:
        for path, rule, message, severity in findings:
            n = len(self._findings) - before
            row = (self._tenant, seq, n, part, event, path, rule, message, Severity(severity).value)
            self._findings.append(row)


def _decimal(text: str) -> str:
    """The text of a decimal number; nothing for any other text, which could not be added up."""
    try:
        return text if Decimal(text).is_finite() else ""
    except (InvalidOperation, TypeError):
        return ""


def tidied(table: Table, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Rows with text where the table has text, and integers of 64 bits where it has those; repeated rows once."""
    makers = [_text if isinstance(column.type, Text) else _integer for column in table.columns]
    made = (tuple(make(value) for make, value in zip(makers, row, strict=True)) for row in rows)
    return list(dict.fromkeys(made))


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _integer(value: Any) -> int:
    try:
        return max(-_LARGEST, min(int(value), _LARGEST))
    except (TypeError, ValueError, OverflowError):
        return 0


def _about(parts: Sequence[Part]) -> str:
    """What the parts of an entry are about, as JSON: path, environment, verdict and subjects of each."""
    if not parts:
        return ""
    return orjson.dumps([(part.path, part.environment, part.verdict, part.subjects) for part in parts]).decode()
