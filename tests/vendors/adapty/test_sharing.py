"""Who has access and whose the events are when another user restores a purchase (adapty.md §12)."""

import pytest

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.adapty.purchases import profile_of

PROFILE = "/api/v2/server-side-api/profile/"
TRANSFER = [
    day(0, user("a").buys(MONTHLY)),
    day(5, user("b").restores()),
    period_end(1, store.renews()),
]


@pytest.fixture
def moved(tell):
    """The webhooks of the transfer, and of the renewal after it, with the two people's ids."""
    events = Scenario(timeline=TRANSFER, key="story").unfold(0)
    a, b = events[1].person.id, events[1].other_after.person.id

    def at(number, policy):
        return [one for one in tell(events, sharing=policy) if one.message.at == events[number].at], a, b

    return at


@pytest.fixture
def profiles(adapty, live, later):
    """Both profiles after so many days."""
    events = live(*TRANSFER)

    def get(days, policy):
        adapty.tenant.changed = {"sharing": policy}
        later(days=days)
        people = (events[1].person, events[1].other_after.person)
        return [adapty("GET", PROFILE, profile=profile_of(person)) for person in people]

    return get


def test_shared_access_reaches_both(moved):
    told, a, b = moved(1, "enabled")
    assert [(one.type, one.message.subject) for one in told] == [
        ("access_level_updated", a),
        ("access_level_updated", b),
    ]
    assert all(one.properties["profile_has_access_level"] for one in told)


def test_sharers_are_listed(moved):
    told, a, b = moved(1, "enabled")
    others = [[one["customer_user_id"] for one in told_.body["profiles_sharing_access_level"]] for told_ in told]
    assert others == [[b], [a]]


def test_shared_renewal_is_the_parents(moved):
    told, a, b = moved(2, "enabled")
    assert [(one.type, one.message.subject) for one in told] == [
        ("subscription_renewed", a),
        ("access_level_updated", a),
        ("access_level_updated", b),
    ]
    assert told[0].properties["profile_total_revenue_usd"] == 19.98
    assert told[2].properties["profile_total_revenue_usd"] == 0.0


def test_transfer_takes_and_gives(moved):
    told, a, b = moved(1, "transfer")
    assert [(one.message.subject, one.properties["is_active"]) for one in told] == [(a, False), (b, True)]
    assert [one.properties["profile_has_access_level"] for one in told] == [False, True]
    assert [one.body["profiles_sharing_access_level"] for one in told] == [None, None]


def test_transferred_renewal_is_the_takers(moved):
    told, _, b = moved(2, "transfer")
    assert [(one.type, one.message.subject) for one in told] == [
        ("subscription_renewed", b),
        ("access_level_updated", b),
    ]


def test_disabled_sharing_is_silent(moved):
    assert moved(1, "disabled")[0] == []
    told, a, _ = moved(2, "disabled")
    assert {one.message.subject for one in told} == {a}
    assert told[0].properties["profile_has_access_level"] is True


def test_inheritor_has_access_only(profiles):
    parent, inheritor = profiles(31, "enabled")
    assert len(parent.data["subscriptions"]) == 1
    assert parent.data["total_revenue_usd"] == 19.98
    assert (inheritor.data["subscriptions"], inheritor.data["total_revenue_usd"]) == ([], 0.0)
    assert inheritor.levels["premium"]["expires_at"] == parent.levels["premium"]["expires_at"]


def test_transfer_moves_everything(profiles):
    giver, taker = profiles(31, "transfer")
    assert (giver.data["access_levels"], giver.data["subscriptions"]) == ([], [])
    assert len(taker.data["subscriptions"]) == 1
    assert (giver.data["total_revenue_usd"], taker.data["total_revenue_usd"]) == (9.99, 9.99)


def test_disabled_keeps_everything(profiles):
    first, second = profiles(31, "disabled")
    assert len(first.data["subscriptions"]) == 1
    assert second.data["access_levels"] == []
