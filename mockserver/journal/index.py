"""What can be asked, read from the log's tail when somebody asks; it can be thrown away and built again."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mockserver.journal.entry import Direction, Entry, Finding, Part, RecordedEvent, Severity
from mockserver.journal.memory import SETTINGS, settle
from mockserver.journal.tail import Chunk, Logs, Tail
from mockserver.storage.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mockserver.storage.documents import ReadersDocuments

_logger = logging.getLogger(__name__)

READER = "index"
Read = Callable[[Entry, Callable[[str], Any]], Sequence[Part]]
"""Finds the parts of an entry; the second argument gives the reader's own documents for a vendor."""


class Index:
    """The index over the logs of all tenants.

    `read` finds the parts of an entry that came in. Should it raise, that is a bug: the entry is indexed without
    events, with a finding that says so, and the exception is kept in `errors` for tests to see.
    """

    def __init__(self, database: Database, logs: Logs, read: Read) -> None:
        self.database = database
        self.logs = logs
        self.errors: deque[Exception] = deque(maxlen=100)
        self._read = read
        self._tail = Tail(database, logs, READER, self._fold)

    def catch_up(self, tenant: str) -> int:
        """Index what is new in a tenant's log; the position in the log up to which questions are answered now."""
        return self._tail.catch_up(tenant)

    def forget(self, tenant: str) -> None:
        """Delete everything about a tenant, whose log may be gone or may be read anew."""
        self._tail.forget(tenant)
        if not self.database.exists():
            return
        from mockserver.storage.positions import forget
        from mockserver.storage.tables import metadata

        with self.database.write() as connection:
            forget(connection, metadata.sorted_tables, tenant)

    def _fold(self, connection: Connection, chunk: Chunk) -> None:
        from mockserver.journal.indexing import write
        from mockserver.storage.documents import ReadersDocuments

        own = ReadersDocuments(connection, self.database.backend, chunk.tenant)
        if chunk.fresh:
            own.clear()
        write(connection, self.database.backend, chunk, partial(self._parts, own), self._bug)
        own.store()

    def _parts(self, own: ReadersDocuments, entry: Entry) -> tuple[Sequence[Part], tuple[Finding, ...]]:
        """What is in an entry, and its findings."""
        if entry.direction is not Direction.IN:
            if entry.direction is Direction.NOTE and entry.operation == SETTINGS:
                settle(entry, own.of(str(entry.details.get("vendor"))))
            return told(entry), entry.findings
        try:
            parts = tuple(self._read(entry, own.of))
        except Exception as error:
            own.undo()
            return (), (*entry.findings, self._bug(entry, error))
        own.keep()
        return parts, entry.findings

    def _bug(self, entry: Entry, error: Exception) -> Finding:
        """Keep a bug of a dialect's for tests to see; the finding that tells of it."""
        self.errors.append(error)
        _logger.error("The entry %s of %s cannot be read", entry.id, entry.vendor, exc_info=error)
        return Finding("", "internal", f"A bug of ours: reading it raised {error!r}.", Severity.ERROR)


def told(entry: Entry) -> tuple[Part, ...]:
    """The one part of an outgoing message, made from what its sender knew of it; none for a note."""
    details = entry.details
    name = details.get("event")
    if entry.direction is not Direction.OUT or not name:
        return ()
    amount, currency, subject = details.get("amount"), details.get("currency"), details.get("subject")
    event = RecordedEvent(
        name=str(name),
        kind=channel_of(entry),
        id=str(details.get("message") or ""),
        at=entry.at,
        amount=None if amount is None else str(amount),
        currency=currency,
        dropped=_unsent(entry),
    )
    return (Part(subjects=(("subject", str(subject)),) if subject else (), events=(event,)),)


def channel_of(entry: Entry) -> str:
    """On which channel an outgoing message was told; empty for what came in."""
    return str(entry.details.get("channel") or entry.operation) if entry.direction is Direction.OUT else ""


def _unsent(entry: Entry) -> str:
    """Why nothing left us, empty if something did."""
    reason = entry.details.get("skipped") or ("no target" if entry.details.get("outcome") == "no target" else "")
    return f"not sent: {reason}" if reason else ""
