"""When Mbaasy fetches (mbaasy.md §6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import SettingsError
from mockserver.vendors.mbaasy.noticing import next_fetch

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=60)


def fetched(day, *levels, end=END):
    return (next_fetch(START + timedelta(days=day), START, end, levels) - START) / timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "levels", "fetch"),
    [
        (2, (), 60),  # without a level only at the period's end
        (2, (1,), 28),
        (29, (1,), 56),
        (57, (1,), 60),
        (2, (2,), 32),  # 28 days before the end the weekly fetches begin
        (33, (2,), 39),
        (2, (3,), 53),  # and the daily ones 7 days before
        (55.5, (3,), 56),
        (30, (1, 2), 35),  # seven days after the last one
        (58.1, (1, 2, 3), 59),
    ],
)
def test_fetches_follow_levels(day, levels, fetch):
    assert fetched(day, *levels) == fetch


def test_ended_period_is_fetched_at_once():
    assert fetched(61) == 61


def test_purchase_without_end_waits_for_nothing():
    assert fetched(3, end=None) == 3


def test_unknown_level_is_refused():
    with pytest.raises(SettingsError, match="of 1, 2 and 3"):
        fetched(3, 4)


@given(day=st.floats(0, 60), levels=st.sets(st.sampled_from([1, 2, 3])))
def test_fetch_is_neither_early_nor_after_end(day, levels):
    at = START + timedelta(days=day)
    assert at <= next_fetch(at, START, END, levels) <= max(at, END)


@given(day=st.floats(0, 60))
def test_level_one_is_28_days_at_most(day):
    at = START + timedelta(days=day)
    assert next_fetch(at, START, END, [1]) - at <= timedelta(days=28)
