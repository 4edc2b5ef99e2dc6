"""When Mbaasy fetches (mbaasy.md §6)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.delivery.plan import plan
from mockserver.errors import SettingsError
from mockserver.lifecycle import Scenario, day, late, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.mbaasy import VENDOR
from mockserver.vendors.mbaasy.noticing import next_fetch

OFF_AND_ON = (day(0, user.buys(MONTHLY)), day(2, user.turns_renewal_off()), day(30, user.turns_renewal_on()))
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


def told_late(*steps, days=27, **changed):
    """When each event of a story is sent, and its body; a cancellation is noticed so many days late."""
    story = Scenario(timeline=steps, key="story", trouble=[late("renewal_cancelled", fetched_after_days=days)])
    settings = {**VENDOR.settings, **changed}
    found = plan(story.unfold(0), {"mbaasy": VENDOR}, 0, settings=lambda _: settings, trouble=story.trouble)
    return [((one.due - story.start) / timedelta(days=1), orjson.loads(one.message.body)) for one in found]


def recorded(body):
    return body["data"]["updated_at"]["ms"]


def test_story_says_how_late():
    """lifecycles.md §7, 64: delivered after 27 days, with the true time of the cancellation in it."""
    _, (sent, body) = told_late(*OFF_AND_ON[:2])
    assert sent == 29
    assert body["data"]["canceled_at"]["utc"] == "2026-01-17 10:00:00 UTC"
    assert body["data"]["updated_at"]["utc"] == "2026-02-13 10:00:00 UTC"


@pytest.mark.parametrize("days", [27, 40])
def test_late_versions_form_a_chain(days):
    """mbaasy.md §4, also where something happens before the change before it was noticed."""
    told = [body for _, body in told_late(*OFF_AND_ON, period_end(1, store.renews()), days=days)]
    for before, after in pairwise(told):
        assert after["previous_attributes"]["updated_at"] == before["data"]["updated_at"]
        assert recorded(before) < recorded(after)
        assert {**before["data"], **after["new_attributes"], "version": before["data"]["version"] + 1} == after["data"]


@pytest.mark.parametrize("days", [27, 40])
def test_late_versions_are_sent_in_order(days):
    sent = [at for at, _ in told_late(*OFF_AND_ON, days=days)]
    assert sent == sorted(sent)
    assert sent[1] == 2 + days


@pytest.mark.parametrize(("levels", "days", "sent"), [([], 27, 31), ([1], 20, 28), ([1], 27, 29), ([2], 27, 29)])
def test_story_is_not_late_on_top_of_fetching(levels, days, sent):
    """Whichever is later: the story's days, or the fetch that the tenant's levels bring."""
    assert told_late(*OFF_AND_ON[:2], days=days, detection="fetched", fetch_levels=levels)[1][0] == sent
