"""Reading the logs' tails: what every reader that keeps something of its own beside the logs has in common.

A reader's place lies in the database beside what it made of the log and moves in the same transaction, so that two
processes never take in the same entry twice and a killed one leaves nothing half done.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from mockserver.journal.entry import Direction, Entry
from mockserver.journal.log import Log
from mockserver.storage.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mockserver.storage.positions import Place

RESET = "reset"
CHUNK = 250  # entries taken in together: more of them no longer fit into a processor's cache
_CHUNK_BYTES = 4 * 1024 * 1024
_CHUNKS = 16  # chunks a transaction

Logs = Callable[[str], Log]
Source = Iterator[tuple[int, int, Entry]]


class Record(NamedTuple):
    """An entry with its number in the log (from 1) and its position there."""

    seq: int
    position: int
    entry: Entry


class Chunk(NamedTuple):
    """Records to take in. `fresh` says that everything known of the tenant before them is to be forgotten."""

    tenant: str
    records: Sequence[Record]
    fresh: bool


Fold = Callable[["Connection", Chunk], None]


class Tail:
    """One reader of all tenants' logs. `fold` takes a chunk in; what it writes becomes visible with the new place."""

    def __init__(self, database: Database, logs: Logs, reader: str, fold: Fold) -> None:
        self._database = database
        self._logs = logs
        self._reader = reader
        self._fold = fold
        self._known: dict[str, int] = {}  # ends of logs up to which nothing is left to read
        self._generation = database.generation
        self._locks: dict[str, Lock] = {}

    def catch_up(self, tenant: str) -> int:
        """Take in what is new in a tenant's log; the position in the log up to which everything is known now.

        When nothing is new this costs one look at the log's size and no question to the database.
        """
        log = self._logs(tenant)
        end = log.end()
        if self._known.get(tenant) == end and self._generation == self._database.generation:
            return end
        with self._locks.setdefault(tenant, Lock()):
            return self._read_on(tenant, log)

    def forget(self, tenant: str) -> None:
        """Let go of what this process remembers of a tenant."""
        self._known.pop(tenant, None)
        self._locks.pop(tenant, None)

    def _read_on(self, tenant: str, log: Log) -> int:
        if self._generation != self._database.generation:
            self._known.clear()
        end = log.end()
        if self._known.get(tenant) != end:
            position = self._follow(tenant, log)
            while position is None:
                position = self._follow(tenant, log)
            end = self._known[tenant] = max(end, position)
            self._generation = self._database.generation
        return end

    def _follow(self, tenant: str, log: Log) -> int | None:
        """Read to the end, a transaction for each chunk; None if another process read on in between."""
        from mockserver.storage.positions import claim

        source: Source | None = None
        place: Place | None = None
        while True:
            with self._database.write() as connection, _without_collections():
                claimed = claim(connection, self._database.backend, tenant, self._reader)
                if place is not None and claimed != place:
                    return None
                lost = False
                if source is None:
                    source, lost = _resume(log, claimed)
                place = self._transact(connection, tenant, source, claimed, lost=lost)
            if place == claimed:
                return place.position

    def _transact(self, connection: Connection, tenant: str, source: Source, claimed: Place, *, lost: bool) -> Place:
        """Take in as much as one transaction should hold; the place after it."""
        from mockserver.storage.positions import Place, move

        place = Place() if lost else claimed
        for number in range(_CHUNKS):
            records, after = _take(source, place)
            if not records and not (lost and number == 0):
                break
            self._fold(connection, _since_reset(Chunk(tenant, records, lost and number == 0)))
            place = after
        if place != claimed:
            move(connection, tenant, self._reader, place)
        return place


@contextmanager
def _without_collections() -> Iterator[None]:
    """A chunk makes a great many tuples and no cycle: the collector would walk them over and over for nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _resume(log: Log, place: Place) -> tuple[Source, bool]:
    """The entries after a place. If the log is not the one that the place was in, all of it, and True."""
    if not place.seq:
        return log.read(0), False
    source = log.read(place.last_position)
    position, _, entry = next(source, (-1, -1, None))
    if entry is not None and position == place.last_position and entry.id == place.last_id:
        return source, False
    return log.read(0), True


def _take(source: Source, place: Place) -> tuple[list[Record], Place]:
    """The next entries of a chunk and the place after them."""
    records: list[Record] = []
    seq, size, end = place.seq, 0, place.position
    for position, end, entry in source:  # noqa: B007  the end of the last one is used below
        seq += 1
        records.append(Record(seq, position, entry))
        size += len(entry.body)
        if len(records) == CHUNK or size > _CHUNK_BYTES:
            break
    if records:
        last = records[-1]
        place = place._replace(position=end, seq=seq, last_position=last.position, last_id=last.entry.id)
    return records, place


def _since_reset(chunk: Chunk) -> Chunk:
    """A note that the journal was cleared makes everything before it forgotten."""
    for number in range(len(chunk.records) - 1, -1, -1):
        entry = chunk.records[number].entry
        if entry.direction is Direction.NOTE and entry.operation == RESET:
            return Chunk(chunk.tenant, chunk.records[number:], fresh=True)
    return chunk
