"""A database of ours: opened at the first question, made again when it cannot be read.

The database holds nothing that the logs do not hold, so an index file that is corrupt, or written by a newer version,
is thrown away and built again. A database on a server may be others' too: there the same is an error.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from mockserver.errors import StorageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from mockserver.storage.backends import Backend

_logger = logging.getLogger(__name__)


class Database:
    """SQLite in a file (`sqlite:///path`), in memory (`sqlite://`), or PostgreSQL (`postgresql://…`).

    `generation` grows whenever everything in it may have been lost: whoever remembers what it held must forget it then.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.generation = 0
        self._opening = RLock()
        self._writing = RLock()
        self._opened: tuple[Backend, Engine] | None = None
        self._held: Connection | None = None

    @property
    def backend(self) -> Backend:
        """What is peculiar to this kind of database."""
        return self._open()[0]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; on SQLite it sees the database as it was at its first question.

        Raises:
            StorageError: the database does not answer, or was corrupt and has been dropped.
        """
        backend, engine = self._open()
        if not backend.single:
            with self._guarded(engine), engine.connect() as connection:
                yield connection
            return
        with self._guarded(engine), self._writing:
            if self._held is not None:  # this thread is in the middle of another transaction
                yield self._held
                return
            with engine.connect() as connection, self._holding(connection):
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is kept unless it is left by an exception; writers of a process take turns.

        Raises:
            StorageError: as for `read`.
        """
        _, engine = self._open()
        writing = engine.execution_options(begin="BEGIN IMMEDIATE")
        with self._guarded(engine), self._writing, writing.begin() as connection, self._holding(connection):
            yield connection

    @contextmanager
    def _holding(self, connection: Connection) -> Iterator[None]:
        """Remember the connection of the thread whose turn it is, for what it asks meanwhile."""
        self._held = connection
        try:
            yield
        finally:
            self._held = None

    def exists(self) -> bool:
        """Whether anything can be in it yet; costs no import."""
        from mockserver.storage.backends import may_hold_data

        return self._opened is not None or may_hold_data(self.url)

    def close(self) -> None:
        """Let go of all connections; the next question opens it again."""
        with self._opening:
            if self._opened is not None:
                self._opened[1].dispose()
                self._opened = None
                self.generation += 1

    def _open(self) -> tuple[Backend, Engine]:
        opened = self._opened
        if opened is not None:
            return opened
        with self._opening:
            if self._opened is None:
                self._opened = self._prepared()
            return self._opened

    def _prepared(self) -> tuple[Backend, Engine]:
        from mockserver.storage.backends import backend_of
        from mockserver.storage.schema import UnknownRevisionError, prepare

        backend = backend_of(self.url)
        with _told(self.url), backend.alone():
            engine = backend.engine()
            try:
                prepare(engine, backend)
            except Exception as error:
                engine.dispose()
                if not backend.disposable or not (isinstance(error, UnknownRevisionError) or backend.is_corrupt(error)):
                    raise
                self._drop(backend, str(error))
                engine = backend.engine()
                prepare(engine, backend)
        return backend, engine

    @contextmanager
    def _guarded(self, engine: Engine) -> Iterator[None]:
        from sqlalchemy.exc import DatabaseError

        try:
            with _told(self.url):
                yield
        except StorageError as error:
            cause = error.__cause__
            if isinstance(cause, DatabaseError) and self._discard(engine, cause):
                raise StorageError("The index could not be read and has been dropped; ask again.") from cause
            raise

    def _discard(self, engine: Engine, error: BaseException) -> bool:
        with self._opening:
            if self._opened is None or self._opened[1] is not engine:  # another thread met the same and was quicker
                return False
            backend = self._opened[0]
            if not backend.disposable or not backend.is_corrupt(error):
                return False
            engine.dispose()
            self._opened = None
            with backend.alone():
                self._drop(backend, str(error))
            return True

    def _drop(self, backend: Backend, reason: str) -> None:
        _logger.warning("The index %s is dropped and built again from the logs: %s", self.url, reason.splitlines()[0])
        backend.drop()
        self.generation += 1


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Whatever SQLAlchemy raises, in one sentence of ours."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        name = make_url(url).render_as_string(hide_password=True)
        raise StorageError(f"The database {name} failed: {str(error.orig).strip()}") from error
