"""Finding: the database narrows a question down, bodies are read only where it has to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Column, Connection, Row, Select, bindparam, func, select

from mockserver.journal.bodies import Bodies
from mockserver.journal.entry import Direction, Finding, Severity, Verdict
from mockserver.journal.jsonpath import look_up
from mockserver.journal.needles import contains, needle_of
from mockserver.journal.query import Body, Count, Cursor, FoundEntry, FoundEvent, Question, scopes
from mockserver.journal.search import without
from mockserver.journal.selection import (
    entries_asked,
    events_asked,
    page_of_entries,
    page_of_events,
    rows_of_entries,
)
from mockserver.storage.database import Database
from mockserver.storage.tables import entries, events, findings

_FIRST = 200  # rows looked at before a search through all bodies is worth its while
_MANY = 1_000  # rows, or entries, asked for at once
_SEQS = 50  # entries asked for at once after such a search
_KEPT = 64  # decoded bodies kept at hand
_ALL = 2**62
_DIGITS = 18  # of an entry's number

_OWN = entries.c.tenant == bindparam("whose")
_COUNTS = select(entries.c.direction, entries.c.vendor, entries.c.verdict, func.count()).where(_OWN)
_BY_KIND = _COUNTS.group_by(entries.c.direction, entries.c.vendor, entries.c.verdict)
_POSITION = select(entries.c.position).where(_OWN)
_NAMES = select(events.c.seq, events.c.name).where(events.c.tenant == bindparam("whose")).order_by(events.c.n)
_FINDINGS = select(findings).where(findings.c.tenant == bindparam("whose")).order_by(findings.c.n)
_ENTRY_ONLY = ("verdict", "since", "until", "rule")  # asked of the entry already, where they mean the entry's own

Found = tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """What the index keeps of a part of a body."""

    path: str
    environment: str
    verdict: str
    subjects: Found


class Loader:
    """Decodes bodies of one tenant when somebody looks at them, which may be long after they were found."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant
        self._known: dict[int, Body] = {}

    def __call__(self, seq: int) -> Body:
        """The body of an entry."""
        if seq not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            with self._database.read() as connection:
                content = Bodies(connection, self._tenant).get(seq)
            self._known[seq] = Body(content, decoded(content))
        return self._known[seq]


