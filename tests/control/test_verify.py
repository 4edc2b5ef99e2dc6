"""Verifying over HTTP: what holds, what came close when it does not, and waiting."""

import dataclasses
from threading import Event, Thread

import pytest

from mockserver.journal.query import Question


def test_met_expectation_holds(api):
    api.send("signed_up", customer="u-1")
    found = api.post("/verify", {"expect": [{"event": "signed_up", "customer_id": "u-1"}]}, 200)
    assert found["holds"]
    (event,) = found["results"][0]["events"]
    assert (event["name"], event["payload"]) == ("signed_up", {"name": "signed_up"})


def test_near_miss_names_the_field(api):
    api.send("signed_up", customer="u-2")
    found = api.post("/verify", {"expect": [{"event": "signed_up", "customer_id": "u-1"}]}, 200)
    assert not found["holds"]
    assert "customer_id: wanted 'u-1', got 'u-2'" in found["text"]


def test_absence_is_expected_too(api):
    assert api.post("/verify", {"expect": [{"event": "refunded", "count": 0}]}, 200)["holds"]
    api.send("refunded")
    assert not api.post("/verify", {"expect": [{"event": "refunded", "count": 0}]}, 200)["holds"]


@pytest.mark.parametrize(("wanted", "holds"), [(9.99, True), ("9.99", False), (None, False)])
def test_member_with_a_dot_is_a_path(api, wanted, holds):
    api.send("bought", odd={"price": 9.99})
    answer = api.post("/verify", {"expect": [{"event": "bought", "odd.price": wanted}]}, status=200)
    assert answer["holds"] is holds


def test_members_of_an_expectation_are_described(api):
    document = api.client.get("/_mock/api/openapi.json").json
    members = document["components"]["schemas"]["Expectation"]["properties"]
    words = {one.name for one in dataclasses.fields(Question)} - {"subjects", "rule"}
    assert words | {"search", "count", "at_least", "at_most", "never", "subject", "finding"} == set(members)
    assert all(member["description"] for member in members.values())


def test_order_and_nothing_else(api):
    api.send("a")
    api.send("b")
    ordered = [{"event": "b", "vendor": "hub"}, {"event": "a", "vendor": "hub"}]
    assert not api.post("/verify", {"expect": ordered, "ordered": True}, 200)["holds"]
    assert api.post("/verify", {"expect": ordered, "exact": True}, 200)["holds"]
    found = api.post("/verify", {"expect": ordered[:1], "exact": True}, 200)
    assert [event["event"] for event in found["extra"]] == ["a"]


def test_waiting_ends_when_it_holds(app, api):
    asked, found = Event(), []

    def ask():
        asked.set()
        body = {"expect": [{"event": "later"}], "within": 30}
        found.append(app.test_client().post("/_mock/api/v1/verify", json=body).json)

    waiting = Thread(target=ask)
    waiting.start()
    assert asked.wait(5)
    api.send("later")
    waiting.join(10)
    assert found[0]["holds"]


def test_questions_are_not_held_for_ever(api):
    body = {"expect": [{"event": "x"}], "within": 3601}
    assert "3600 seconds at most" in api.problem("POST", "/verify", body)["detail"]


def test_misspelt_check_is_refused(api):
    found = api.problem("POST", "/verify", {"expct": [{"event": "x"}]})
    assert "expct" in found["errors"]


def test_revenue_is_added_up(api):
    key = api.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]
    for amount in ("9.99", "9.99", "-9.99", "0.01"):
        event = {"name": "paid", "amount": amount, "currency": "USD"}
        api.client.post("/hub/events", json={"customer": "u-1", "events": [event]}, headers={"x-key": key})
    expected = {"subject": "u-1", "currency": "USD", "amount": "10.00"}
    assert api.get("/revenue?subject=u-1&currency=USD") == expected
    assert api.post("/verify", {"revenue": [{**expected, "amount": 10}]}, 200)["holds"]
    assert api.get("/revenue?subject=u-2&currency=USD")["amount"] == "0"


def test_revenue_needs_a_subject(api):
    assert list(api.problem("GET", "/revenue?currency=USD")["errors"]) == ["subject"]
