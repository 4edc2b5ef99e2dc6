"""Events that almost answer a question, the nearest first, each with the fields in which it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from mockserver.journal.expectation import Expectation
from mockserver.journal.matchers import Difference, asked, differences
from mockserver.journal.query import FoundEvent, Question

LOOKED_AT = 200  # candidates of each sort
SHOWN = 3

Find = Callable[[Question, int], list[FoundEvent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An event and how it differs from what was wanted; `reasons` are those of matchers."""

    event: FoundEvent
    differences: tuple[Difference, ...]
    reasons: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The event and, indented, what differs."""
        told = [text for one in self.differences for text in one.lines()]
        return [summary(self.event), *(f"  {text}" for text in (*told, *self.reasons))]

    def as_dict(self) -> dict[str, Any]:
        """It for the API."""
        return {
            **identity(self.event),
            "differences": [one.as_dict() for one in self.differences],
            "reasons": list(self.reasons),
        }


def summary(event: FoundEvent) -> str:
    """An event in one line: its entry's number, its name, when it happened."""
    return f"#{event.seq} {event.name} {event.when.isoformat().replace('+00:00', 'Z')}"


def identity(event: FoundEvent) -> dict[str, Any]:
    """Which event it is, for the API."""
    return {
        "entry": event.entry,
        "seq": event.seq,
        "n": event.n,
        "event": event.name,
        "vendor": event.vendor,
        "direction": event.direction.value,
        "at": event.when.isoformat().replace("+00:00", "Z"),
    }


def near_misses(find: Find, expectation: Expectation, besides: Sequence[FoundEvent] = ()) -> tuple[NearMiss, ...]:
    """The nearest of the newest events that are not the answer. `find` finds events, newest first."""
    question = expectation.asked
    known = {event.cursor for event in besides}
    candidates = {event.cursor: event for event in _candidates(find, question) if event.cursor not in known}
    missed = [miss for event in candidates.values() if (miss := _missed(expectation, question, event))]
    return tuple(sorted(missed, key=_distance)[:SHOWN])


def _candidates(find: Find, question: Question) -> Iterator[FoundEvent]:
    """Events of that name, about those subjects, of that vendor, and the newest of all."""
    asked_for = [Question(subjects=(subject,)) for subject in question.subjects]
    asked_for += [Question(event=question.event), Question(vendor=question.vendor), Question()]
    for one in dict.fromkeys(asked_for):
        yield from find(replace(one, run=question.run), LOOKED_AT)


def _missed(expectation: Expectation, question: Question, event: FoundEvent) -> NearMiss | None:
    """How an event misses; None if it does not, or has nothing in common with what was wanted."""
    found = differences(question, event)
    reasons = tuple(match.reason for match in (one(event) for one in expectation.matchers) if not match.matched)
    said = expectation.question  # that events are accepted and kept, which nobody asked for, is no likeness
    alike = asked(said) - len(differences(said, event))
    if not (found or reasons) or (found and not alike):
        return None
    return NearMiss(event=event, differences=found, reasons=reasons)


def _distance(miss: NearMiss) -> tuple[int, bool, float, int, int]:
    """By the number of fields that differ, then whether it is another event, then how much, then how long ago."""
    other = any(one.field == "event" for one in miss.differences)
    unlike = sum(1 - _likeness(one) for one in miss.differences)
    return len(miss.differences) + len(miss.reasons), other, unlike, -miss.event.seq, -miss.event.n


def _likeness(difference: Difference) -> float:
    if isinstance(difference.wanted, str) and isinstance(difference.got, str):
        return SequenceMatcher(None, difference.wanted[:200], difference.got[:200]).ratio()
    return 0.0


def listed(events: Iterable[FoundEvent], most: int = 5) -> list[str]:
    """Some events in a line each, and how many more there are."""
    shown = list(events)
    more = [f"and {len(shown) - most} more"] if len(shown) > most else []
    return [summary(event) for event in shown[:most]] + more
