"""What differs between the databases; everything else is the same SQLAlchemy Core statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mockserver.errors import StorageError

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, Engine, Table
    from sqlalchemy.sql.dml import Insert

_CORRUPT = frozenset({"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ"})
_SCHEMA_LOCK = 0x6D6F636B  # any number that nobody else would take
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=OFF",  # a crash of the machine may corrupt it, and then it is built again from the log
    "PRAGMA cache_size=-4000",
)


# For each index: its rows, then how many share the first column, the first two, and so on.
_STATISTICS = (
    ("entries", "entries", "1000000 50000 1"),
    ("entries", "ix_entries_tenant_id", "1000000 50000 1 1"),
    ("entries", "ix_entries_tenant_run", "20000 5000 100 1"),
    ("events", "events", "1000000 50000 2 1"),
    ("events", "ix_events_tenant_name_seq", "1000000 50000 5000 2 1"),
    ("subjects", "subjects", "2000000 100000 20 15 1 1"),
    ("findings", "findings", "100000 5000 2 1"),
    ("findings", "ix_findings_tenant_rule_seq", "100000 5000 200 2 1"),
)


class Backend(Protocol):
    """A kind of database. `single` means one connection for all threads, `disposable` that it may be thrown away."""

    single: bool
    disposable: bool

    def engine(self) -> Engine:
        """A fresh engine."""

    def alone(self) -> Any:
        """A context in which no other process opens or drops the same database."""

    def lock_schema(self, connection: Connection) -> None:
        """Let nobody else change the tables until this transaction ends."""

    def tune(self, connection: Connection) -> None:
        """Prepare fresh tables for the questions that will be asked of them."""

    def is_corrupt(self, error: BaseException) -> bool:
        """Whether an error says that the file is beyond reading."""

    def drop(self) -> None:
        """Throw everything away."""

    def among(self, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Whether a column has one of many values, sent as one parameter."""

    def upsert(self, table: Table, values: Sequence[str]) -> Insert:
        """An insert that replaces `values` of a row with the same primary key; none of them: leaves that row."""


def backend_of(url: str) -> Backend:
    """The backend that a database URL names.

    Raises:
        StorageError: it names none of ours.
    """
    if url.startswith("sqlite:"):
        path = _path(url)
        return SQLiteFile(path) if path else SQLiteMemory()
    if url.startswith("postgresql"):
        return PostgreSQL(url)
    raise StorageError(f"A database is sqlite:///FILE, sqlite:// or postgresql://…, not {url.partition(':')[0]!r}.")


def may_hold_data(url: str) -> bool:
    """Whether a database that was not opened yet can hold anything."""
    path = _path(url)
    return path.exists() if path else not url.startswith("sqlite:")


def _path(url: str) -> Path | None:
    name = url.removeprefix("sqlite://").removeprefix("/") if url.startswith("sqlite:") else ""
    return Path(name) if name not in {"", ":memory:"} else None


class _SQLite:
    """What both kinds of SQLite share."""

    def lock_schema(self, connection: Connection) -> None:
        """Nothing to do: the transaction began with BEGIN IMMEDIATE."""

    def tune(self, connection: Connection) -> None:
        """Tell the planner what the tables will look like: it knows only what ANALYZE found, and that was nothing."""
        connection.exec_driver_sql("ANALYZE sqlite_schema")
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", list(_STATISTICS))
        connection.exec_driver_sql("ANALYZE sqlite_schema")

    def among(self, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """See `Backend`."""
        from orjson import dumps
        from sqlalchemy import func, select

        return column.in_(select(func.json_each(dumps(values).decode()).table_valued("value").c.value))

    def upsert(self, table: Table, values: Sequence[str]) -> Insert:
        """See `Backend`."""
        from sqlalchemy.dialects.sqlite import insert

        statement = insert(table)
        if not values:
            return statement.on_conflict_do_nothing()
        changed = {name: statement.excluded[name] for name in values}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


class SQLiteFile(_SQLite):
    """SQLite in a file: readers go on while one writes (WAL)."""

    single = False
    disposable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def engine(self) -> Engine:
        """A fresh engine."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return _sqlite(f"sqlite:///{self._path}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a lock file: two processes that find the same broken index must not both delete it."""
        from fcntl import LOCK_EX, flock

        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f"{self._path.name}.lock").open("w") as file:
            flock(file, LOCK_EX)
            yield

    def is_corrupt(self, error: BaseException) -> bool:
        """Whether SQLite calls the file no database, or malformed."""
        return getattr(getattr(error, "orig", None), "sqlite_errorname", "") in _CORRUPT

    def drop(self) -> None:
        """Delete the file and what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


class SQLiteMemory(_SQLite):
    """SQLite in memory: one connection, which threads use in turn."""

    single = True
    disposable = False

    def engine(self) -> Engine:
        """A fresh engine."""
        from sqlalchemy.pool import StaticPool

        return _sqlite("sqlite://", poolclass=StaticPool)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing to do: nobody else sees it."""
        yield

    def is_corrupt(self, error: BaseException) -> bool:  # noqa: ARG002  the shape of Backend
        """Never."""
        return False

    def drop(self) -> None:
        """Nothing to do: it is gone with its engine."""


class PostgreSQL:
    """PostgreSQL through psycopg 3, for many workers and hosts."""

    single = False
    disposable = False

    def __init__(self, url: str) -> None:
        self._url = url

    def engine(self) -> Engine:
        """A fresh engine.

        Raises:
            StorageError: psycopg is not installed.
        """
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url

        try:
            return create_engine(
                make_url(self._url).set(drivername="postgresql+psycopg"),
                paramstyle="format",
                pool_pre_ping=True,
                hide_parameters=True,
            )
        except ModuleNotFoundError as error:
            raise StorageError("PostgreSQL needs psycopg: pip install 'mockserver[postgres]'.") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nothing to do: `lock_schema` serves."""
        yield

    def lock_schema(self, connection: Connection) -> None:
        """Hold an advisory lock until the transaction ends."""
        from sqlalchemy import func, select

        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    def tune(self, connection: Connection) -> None:
        """Nothing to do: autovacuum gathers statistics."""

    def is_corrupt(self, error: BaseException) -> bool:  # noqa: ARG002  the shape of Backend
        """Never: a server's troubles are for its administrator."""
        return False

    def drop(self) -> None:
        """Never: the database may hold what is not ours."""

    def among(self, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """See `Backend`."""
        from sqlalchemy import any_, bindparam
        from sqlalchemy.dialects.postgresql import ARRAY

        return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))

    def upsert(self, table: Table, values: Sequence[str]) -> Insert:
        """See `Backend`."""
        from sqlalchemy.dialects.postgresql import insert

        statement = insert(table)
        if not values:
            return statement.on_conflict_do_nothing()
        changed = {name: statement.excluded[name] for name in values}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _sqlite(url: str, **options: Any) -> Engine:
    """Python's driver begins transactions by guessing; here SQLAlchemy says when, and of which kind."""
    from sqlalchemy import create_engine, event

    arguments = {"check_same_thread": False, "timeout": 30, "isolation_level": None}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
