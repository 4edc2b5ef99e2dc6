"""Getting a customer: made or found, under any id that may be used (revenuecat.md §§8, 12)."""

import pytest

ANONYMOUS = "%24RCAnonymousID%3A87c6049c58069238dce29853916d624c"
BLOCKED = ["no_user", "null", "none", "nil", "(null)", "NaN", "unidentified", "undefined", "unknown", "anonymous"]
BLOCKED += ["guest", "-1", "0", "[]", "{}", "[object Object]", "%00", "a%00b"]


def test_first_call_creates(revenuecat):
    assert [revenuecat.get().status for _ in range(3)] == [201, 200, 200]


def test_customers_are_apart(revenuecat):
    revenuecat.set({"color": "red"})
    assert (revenuecat.get("u-2").status, revenuecat.attributes("U-1")) == (201, {})


def test_new_customer_is_empty(revenuecat):
    reply = revenuecat.get()
    assert reply.json == {
        "request_date": "2026-01-15T10:00:00Z",
        "request_date_ms": 1768471200000,
        "subscriber": {
            "entitlements": {},
            "first_seen": "2026-01-15T10:00:00Z",
            "last_seen": "2026-01-15T10:00:00Z",
            "management_url": None,
            "non_subscriptions": {},
            "original_app_user_id": "u-1",
            "original_application_version": None,
            "original_purchase_date": None,
            "other_purchases": {},
            "subscriber_attributes": {},
            "subscriptions": {},
        },
    }


def test_answer_has_its_instant(revenuecat, later):
    later(days=2)
    reply = revenuecat.get()
    assert reply.json["request_date"] == "2026-01-17T10:00:00Z"
    assert reply.headers["x-revenuecat-request-time"] == str(reply.json["request_date_ms"])


def test_etag_tells_same_customer(revenuecat, later):
    first, again = revenuecat.get(), revenuecat.get()
    assert first.headers["x-revenuecat-etag"] == again.headers["x-revenuecat-etag"]
    revenuecat.set({"color": "red"})
    assert revenuecat.get().headers["x-revenuecat-etag"] != again.headers["x-revenuecat-etag"]


def test_only_platform_counts_as_seen(revenuecat, later):
    revenuecat.get()
    later(days=1)
    assert revenuecat.get().subscriber["last_seen"] == "2026-01-15T10:00:00Z"
    assert revenuecat.get(x_platform="iOS").subscriber["last_seen"] == "2026-01-16T10:00:00Z"
    later(days=2)
    found = revenuecat.get().subscriber
    assert (found["first_seen"], found["last_seen"]) == ("2026-01-15T10:00:00Z", "2026-01-16T10:00:00Z")


@pytest.mark.parametrize("app_user_id", [ANONYMOUS, "%C3%A9t%C3%A9", "a%20b", "100%25", "me@example.com", "x" * 100])
def test_ids_may_be_encoded(revenuecat, app_user_id):
    assert [revenuecat.get(app_user_id).status for _ in range(2)] == [201, 200]


def test_anonymous_id_is_told_decoded(revenuecat):
    expected = "$RCAnonymousID:87c6049c58069238dce29853916d624c"
    assert revenuecat.get(ANONYMOUS).subscriber["original_app_user_id"] == expected


@pytest.mark.parametrize("app_user_id", [*BLOCKED, "x" * 101])
def test_some_ids_are_refused(revenuecat, app_user_id):
    reply = revenuecat.get(app_user_id)
    assert (reply.status, reply.json["code"]) == (400, 7256)


def test_blank_id_is_7220(revenuecat):
    assert revenuecat.get("%20").json["code"] == 7220


@pytest.mark.parametrize("app_user_id", ["Guest", "no_user1", "00"])
def test_blocked_ids_are_exact(revenuecat, app_user_id):
    assert revenuecat.get(app_user_id).status == 201


def test_refused_id_is_nobody(revenuecat):
    revenuecat.get("null")
    assert revenuecat.tenant.documents("revenuecat").kinds == {}


def test_lost_answer_still_creates(revenuecat):
    revenuecat.lose = True
    assert revenuecat.get().status == 503
    assert revenuecat.get().status == 200


def test_unknown_path_is_7259(revenuecat):
    reply = revenuecat("GET", "/v1/subscribers")
    assert (reply.status, reply.json["code"]) == (404, 7259)


def test_secret_key_with_platform_is_remarked(revenuecat):
    assert "secret-key-in-app" in revenuecat.get(x_platform="ios").rules
    assert revenuecat.get(x_platform="ios", key=revenuecat.tenant.credentials("")["public_ios_key"]).rules == set()


def test_unknown_platform_is_remarked(revenuecat):
    assert "unknown-platform" in revenuecat.get(x_platform="symbian").rules
