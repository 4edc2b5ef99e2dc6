"""One event judged: every field that can differ, and how the difference is said."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.jsonpath import where
from mockserver.journal.matchers import (
    NOTHING,
    Difference,
    diff,
    differences,
    matches,
    missing,
    payload_like,
    shown,
    without_findings,
)
from mockserver.journal.query import Question, Subject


@pytest.fixture
def event(book):
    book.tell("trial_started", kind="custom_event", amount="9.90", currency="USD", tier="gold", id="m-1")
    (event,) = book.events()
    return event


SAID = [
    ({"vendor": "adapty"}, "vendor: wanted 'adapty', got 'mparticle'"),
    ({"direction": Direction.OUT}, "direction: wanted 'out', got 'in'"),
    ({"operation": "bulk"}, "operation: wanted 'bulk', got 'events'"),
    ({"channel": "webhook"}, "channel: wanted 'webhook', got nothing"),
    ({"event": "renewal"}, "event: wanted 'renewal', got 'trial_started'"),
    ({"kind": "x"}, "kind: wanted 'x', got 'custom_event'"),
    ({"id": "m-2"}, "id: wanted 'm-2', got 'm-1'"),
    ({"subjects": (Subject("u-2"),)}, "subject: wanted 'u-2', got 'u-1'"),
    ({"subjects": (Subject("u-2", "customer_id"),)}, "customer_id: wanted 'u-2', got 'u-1'"),
    ({"subjects": (Subject("7", "mpid"),)}, "mpid: wanted '7', got nothing"),
    ({"verdict": Verdict.REJECTED}, "verdict: wanted 'rejected', got 'accepted'"),
    ({"dropped": True}, "dropped: wanted 'some reason', got nothing"),
    ({"status": 400}, "status: wanted 400, got 202"),
    ({"run": "r"}, "run: wanted 'r', got nothing"),
    ({"path": "/v1"}, "path: wanted '/v1', got '/v2/events'"),
    ({"rule": "x"}, "rule: wanted 'x', got nothing"),
    ({"rule": "*"}, "rule: wanted 'something', got nothing"),
    ({"amount": Decimal("9.99")}, "amount: wanted 9.99, got 9.90"),
    ({"currency": "EUR"}, "currency: wanted 'EUR', got 'USD'"),
    ({"text": ("silver",)}, "text: wanted 'silver', got nothing"),
    ({"where": (where("tier", "=", "silver"),)}, "tier: wanted 'silver', got 'gold'"),
    ({"where": (where("amount", ">", 9),)}, "amount: wanted > 9, got '9.90'"),
    ({"where": (where("price", "=", 9.99),)}, "price: wanted 9.99, got nothing"),
    ({"where": (where("price", "exists"),)}, "price: wanted 'something', got nothing"),
    ({"where": (where("tier", "exists", False),)}, "tier: wanted nothing, got 'gold'"),
]


@pytest.mark.parametrize(("asked", "sentence"), SAID)
def test_difference_is_said(event, asked, sentence):
    assert matches(Question(**asked), event) == (False, sentence)


def test_times_differ(event):
    soon = event.when + timedelta(seconds=1)
    assert matches(Question(since=event.when, until=soon, received_since=event.when), event).matched
    asked = Question(since=soon, until=event.when, received_since=soon)
    assert [one.lines() for one in differences(asked, event)] == [
        ["at: wanted >= '2026-01-15T10:00:01+00:00', got '2026-01-15T10:00:00+00:00'"],
        ["at: wanted < '2026-01-15T10:00:00+00:00', got '2026-01-15T10:00:00+00:00'"],
        ["received: wanted >= '2026-01-15T10:00:01+00:00', got '2026-01-15T10:00:00+00:00'"],
    ]


def test_dropped_event_says_why(event):
    dropped = replace(event, dropped="duplicate of #1")
    assert matches(Question(dropped=False), dropped).reason == "dropped: wanted nothing, got 'duplicate of #1'"


def test_all_differences_are_said(event):
    assert matches(Question(vendor="a", event="b"), event).reason == (
        "vendor: wanted 'a', got 'mparticle'; event: wanted 'b', got 'trial_started'"
    )


def test_unkind_subject_may_be_any_kind(book):
    book.send("RENEWAL", subject="u-1")
    (event,) = book.events()
    assert matches(Question(subjects=(Subject("u-1", "customer_id"),)), event).matched


def test_objects_differ_by_their_lines():
    difference = Difference("data", {"a": 1, "b": [1, 2]}, {"b": [1, 3], "a": 1})
    assert difference.lines() == ["data:", "  -     2", "  +     3"]


def test_diff_keeps_only_what_differs():
    assert diff({"a": 1}, {"a": 2, "b": None}) == ['-   "a": 1', '+   "a": 2,', '+   "b": null']


def test_payload_may_have_more(event):
    assert payload_like({"tier": "gold"})(event) == (True, "")
    match = payload_like({"tier": "silver", "user": {"customer_id": "u-1", "mpid": "7"}})(event)
    assert match == (False, "tier: wanted 'silver', got 'gold'; user.mpid: wanted '7', got nothing")


def test_missing_names_the_path():
    assert list(missing({"a": {"b": 1.0}}, {"a": {"b": 1, "c": 2}})) == []
    assert list(missing({"a": [1]}, {"a": [1, 2]})) == [Difference("a", [1], [1, 2])]
    assert list(missing(1, 2)) == [Difference("payload", 1, 2)]


def test_event_without_findings(book, event):
    assert without_findings(event).matched
    book.tell("a", head={"findings": [["", "name-too-long", "…", "warning"]]})
    assert without_findings(book.events()[-1]) == (False, "findings: wanted none, got name-too-long")


def test_value_is_shown_short():
    nested = []
    for _ in range(500):
        nested = [nested]
    assert shown("x" * 300) == "'" + "x" * 199 + "…"
    assert shown(nested) == "a value nested too deeply to be shown"
    assert Difference("a", 1, nested).as_dict()["got"] == "a value nested too deeply to be shown"


def test_difference_for_the_api():
    assert Difference("a", Decimal("1.0"), NOTHING, ">").as_dict() == {
        "field": "a",
        "wanted": "1.0",
        "got": None,
        "comparison": ">",
    }
    assert Difference("verdict", Verdict.ACCEPTED, "x").as_dict() == {
        "field": "verdict",
        "wanted": "accepted",
        "got": "x",
    }
