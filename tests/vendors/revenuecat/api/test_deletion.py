"""Deleting a customer, attribution, and what is known afterwards (revenuecat.md §12)."""

import pytest

from mockserver.lifecycle import day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.revenuecat.customer import aliases, app_user_id


@pytest.fixture
def delete(revenuecat):
    return lambda who="u-1": revenuecat("DELETE", f"/v1/subscribers/{who}")


def test_deleted_customer_is_gone(revenuecat, delete):
    revenuecat.set({"color": "red"})
    reply = delete()
    assert (reply.status, reply.json) == (200, {"app_user_id": "u-1", "deleted": True})
    assert (revenuecat.get().status, revenuecat.attributes()) == (201, {})


def test_nobody_cannot_be_deleted(delete):
    reply = delete()
    assert (reply.status, reply.json["code"]) == (404, 7259)


def test_deletion_is_once(revenuecat, delete):
    revenuecat.get()
    assert [delete().status, delete().status] == [200, 404]


def test_person_of_history_is_gone(revenuecat, delete, live):
    person = live(day(0, user.buys(MONTHLY)))[0].person
    assert delete(app_user_id(person)).status == 200
    assert revenuecat.get(app_user_id(person)).subscriber["entitlements"] == {}


def test_person_comes_back_with_next_event(revenuecat, delete, live, later):
    person = live(day(0, user.buys(MONTHLY)), period_end(1, store.renews()))[0].person
    delete(app_user_id(person))
    later(days=31)
    found = revenuecat.get(app_user_id(person))
    assert (found.status, found.subscriber["entitlements"].keys()) == (200, {"premium"})


def test_every_id_is_gone(revenuecat, delete, live, later):
    """An alias may be used; what was written under another of the ids goes too."""
    events = live(day(0, user.buys(MONTHLY)), day(1, user.logs_in()), people=[someone(anonymous=True)])
    first, login = aliases(events[-1].person)
    later(days=2)
    revenuecat.set({"color": "red", "$idfa": "A"}, first)
    assert delete(login).status == 200
    assert revenuecat.get(first).status == 201
    assert revenuecat.attributes(first) == {}


def test_rules_begin_anew(revenuecat, delete):
    revenuecat.set({"$idfa": "A", "color": "red"}, at=2000)
    delete()
    assert revenuecat.set({"$idfa": "B", "color": "blue"}, at=1000).attributes == {"$idfa": "B", "color": "blue"}


@pytest.mark.parametrize("network", list("012345"))
def test_attribution_answers_empty(revenuecat, network):
    reply = revenuecat("POST", "/v1/subscribers/u-1/attribution", {"data": {"rc_idfa": "A"}, "network": network})
    assert (reply.status, reply.json, reply.rules) == (200, {}, {"deprecated"})
    assert revenuecat.get().status == 200


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"network": "1"}, {"data": {}, "network": "6"}, {"data": [], "network": "1"}]
)
def test_other_attribution_is_refused(revenuecat, body):
    reply = revenuecat("POST", "/v1/subscribers/u-1/attribution", body)
    assert (reply.status, reply.json["code"]) == (400, 7226)
