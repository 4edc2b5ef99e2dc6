"""When periods end: months, leap years, clocks that change, test clocks (lifecycles.md §5, §6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import InvalidError
from mockserver.lifecycle.calendar import Calendar, MonthEnd, Pace, Period, accelerated, parse_period
from mockserver.lifecycle.rules import rules_for
from mockserver.lifecycle.subscriber import Environment, Store

MONTH, YEAR = Period(months=1), Period(months=12)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def ends(calendar, start, period, times):
    """The ends of so many periods on end."""
    found, begins = [], start
    for _ in range(times):
        begins = calendar.after(begins, period, start)
        found.append(begins)
    return found


def test_short_month_returns_to_the_31st():
    days = [end.day for end in ends(Calendar(), utc(2026, 1, 31), MONTH, 4)]
    assert days == [28, 31, 30, 31]


def test_short_month_can_stay():
    days = [end.day for end in ends(Calendar(month_end=MonthEnd.STAYS), utc(2026, 1, 31), MONTH, 4)]
    assert days == [28, 28, 28, 28]


def test_leap_day_returns():
    found = ends(Calendar(), utc(2028, 2, 29, 23, 50), YEAR, 4)
    assert [(end.month, end.day) for end in found] == [(2, 28), (2, 28), (2, 28), (2, 29)]


def test_utc_ignores_daylight_saving():
    assert Calendar().after(utc(2026, 3, 1, 9, 30), MONTH) == utc(2026, 4, 1, 9, 30)


def test_wall_clock_keeps_the_hour():
    """lifecycles.md §7, scenario 58: the switch `wall_clock`."""
    calendar = Calendar(wall_clock="America/Los_Angeles")
    assert calendar.after(utc(2026, 3, 1, 9, 30), MONTH) == utc(2026, 4, 1, 8, 30)


def test_wall_clock_counts_local_days():
    """23:50 UTC on 29 February is 1 March in Tokyo."""
    calendar = Calendar(wall_clock="Asia/Tokyo")
    assert calendar.after(utc(2028, 2, 29, 23, 50), YEAR) == utc(2029, 2, 28, 23, 50)
    assert calendar.after(utc(2028, 1, 30, 23, 50), MONTH) == utc(2028, 2, 28, 23, 50)


def test_skipped_hour_moves_on():
    """02:30 does not exist in New York on 8 March 2026."""
    calendar = Calendar(wall_clock="America/New_York")
    assert calendar.after(utc(2026, 2, 8, 7, 30), MONTH) == utc(2026, 3, 8, 7, 30)


def test_skipped_hour_comes_back():
    """The hour of the first day is kept: 02:30 in New York on 8 April is 06:30 UTC."""
    found = ends(Calendar(wall_clock="America/New_York"), utc(2026, 2, 8, 7, 30), MONTH, 2)
    assert found == [utc(2026, 3, 8, 7, 30), utc(2026, 4, 8, 6, 30)]


def test_month_end_may_be_text():
    assert Calendar(month_end="returns") == Calendar()
    assert Calendar(month_end="stays").after(utc(2026, 2, 28), MONTH, utc(2026, 1, 31)) == utc(2026, 3, 28)


@pytest.mark.parametrize(
    ("switch", "sentence"),
    [
        ({"month_end": "last"}, "month_end is returns or stays; 'last' is neither."),
        ({"month_end": None}, "month_end is returns or stays; None is neither."),
        ({"wall_clock": "Mars/Base"}, "'Mars/Base' is not a time zone: write a name such as America/Los_Angeles."),
        ({"play_slack_minutes": -1}, "play_slack_minutes are from 0 to 1440; -1 is not."),
        ({"play_slack_minutes": "9"}, "play_slack_minutes are from 0 to 1440; '9' is not."),
    ],
)
def test_wrong_switch_is_refused(switch, sentence):
    with pytest.raises(InvalidError) as caught:
        Calendar(**switch)
    assert str(caught.value) == sentence


def test_week_is_exact():
    assert Calendar(wall_clock="Europe/Berlin").after(utc(2026, 3, 25, 12), parse_period("P1W")) == utc(2026, 4, 1, 12)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P1M", Period(months=1)),
        ("P1Y", Period(months=12)),
        ("P1Y6M", Period(months=18)),
        ("P2W", Period(exact=timedelta(days=14))),
        ("P7D", Period(exact=timedelta(days=7))),
        ("PT5M", Period(exact=timedelta(minutes=5))),
        ("P1DT12H", Period(exact=timedelta(days=1, hours=12))),
    ],
)
def test_durations_are_read(text, period):
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["", "P", "PT", "P0D", "1M", "month", "P1H"])
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidError, match="is not a period"):
        parse_period(text)


def test_period_before_begins_on_first_day():
    """The period that ends on 28 February began on 31 January."""
    assert Calendar().before(utc(2026, 2, 28), MONTH, utc(2026, 1, 31)) == utc(2026, 1, 31)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(1, 24), st.sampled_from(["", "Europe/Paris"])
)
def test_before_undoes_after(start, months, zone):
    """Up to the days that a shorter month cuts off, and the hour that a clock skips."""
    start, calendar = start.replace(tzinfo=UTC), Calendar(wall_clock=zone)
    back = calendar.before(calendar.after(start, Period(months=months)), Period(months=months))
    assert timedelta() <= start - back + timedelta(hours=1) <= timedelta(days=3, hours=2)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(1, 30))
def test_months_never_drift(start, times):
    """After any number of months the day is the first one's, or the month's last."""
    start = start.replace(tzinfo=UTC)
    for end in ends(Calendar(), start, MONTH, times):
        assert end.day == start.day or (end + timedelta(days=1)).day == 1
        assert end.time() == start.time()


@pytest.mark.parametrize(
    ("pace", "period", "minutes"),
    [
        (Pace.APPLE_SANDBOX, "P3D", 2),
        (Pace.APPLE_SANDBOX, "P1W", 3),
        (Pace.APPLE_SANDBOX, "P1M", 5),
        (Pace.APPLE_SANDBOX, "P2M", 10),
        (Pace.APPLE_SANDBOX, "P3M", 15),
        (Pace.APPLE_SANDBOX, "P6M", 30),
        (Pace.APPLE_SANDBOX, "P1Y", 60),
        (Pace.APPLE_SANDBOX, "P1D", 2),
        (Pace.TESTFLIGHT, "P1Y", 24 * 60),
        (Pace.PLAY_TESTER, "P1W", 5),
        (Pace.PLAY_TESTER, "P1M", 5),
        (Pace.PLAY_TESTER, "P3M", 10),
        (Pace.PLAY_TESTER, "P6M", 15),
        (Pace.PLAY_TESTER, "P1Y", 30),
        (Pace.TEST_STORE, "P2M", 10),
        (Pace.TEST_STORE, "P1Y", 60),
    ],
)
def test_clocks_accelerate(pace, period, minutes):
    assert accelerated(pace, parse_period(period).days) == timedelta(minutes=minutes)


def test_trial_on_play_tester():
    rules = rules_for(Store.PLAY_STORE, Environment.SANDBOX)
    assert rules.period_end(utc(2026, 1, 1), "P14D", trial=True) == utc(2026, 1, 1, 0, 3)


def test_play_slack_does_not_add_up():
    rules = rules_for(Store.PLAY_STORE, calendar=Calendar(play_slack_minutes=109))
    start = utc(2026, 1, 31, 18, 30)
    first = rules.period_end(start, "P1M", start)
    second = rules.period_end(first, "P1M", start)
    assert (first, second) == (utc(2026, 2, 28, 20, 19), utc(2026, 3, 31, 20, 19))


def test_slack_is_for_play_only():
    rules = rules_for(Store.APP_STORE, calendar=Calendar(play_slack_minutes=109))
    assert rules.period_end(utc(2026, 1, 15), "P1M") == utc(2026, 2, 15)
