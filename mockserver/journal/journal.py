"""The journal of all tenants: everything that can be asked of it, in one place.

Each question first reads what is new in the tenant's log, so that it sees every entry that was answered before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.errors import NotFoundError
from mockserver.journal.entry import Direction, Entry
from mockserver.journal.expectation import Check, ExpectedRevenue
from mockserver.journal.index import Index, Read
from mockserver.journal.log import EntryIds, render
from mockserver.journal.memory import Documents, Memory, Remember
from mockserver.journal.query import Count, Cursor, FoundEntry, FoundEvent, Question
from mockserver.journal.revenue import Revenue, revenue
from mockserver.journal.tail import RESET, Logs
from mockserver.journal.verify import Asking, Verification, explained, verify
from mockserver.journal.waiting import Bell, Wait, until, while_it_stays
from mockserver.storage.database import Database

if TYPE_CHECKING:
    from mockserver.journal.lookup import Lookup

LIMIT = 100

Details = Mapping[str, Any]


class Journal:
    """What all tenants' logs say. `storage` is a folder, or the URL of a database.

    `shared` says that other processes append to the same logs.
    """

    def __init__(
        self,
        storage: Path | str,
        *,
        logs: Logs,
        bells: Callable[[str], Bell],
        read: Read,
        remember: Mapping[str, Remember],
        shared: bool = False,
    ) -> None:
        self.database = Database(url_of(storage))
        self.index = Index(self.database, logs, read)
        self.memory = Memory(self.database, logs, remember)
        self._logs = logs
        self._bells = bells
        self._shared = shared
        self._ids = EntryIds()
        self._notes: dict[tuple[str, str], tuple[int, list[Details]]] = {}

    def find_events(
        self,
        tenant: str,
        question: Question,
        limit: int | None = LIMIT,
        after: Cursor | None = None,
        *,
        newest: bool = True,
    ) -> list[FoundEvent]:
        """Events that answer a question, newest or oldest first, from after a place on (`FoundEvent.cursor`)."""
        with self._lookup(tenant) as lookup:
            return lookup.events(question, limit, after, newest=newest)

    def find_entries(
        self,
        tenant: str,
        question: Question,
        limit: int | None = LIMIT,
        after: int | None = None,
        *,
        newest: bool = True,
    ) -> list[FoundEntry]:
        """Entries that answer a question, likewise, from after a number on (`FoundEntry.seq`)."""
        with self._lookup(tenant) as lookup:
            return lookup.entries(question, limit, after, newest=newest)

    def follow(self, tenant: str, question: Question, after: int, within: float) -> list[FoundEntry]:
        """The first entries after a number that answer a question, oldest first, waited for if there are none yet."""

        def look() -> tuple[int, list[FoundEntry]]:
            end = self.index.catch_up(tenant)
            return end, self.find_entries(tenant, question, after=after, newest=False)

        return until(look, bool, self.waiting(tenant), within)

    def count_events(self, tenant: str, question: Question) -> int:
        """How many events answer a question."""
        with self._lookup(tenant) as lookup:
            return lookup.count_events(question)

    def count_entries(self, tenant: str, question: Question) -> int:
        """How many entries answer a question."""
        with self._lookup(tenant) as lookup:
            return lookup.count_entries(question)

    def counts(self, tenant: str) -> list[Count]:
        """How many entries there are of each direction, vendor and verdict."""
        with self._lookup(tenant) as lookup:
            return lookup.counts()

    def entry(self, tenant: str, reference: str) -> Entry:
        """A whole entry, by its id, its number (`12`, `#12`) or `latest`.

        Raises:
            NotFoundError: there is none.
        """
        with self._lookup(tenant) as lookup:
            position = lookup.position(reference)
        entry = None if position is None else self._entry_at(tenant, position)
        if entry is None:
            raise NotFoundError(f"The journal of {tenant!r} has no entry {reference!r}.")
        return entry

    def notes(self, tenant: str, operation: str) -> list[Details]:
        """The details of a tenant's notes about one thing since the journal was last cleared, oldest first."""
        end = self.index.catch_up(tenant)
        known = self._notes.get((tenant, operation))
        if known is None or known[0] != end:
            asked = Question(direction=Direction.NOTE, operation=operation)
            with self._lookup(tenant) as lookup:
                positions = [lookup.position(f"#{one.seq}") for one in lookup.entries(asked, newest=False)]
            entries = [self._entry_at(tenant, position) for position in positions if position is not None]
            known = self._notes[tenant, operation] = (end, [entry.details for entry in entries if entry])
        return known[1]

    def documents(self, tenant: str, vendor: str) -> Documents:
        """What a vendor remembers of a tenant.

        Raises:
            NotFoundError: the vendor remembers nothing.
        """
        return self.memory.documents(tenant, vendor)

    def revenue(self, tenant: str, subject: str, currency: str, *, vendor: str = "", channel: str = "") -> Revenue:
        """The sum of what a subject's accepted and kept events say was paid: what came in, or went out on a channel."""
        asked = ExpectedRevenue(subject=subject, currency=currency, amount=Decimal(0), vendor=vendor, channel=channel)
        with self._lookup(tenant) as lookup:
            return revenue(lambda question: lookup.events(question, newest=False), asked)

    def verify(self, tenant: str, check: Check) -> Verification:
        """Whether a check holds: at once, or within its time, and for as long as it has to stay so."""

        def look() -> tuple[int, Verification]:
            end = self.index.catch_up(tenant)
            with self._lookup(tenant) as lookup:
                return end, verify(_asking(lookup), check)

        seen = until(look, lambda one: one.settled, self.waiting(tenant), check.within)
        if seen.holds and check.stays:
            seen = while_it_stays(look, lambda one: one.holds, self.waiting(tenant), check.stays)
        with self._lookup(tenant) as lookup:
            return explained(_asking(lookup), seen)

    def clear(self, tenant: str) -> None:
        """Make everything so far forgotten: a note in the log, which every reader of it obeys."""
        received = time.time_ns() // 1_000_000
        head = {"entry": self._ids.next(received), "direction": Direction.NOTE, "operation": RESET}
        self._logs(tenant).append(render({**head, "received": received, "at": received}, b"", b""))
        self._bells(tenant).ring()

    def forget(self, tenant: str) -> None:
        """Delete what is known of a tenant, whose log is gone."""
        self.index.forget(tenant)
        self.memory.forget(tenant)
        for key in [key for key in self._notes if key[0] == tenant]:
            self._notes.pop(key, None)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    @contextmanager
    def _lookup(self, tenant: str) -> Iterator[Lookup]:
        self.index.catch_up(tenant)
        from mockserver.journal.lookup import Lookup

        with self.database.read() as connection:
            yield Lookup(self.database, connection, tenant)

    def catch_up(self, tenant: str) -> int:
        """Take in what is new in a tenant's log; the end of the log up to which questions are answered now."""
        return self.index.catch_up(tenant)

    def waiting(self, tenant: str) -> Wait:
        """A way to wait for a tenant's log to grow (`waiting.until`)."""
        end, bell = self._logs(tenant).end, self._bells(tenant)
        return lambda known, timeout: bell.wait(end, known, timeout, shared=self._shared)

    def _entry_at(self, tenant: str, position: int) -> Entry | None:
        found = next(self._logs(tenant).read(position), None)
        return found[2] if found is not None and found[0] == position else None


def url_of(storage: Path | str) -> str:
    """The URL of the database that belongs to a storage: itself, or a file in the folder."""
    return storage if isinstance(storage, str) and "://" in storage else f"sqlite:///{Path(storage) / 'index.db'}"


def _asking(lookup: Lookup) -> Asking:
    return Asking(
        find=lambda question, limit, newest: lookup.events(question, limit, newest=newest),
        count=lookup.count_events,
        entries=lookup.entries,
    )
