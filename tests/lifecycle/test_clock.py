"""Virtual time."""

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import InvalidError
from mockserver.lifecycle.clock import Clock, in_millis

REAL = datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=UTC)
THEN = datetime(2026, 1, 15, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_untouched_clock_shows_real_time():
    assert Clock().now(REAL) == REAL.replace(microsecond=123000)


def test_running_clock_runs():
    clock = Clock.starting_at(THEN, REAL)
    assert clock.now(REAL + MINUTE) == THEN + MINUTE


def test_frozen_clock_stands():
    clock = Clock.frozen_at(THEN)
    assert clock.now(REAL + MINUTE) == THEN
    assert clock.is_frozen


def test_clock_freezes_at_what_it_shows():
    assert Clock.starting_at(THEN, REAL).freeze(real=REAL + MINUTE).now() == THEN + MINUTE


def test_resumed_clock_runs_on():
    clock = Clock.frozen_at(THEN).resume(REAL)
    assert (clock.is_frozen, clock.now(REAL + MINUTE)) == (False, THEN + MINUTE)


def test_running_clock_resumes_as_it_is():
    clock = Clock.starting_at(THEN, REAL)
    assert clock.resume(REAL + MINUTE) == clock


def test_advance_keeps_it_running():
    clock = Clock.starting_at(THEN, REAL).advance(timedelta(days=7), REAL)
    assert clock.now(REAL + MINUTE) == THEN + timedelta(days=7) + MINUTE


def test_advance_keeps_it_standing():
    assert Clock.frozen_at(THEN).advance(timedelta(days=7)).now(REAL) == THEN + timedelta(days=7)


def test_months_are_calendar_months():
    assert Clock.frozen_at(THEN).advance(relativedelta(months=1)).now() == datetime(2026, 2, 15, 10, tzinfo=UTC)


def test_clock_turns_backwards():
    assert Clock.frozen_at(REAL).set(THEN).now() == THEN


def test_advance_by_nothing_keeps_the_instant():
    clock = Clock.starting_at(THEN, REAL)
    assert clock.advance(timedelta(), REAL + MINUTE).now(REAL + 2 * MINUTE) == THEN + 2 * MINUTE


def test_naive_instant_is_refused():
    with pytest.raises(InvalidError, match="has no time zone: add Z for UTC"):
        Clock().set(datetime(2026, 1, 15, 10))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.booleans())
def test_dict_keeps_the_clock(instant, frozen):
    instant = instant.replace(tzinfo=UTC)
    clock = Clock.frozen_at(instant) if frozen else Clock.starting_at(instant, REAL)
    assert Clock.from_dict(clock.as_dict()).now(REAL) == clock.now(REAL)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.booleans())
def test_milliseconds_agree_with_now(instant, frozen):
    instant = in_millis(instant.replace(tzinfo=UTC))
    clock = Clock.frozen_at(instant) if frozen else Clock.starting_at(instant, in_millis(REAL))
    millis = clock.milliseconds(int(in_millis(REAL).timestamp() * 1000))
    assert millis == round(clock.now(in_millis(REAL)).timestamp() * 1000)
