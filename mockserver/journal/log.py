"""The truth: an append-only log for each tenant, one write an entry, made before the answer goes out.

A record is one line of JSON (who, what, the verdict, how long the two bodies are), then the raw bytes of the
request's body and of the answer's, then a line end. A process may be killed in the middle of a write, and other
workers may append after the torn record: a reader that meets one goes on at the next line that is a whole record.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import orjson

from mockserver.errors import StorageError
from mockserver.journal.entry import Direction, Entry, Finding, Severity, Verdict

_START = b'{"entry":"'
_CHUNK = 4 * 1024 * 1024


class Log(Protocol):
    """Where a tenant's entries lie. Positions are opaque integers that grow."""

    def append(self, record: bytes) -> None:
        """Keep a record (made by `render`); when this returns, a killed process loses it no more."""

    def end(self) -> int:
        """The position after the newest record."""

    def read(self, start: int) -> Iterator[tuple[int, int, Entry]]:
        """Whole entries from a position on, each as (its position, the position after it, entry)."""

    def close(self, *, remove: bool = False) -> None:
        """Let go of it; `remove` also forgets everything in it."""


class EntryIds:
    """Ids that sort by time within a process and never meet those of another."""

    def __init__(self) -> None:
        self._suffix = os.urandom(3).hex()
        self._count = count()

    def next(self, received: int) -> str:
        """The id of an entry received at an instant (milliseconds)."""
        return f"{received:011x}{next(self._count) & 0xFFFFF:05x}{self._suffix}"


def render(head: Mapping[str, Any], body: bytes, answer: bytes) -> bytes:
    """A record. `head` has the fields of Entry but the two bodies and the tenant, with `entry` (the id) first."""
    return b"".join(
        (orjson.dumps({**head, "size": (len(body), len(answer))}, default=list), b"\n", body, answer, b"\n")
    )


class FileLog:
    """A log in one file, shared by all workers of a server: one `write` to a descriptor opened to append."""

    def __init__(self, path: Path, tenant: str) -> None:
        self._path = path
        self._tenant = tenant
        self._descriptor: int | None = None

    def append(self, record: bytes) -> None:
        """Write the record at the end of the file.

        Raises:
            StorageError: the disk refuses it.
        """
        try:
            written = os.write(self._open(), record)
            while written < len(record):
                written += os.write(self._open(), record[written:])
        except OSError as error:
            raise StorageError(f"The log {self._path} cannot be written: {error.strerror}.") from error

    def end(self) -> int:
        """The size of the file, 0 when nothing was ever appended."""
        try:
            return os.fstat(self._descriptor).st_size if self._descriptor is not None else self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, start: int) -> Iterator[tuple[int, int, Entry]]:
        """Whole entries from a position on; a record that is still being written ends the walk."""
        if start >= self.end():
            return
        with self._path.open("rb") as file:
            yield from _walk(_Window(file.fileno(), start), start, self._tenant)

    def close(self, *, remove: bool = False) -> None:
        """Close the file; `remove` deletes it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if remove:
            self._path.unlink(missing_ok=True)

    def _open(self) -> int:
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return self._descriptor


class _Window:
    """A sliding view of a file: `data` holds the bytes from `base` on."""

    def __init__(self, descriptor: int, base: int) -> None:
        self._descriptor = descriptor
        self.base = base
        self.data = os.pread(descriptor, _CHUNK, base)

    def holds(self, position: int, length: int) -> bool:
        """Make `length` bytes at `position` available; False when the file ends before."""
        while position - self.base + length > len(self.data):
            keep = self.data[position - self.base :]
            more = os.pread(self._descriptor, max(_CHUNK, length), position + len(keep))
            self.base, self.data = position, keep + more
            if not more:
                return position - self.base + length <= len(self.data)
        return True


def _walk(window: _Window, position: int, tenant: str) -> Iterator[tuple[int, int, Entry]]:
    while window.holds(position, 1):
        found = _record(window, position, tenant)
        if found is None:
            following = _next_start(window, position + 1)
            if following is None:
                return
            position = following
            continue
        end, entry = found
        yield position, end, entry
        position = end


def _record(window: _Window, position: int, tenant: str) -> tuple[int, Entry] | None:
    """The record at a position, or None if there is none (torn, or not whole yet)."""
    line_end = _line_end(window, position)
    if line_end is None:
        return None
    try:
        head = orjson.loads(window.data[position - window.base : line_end - window.base])
        body_size, answer_size = head["size"]
        end = line_end + 1 + body_size + answer_size + 1
        if not window.holds(position, end - position):
            return None
        data, at = window.data, line_end + 1 - window.base
        if data[end - 1 - window.base] != 0x0A:
            return None
        middle = at + body_size
        return end, entry_of(head, tenant, data[at:middle], data[middle : middle + answer_size])
    except (ValueError, KeyError, TypeError):
        return None


def _line_end(window: _Window, position: int) -> int | None:
    """Where the line that starts at a position ends; None if it is not the start of a whole line of JSON."""
    found = window.data.find(b"\n", position - window.base)
    while found < 0:
        length = len(window.data) - (position - window.base)
        if length > _CHUNK or not window.holds(position, length + 1):
            return None
        found = window.data.find(b"\n", position - window.base)
    return found + window.base


def _next_start(window: _Window, position: int) -> int | None:
    """The next place that looks like the start of a record, None when the file ends before."""
    while window.holds(position, len(_START)):
        found = window.data.find(_START, position - window.base)
        if found >= 0:
            return found + window.base
        position = window.base + len(window.data) - len(_START) + 1
    return None


_DIRECTIONS = {str(one): one for one in Direction}
_VERDICTS = {str(one): one for one in Verdict}


def entry_of(head: Mapping[str, Any], tenant: str, body: bytes, answer: bytes) -> Entry:
    """An entry from the head of a record and its two bodies. It is made of every record ever read: no detours here."""
    get = head.get
    findings = get("findings")
    return Entry(
        head["entry"],
        tenant,
        _DIRECTIONS[get("direction", "in")],
        get("vendor", ""),
        get("operation", ""),
        get("input", ""),
        get("method", ""),
        get("path", ""),
        get("query", ""),
        get("headers", ()),
        body,
        get("status", 0),
        get("answer_headers", ()),
        answer,
        _VERDICTS[get("verdict", "accepted")],
        get("received", 0),
        get("at", 0),
        tuple([Finding(path, rule, message, Severity(how)) for path, rule, message, how in findings])
        if findings
        else (),
        get("details") or {},
    )
