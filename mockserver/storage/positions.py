"""How far each reader has come in each tenant's log, kept beside what it made of it, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, insert, select

from mockserver.storage.backends import Backend
from mockserver.storage.tables import positions


class Place(NamedTuple):
    """A place in a log: where to read on, how many entries came before, and the last of them, to recognise the log."""

    position: int = 0
    seq: int = 0
    last_position: int = 0
    last_id: str = ""


_OWN = (positions.c.tenant == bindparam("whose"), positions.c.reader == bindparam("who"))
_CLAIM = select(*(positions.c[name] for name in Place._fields)).where(*_OWN).with_for_update()
_MOVE = positions.update().where(*_OWN).values({name: bindparam(name) for name in Place._fields})


def claim(connection: Connection, backend: Backend, tenant: str, reader: str) -> Place:
    """The reader's place; until the transaction ends no other process can claim it."""
    own = {"whose": tenant, "who": reader}
    row = connection.execute(_CLAIM, own).one_or_none()
    if row is None:
        values = {"tenant": tenant, "reader": reader, **Place()._asdict()}
        connection.execute(backend.upsert(positions, ()).values(values))
        row = connection.execute(_CLAIM, own).one()
    return Place(*row)


def move(connection: Connection, tenant: str, reader: str, place: Place) -> None:
    """Keep the reader's new place."""
    connection.execute(_MOVE, {"whose": tenant, "who": reader, **place._asdict()})


def forget(connection: Connection, tables: Sequence[Table], tenant: str) -> None:
    """Delete everything about a tenant."""
    for table in tables:
        connection.execute(delete(table).where(table.c.tenant == tenant))


def insert_rows(connection: Connection, table: Table, rows: list[Any]) -> None:
    """Insert rows given as tuples in the table's order of columns.

    A hundred thousand dictionaries, each with its own look-up of column types, cost more than the rows themselves.
    """
    if rows:
        connection.exec_driver_sql(_insertion(table, connection.dialect), rows)


@lru_cache(maxsize=64)
def _insertion(table: Table, dialect: Dialect) -> str:
    return str(insert(table).compile(dialect=dialect))
