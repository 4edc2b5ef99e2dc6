"""A vendor's documents, keyed (tenant, vendor, kind, id), in the order in which they were first stored."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, bindparam, delete, func, select

from mockserver.storage.backends import Backend
from mockserver.storage.database import Database
from mockserver.storage.tables import documents

_OWN = (documents.c.tenant == bindparam("whose"), documents.c.vendor == bindparam("who"))
_KIND = documents.c.kind == bindparam("of_kind")
_ID = documents.c.id == bindparam("one")
_ONE = select(documents.c.seq, documents.c.value).where(*_OWN, _KIND, _ID)
_ANY = select(documents.c.id).where(*_OWN, _KIND).limit(1)
_ALL = select(documents.c.id, documents.c.seq, documents.c.value).where(*_OWN, _KIND)
_LAST = select(func.max(documents.c.seq)).where(*_OWN)
_DELETE = delete(documents).where(*_OWN, _KIND, _ID)
_CLEAR = delete(documents).where(*_OWN)
_READ = "/read"
_CLEAR_READ = delete(documents).where(documents.c.tenant == bindparam("whose"), documents.c.vendor.endswith(_READ))

Key = tuple[str, str]
Stored = tuple[int, str] | None  # when it was first stored, and its JSON; None when it is deleted


class ReadDocuments:
    """Documents as they were when the last fold ended. Changing them here would be lost with the next rebuilding."""

    def __init__(self, database: Database, tenant: str, vendor: str) -> None:
        self._database = database
        self._own = {"whose": tenant, "who": vendor}

    def get(self, kind: str, id: str) -> dict[str, Any] | None:  # noqa: A002  the word every document store uses
        """A copy of the document, or None."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {**self._own, "of_kind": kind, "one": id}).one_or_none()
        return None if row is None else orjson.loads(row[1])

    def has(self, kind: str) -> bool:
        """Whether there is any document of the kind."""
        with self._database.read() as connection:
            return connection.execute(_ANY, {**self._own, "of_kind": kind}).first() is not None

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every document of the kind as (id, value), in order of first storing."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL.order_by(documents.c.seq), {**self._own, "of_kind": kind}).all()
        return [(id_, orjson.loads(value)) for id_, _, value in rows]

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002, ARG002  as above; see the class
        """Refused: only a vendor's `remember` changes documents."""
        raise TypeError(f"The document {kind} {id!r} can only be changed by the vendor's `remember`, from an entry.")

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Refused likewise."""
        self.put(kind, id, {})


class FoldedDocuments:
    """Documents while entries are folded into them.

    Changes of an entry are kept or undone together, and all of a chunk's are stored at its end.
    """

    def __init__(self, connection: Connection, backend: Backend, tenant: str, vendor: str) -> None:
        self._connection = connection
        self._backend = backend
        self._own = {"whose": tenant, "who": vendor}
        self._known: dict[Key, Stored] = {}
        self._kept: dict[Key, Stored] = {}
        self._changed: dict[Key, Stored] = {}
        self._last: int | None = None

    def get(self, kind: str, id: str) -> dict[str, Any] | None:  # noqa: A002  as above
        """A copy of the document, or None."""
        stored = self._stored((kind, id))
        return None if stored is None else orjson.loads(stored[1])

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002  as above
        """Store or replace it."""
        stored = self._stored((kind, id))
        seq = self._next() if stored is None else stored[0]
        self._changed[kind, id] = (seq, orjson.dumps(value).decode())

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Forget it; unknown ids are fine."""
        self._changed[kind, id] = None

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every document of the kind as (id, value), in order of first storing."""
        rows = self._connection.execute(_ALL, {**self._own, "of_kind": kind})
        found: dict[str, Stored] = {id_: (seq, value) for id_, seq, value in rows}
        for changes in (self._kept, self._changed):
            found |= {id_: stored for (of, id_), stored in changes.items() if of == kind}
        there = sorted((stored, id_) for id_, stored in found.items() if stored is not None)
        return [(id_, orjson.loads(value)) for (_, value), id_ in there]

    def keep(self) -> None:
        """An entry is done: its changes stand."""
        if self._changed:
            self._kept |= self._changed
            self._changed = {}

    def undo(self) -> None:
        """An entry failed: its changes never were."""
        self._changed = {}

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute(_CLEAR, self._own)

    def store(self) -> None:
        """Write what has changed."""
        rows: list[dict[str, Any]] = []
        for (kind, id_), stored in self._kept.items():
            if stored is None:
                self._connection.execute(_DELETE, {**self._own, "of_kind": kind, "one": id_})
            else:
                own = {"tenant": self._own["whose"], "vendor": self._own["who"]}
                rows.append({**own, "kind": kind, "id": id_, "seq": stored[0], "value": stored[1]})
        if rows:
            self._connection.execute(self._backend.upsert(documents, ("seq", "value")), rows)

    def _stored(self, key: Key) -> Stored:
        for changes in (self._changed, self._kept, self._known):
            if key in changes:
                return changes[key]
        found = self._known[key] = self._looked_up(*key)
        return found

    def _looked_up(self, kind: str, id_: str) -> Stored:
        """Straight from the driver: an entry looks up several documents, and this is most of what folding costs."""
        statement, order = _looking_up(self._connection.dialect)
        values = {**self._own, "of_kind": kind, "one": id_}
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(statement, tuple(values[name] for name in order) if order else values)
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else (row[0], row[1])

    def _next(self) -> int:
        if self._last is None:
            self._last = self._connection.scalar(_LAST, self._own) or 0
        self._last += 1
        return self._last


@lru_cache(maxsize=4)
def _looking_up(dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """How a driver is asked for one document, and the order of the values where it takes them by position."""
    compiled = _ONE.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ())


class ReadersDocuments:
    """Documents of the reader that makes the index, made when they are first asked for: most entries need none.

    They lie beside those that vendors remember, under names that no vendor has, and change with the index's rows.
    """

    def __init__(self, connection: Connection, backend: Backend, tenant: str) -> None:
        self._connection = connection
        self._backend = backend
        self._tenant = tenant
        self._of: dict[str, FoldedDocuments] = {}

    def of(self, vendor: str) -> FoldedDocuments:
        """Those for a vendor's entries."""
        if vendor not in self._of:
            self._of[vendor] = FoldedDocuments(self._connection, self._backend, self._tenant, f"{vendor}{_READ}")
        return self._of[vendor]

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute(_CLEAR_READ, {"whose": self._tenant})

    def keep(self) -> None:
        """An entry is done."""
        for one in self._of.values():
            one.keep()

    def undo(self) -> None:
        """An entry failed."""
        for one in self._of.values():
            one.undo()

    def store(self) -> None:
        """Write what has changed."""
        for one in self._of.values():
            one.store()
