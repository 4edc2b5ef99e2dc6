"""What should have been told against what was: the oracle for a scenario that was played.

A message is recognised by its id, else by its event and subject, the nearest in time. What became of each is one word:
arrived, late, different, doubled or missing; what nobody expected is extra.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.matchers import NOTHING, Difference, missing, plain
from mockserver.journal.nearmiss import identity, summary
from mockserver.journal.query import FoundEvent, moment

TOLERANCE = 1_000  # milliseconds by which a message may be told at another instant


class Outcome(StrEnum):
    """What became of an expected message. The first that is true is said; the differences tell the rest."""

    ARRIVED = "arrived"
    MISSING = "missing"
    DOUBLED = "doubled"
    DIFFERENT = "different"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A message that should be told: `at` in milliseconds of the mock's time, `body` as decoded JSON if it matters."""

    vendor: str
    channel: str
    event: str
    subject: str
    at: int
    amount: Decimal | None = None
    currency: str | None = None
    id: str = ""
    body: Any = None

    def __str__(self) -> str:
        when = moment(self.at).isoformat().replace("+00:00", "Z")
        return f"{when} {self.vendor} {self.channel} {self.event} of {self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An expected message, the events by which it arrived, and in what they differ; if missing, what came close."""

    expected: Expected
    outcome: Outcome
    found: tuple[FoundEvent, ...] = ()
    differences: tuple[Difference, ...] = ()
    near: FoundEvent | None = None

    def lines(self) -> list[str]:
        """It in words."""
        numbers = " ".join(f"#{event.seq}" for event in self.found)
        lines = [f"{self.outcome:<9} {self.expected}{f' ({numbers})' if numbers else ''}"]
        if self.near is not None:
            lines.append(f"  nearest: {summary(self.near)}")
        return lines + [f"  {text}" for one in self.differences for text in one.lines()]

    def as_dict(self) -> dict[str, Any]:
        """It for the API."""
        one = self.expected
        return {
            "outcome": self.outcome.value,
            "vendor": one.vendor,
            "channel": one.channel,
            "event": one.event,
            "subject": one.subject,
            "at": moment(one.at).isoformat().replace("+00:00", "Z"),
            "amount": plain(one.amount),
            "currency": one.currency,
            "id": one.id,
            "found": [identity(event) for event in self.found],
            "differences": [difference.as_dict() for difference in self.differences],
            "near": None if self.near is None else identity(self.near),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of everything expected, and what else was told."""

    rows: tuple[Compared, ...]
    extra: tuple[FoundEvent, ...]

    @property
    def holds(self) -> bool:
        """Whether everything arrived as expected, once, in time, and nothing else."""
        return not self.extra and all(row.outcome is Outcome.ARRIVED for row in self.rows)

    def count(self, outcome: Outcome) -> int:
        """How many expected messages have an outcome."""
        return sum(1 for row in self.rows if row.outcome is outcome)

    def text(self) -> str:
        """It for people: a line each, then the verdict."""
        lines = [text for row in self.rows for text in row.lines()]
        lines += [f"{'extra':<9} {_told(event)}" for event in self.extra]
        return "\n".join((*lines, self.verdict()))

    def verdict(self) -> str:
        """One sentence."""
        if self.holds:
            return f"As expected: {len(self.rows)} of {len(self.rows)} arrived."
        counts = [f"{number} {outcome}" for outcome in Outcome if (number := self.count(outcome))]
        extra = [f"{len(self.extra)} extra"] if self.extra else []
        return f"Not as expected: {', '.join(counts + extra)}."

    def as_dict(self) -> dict[str, Any]:
        """It for the API."""
        return {
            "holds": self.holds,
            "verdict": self.verdict(),
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome} | {"extra": len(self.extra)},
            "rows": [row.as_dict() for row in self.rows],
            "extra": [identity(event) for event in self.extra],
        }


def compare(expected: Iterable[Expected], found: Iterable[FoundEvent], tolerance: int = TOLERANCE) -> Comparison:
    """What became of each expected message. Attempts that failed, and what was never sent, are no arrivals."""
    wanted = list(expected)
    events = sorted(found, key=lambda event: event.cursor)
    pools = _Pools(events)
    claimed: dict[int, list[FoundEvent]] = {number: pools.take_same(one) for number, one in enumerate(wanted) if one.id}
    for number, one in enumerate(wanted):
        if not claimed.get(number):
            nearest = pools.take_nearest(one)
            claimed[number] = [nearest] if nearest else []
    rows = [_judged(one, claimed[number], events, tolerance) for number, one in enumerate(wanted)]
    return Comparison(rows=tuple(rows), extra=tuple(pools.left()))


class _Pools:
    """The arrivals that no expected message has claimed yet."""

    def __init__(self, events: Sequence[FoundEvent]) -> None:
        self._free = {event.cursor: event for event in events if event.counts}

    def take_same(self, one: Expected) -> list[FoundEvent]:
        """All arrivals with the same id; each is the same message once more."""
        return self._take([event for event in self._free.values() if event.id == one.id and _on(one, event)])

    def take_nearest(self, one: Expected) -> FoundEvent | None:
        """The arrival of the same event about the same subject that is nearest in time."""
        alike = [event for event in self._free.values() if _on(one, event) and _alike(one, event)]
        if not alike:
            return None
        return self._take([min(alike, key=lambda event: (abs(event.at - one.at), event.cursor))])[0]

    def left(self) -> Iterator[FoundEvent]:
        """What nobody claimed."""
        yield from self._free.values()

    def _take(self, events: list[FoundEvent]) -> list[FoundEvent]:
        for event in events:
            del self._free[event.cursor]
        return events


def _on(one: Expected, event: FoundEvent) -> bool:
    """Whether an event was told by that vendor on that channel, or came in where the channel leads."""
    if event.direction is Direction.OUT:
        return (event.vendor, event.channel) == (one.vendor, one.channel)
    return event.vendor in {one.vendor, one.channel}


def _alike(one: Expected, event: FoundEvent) -> bool:
    return event.name == one.event and _is_about(one, event)


def _is_about(one: Expected, event: FoundEvent) -> bool:
    return any(value == one.subject for _, value in event.subjects)


def _judged(one: Expected, claimed: Sequence[FoundEvent], events: Sequence[FoundEvent], tolerance: int) -> Compared:
    if not claimed:
        return _missing(one, events)
    first = claimed[0]
    late = tuple(_of_time(one, first, tolerance))
    different = tuple(_of_content(one, first))
    outcome = Outcome.DOUBLED if len(claimed) > 1 else Outcome.DIFFERENT if different else Outcome.ARRIVED
    if outcome is Outcome.ARRIVED and late:
        outcome = Outcome.LATE
    return Compared(expected=one, outcome=outcome, found=tuple(claimed), differences=(*late, *different))


def _missing(one: Expected, events: Sequence[FoundEvent]) -> Compared:
    """What came closest: a failed attempt at the same message, else whatever differs least."""
    scored = [(len(found), abs(event.at - one.at), event.cursor, event, found) for event, found in _misses(one, events)]
    if not scored:
        return Compared(expected=one, outcome=Outcome.MISSING)
    *_, near, found = min(scored, key=lambda score: score[:3])
    return Compared(expected=one, outcome=Outcome.MISSING, differences=found, near=near)


def _misses(one: Expected, events: Iterable[FoundEvent]) -> Iterator[tuple[FoundEvent, tuple[Difference, ...]]]:
    for event in events:
        found = tuple(_of_identity(one, event))
        if event.id == one.id != "" or len(found) < 3:
            yield event, found


def _of_identity(one: Expected, event: FoundEvent) -> Iterator[Difference]:
    """In what an event is another than the one expected."""
    if event.verdict is not Verdict.ACCEPTED:
        answered = event.status or "no answer"
        yield Difference("verdict", Verdict.ACCEPTED, f"{event.verdict.value} ({answered})")
    if event.dropped:
        yield Difference("dropped", NOTHING, event.dropped)
    if not _on(one, event):
        yield Difference("channel", f"{one.vendor} {one.channel}", f"{event.vendor} {event.operation}")
    if event.name != one.event:
        yield Difference("event", one.event, event.name)
    if not _is_about(one, event):
        yield Difference("subject", one.subject, ", ".join(value for _, value in event.subjects) or NOTHING)


def _of_time(one: Expected, event: FoundEvent, tolerance: int) -> Iterator[Difference]:
    if abs(event.at - one.at) > tolerance:
        yield Difference("at", moment(one.at).isoformat(), event.when.isoformat())


def _of_content(one: Expected, event: FoundEvent) -> Iterator[Difference]:
    """In what it says something else; with a body to compare, the names that its reader gave it do not matter."""
    if one.body is None and event.name != one.event:
        yield Difference("event", one.event, event.name)
    if one.body is None and not _is_about(one, event):
        yield Difference("subject", one.subject, ", ".join(value for _, value in event.subjects) or NOTHING)
    if one.amount != event.amount:
        yield Difference("amount", NOTHING if one.amount is None else one.amount, _or_nothing(event.amount))
    if (one.currency or "") != event.currency:
        yield Difference("currency", one.currency or NOTHING, event.currency or NOTHING)
    if one.body is not None:
        yield from _of_body(one.body, event.body)


def _of_body(wanted: Any, got: Any) -> Iterator[Difference]:
    """The fields of a body that differ, and those that nobody expected."""
    yield from missing(wanted, got)
    if isinstance(wanted, dict) and isinstance(got, dict):
        yield from (Difference(key, NOTHING, got[key]) for key in got if key not in wanted)


def _or_nothing(value: Any) -> Any:
    return NOTHING if value is None else value


def _told(event: FoundEvent) -> str:
    about = ", ".join(value for _, value in event.subjects)
    return f"{summary(event)} by {event.vendor} {event.operation}{f' of {about}' if about else ''}"
