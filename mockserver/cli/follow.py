"""A line for each request while a server runs, written beside it: a thread reads the logs' tails once a second.

The requests themselves are never held up, and of a flood only the size is told: at most a quarter of a megabyte of each
log is read a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Event
from typing import NamedTuple

from mockserver.cli.showing import COLOURS, SIGNS, print_line
from mockserver.journal.entry import Direction, Entry
from mockserver.journal.log import FileLog

_LIMIT = 256 * 1024
_EVERY = 1.0
_DEFAULT = "default"
Names = Callable[[Entry], "Content"]


class Content(NamedTuple):
    """What is in an entry: the names of its events, and how many findings."""

    events: tuple[str, ...]
    findings: int


class Flood(NamedTuple):
    """So many bytes of a tenant's requests that were not read."""

    tenant: str
    size: int


class Tails:
    """The ends of all logs in a folder, and what was added since the last look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[Path, int] = {path: path.stat().st_size for path in folder.glob("*.log")}

    def news(self) -> Iterator[Entry | Flood]:
        """What was added, log after log."""
        for path in sorted(self._folder.glob("*.log")):
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[Entry | Flood]:
        log = FileLog(path, path.stem)
        end, place = log.end(), self._places.get(path, 0)
        if end < place:  # it was begun anew
            place = 0
        if end - place > _LIMIT:
            self._places[path] = end
            yield Flood(path.stem, end - place)
            return
        for _, after, entry in log.read(place):
            place = after
            yield entry
        self._places[path] = place


def follow(tails: Tails, stop: Event) -> None:
    """Print what comes in and goes out, until told to stop."""
    content = content_of()
    while not stop.wait(_EVERY):
        for new in tails.news():
            if isinstance(new, Flood):
                print_line(_flood_line(new), "dim")
            elif new.direction is not Direction.NOTE:
                print_line(line_of(new, content(new)), COLOURS.get(new.verdict, ""))


def content_of() -> Names:
    """How to look into an entry: as the vendor it went to reads it."""
    from mockserver.cli.scenarios import speakers
    from mockserver.vendors.contract import Reading

    vendors = speakers()
    feeds = chain.from_iterable(vendor.feeds for vendor in vendors.values())
    reading = Reading(name_attributes=tuple(feed.name_attribute for feed in feeds if feed.name_attribute))

    def content(entry: Entry) -> Content:
        if entry.direction is Direction.OUT:
            return Content(tuple(filter(None, [str(entry.details.get("event", ""))])), len(entry.findings))
        if entry.vendor not in vendors:
            return Content((), len(entry.findings))
        parts = vendors[entry.vendor].read(entry, reading)
        events = [event for part in parts for event in part.events]
        findings = [entry.findings, *(part.findings for part in parts), *(event.findings for event in events)]
        return Content(tuple(event.name for event in events), sum(map(len, findings)))

    return content


def line_of(entry: Entry, content: Content) -> str:
    """An entry in a line: time, verdict, method and path, status, events, findings."""
    words = [
        datetime.fromtimestamp(entry.received / 1000).astimezone().strftime("%H:%M:%S"),
        SIGNS.get(entry.verdict, "?"),
        *_where(entry),
        str(entry.status) if entry.status else str(entry.details.get("outcome", "no answer")),
        _listed(content.events),
        f"{content.findings} finding{'s' if content.findings > 1 else ''}" if content.findings else "",
        "" if entry.tenant == _DEFAULT else f"[{entry.tenant}]",
    ]
    return "  ".join(word for word in words if word)


def _where(entry: Entry) -> tuple[str, ...]:
    if entry.direction is Direction.OUT:
        return (f"{entry.vendor} → {entry.method} {entry.path}",)
    return (f"{entry.method} {'/' if entry.vendor else ''}{entry.vendor}{entry.path}",)


def _listed(events: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(events) - most} more" if len(events) > most else ""
    return ", ".join(events[:most]) + more


def _flood_line(flood: Flood) -> str:
    size = f"{flood.size / 1_000_000:.1f} MB"
    return f"{time.strftime('%H:%M:%S')}  {size} of requests in a second, too many to list; the journal has them."
