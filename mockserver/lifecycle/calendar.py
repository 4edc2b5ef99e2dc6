"""When a period ends: months and leap years, time zones, and the stores' accelerated clocks (lifecycles.md §5, §6)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from dateutil import tz
from dateutil.relativedelta import relativedelta

from mockserver.errors import InvalidError

_ISO = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?"
)
_DAYS_A_MONTH = 365 / 12
_LONGEST_SLACK = 1440


class Period(NamedTuple):
    """A length: whole calendar months, and an exact time beside them."""

    months: int = 0
    exact: timedelta = timedelta()

    @property
    def days(self) -> float:
        """Its length in days, a month taken as a twelfth of a year."""
        return self.months * _DAYS_A_MONTH + self.exact / timedelta(days=1)


@lru_cache(maxsize=256)
def parse_period(text: str) -> Period:
    """The period that an ISO 8601 duration (`P1M`, `P7D`, `P1Y`, `PT5M`) names.

    Raises:
        InvalidError: it is not a duration, or of no length.
    """
    found = _ISO.fullmatch(text)
    parts = {name: int(value or 0) for name, value in found.groupdict().items()} if found else {}
    if not any(parts.values()):
        raise InvalidError(f"{text!r} is not a period: write an ISO 8601 duration such as P1M, P1Y or P7D.")
    days = 7 * parts["weeks"] + parts["days"]
    return Period(
        12 * parts["years"] + parts["months"],
        timedelta(days=days, hours=parts["hours"], minutes=parts["minutes"]),
    )


class Pace(StrEnum):
    """How fast a store lets periods pass: truly, or as on one of the test clocks."""

    TRUE = "true"
    APPLE_SANDBOX = "apple_sandbox"
    TESTFLIGHT = "testflight"
    PLAY_TESTER = "play_tester"
    TEST_STORE = "test_store"


# Nominal days (the shortest that the row is for) and what becomes of them.
_PACES: dict[Pace, tuple[tuple[int, timedelta], ...]] = {
    Pace.APPLE_SANDBOX: tuple(
        (days, timedelta(minutes=minutes))
        for days, minutes in ((3, 2), (7, 3), (30, 5), (60, 10), (90, 15), (180, 30), (365, 60))
    ),
    Pace.TESTFLIGHT: ((3, timedelta(days=1)),),
    Pace.PLAY_TESTER: tuple(
        (days, timedelta(minutes=minutes)) for days, minutes in ((7, 5), (90, 10), (180, 15), (365, 30))
    ),
    Pace.TEST_STORE: tuple(
        (days, timedelta(minutes=minutes)) for days, minutes in ((7, 5), (60, 10), (90, 15), (180, 30), (365, 60))
    ),
}
_TRIAL_ON_PLAY = timedelta(minutes=3)


class MonthEnd(StrEnum):
    """What follows a month that is too short for the billing day: the first day's number again, or the short one."""

    RETURNS = "returns"
    STAYS = "stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The rules of §6 that may be switched; `month_end` may be given as text.

    `wall_clock` names the time zone whose clock keeps the hour of a renewal (empty: UTC does). `play_slack_minutes` is
    how long after the nominal end a Play period really ends.

    Raises:
        InvalidError: a switch has a value that cannot be meant.
    """

    month_end: MonthEnd | str = MonthEnd.RETURNS
    wall_clock: str = ""
    play_slack_minutes: int = 0

    def __post_init__(self) -> None:
        if self.month_end not in set(MonthEnd):
            raise InvalidError(f"month_end is {' or '.join(MonthEnd)}; {self.month_end!r} is neither.")
        object.__setattr__(self, "month_end", MonthEnd(self.month_end))
        _zone(self.wall_clock)
        minutes = self.play_slack_minutes
        if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= _LONGEST_SLACK:
            raise InvalidError(f"play_slack_minutes are from 0 to {_LONGEST_SLACK}; {minutes!r} is not.")

    def after(self, start: datetime, period: Period, anchor: datetime | None = None) -> datetime:
        """The instant one period after `start`; months keep the day of `anchor` (default: of `start`)."""
        if not period.months:
            return start + period.exact
        zone = _zone(self.wall_clock)
        local, first = start.astimezone(zone), (anchor or start).astimezone(zone)
        moved = self._on_day(local.replace(tzinfo=None) + _months(period.months), first)
        if self.wall_clock:  # an hour that a clock once skipped comes back as well
            moved = datetime.combine(moved, first.time())
        return _instant(moved, zone) + period.exact

    def before(self, end: datetime, period: Period, anchor: datetime | None = None) -> datetime:
        """The instant one period before `end`; months keep the day of `anchor` (default: of `end`)."""
        zone = _zone(self.wall_clock)
        local, first = end.astimezone(zone), (anchor or end).astimezone(zone)
        moved = self._on_day(local.replace(tzinfo=None) - _months(period.months), first)
        return _instant(moved, zone) - period.exact

    def _on_day(self, moved: datetime, first: datetime) -> datetime:
        """A reading moved to the first day's number, or to the month's last day."""
        if self.month_end is MonthEnd.STAYS:
            return moved
        return moved.replace(day=min(first.day, monthrange(moved.year, moved.month)[1]))


@lru_cache(maxsize=64)
def _months(count: int) -> relativedelta:
    return relativedelta(months=count)


def accelerated(pace: Pace, days: float, *, trial: bool = False) -> timedelta:
    """What a nominal length becomes on a test clock; a length between two rows of the table counts as the shorter."""
    if pace is Pace.PLAY_TESTER and trial:
        return _TRIAL_ON_PLAY
    rows = _PACES[pace]
    return next((short for nominal, short in reversed(rows) if days >= nominal), rows[0][1])


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    zone = tz.gettz(name) if name else UTC
    if zone is None:
        raise InvalidError(f"{name!r} is not a time zone: write a name such as America/Los_Angeles.")
    return zone


def _instant(local: datetime, zone: tzinfo) -> datetime:
    """The instant of a clock's reading; a reading that the clock skips counts as the one an hour later."""
    aware = local.replace(tzinfo=zone)
    return (aware if zone is UTC else tz.resolve_imaginary(aware)).astimezone(UTC)
