"""What may be known of an event's past: all that happened to the same people, and nothing of others'."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery.library import Library
from mockserver.delivery.pasts import Pasts
from mockserver.delivery.plan import plan
from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors import discover
from mockserver.vendors.adapty.sharing import Ledger
from mockserver.vendors.mbaasy.records import Records

LIBRARY, VENDORS = Library(()), discover()
KEYS = ("monthly", "transfer", "family", "upgrade-play", "alias", "winback-play")


def unfolded(key, seed):
    return LIBRARY.scenario(key).unfold(seed)


def told_alone(events):
    return [one.message for one in plan(events, VENDORS, 0)]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(KEYS), min_size=2, max_size=3, unique=True), st.randoms(use_true_random=False))
def test_lives_that_mingle_tell_the_same(keys, random):
    """Several lives told together are told as each of them alone, in whatever order they come to pass."""
    lives = [list(unfolded(key, seed)) for seed, key in enumerate(keys)]
    lives = [[renamed(event, number) for event in life] for number, life in enumerate(lives)]
    alone = [message for life in lives for message in told_alone(life)]
    queues, mingled = [list(life) for life in lives], []
    while any(queues):
        mingled.append(random.choice([queue for queue in queues if queue]).pop(0))
    together = told_alone(mingled)
    assert sorted(together, key=by_id) == sorted(alone, key=by_id)


def by_id(message):
    return message.vendor, message.channel, message.id, message.event, message.subject


def renamed(event, number):
    """The same event, of people whose keys nobody else has."""
    from dataclasses import replace

    def other(subscriber):
        if subscriber is None:
            return None
        return replace(subscriber, person=replace(subscriber.person, key=f"{number}/{subscriber.person.key}"))

    names = ("before", "after", "other_before", "other_after")
    return replace(event, **{name: other(getattr(event, name)) for name in names})


@pytest.mark.parametrize("key", LIBRARY.paths())
def test_past_of_a_scenario_is_all_of_it(key):
    """People of one scenario have to do with one another, but for what has not brought them together yet."""
    pasts, before = Pasts(), []
    for event in unfolded(key, 0):
        known = list(pasts.before(event))
        assert known == [one for one in before if one in known]
        mine = [one for one in before if one.person.key == event.person.key]
        assert all(one in known for one in mine)
        pasts.add(event)
        before.append(event)


def test_strangers_have_no_past():
    pasts = Pasts()
    for event in unfolded("monthly", 0):
        pasts.add(renamed(event, 1))
    assert list(pasts.before(renamed(unfolded("monthly", 1)[0], 2))) == []


@pytest.mark.parametrize(("vendor", "taker", "name"), [("adapty", Ledger, "take"), ("mbaasy", Records, "follow")])
def test_past_is_gone_through_once(monkeypatch, vendor, taker, name):
    """Twice as long a life is twice the work: no dialect begins again at the beginning for each event."""
    take, taken = getattr(taker, name), []
    monkeypatch.setattr(taker, name, lambda self, event, *more: taken.append(event) or take(self, event, *more))
    events = lived(periods=20)
    plan(events, {vendor: VENDORS[vendor]}, 0)
    assert taken == events


def lived(periods):
    """A subscription that renews so many times."""
    renewals = [period_end(number, store.renews()) for number in range(1, periods + 1)]
    return list(Scenario(timeline=[day(0, user.buys(MONTHLY)), *renewals], key="long").unfold(0))
