"""Bringing a database to the tables of this version.

A new database gets them at once and is stamped, which takes milliseconds; only one of an older version needs Alembic,
whose import alone takes longer than starting the server may. A test holds both ways to the same result.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from mockserver.errors import StorageError
from mockserver.storage.backends import Backend
from mockserver.storage.tables import REVISION, metadata

if TYPE_CHECKING:
    from alembic.config import Config

_stamp = Table(
    "alembic_version",  # as Alembic itself makes it
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class UnknownRevisionError(StorageError):
    """The database was written by a version of mockserver that this one does not know."""


def prepare(engine: Engine, backend: Backend) -> None:
    """Make, upgrade or just recognise the tables.

    Raises:
        UnknownRevisionError: a newer version, or something else, made them.
    """
    with engine.connect() as connection:
        if _revision(connection) == REVISION:
            return
    with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
        backend.lock_schema(connection)
        revision = _revision(connection)
        if revision == REVISION:  # another process was quicker
            return
        if revision is None:
            create(connection)
        else:
            upgrade(connection, revision)
        backend.tune(connection)


def create(connection: Connection) -> None:
    """All tables at once, stamped with the newest revision.

    Raises:
        UnknownRevisionError: tables of these names are there, and nobody said who made them.
    """
    foreign = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if foreign:
        raise UnknownRevisionError(f"The database has tables that carry no revision: {', '.join(sorted(foreign))}.")
    metadata.create_all(connection, checkfirst=False)
    _stamp.create(connection, checkfirst=True)
    connection.execute(insert(_stamp).values(version_num=REVISION))


def upgrade(connection: Connection, revision: str | None = None) -> None:
    """Run the steps that are missing.

    Raises:
        UnknownRevisionError: the revision is none of ours.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    config = migrations(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise UnknownRevisionError(f"The database is of revision {revision!r}, this version knows {sorted(known)}.")
    command.upgrade(config, "head")


def migrations(connection: Connection) -> Config:
    """Alembic's configuration, bound to a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_stamp.name):
        return None
    return connection.scalar(select(_stamp.c.version_num))
