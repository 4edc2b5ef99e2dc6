"""A customer by API v2, and refusals in its shape (revenuecat.md §12)."""

import orjson
import pytest

from mockserver.lifecycle import day, period_end, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.vendors.contract import Problem, Refusal
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.customer import app_user_id


@pytest.fixture
def get(revenuecat):
    """Get something of somebody's by v2."""
    project = revenuecat.tenant.credentials("")["project_id"]
    return lambda who="u-1", rest="", **more: revenuecat("GET", f"/v2/projects/{project}/customers/{who}{rest}", **more)


def test_customer_has_what_is_active(live, get):
    who = app_user_id(live(day(0, user.buys(MONTHLY)))[0].person)
    found = get(who).json
    assert found["active_entitlements"] == {
        "object": "list",
        "items": [{"object": "customer.active_entitlement", "entitlement_id": "premium", "expires_at": 1771149600000}],
        "next_page": None,
        "url": f"/v2/projects/{found['project_id']}/customers/{who}/active_entitlements",
    }
    assert (found["object"], found["id"], found["experiment"], "attributes" in found) == ("customer", who, None, False)


def test_grace_is_active(live, get, later):
    steps = (day(0, user.buys(MONTHLY)), period_end(1, store.fails_to_charge(grace_days=16)))
    who = app_user_id(live(*steps)[0].person)
    later(days=32)
    assert get(who).json["active_entitlements"]["items"][0]["expires_at"] == 1772532000000


def test_lifetime_never_ends(live, get):
    who = app_user_id(live(day(0, user.buys(LIFETIME)))[0].person)
    assert get(who).json["active_entitlements"]["items"][0]["expires_at"] is None


def test_ended_is_not_active(live, get, later):
    who = app_user_id(live(day(0, user.buys(MONTHLY)), day(3, store.refunds()))[0].person)
    later(days=4)
    assert get(who).json["active_entitlements"]["items"] == []


def test_attributes_are_listed(revenuecat, get):
    revenuecat.set({"color": "red"}, at=5)
    assert get(rest="/attributes").json["items"] == [
        {"object": "customer.attribute", "name": "color", "value": "red", "updated_at": 5}
    ]


def test_asking_makes_nobody(get):
    assert [get("new", rest).status for rest in ("", "/attributes", "")] == [404, 404, 404]


@pytest.mark.parametrize(
    ("status", "type_", "retryable"),
    [
        (404, "resource_missing", False),
        (405, "invalid_request", False),
        (409, "resource_already_exists", False),
        (413, "invalid_request", False),
        (422, "unprocessable_entity_error", False),
        (423, "resource_locked_error", True),
        (429, "rate_limit_error", True),
        (500, "server_error", True),
        (503, "server_error", True),
    ],
)
def test_refusal_of_v2_has_its_shape(status, type_, retryable):
    refusal = Refusal(problem=Problem.FAULT, status=status, message="No.", path="/v2/projects/p/customers/c")
    answer = VENDOR.refuse(refusal)
    body = orjson.loads(answer.body)
    assert (answer.status, body["object"], body["type"], body["retryable"]) == (status, "error", type_, retryable)
    assert (body.get("backoff_ms"), body["message"]) == (1000 if retryable else None, "No.")


def test_rate_limit_of_v2_says_when_to_return():
    refusal = Refusal(problem=Problem.FAULT, status=429, message="Slow down.", retry_after=7, path="/v2/projects")
    answer = VENDOR.refuse(refusal)
    assert orjson.loads(answer.body)["backoff_ms"] == 7000
    assert (
        dict(answer.headers).items()
        >= {
            "retry-after": "7",
            "revenuecat-rate-limit-current-usage": "480",
            "revenuecat-rate-limit-current-limit": "480",
        }.items()
    )


@pytest.mark.parametrize(("path", "key"), [("/v1/subscribers/u-1", "code"), ("/v2/projects/{}/customers/u-1", "type")])
def test_odd_setting_is_our_trouble(revenuecat, path, key):
    """The tenant's own mistake is told in a sentence, in the vendor's shape, and is no bug."""
    revenuecat.get()
    revenuecat.tenant.changed["commission_rates"] = {"app_store": "abc"}
    revenuecat.tenant.changed["restore_behavior"] = "keep"
    reply = revenuecat("GET", path.format(revenuecat.tenant.credentials("")["project_id"]))
    assert (reply.status, reply.json[key]) == (500, {"code": 7000, "type": "server_error"}[key])
    assert reply.json["message"].startswith("RevenueCat's restore_behavior is 'keep'")
