"""The days of a scenario: `day`, `period_end`, `at`, `after` say when, acts say what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from mockserver.errors import ImpossibleStepError, InvalidError
from mockserver.lifecycle.acts import Act
from mockserver.lifecycle.engine import World
from mockserver.lifecycle.subscriber import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Acts at one instant, which is found when the story has come so far.

    Exactly one of the first four says from where `offset` counts: the first day, the end of a numbered period, an
    instant, or the step before. `told` False leaves what happens out of the story.
    """

    acts: tuple[Act, ...]
    from_start: bool = False
    period: int | None = None
    instant: datetime | None = None
    from_previous: bool = False
    offset: timedelta = timedelta()
    told: bool = True

    def when(self, origin: datetime, previous: datetime, world: World) -> datetime:
        """The instant of the step.

        Raises:
            ImpossibleStepError: it counts from the end of a period that nobody has paid for by then.
        """
        if self.instant is not None:
            return self.instant
        if self.from_previous:
            return previous + self.offset
        if self.period is None:
            return origin + self.offset
        ends = [one.paid_until for one in _periods(world, self.acts[0]) if one.paid_until is not None]
        if self.period > len(ends):
            count = f"only {len(ends)} period{'s' * (len(ends) != 1)}" if ends else "no period"
            raise ImpossibleStepError(
                f"period_end({self.period}, {self.acts[0]}) counts on more than {count} paid by then."
            )
        return ends[self.period - 1] + self.offset

    def unheard(self) -> Self:
        """The same step, left out of the story."""
        return replace(self, told=False)


Timeline = Sequence["Step | Sequence[Step]"]


def day(number: float, *acts: Act, hours: float = 0, minutes: float = 0) -> Step:
    """So many times 24 hours after the start."""
    offset = timedelta(days=number, hours=hours, minutes=minutes)
    return Step(acts=_some(acts, "day"), from_start=True, offset=offset)


def period_end(number: int, *acts: Act, days: float = 0, hours: float = 0, minutes: float = 0) -> Step:
    """The end of the first, second … period that was begun, or a while after it."""
    if not isinstance(number, int) or number < 1:
        raise InvalidError("period_end counts periods from 1: write period_end(1, ...).")
    offset = timedelta(days=days, hours=hours, minutes=minutes)
    return Step(acts=_some(acts, "period_end"), period=number, offset=offset)


def before_period_end(number: int, *acts: Act, days: float = 0, hours: float = 0, minutes: float = 0) -> Step:
    """A while before the end of a period."""
    return period_end(number, *acts, days=-days, hours=-hours, minutes=-minutes)


def period_ends(first: int, last: int, *acts: Act) -> tuple[Step, ...]:
    """The same at the end of each period from one to another."""
    return tuple(period_end(number, *acts) for number in range(first, last + 1))


def at(instant: str, *acts: Act) -> Step:
    """A date and time, in UTC unless it says otherwise."""
    return Step(acts=_some(acts, "at"), instant=parse_instant(instant))


def after(*acts: Act, days: float = 0, hours: float = 0, minutes: float = 0) -> Step:
    """A while after the step before."""
    offset = timedelta(days=days, hours=hours, minutes=minutes)
    return Step(acts=_some(acts, "after"), from_previous=True, offset=offset)


def left_out(*steps: Step | Sequence[Step]) -> tuple[Step, ...]:
    """Steps that happen and that nobody is told of: the story takes them as read."""
    return tuple(step.unheard() for step in flat(steps))


def flat(timeline: Timeline) -> tuple[Step, ...]:
    """The steps one by one."""
    steps: list[Step] = []
    for item in timeline:
        steps += (item,) if isinstance(item, Step) else item
    return tuple(steps)


def parse_instant(text: str) -> datetime:
    """A date and time in UTC; one without a zone is meant as UTC.

    Raises:
        InvalidError: it is not a date.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"{text!r} is not a date and time: write 2026-01-31 18:30.") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _some(acts: tuple[Act, ...], word: str) -> tuple[Act, ...]:
    wrong = next((act for act in acts if not isinstance(act, Act)), None)
    if not acts or wrong is not None:
        what = "nothing" if wrong is None else repr(wrong)
        raise InvalidError(
            f"{word}(...) says {what}: it needs acts such as store.renews() or user.turns_renewal_off()."
        )
    return acts


def _periods(world: World, act: Act) -> list[Transaction]:
    """Every period begun so far, in order, of what the act may concern."""
    periods = [
        transaction
        for subscriber in world.people.values()
        for one in subscriber.subscriptions
        if not one.is_family_share and act.of in {None, one.product.id} and act.on in {None, one.store}
        for transaction in one.transactions
        if transaction.paid_until is not None
    ]
    return sorted(periods, key=lambda one: one.purchased_at)