def decoded(body: bytes) -> Any:
    """A body as JSON, None if it is not."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


Page = Callable[[Sequence[int] | None, Any], Select[Any]]


class Lookup:
    """Answers questions about one tenant within one transaction."""

    def __init__(self, database: Database, connection: Connection, tenant: str) -> None:
        self._database = database
        self._connection = connection
        self._tenant = tenant
        self._bodies = Bodies(connection, tenant)
        self._decoded: tuple[int, Any] = (0, None)

    def events(
        self, question: Question, limit: int | None = None, after: Cursor | None = None, *, newest: bool = True
    ) -> list[FoundEvent]:
        """The first events after a place that are the answer."""
        rows = list(islice(self._event_rows(question, limit, after, newest=newest), limit))
        return self._found_events(rows)

    def entries(
        self, question: Question, limit: int | None = None, after: int | None = None, *, newest: bool = True
    ) -> list[FoundEntry]:
        """The first entries after a number that are the answer."""
        seqs = list(islice(self._entry_seqs(question, limit, after, newest=newest), limit))
        return self._found_entries(seqs)

    def count_events(self, question: Question) -> int:
        """How many events are the answer."""
        if question.reads_bodies:
            return sum(1 for _ in self._event_rows(question))
        return self._count(events_asked(self._tenant, question))

    def count_entries(self, question: Question) -> int:
        """How many entries are the answer."""
        if question.reads_bodies:
            return sum(1 for _ in self._entry_seqs(question))
        return self._count(entries_asked(self._tenant, question))

    def counts(self) -> list[Count]:
        """How many entries there are of each direction, vendor and verdict."""
        rows = self._connection.execute(_BY_KIND, {"whose": self._tenant})
        return sorted(Count(Direction(a), b, Verdict(c), number) for a, b, c, number in rows)

    def position(self, reference: str) -> int | None:
        """Where in the log an entry is: by its id, its number (`12`, `#12`) or `latest`."""
        chosen = _POSITION
        number = reference.removeprefix("#")
        if reference == "latest":
            chosen = chosen.order_by(entries.c.seq.desc()).limit(1)
        elif number.isascii() and number.isdecimal() and len(number) <= _DIGITS:
            chosen = chosen.where(entries.c.seq == int(number))
        else:
            chosen = chosen.where(entries.c.id == reference)
        position: int | None = self._connection.scalar(chosen, {"whose": self._tenant})
        return position

    def _event_rows(
        self, question: Question, limit: int | None = None, after: Cursor | None = None, *, newest: bool = True
    ) -> Iterator[Row[Any]]:
        asked = events_asked(self._tenant, question)

        def page(seqs: Sequence[int] | None, after: Cursor | None) -> Select[Any]:
            chosen = asked if seqs is None else asked.where(self._database.backend.among(events.c.seq, seqs))
            return page_of_events(chosen, after, newest=newest)

        if not question.reads_bodies:
            return iter(self._connection.execute(page(None, after).limit(limit)).all())
        pages = self._candidates(question, page, lambda row: Cursor(row.seq, row.n), after, newest=newest)
        return (row for rows in pages for row in rows if self._keeps_event(question, row))

    def _entry_seqs(
        self, question: Question, limit: int | None = None, after: int | None = None, *, newest: bool = True
    ) -> Iterator[int]:
        asked = entries_asked(self._tenant, question)

        def page(seqs: Sequence[int] | None, after: int | None) -> Select[Any]:
            seq: Any = asked.selected_columns[0]
            chosen = asked if seqs is None else asked.where(self._database.backend.among(seq, seqs))
            return page_of_entries(chosen, after, newest=newest)

        if not question.reads_bodies:
            return iter(self._connection.scalars(page(None, after).limit(limit)).all())
        pages = self._candidates(question, page, lambda row: row.seq, after, newest=newest)
        return (seq for rows in pages for seq in self._kept_entries(question, [row.seq for row in rows]))

    def _candidates(
        self, question: Question, page: Page, place: Callable[[Row[Any]], Any], after: Any, *, newest: bool
    ) -> Iterator[Sequence[Row[Any]]]:
        """Pages of rows that may be the answer as far as the database can tell.

        The first rows are simply looked at. If that is not the end of it, all bodies are searched for what a match
        must contain, and only rows of those that have it follow.
        """
        needle = needle_of(question.where, question.text)
        size = _FIRST if needle else _MANY
        while rows := self._connection.execute(page(None, after).limit(size)).all():
            yield [row for row in rows if needle is None or needle.search(self._bodies.get(row.seq), 0) >= 0]
            after = place(rows[-1])
            if len(rows) < size or needle:
                break
        if needle and len(rows) == size:
            low, high = (0, rows[-1].seq) if newest else (rows[-1].seq, _ALL)
            found = self._bodies.matching(needle, low, high, newest=newest)
            while seqs := list(islice(found, _SEQS)):
                yield self._connection.execute(page(seqs, after)).all()

    def _keeps_event(self, question: Question, row: Row[Any]) -> bool:
        if question.amount is not None and not (row.amount and Decimal(row.amount) == question.amount):
            return False
        if not self._has_texts(question, row.seq):
            return False
        if not question.where:
            return True
        part = _parts(row.parts)[row.part]
        documents = scopes(self._body(row.seq), row.pointer, part.path)
        return all(condition.holds(look_up(condition.path, documents)) for condition in question.where)

    def _kept_entries(self, question: Question, seqs: Sequence[int]) -> Iterator[int]:
        """Those that have all texts, and everything else in one of their events, or in the body if they have none."""
        seqs = [seq for seq in seqs if self._has_texts(question, seq)]
        if question.amount is None and not question.where:
            yield from seqs
            return
        alone = without(question, "text", *_ENTRY_ONLY)
        of_them = events_asked(self._tenant, alone)
        inside = self._grouped(of_them, events.c.seq, seqs)
        for seq in seqs:
            if any(self._keeps_event(alone, row) for row in inside.get(seq, ())):
                yield seq
            elif not question.about_events and seq not in inside:
                body = self._body(seq)
                if all(condition.holds(condition.path.find(body)) for condition in question.where):
                    yield seq

    def _has_texts(self, question: Question, seq: int) -> bool:
        return all(contains(self._bodies.get(seq), text) for text in question.text)

    def _body(self, seq: int) -> Any:
        if self._decoded[0] != seq:
            self._decoded = (seq, decoded(self._bodies.get(seq)))
        return self._decoded[1]

    def _count(self, asked: Select[Any]) -> int:
        return self._connection.scalar(select(func.count()).select_from(asked.subquery())) or 0

    def _found_events(self, rows: Sequence[Row[Any]]) -> list[FoundEvent]:
        noted = self._findings(row.seq for row in rows if row.flaws)
        load = Loader(self._database, self._tenant)
        return [self._found_event(row, noted.get(row.seq, ()), load) for row in rows]

    def _found_event(self, row: Row[Any], noted: Sequence[Row[Any]], load: Loader) -> FoundEvent:
        part = _parts(row.parts)[row.part]
        own = [one for one in noted if one.part in {row.part, -1} and one.event in {row.n, -1}]
        return FoundEvent(
            tenant=self._tenant,
            entry=row.entry,
            seq=row.seq,
            n=row.n,
            name=row.name,
            kind=row.kind,
            id=row.id,
            vendor=row.vendor,
            direction=Direction(row.direction),
            operation=row.operation,
            input=row.input,
            method=row.method,
            path=row.path,
            status=row.status,
            at=row.at,
            received=row.received,
            subjects=part.subjects,
            amount=Decimal(row.amount) if row.amount else None,
            currency=row.currency,
            verdict=Verdict(row.verdict),
            dropped=row.dropped,
            run=row.run,
            environment=part.environment,
            findings=tuple(map(_finding, own)),
            pointer=row.pointer,
            part_pointer=part.path,
            load=load,
        )

    def _found_entries(self, seqs: Sequence[int]) -> list[FoundEntry]:
        rows = self._grouped(rows_of_entries(self._tenant), entries.c.seq, seqs)
        found = [rows[seq][0] for seq in seqs]
        noted = self._findings(row.seq for row in found if row.flaws)
        names = self._grouped(_NAMES, events.c.seq, [row.seq for row in found if row.parts])
        return [self._found_entry(row, names.get(row.seq, ()), noted.get(row.seq, ())) for row in found]

    def _found_entry(self, row: Row[Any], named: Sequence[Row[Any]], noted: Sequence[Row[Any]]) -> FoundEntry:
        return FoundEntry(
            tenant=self._tenant,
            id=row.entry,
            seq=row.seq,
            direction=Direction(row.direction),
            vendor=row.vendor,
            operation=row.operation,
            input=row.input,
            method=row.method,
            path=row.path,
            status=row.status,
            verdict=Verdict(row.verdict),
            at=row.at,
            received=row.received,
            run=row.run,
            subjects=tuple(dict.fromkeys(pair for part in _parts(row.parts) for pair in part.subjects)),
            events=tuple(one.name for one in named),
            findings=tuple(map(_finding, noted)),
        )

    def _findings(self, seqs: Iterable[int]) -> dict[int, list[Row[Any]]]:
        return self._grouped(_FINDINGS, findings.c.seq, sorted(set(seqs)))

    def _grouped(self, chosen: Select[Any], seq: Column[int], seqs: Sequence[int]) -> dict[int, list[Row[Any]]]:
        """Rows of some entries, by entry."""
        found: dict[int, list[Row[Any]]] = {}
        for start in range(0, len(seqs), _MANY):
            some = chosen.where(self._database.backend.among(seq, seqs[start : start + _MANY]))
            for row in self._connection.execute(some, {"whose": self._tenant}):
                found.setdefault(row.seq, []).append(row)
        return found


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[Part, ...]:
    parts = orjson.loads(text) if text else ()
    return tuple(
        Part(path, environment, verdict, tuple((kind, value) for kind, value in pairs))
        for path, environment, verdict, pairs in parts
    )


def _finding(row: Row[Any]) -> Finding:
    return Finding(row.path, row.rule, row.message, Severity(row.severity))
