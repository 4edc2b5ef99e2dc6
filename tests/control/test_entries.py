"""Entries over HTTP: searched, paged, followed, looked at whole, cleared."""

from threading import Event, Thread

import pytest


def test_request_becomes_an_entry(api):
    api.send("signed_up", customer="u-7")
    (row,) = api.get("/entries")["entries"]
    assert (row["vendor"], row["operation"], row["status"], row["verdict"]) == ("hub", "events", 202, "accepted")
    assert row["events"] == ["signed_up"]
    assert row["subjects"] == [{"kind": "customer_id", "value": "u-7"}]


def test_findings_are_counted(api):
    api.send("signed_up", odd=True)
    assert api.get("/entries")["entries"][0]["findings_count"] == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=event:signed_up", 1),
        ("q=event:signed_up+subject:u-2", 0),
        ("event=bought", 1),
        ("subject=u-2", 1),
        ("subject=u-2&event=signed_up", 0),
        ("vendor=acme", 0),
        ("direction=in", 2),
        ("verdict=rejected", 0),
        ("since=2100-01-01T00:00:00Z", 0),
        ("until=2100-01-01T00:00:00%2B00:00", 2),
        ("q=odd%3D5", 1),
    ],
)
def test_search_narrows(api, query, found):
    api.send("signed_up", customer="u-1")
    api.send("bought", customer="u-2", odd=5)
    listed = api.get(f"/entries?{query}")
    assert (len(listed["entries"]), listed["total"]) == (found, found)


def test_findings_are_searched(api):
    api.send("fine")
    api.send("wrong", odd=1)
    for search in ("finding:*", "finding:unknown-field"):
        assert [one["events"] for one in api.get("/entries", query_string={"q": search})["entries"]] == [["wrong"]]
    assert api.get("/entries?q=finding:other")["total"] == 0


def test_pages_join_without_a_gap(api):
    for number in range(7):
        api.send(f"event_{number}")
    seen, after = [], ""
    while after is not None:
        page = api.get(f"/entries?limit=3&order=oldest{after and f'&after={after}'}")
        seen += [row["events"][0] for row in page["entries"]]
        after = page["next"]
        assert page["total"] == 7
    assert seen == [f"event_{number}" for number in range(7)]


def test_notes_are_no_entries(api):
    api.delete("/entries")
    api.post("/runs", {"scenario": "trial-converts", "channels": ["hub"]})
    assert {row["direction"] for row in api.get("/entries?limit=1000")["entries"]} == {"in", "out"}
    assert api.get("/entries?limit=1000")["total"] == len(api.get("/entries?limit=1000")["entries"])
    assert api.get("/entries?direction=note")["total"] > 0


def test_notes_do_not_shorten_a_page(api):
    for _ in range(3):
        api.send("signed_up")
        api.parts.recorder.note(api.parts.tenants.get("default"), "something", {})
    assert len(api.get("/entries?limit=3")["entries"]) == 3


def test_waiting_ends_when_something_comes(app, api):
    api.send("before")
    after = api.get("/entries")["entries"][0]["seq"]
    asked, found = Event(), []

    def ask():
        asked.set()
        answer = app.test_client().get(f"/_mock/api/v1/entries?after={after}&order=oldest&within=30")
        found.extend(answer.json["entries"])

    waiting = Thread(target=ask)
    waiting.start()
    assert asked.wait(5)
    api.send("later")
    waiting.join(10)
    assert [row["events"] for row in found] == [["later"]]


def test_waiting_ends_in_vain(api):
    api.send("before")
    newest = api.get("/entries")["entries"][0]["seq"]
    assert api.get(f"/entries?after={newest}&order=oldest&within=0.01")["entries"] == []


@pytest.mark.parametrize(
    "query", ["within=5", "within=-1&order=oldest", "within=61&order=oldest", "limit=-1", "order=up"]
)
def test_odd_questions_are_refused(api, query):
    assert api.problem("GET", f"/entries?{query}")["status"] == 422


def test_search_line_names_nearest_word(api):
    assert "Did you mean 'event'?" in api.problem("GET", "/entries?q=evnt:x")["detail"]


def test_entry_has_all_of_it(api):
    api.send("signed_up", customer="u-7", odd=True, exact=12345678901234567890)
    entry = api.get("/entries/latest")
    assert entry["method"] == "POST"
    assert ["x-key", api.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]] in entry["headers"]
    assert entry["body"]["exact"] == 12345678901234567890
    assert entry["answer"] == {"headers": [["content-type", "application/json"]], "body": {"ok": True}}
    assert entry["findings"] == [
        {"path": "/odd", "rule": "unknown-field", "message": "odd is not known", "severity": "warning"}
    ]
    (part,) = entry["parts"]
    assert part["subjects"] == [{"kind": "customer_id", "value": "u-7"}]
    assert part["events"][0]["name"] == "signed_up"


def test_entry_is_found_in_several_ways(api):
    api.send("signed_up")
    row = api.get("/entries")["entries"][0]
    found = [api.get(f"/entries/{reference}") for reference in (row["id"], row["seq"], "latest")]
    assert found[0]["id"] == row["id"]
    assert found.count(found[0]) == 3


def test_entry_has_its_own_number(api):
    for number in range(5):
        api.send(f"event_{number}")
    rows = api.get("/entries")["entries"]
    assert [api.get(f"/entries/{row['id']}")["seq"] for row in rows] == [row["seq"] for row in rows]


def test_entry_has_all_its_events(api):
    names = [f"event_{number}" for number in range(1203)]
    api.send(*names)
    api.send("another")
    first = api.get("/entries?order=oldest")["entries"][0]
    (part,) = api.get(f"/entries/{first['id']}")["parts"]
    assert [event["name"] for event in part["events"]] == names


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        (b"plain text", "body_text", "plain text"),
        (b"\xff\x00", "body_base64", "/wA="),
        (b'{"a":', "body_text", '{"a":'),
        (b"[" * 400 + b"]" * 400, "body_text", "[" * 400 + "]" * 400),
        (b"null", "body", None),
    ],
)
def test_any_body_is_shown(api, body, key, value):
    api.client.post("/hub/events", data=body)
    entry = api.get("/entries/latest?tenant=nobody")
    assert {name for name in entry if name.startswith("body")} == {key}
    assert entry[key] == value


def test_empty_body_is_left_out(api):
    api.client.post("/hub/events")
    assert not [name for name in api.get("/entries/latest?tenant=nobody") if name.startswith("body")]


def test_refused_requests_are_nobodys(api):
    api.client.post("/hub/events", json={})
    assert api.get("/entries")["total"] == 0
    assert api.get("/entries?tenant=nobody")["entries"][0]["verdict"] == "rejected"


def test_unknown_entry_is_not_found(api):
    assert api.problem("GET", "/entries/latest")["status"] == 404
    assert api.problem("GET", "/entries/123456789")["status"] == 404
    assert api.problem("GET", "/entries/0123456789abcdef012345")["status"] == 404


def test_cleared_journal_is_empty(api):
    api.send("signed_up")
    api.delete("/entries")
    assert api.get("/entries") == {"entries": [], "next": None, "total": 0}
    assert api.problem("GET", "/entries/latest")["status"] == 404
    api.send("signed_up")
    assert api.get("/entries")["total"] == 1
