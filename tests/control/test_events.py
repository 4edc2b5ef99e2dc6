"""Events over HTTP: one row for each, with what it is about and its payload."""

import pytest


def test_event_has_its_payload(api):
    api.send("signed_up", customer="u-7")
    (event,) = api.get("/events")["events"]
    entry = api.get("/entries")["entries"][0]
    assert (event["entry"], event["seq"], event["name"]) == (entry["id"], entry["seq"], "signed_up")
    assert event["payload"] == {"name": "signed_up"}
    assert event["subjects"] == [{"kind": "customer_id", "value": "u-7"}]
    assert (event["amount"], event["currency"], event["dropped"]) == (None, None, "")


def test_amounts_are_exact(api):
    key = api.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]
    event = {"name": "bought", "amount": "0.10", "currency": "EUR"}
    api.client.post("/hub/events", json={"customer": "u", "events": [event]}, headers={"x-key": key})
    found = api.get("/events")["events"][0]
    assert (found["amount"], found["currency"]) == ("0.10", "EUR")


def test_pages_join_within_an_entry(api):
    api.send("a", "b", "c")
    api.send("d")
    seen, after = [], ""
    while after is not None:
        page = api.get(f"/events?limit=2&order=oldest{after and f'&after={after}'}")
        seen += [event["name"] for event in page["events"]]
        after = page["next"]
        assert page["total"] == 4
    assert seen == ["a", "b", "c", "d"]


def test_search_narrows(api):
    api.send("a", "b")
    assert [event["name"] for event in api.get("/events?q=event:b")["events"]] == ["b"]


@pytest.mark.parametrize("after", ["x", "1.", "1.x", "-1", "1.2.3", "9" * 30])
def test_odd_places_are_refused(api, after):
    answer = api.call("GET", f"/events?after={after}")
    assert answer.status_code == (200 if after == "1." else 422)
