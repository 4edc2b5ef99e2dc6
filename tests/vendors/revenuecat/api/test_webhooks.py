"""Webhook integrations by API v2: made, changed, gone; what they take is told (revenuecat.md §§11, 12)."""

from datetime import UTC, datetime

import pytest

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.contract import Delivery
from mockserver.vendors.revenuecat import VENDOR

GIVEN = {"name": "Mine", "url": "https://hooks.example.com/revenuecat"}
STORY = (day(0, user.buys(MONTHLY)), period_end(1, store.renews()))


@pytest.fixture
def hooks(revenuecat):
    """Call the integrations' paths."""
    project = revenuecat.tenant.credentials("")["project_id"]

    def call(method, body=None, id_="", **more):
        path = f"/v2/projects/{project}/integrations/webhooks"
        return revenuecat(method, f"{path}/{id_}" if id_ else path, body, **more)

    return call


def test_integration_is_created(revenuecat, hooks):
    reply = hooks("POST", {**GIVEN, "authorization_header": "Bearer 1", "event_types": ["renewal"]})
    id_ = reply.json.pop("id")
    assert (reply.status, id_[:2]) == (201, "wh")
    assert reply.json == {
        "object": "webhook_integration",
        "project_id": revenuecat.tenant.credentials("")["project_id"],
        "name": "Mine",
        "url": "https://hooks.example.com/revenuecat",
        "environment": None,
        "event_types": ["renewal"],
        "app_id": None,
        "created_at": 1768471200000,
    }


def test_created_ones_are_found(hooks):
    first, second = (hooks("POST", {**GIVEN, "name": name}).json for name in ("a", "b"))
    listed = hooks("GET").json
    assert (listed["object"], listed["items"], listed["next_page"]) == ("list", [first, second], None)
    assert hooks("GET", id_=second["id"]).json == second


def test_some_of_it_changes(hooks):
    made = hooks("POST", {**GIVEN, "environment": "sandbox"}).json
    reply = hooks("POST", {"name": "Theirs", "environment": None}, made["id"])
    assert (reply.status, reply.json) == (200, {**made, "name": "Theirs", "environment": None})


def test_deleted_one_is_gone(hooks):
    made = hooks("POST", GIVEN).json
    reply = hooks("DELETE", id_=made["id"])
    assert (reply.status, reply.json) == (
        200,
        {"object": "webhook_integration", "id": made["id"], "deleted_at": 1768471200000},
    )
    assert hooks("GET", id_=made["id"]).json["type"] == "resource_missing"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_one_is_missing(hooks, method):
    reply = hooks(method, {} if method == "POST" else None, "wh0")
    assert (reply.status, reply.json["type"]) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"url": "nowhere"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"environment": "both"}, "environment"),
        ({"event_types": ["RENEWAL"]}, "event_types[0]"),
        ({"event_types": "renewal"}, "event_types"),
        ({"authorization_header": "a\nb: c"}, "authorization_header"),
        ({"app_id": ""}, "app_id"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_other_form_is_refused(hooks, changes, param):
    reply = hooks("POST", {**GIVEN, **changes})
    assert (reply.status, reply.json["type"], reply.json["param"]) == (400, "parameter_error", param)


@pytest.mark.parametrize("missing", ["name", "url"])
def test_new_one_needs_name_and_url(hooks, missing):
    assert hooks("POST", {key: text for key, text in GIVEN.items() if key != missing}).json["param"] == missing


def test_public_key_sees_none(revenuecat, hooks):
    assert hooks("GET", key=revenuecat.tenant.credentials("")["public_ios_key"]).status == 403


@pytest.fixture
def told(revenuecat, tell):
    """What is told of a month, and where: type, address (empty: the owner's target), Authorization."""

    def posts(**settings):
        revenuecat.tenant.events = Scenario(timeline=list(STORY), key="story").unfold(0)
        found = [one.message for one in tell("webhook", **settings)]
        return [(one.event, one.url, dict(one.headers).get("authorization")) for one in found]

    return posts


OWN = [("INITIAL_PURCHASE", "", None), ("RENEWAL", "", None)]
URL = GIVEN["url"]


@pytest.mark.parametrize(
    ("wanted", "types"),
    [
        ({}, ["INITIAL_PURCHASE", "RENEWAL"]),
        ({"event_types": ["renewal"]}, ["RENEWAL"]),
        ({"event_types": []}, ["INITIAL_PURCHASE", "RENEWAL"]),
        ({"environment": "sandbox"}, []),
        ({"environment": "production"}, ["INITIAL_PURCHASE", "RENEWAL"]),
        ({"app_id": VENDOR.settings["app_ids"]["app_store"]}, ["INITIAL_PURCHASE", "RENEWAL"]),
        ({"app_id": VENDOR.settings["app_ids"]["play_store"]}, []),
    ],
)
def test_integration_takes_what_it_wants(hooks, told, wanted, types):
    hooks("POST", {**GIVEN, **wanted})
    found = told()
    assert [type_ for type_, url, _ in found if url == URL] == types
    assert [one for one in found if not one[1]] == OWN


def test_each_is_told_apart(hooks, tell, told):
    """The same event at several addresses: one body, ids of messages that differ."""
    for name in ("a", "b"):
        hooks("POST", {**GIVEN, "url": f"http://localhost/{name}"})
    assert [url for _, url, _ in told()] == ["", "http://localhost/a", "http://localhost/b"] * 2
    messages = [one.message for one in tell("webhook")]
    assert (len({one.id for one in messages}), len({one.body for one in messages})) == (6, 2)


def test_deleted_one_is_told_nothing(hooks, told):
    made = hooks("POST", GIVEN).json
    hooks("DELETE", id_=made["id"])
    assert told() == OWN


def test_owner_narrows_own_target_only(hooks, told):
    hooks("POST", GIVEN)
    found = told(webhook_event_types=["RENEWAL"])
    assert [type_ for type_, url, _ in found if not url] == ["RENEWAL"]
    assert [type_ for type_, url, _ in found if url] == ["INITIAL_PURCHASE", "RENEWAL"]


def test_each_has_its_authorization(hooks, told, tell):
    hooks("POST", {**GIVEN, "authorization_header": "Bearer 1"})
    assert {(url, authorization) for _, url, authorization in told()} == {("", None), (URL, "Bearer 1")}
    settings = {**VENDOR.settings, "webhook_authorization": "mine", "webhook_signature_secret": "whsec"}
    delivery = Delivery(credentials={}, settings=settings, at=datetime(2026, 1, 15, tzinfo=UTC))
    signed = [VENDOR.channels["webhook"].sign(one.message, delivery).get("authorization") for one in tell("webhook")]
    assert signed == ["mine", None] * 2


@pytest.mark.parametrize(("apps", "count"), [([VENDOR.settings["app_ids"]["app_store"]], 2), (["another"], 0)])
def test_owner_chooses_apps(told, apps, count):
    assert len(told(webhook_app_ids=apps)) == count
