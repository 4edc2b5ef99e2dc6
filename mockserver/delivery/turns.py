"""Whose turn it is: one thing at a time turns a tenant's clock, a run or the lives of its subscribers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, lockf
from pathlib import Path
from threading import Condition, Event
from typing import BinaryIO
from zlib import crc32

from mockserver.errors import ConflictError

PATIENCE = 5.0
_LOOK = 0.02


class StoppedError(ConflictError):
    """Something was broken off because the server stops."""

    title = "Stopped"


class Turns:
    """Who is busy in which tenant; `stopping` is set when everybody is to leave off.

    `path` is a file that all processes lock which serve the same tenants; None where there is but one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.stopping = Event()
        self._path = path
        self._file: BinaryIO | None = None  # open for good: to close it anywhere would let go of every lock
        self._busy: dict[str, str] = {}
        self._changed = Condition()

    @contextmanager
    def hold(self, tenant: str, doing: str, patience: float = PATIENCE) -> Iterator[None]:
        """Be the only one; wait for whoever is there, for so many seconds.

        Raises:
            ConflictError: somebody else is still busy; the sentence says with what.
            StoppedError: the server stops.
        """
        deadline = time.monotonic() + patience
        with self._changed:
            self._changed.wait_for(lambda: tenant not in self._busy or self.stopping.is_set(), patience)
            if self.stopping.is_set():
                raise StoppedError("The server is stopping.")
            if tenant in self._busy:
                raise ConflictError(f"The tenant {tenant} is busy: {self._busy[tenant]}.")
            self._busy[tenant] = doing
        try:
            with self._alone(tenant, deadline):
                yield
        finally:
            with self._changed:
                del self._busy[tenant]
                self._changed.notify_all()

    def stop(self, patience: float = PATIENCE) -> bool:
        """Have everybody leave off, and wait for it so many seconds; whether nobody is busy."""
        with self._changed:
            self.stopping.set()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._busy, patience)

    @contextmanager
    def _alone(self, tenant: str, deadline: float) -> Iterator[None]:
        """Be the only process: a byte of the file is locked for each tenant, by the kernel until we end."""
        if self._path is None:
            yield
            return
        byte, descriptor = crc32(tenant.encode()), self._opened(self._path)
        _lock(descriptor, byte, tenant, deadline)
        try:
            yield
        finally:
            lockf(descriptor, LOCK_UN, 1, byte)

    def _opened(self, path: Path) -> int:
        with self._changed:
            if self._file is None:
                self._file = path.open("ab")
            return self._file.fileno()


def _lock(descriptor: int, byte: int, tenant: str, deadline: float) -> None:
    """Lock a byte; several tenants may share one, and wait for each other then."""
    while True:
        try:
            lockf(descriptor, LOCK_EX | LOCK_NB, 1, byte)
            return
        except OSError:
            if time.monotonic() > deadline:
                raise ConflictError(f"The tenant {tenant} is busy in another worker.") from None
            time.sleep(_LOOK)
