"""Expected against found: counts, order, nothing else, sums; and if it does not hold, the sentence that says why.

The sentence is what a failing test prints:

    Expected at least 1, found 0: vendor:mparticle event:trial_converted customer_id:u-1
      nearest:
        #2 trial_converted 2026-01-22T10:00:00Z
          customer_id: wanted 'u-1', got 'u-2'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.journal.entry import Verdict
from mockserver.journal.expectation import Check, Expectation, ExpectedRevenue
from mockserver.journal.nearmiss import NearMiss, identity, listed, near_misses, summary
from mockserver.journal.query import FoundEntry, FoundEvent, Question
from mockserver.journal.revenue import Revenue, revenue
from mockserver.journal.search import without

ENOUGH = 1_000  # answers looked at one by one; beyond that they are only counted
_SHOWN = 3

_OF_ONE_EVENT = (
    "event",
    "kind",
    "id",
    "amount",
    "currency",
    "text",
    "where",
    "rule",
    "path",
    "status",
    "verdict",
    "dropped",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the journal of one tenant is asked, as of one instant."""

    find: Callable[[Question, int | None, bool], list[FoundEvent]]
    count: Callable[[Question], int]
    entries: Callable[[Question, int], list[FoundEntry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one expectation. `reason` is empty if it holds."""

    expectation: Expectation
    count: int
    found: tuple[FoundEvent, ...]
    reason: str = ""
    near: tuple[NearMiss, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether as many events came as expected, and in order."""
        return not self.reason

    def lines(self) -> list[str]:
        """The result in words; only if it does not hold, what was found and what came close."""
        if self.holds:
            return [f"Holds: {self.expectation.wanted}, found {self.count}: {self.expectation}"]
        lines = [f"{self.reason}: {self.expectation}"]
        if self.found:
            lines += ["  found:", *(f"    {text}" for text in listed(self.found))]
        if self.near:
            lines += ["  nearest:", *(f"    {text}" for miss in self.near for text in miss.lines())]
        return lines

    def as_dict(self) -> dict[str, Any]:
        """It for the API."""
        return {
            "expected": str(self.expectation),
            "wanted": self.expectation.wanted,
            "found": self.count,
            "holds": self.holds,
            "reason": self.reason,
            "events": [identity(event) for event in self.found],
            "near": [miss.as_dict() for miss in self.near],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueResult:
    """What came of one sum."""

    expected: ExpectedRevenue
    found: Revenue

    @property
    def holds(self) -> bool:
        """Whether it is the sum expected."""
        return self.found.total == self.expected.amount

    def lines(self) -> list[str]:
        """The result in words; only if it does not hold, what it is the sum of."""
        one = self.expected
        if self.holds:
            return [f"Holds: revenue {one.amount} {one.currency} of {one.subject}"]
        lines = [f"Expected revenue {one.amount} {one.currency} of {one.subject}, found {self.found.total}"]
        return lines + [f"    {summary(event)} {event.amount} {event.currency}" for event in self.found.events]

    def as_dict(self) -> dict[str, Any]:
        """It for the API."""
        one = self.expected
        return {
            "subject": one.subject,
            "currency": one.currency,
            "wanted": str(one.amount),
            "found": str(self.found.total),
            "holds": self.holds,
            "events": [{**identity(event), "amount": str(event.amount)} for event in self.found.events],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of a check. `extra` came and was not expected; `refused` are entries that never became events."""

    results: tuple[Result, ...] = ()
    revenue: tuple[RevenueResult, ...] = ()
    extra: tuple[FoundEvent, ...] = ()
    refused: tuple[FoundEntry, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is as expected."""
        return not self.extra and all(one.holds for one in self._judged)

    @property
    def settled(self) -> bool:
        """Whether nothing that may still come can change it: what came too often will not go away."""
        too_many = any(one.expectation.high is not None and one.count > one.expectation.high for one in self.results)
        return self.holds or too_many or bool(self.extra)

    def failure(self) -> str:
        """Why it does not hold, for people; empty if it does."""
        failed = [text for one in self._judged if not one.holds for text in one.lines()]
        return "\n".join((*failed, *self._surroundings()))

    def text(self) -> str:
        """Everything, for people."""
        told = [text for one in self._judged for text in one.lines()]
        return "\n".join((*told, *self._surroundings()))

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the API."""
        return {
            "holds": self.holds,
            "results": [one.as_dict() for one in self.results],
            "revenue": [one.as_dict() for one in self.revenue],
            "extra": [identity(event) for event in self.extra],
            "refused": [{"entry": entry.id, "seq": entry.seq, "summary": refusal(entry)} for entry in self.refused],
            "text": self.text(),
        }

    @property
    def _judged(self) -> list[Result | RevenueResult]:
        return [*self.results, *self.revenue]

    def _surroundings(self) -> list[str]:
        lines: list[str] = []
        if self.extra:
            lines += [f"Expected nothing else, found {len(self.extra)}:"]
            lines += [f"    {text}" for text in listed(self.extra)]
        if self.refused:
            lines += ["Not events, but they came:", *(f"    {refusal(entry)}" for entry in self.refused)]
        return lines


def refusal(entry: FoundEntry) -> str:
    """A refused request in one line."""
    return f"#{entry.seq} {entry.method} {entry.path}: {entry.status}, {entry.verdict}"


def verify(asking: Asking, check: Check) -> Verification:
    """Judge a check as the journal stands."""
    expectations = check.meant
    answers = [_answers(asking, one, None if check.exact else ENOUGH) for one in expectations]
    if check.ordered:
        results = _in_order(expectations, answers)
    else:
        results = [_counted(one, count, found) for one, (count, found) in zip(expectations, answers, strict=True)]
    return Verification(
        results=tuple(results),
        revenue=tuple(_summed(asking, one) for one in check.revenue),
        extra=_extra(asking, expectations, answers) if check.exact else (),
    )


def explained(asking: Asking, verification: Verification) -> Verification:
    """The verification with what came close to what is missing, which is looked for only once, at the end."""
    if verification.holds:
        return verification
    results = tuple(_with_near(asking, one) for one in verification.results)
    lacking = any(not one.holds and one.count < one.expectation.low for one in results)
    return Verification(
        results=results,
        revenue=verification.revenue,
        extra=verification.extra,
        refused=tuple(_refused(asking, results)) if lacking else (),
    )


def _answers(asking: Asking, expectation: Expectation, limit: int | None) -> tuple[int, list[FoundEvent]]:
    """How many events answer an expectation, and the first of them."""
    if not expectation.matchers:
        found = asking.find(expectation.asked, limit, False)
        return (asking.count(expectation.asked) if len(found) == limit else len(found)), found
    everything = asking.find(expectation.asked, None, False)
    found = [event for event in everything if all(one(event).matched for one in expectation.matchers)]
    return len(found), found


def _counted(expectation: Expectation, count: int, found: Sequence[FoundEvent]) -> Result:
    enough = count >= expectation.low and (expectation.high is None or count <= expectation.high)
    reason = "" if enough else f"Expected {expectation.wanted}, found {count}"
    return Result(expectation=expectation, count=count, found=tuple(found), reason=reason)


def _in_order(expectations: Sequence[Expectation], answers: Sequence[tuple[int, list[FoundEvent]]]) -> list[Result]:
    """Each takes its first event after that of the one before; what is to be absent takes no place in the order."""
    results: list[Result] = []
    before: FoundEvent | None = None
    for expectation, (count, found) in zip(expectations, answers, strict=True):
        result = _counted(expectation, count, found)
        later = [event for event in found if before is None or event.cursor > before.cursor]
        if result.holds and expectation.low:
            if len(later) < expectation.low:
                reason = f"Expected {expectation.wanted} after {summary(before) if before else 'the start'}"
                result = Result(
                    expectation=expectation, count=count, found=tuple(found), reason=f"{reason}, found {len(later)}"
                )
            else:
                before = later[expectation.low - 1]
        results.append(result)
    return results


def _summed(asking: Asking, expected: ExpectedRevenue) -> RevenueResult:
    return RevenueResult(
        expected=expected, found=revenue(lambda question: asking.find(question, None, False), expected)
    )


def _extra(
    asking: Asking, expectations: Sequence[Expectation], answers: Sequence[tuple[int, list[FoundEvent]]]
) -> tuple[FoundEvent, ...]:
    """Accepted and kept events of the same vendors, directions and subjects that answer no expectation."""
    expected = {event.cursor for _, found in answers for event in found}
    scopes = dict.fromkeys(without(one.question, *_OF_ONE_EVENT) for one in expectations)
    found = {
        event.cursor: event
        for scope in scopes
        for event in asking.find(scope, None, False)
        if event.counts and event.cursor not in expected
    }
    return tuple(found[cursor] for cursor in sorted(found))


def _with_near(asking: Asking, result: Result) -> Result:
    if result.holds or result.count >= result.expectation.low:
        return result
    near = near_misses(lambda question, most: asking.find(question, most, True), result.expectation, result.found)
    return Result(
        expectation=result.expectation, count=result.count, found=result.found, reason=result.reason, near=near
    )


def _refused(asking: Asking, results: Sequence[Result]) -> list[FoundEntry]:
    """The newest requests that were refused, or met no path, at the vendors from which something is missing."""
    vendors = {one.expectation.question.vendor for one in results if not one.holds}
    found: dict[int, FoundEntry] = {}
    for verdict in (Verdict.REJECTED, Verdict.UNMATCHED):
        for vendor in sorted(vendors):
            for entry in asking.entries(Question(vendor=vendor, verdict=verdict), _SHOWN):
                found[entry.seq] = entry
    shown = {miss.event.seq for one in results for miss in one.near}
    return sorted((one for one in found.values() if one.seq not in shown), key=lambda one: -one.seq)[:_SHOWN]
