"""Entries leave as JSON Lines and come back the same, byte for byte."""

import gzip
import json

import pytest

BODIES = [
    b'{"customer":"u-1","events":[{"name":"signed_up"}]}',
    b'{ "customer": "u-1", "events": [ {"name": "spaced", "n": 1.50} ] }',
    b"plain",
    b"\xff\x00\xfe",
    gzip.compress(b'{"customer":"u-1","events":[{"name":"zipped"}]}', mtime=0),
    b"null",
    b"",
]


@pytest.fixture
def seen(api):
    key = api.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]
    for body in BODIES:
        headers = {"x-key": key, "authorization": "Bearer s3cret"}
        if body.startswith(b"\x1f"):
            headers["content-encoding"] = "gzip"
        api.client.post("/hub/events", data=body, headers=headers, content_type="application/json")
    return api


def exported(api, query=""):
    answer = api.call("GET", f"/entries.jsonl{query}")
    assert answer.content_type == "application/x-ndjson"
    return answer.data


def test_export_comes_back_the_same(seen):
    lines = exported(seen)
    seen.post("/tenants", {"name": "other"})
    answer = seen.call("POST", "/entries.jsonl?tenant=other", data=lines)
    assert answer.json == {"imported": len(BODIES), "skipped": 0}
    assert exported(seen, "?tenant=other") == lines
    journal = seen.parts.journal
    assert [journal.entry("other", str(number)).body for number in range(1, len(BODIES) + 1)] == BODIES


def test_events_are_found_again(seen):
    lines = exported(seen)
    names = [event["name"] for event in seen.get("/events?order=oldest")["events"]]
    seen.delete("/entries")
    seen.call("POST", "/entries.jsonl", data=lines)
    assert [event["name"] for event in seen.get("/events?order=oldest")["events"]] == names
    assert names == ["signed_up", "spaced", "zipped"]


def test_known_entries_are_skipped(seen):
    answer = seen.call("POST", "/entries.jsonl", data=exported(seen))
    assert answer.json == {"imported": 0, "skipped": len(BODIES)}


def test_search_narrows_the_export(seen):
    assert exported(seen, "?q=event:spaced").count(b"\n") == 1


def test_lines_are_json(seen):
    lines = [json.loads(line) for line in exported(seen).splitlines()]
    assert lines[0]["body"] == {"customer": "u-1", "events": [{"name": "signed_up"}]}
    assert lines[2]["body_text"] == "plain"
    assert ["authorization", "Bearer ***"] in lines[0]["headers"]


def test_messages_keep_their_run(api):
    run = api.post("/runs", {"scenario": "trial-converts", "channels": ["webhook"]})["id"]
    lines = exported(api)
    api.delete("/entries")
    api.call("POST", "/entries.jsonl", data=lines)
    assert api.get(f"/entries?run={run}")["total"] == lines.count(b"\n")


def test_foreign_secrets_are_masked(api):
    line = {"vendor": "hub", "headers": [["Authorization", "Basic c2VjcmV0"]]}
    api.call("POST", "/entries.jsonl", data=json.dumps(line))
    assert api.get("/entries/latest")["headers"] == [["authorization", "Basic ***"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 3: The body is not JSON"),
        ("[]", "line 3"),
        ('{"verdict": "fine"}', "line 3.verdict: Must be one of"),
        ('{"body_base64": "!"}', "line 3"),
        ('{"details": {"amount": "much"}}', "line 3.details.amount"),
    ],
)
def test_all_lines_or_none(api, line, said):
    answer = api.call("POST", "/entries.jsonl", data=f'{{"vendor":"hub"}}\n\n{line}\n')
    assert answer.status_code in {400, 422}
    assert said in answer.json["detail"]
    assert api.get("/entries")["total"] == 0


def test_notes_are_passed_over(api):
    api.send("signed_up")
    answer = api.call("POST", "/entries.jsonl", data=b'{"direction":"note","operation":"reset"}')
    assert answer.json == {"imported": 0, "skipped": 1}
    assert api.get("/entries")["total"] == 1
