"""Entitlements granted and revoked by API (revenuecat.md §§9, 12)."""

import pytest

from mockserver.lifecycle import day, developer, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.revenuecat.customer import app_user_id

BASE = "/v1/subscribers/u-1/entitlements/pro"
NOW = 1768471200000  # 2026-01-15T10:00:00Z


@pytest.fixture
def grant(revenuecat):
    """Grant an entitlement."""

    def post(entitlement="pro", who="u-1", **body):
        return revenuecat("POST", f"/v1/subscribers/{who}/entitlements/{entitlement}/promotional", body)

    return post


@pytest.fixture
def revoke(revenuecat):
    """Take all grants of an entitlement back."""

    def post(entitlement="pro", who="u-1"):
        return revenuecat("POST", f"/v1/subscribers/{who}/entitlements/{entitlement}/revoke_promotionals")

    return post


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("daily", "2026-01-16"),
        ("three_day", "2026-01-18"),
        ("weekly", "2026-01-22"),
        ("two_week", "2026-01-29"),
        ("monthly", "2026-02-15"),
        ("two_month", "2026-03-15"),
        ("three_month", "2026-04-15"),
        ("six_month", "2026-07-15"),
        ("yearly", "2027-01-15"),
    ],
)
def test_duration_counts_from_now(grant, duration, end):
    reply = grant(duration=duration)
    assert (reply.status, reply.rules) == (201, {"deprecated"})
    assert reply.subscriber["entitlements"]["pro"] == {
        "expires_date": f"{end}T10:00:00Z",
        "grace_period_expires_date": None,
        "product_identifier": f"rc_promo_pro_{duration}",
        "purchase_date": "2026-01-15T10:00:00Z",
    }


def test_lifetime_has_no_end(grant, revenuecat, later):
    grant(duration="lifetime")
    later(days=40_000)
    assert revenuecat.get().subscriber["entitlements"]["pro"]["expires_date"] is None


def test_end_decides(grant):
    reply = grant(end_time_ms=NOW + 3_600_000, duration="yearly", start_time_ms=NOW)
    assert reply.subscriber["entitlements"]["pro"]["expires_date"] == "2026-01-15T11:00:00Z"


def test_end_alone_is_right(grant):
    reply = grant(end_time_ms=NOW + 1000)
    assert (list(reply.subscriber["subscriptions"]), reply.rules) == (["rc_promo_pro_custom"], set())


def test_duration_counts_from_start(grant):
    reply = grant(duration="monthly", start_time_ms=NOW + 86_400_000)
    found = reply.subscriber["entitlements"]["pro"]
    assert (found["purchase_date"], found["expires_date"]) == ("2026-01-15T10:00:00Z", "2026-02-16T10:00:00Z")


def test_grant_is_subscription(grant, revenuecat):
    row = grant(duration="monthly").subscriber["subscriptions"]["rc_promo_pro_monthly"]
    assert len(row.pop("store_transaction_id")) == 32
    assert row == {
        "auto_resume_date": None,
        "billing_issues_detected_at": None,
        "display_name": None,
        "expires_date": "2026-02-15T10:00:00Z",
        "grace_period_expires_date": None,
        "is_sandbox": False,
        "original_purchase_date": "2026-01-15T10:00:00Z",
        "ownership_type": "PURCHASED",
        "period_type": "normal",
        "price": {"amount": 0.0, "currency": "USD"},
        "purchase_date": "2026-01-15T10:00:00Z",
        "refunded_at": None,
        "store": "promotional",
        "unsubscribe_detected_at": None,
    }
    assert revenuecat.get().subscriber["management_url"] is None


def test_answer_is_what_stays(grant, revenuecat):
    assert grant(duration="monthly").subscriber == revenuecat.get().subscriber


def test_longest_grant_counts(grant):
    grant(duration="yearly")
    reply = grant(duration="daily")
    assert reply.subscriber["entitlements"]["pro"]["product_identifier"] == "rc_promo_pro_yearly"
    assert len(reply.subscriber["subscriptions"]) == 2


def test_grant_stands_beside_purchase(grant, live):
    person = live(day(0, user.buys(MONTHLY)))[0].person
    reply = grant("premium", app_user_id(person), duration="yearly")
    assert reply.subscriber["entitlements"]["premium"]["expires_date"] == "2027-01-15T10:00:00Z"
    assert reply.subscriber["subscriptions"].keys() == {"premium.monthly", "rc_promo_premium_yearly"}


def test_past_end_is_remarked(grant):
    reply = grant(end_time_ms=NOW - 1)
    assert (reply.status, reply.rules) == (201, {"ends-in-the-past"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"duration": "fortnight"},
        {"duration": None},
        {"end_time_ms": "tomorrow"},
        {"end_time_ms": True},
        {"end_time_ms": 1.5},
        {"end_time_ms": -1},
        {"end_time_ms": 10**18},
        {"start_time_ms": NOW},
        {"duration": "yearly", "start_time_ms": 253_402_300_799_999},
    ],
)
def test_other_form_is_refused(grant, body):
    reply = grant(**body)
    assert (reply.status, reply.json["code"]) == (400, 7226)


def test_revoking_ends_access(grant, revoke, revenuecat, later):
    grant(duration="monthly")
    later(days=3)
    reply = revoke()
    assert reply.status == 201
    assert reply.subscriber["entitlements"]["pro"]["expires_date"] == "2026-01-18T10:00:00Z"
    assert reply.subscriber == revenuecat.get().subscriber


def test_revoking_ends_all_of_name(grant, revoke):
    grant(duration="monthly")
    grant(duration="lifetime")
    grant("other", duration="monthly")
    found = revoke().subscriber["entitlements"]
    assert (found["pro"]["expires_date"], found["other"]["expires_date"]) == (
        "2026-01-15T10:00:00Z",
        "2026-02-15T10:00:00Z",
    )


def test_grant_after_revocation_counts(grant, revoke):
    """Also in the same instant: a clock may stand."""
    grant(duration="monthly")
    revoke()
    assert grant(duration="yearly").subscriber["entitlements"]["pro"]["expires_date"] == "2027-01-15T10:00:00Z"


def test_second_revocation_changes_no_past(grant, revoke, later):
    grant(duration="monthly")
    later(days=1)
    revoke()
    later(days=2)
    grant(duration="daily")
    row = revoke().subscriber["subscriptions"]["rc_promo_pro_monthly"]
    assert row["expires_date"] == row["unsubscribe_detected_at"] == "2026-01-16T10:00:00Z"


def test_revoking_ends_grants_of_history(revoke, live, later):
    person = live(day(0, developer.grants(period="P1M")))[0].person
    later(days=2)
    found = revoke("premium", app_user_id(person)).subscriber["entitlements"]["premium"]
    assert found["expires_date"] == "2026-01-17T10:00:00Z"


def test_purchase_stays_after_revocation(revoke, live):
    person = live(day(0, user.buys(MONTHLY)))[0].person
    found = revoke("premium", app_user_id(person)).subscriber["entitlements"]["premium"]
    assert found["expires_date"] == "2026-02-15T10:00:00Z"


def test_nobody_has_nothing_to_revoke(revoke):
    reply = revoke()
    assert (reply.status, reply.json["code"]) == (404, 7259)


def test_grant_is_not_seen_before(grant, revoke, revenuecat, later):
    """A clock may be turned back."""
    later(days=5)
    grant(duration="monthly")
    later(days=4)
    assert revenuecat.get().subscriber["entitlements"] == {}
