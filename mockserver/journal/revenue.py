"""Sums of money: what the events of a subject say was paid, added up exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from mockserver.journal.expectation import ExpectedRevenue
from mockserver.journal.query import FoundEvent, Question

_DIGITS = 200  # more than any sum of amounts has, so that nothing is ever rounded
Find = Callable[[Question], list[FoundEvent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """A sum, and the events it comes from, oldest first."""

    total: Decimal
    events: tuple[FoundEvent, ...]


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of some amounts."""
    with localcontext() as context:
        context.prec = _DIGITS
        return sum(amounts, Decimal(0))


def revenue(find: Find, expected: ExpectedRevenue) -> Revenue:
    """What came of what is expected; `find` finds all events that answer a question, oldest first."""
    events = tuple(event for event in find(expected.question) if event.amount is not None)
    return Revenue(total=total(event.amount for event in events if event.amount is not None), events=events)
