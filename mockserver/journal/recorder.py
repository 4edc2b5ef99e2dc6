"""Writing entries: the head of a record from what is known of an exchange, one append, then whoever waits is woken."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mockserver.journal.entry import Direction, Finding, Verdict
from mockserver.journal.log import EntryIds, Log, render

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-mock-token"})
Headers = Sequence[tuple[str, str]]


class Rings(Protocol):
    """Something that wakes waiters."""

    def ring(self) -> None:
        """Wake them."""


class Book(Protocol):
    """What an entry is written into: a tenant."""

    @property
    def log(self) -> Log:
        """Its log."""

    @property
    def bell(self) -> Rings:
        """Who may be waiting for the log to grow."""

    def stamp(self, received: int) -> int:
        """What its clock showed at an instant of real time."""


class Recorder:
    """Writes the entries of all tenants of a server."""

    def __init__(self) -> None:
        self._ids = EntryIds()

    def note(self, book: Book, operation: str, details: Mapping[str, Any], body: bytes = b"") -> str:
        """Keep something that we did ourselves (`reset`, `run`), which readers of the log fold in."""
        received = now()
        head = {"direction": str(Direction.NOTE), "operation": operation, "details": details}
        return self.write(book, head, body, b"", received)

    def write(self, book: Book, head: Mapping[str, Any], body: bytes, answer: bytes, received: int) -> str:
        """Append an entry, stamped with both clocks, and return its id.

        Raises:
            StorageError: the log cannot be written; the caller must not answer as if it had been.
        """
        id_ = self._ids.next(received)
        stamps = {"entry": id_, "received": received, "at": book.stamp(received)}
        book.log.append(render({**stamps, **head}, body, answer))
        book.bell.ring()
        return id_


def now() -> int:
    """Real time in milliseconds."""
    return time.time_ns() // 1_000_000


def masked(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Request headers as the journal may keep them: of a secret only its scheme."""
    return [(name, _mask(value) if name in _SECRET else value) for name, value in headers.items()]


def _mask(value: str) -> str:
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} ***" if blank else "***" if value else ""


def exchange(  # noqa: PLR0913  one for each thing that the head of an entry says
    *,
    vendor: str,
    operation: str,
    input_name: str,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    status: int,
    answer_headers: Headers,
    verdict: Verdict,
    findings: Sequence[Finding] = (),
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The head of an incoming exchange; what is empty is left out."""
    head: dict[str, Any] = {
        "vendor": vendor,
        "operation": operation,
        "input": input_name,
        "method": method,
        "path": path,
        "headers": masked(headers),
        "status": status,
        "verdict": str(verdict),
    }
    if query:
        head["query"] = query
    if answer_headers:
        head["answer_headers"] = answer_headers
    if findings:
        head["findings"] = findings
    if details:
        head["details"] = details
    return head
