"""The tables, once. No vendor has one of its own, and every row can be made again from the logs.

Empty text stands for "not said": binding a NULL costs SQLite's driver more than all other columns of a row together.
Rows are clustered on (tenant, seq) where they are read that way, so that most tables need no second index.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

REVISION = "0001"

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"})


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, autoincrement=False)


def _long(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, autoincrement=False)


positions = Table(
    "positions",  # how far a reader (the index, or a vendor's memory) has read a tenant's log, and the entry before
    metadata,
    _text("tenant"),
    _text("reader"),
    _long("position"),
    _long("seq"),
    _long("last_position"),
    _text("last_id"),
    PrimaryKeyConstraint("tenant", "reader"),
)

entries = Table(
    "entries",  # `seq` counts from 1; `operation` of what went out is its channel; `parts` is JSON: whom each is about
    metadata,
    _text("tenant"),
    _long("seq"),
    _text("id"),
    _long("position"),
    _text("direction"),
    _text("vendor"),
    _text("operation"),
    _text("input"),
    _text("method"),
    _text("path"),
    _integer("status"),
    _text("verdict"),
    _long("received"),
    _long("at"),
    _text("run"),
    _integer("flaws"),
    _text("parts"),
    PrimaryKeyConstraint("tenant", "seq"),
    Index(None, "tenant", "id"),
    Index(None, "tenant", "run", sqlite_where=text("run <> ''"), postgresql_where=text("run <> ''")),
    sqlite_with_rowid=False,
)

events = Table(
    "events",  # `n` counts within the entry, `path` points to the event in the body, `part` to the entry's parts
    metadata,
    _text("tenant"),
    _long("seq"),
    _integer("n"),
    _text("name"),
    _text("kind"),
    _long("at"),
    _text("path"),
    _text("id"),
    _text("amount"),
    _text("currency"),
    _text("verdict"),
    _text("dropped"),
    _integer("part"),
    PrimaryKeyConstraint("tenant", "seq", "n"),
    Index(None, "tenant", "name", "seq"),
    sqlite_with_rowid=False,
)

subjects = Table(
    "subjects",  # whom a part is about, found by value
    metadata,
    _text("tenant"),
    _text("value"),
    _text("kind"),
    _long("seq"),
    _integer("part"),
    PrimaryKeyConstraint("tenant", "value", "kind", "seq", "part"),
    sqlite_with_rowid=False,
)

findings = Table(
    "findings",  # `part` and `event` are -1 where the finding is about the whole entry, or about the whole part
    metadata,
    _text("tenant"),
    _long("seq"),
    _integer("n"),
    _integer("part"),
    _integer("event"),
    _text("path"),
    _text("rule"),
    _text("message"),
    _text("severity"),
    PrimaryKeyConstraint("tenant", "seq", "n"),
    Index(None, "tenant", "rule", "seq"),
    sqlite_with_rowid=False,
)

seen = Table(
    "seen",  # the first entry that showed a key by which repeats are recognised
    metadata,
    _text("tenant"),
    _text("key"),
    _text("input"),
    _long("seq"),
    _long("at"),
    PrimaryKeyConstraint("tenant", "key", "input"),
    sqlite_with_rowid=False,
)

bodies = Table(
    "bodies",  # the bodies of `seq` and those after it, end to end; `ends` is JSON: where each one ends
    metadata,
    _text("tenant"),
    _long("seq"),
    _text("ends"),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant", "seq"),
)

documents = Table(
    "documents",  # what a vendor remembers; `seq` is the order of first storing
    metadata,
    _text("tenant"),
    _text("vendor"),
    _text("kind"),
    _text("id"),
    _long("seq"),
    _text("value"),
    PrimaryKeyConstraint("tenant", "vendor", "kind", "id"),
)

indexed = (entries, events, subjects, findings, seen, bodies)
