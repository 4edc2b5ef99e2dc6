"""Grants and revocations (adapty.md §4.2, §4.3, §6.1)."""

import pytest

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
GRANT = f"{BASE}/purchase/profile/grant/access-level/"
REVOKE = f"{BASE}/purchase/profile/revoke/access-level/"


@pytest.fixture
def user(adapty):
    adapty("POST", PROFILE, {}, user="u-1")
    return "u-1"


def test_grant_is_lifetime(adapty, user):
    level = adapty("POST", GRANT, {"access_level_id": "premium"}, user=user).levels["premium"]
    assert (level["expires_at"], level["starts_at"]) == (None, None)
    assert (level["store"], level["store_product_id"]) == ("adapty", "adapty_server_side_product")


def test_grant_has_text_ids(adapty, user):
    level = adapty("POST", GRANT, {"access_level_id": "premium"}, user=user).levels["premium"]
    assert isinstance(level["store_transaction_id"], str)
    assert "is_active" not in level


def test_grant_is_no_subscription(adapty, user):
    data = adapty("POST", GRANT, {"access_level_id": "premium"}, user=user).data
    assert (data["subscriptions"], data["non_subscriptions"], data["total_revenue_usd"]) == ([], [], 0.0)


@pytest.mark.parametrize(
    "text",
    ["2027-01-01T00:00:00Z", "2027-01-01T00:00:00.123Z", "2027-01-01T00:00:00.000000+0000", "2027-01-01T00:00:00"],
)
def test_grant_takes_every_date(adapty, user, text):
    level = adapty("POST", GRANT, {"access_level_id": "premium", "expires_at": text}, user=user).levels["premium"]
    assert level["expires_at"].startswith("2027-01-01T00:00:00")
    assert level["expires_at"].endswith("+00:00")


def test_fraction_only_when_not_zero(adapty, user):
    body = {"access_level_id": "premium", "starts_at": "2026-02-01T00:00:00.5Z", "expires_at": "2027-01-01T00:00:00.0Z"}
    level = adapty("POST", GRANT, body, user=user).levels["premium"]
    assert level["starts_at"] == "2026-02-01T00:00:00.500000+00:00"
    assert level["expires_at"] == "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize("text", ["tomorrow", "2027-13-01T00:00:00Z", "2027-01-01", 5, ""])
def test_grant_refuses_bad_date(adapty, user, text):
    reply = adapty("POST", GRANT, {"access_level_id": "premium", "expires_at": text}, user=user)
    assert (reply.status, reply.json["error_code"]) == (400, "datetime")
    assert reply.json["errors"] == [{"source": "expires_at", "errors": ["invalid datetime format"]}]


def test_grant_needs_level(adapty, user):
    reply = adapty("POST", GRANT, {}, user=user)
    assert reply.json["errors"] == [{"source": "access_level_id", "errors": ["field required"]}]
    assert reply.json["error_code"] == "missing"


@pytest.mark.parametrize("path", [GRANT, REVOKE])
def test_unknown_level_is_400(adapty, user, path):
    reply = adapty("POST", path, {"access_level_id": "gold"}, user=user)
    assert reply.status == 400
    assert reply.json["error_code"] == "paid_access_level_does_not_exist"
    assert reply.json["errors"][0]["errors"] == ["Paid access level `gold` does not exist"]


def test_settings_name_levels(adapty, user, tenant):
    tenant.changed = {"access_levels": ["gold"]}
    assert "gold" in adapty("POST", GRANT, {"access_level_id": "gold"}, user=user).levels


@pytest.mark.parametrize("path", [GRANT, REVOKE])
def test_unknown_profile_is_400(adapty, path):
    reply = adapty("POST", path, {"access_level_id": "premium"}, user="nobody")
    assert (reply.status, reply.json["error_code"]) == (400, "profile_does_not_exist")
    assert reply.json["errors"] == [{"source": "non_field_errors", "errors": ["Profile not found"]}]


def test_revoke_ends_access_now(adapty, user, later):
    adapty("POST", GRANT, {"access_level_id": "premium"}, user=user)
    later(days=1)
    level = adapty("POST", REVOKE, {"access_level_id": "premium"}, user=user).levels["premium"]
    assert level["expires_at"] == level["renewal_cancelled_at"] == "2026-01-16T10:00:00+00:00"
    assert level["cancellation_reason"] == "adapty_revoked"


def test_revoke_later_moves_end(adapty, user):
    adapty("POST", GRANT, {"access_level_id": "premium"}, user=user)
    body = {"access_level_id": "premium", "revoke_at": "2026-03-01T00:00:00Z"}
    assert adapty("POST", REVOKE, body, user=user).levels["premium"]["expires_at"] == "2026-03-01T00:00:00+00:00"


def test_revoked_grant_waits_for_start(adapty, user):
    adapty("POST", GRANT, {"access_level_id": "premium", "starts_at": "2026-06-01T00:00:00Z"}, user=user)
    level = adapty("POST", REVOKE, {"access_level_id": "premium"}, user=user).levels["premium"]
    assert level["expires_at"] == level["starts_at"]


def test_grant_after_revocation_holds(adapty, user, later):
    adapty("POST", GRANT, {"access_level_id": "premium"}, user=user)
    adapty("POST", REVOKE, {"access_level_id": "premium"}, user=user)
    later(days=1)
    level = adapty("POST", GRANT, {"access_level_id": "premium"}, user=user).levels["premium"]
    assert (level["expires_at"], level["cancellation_reason"]) == (None, None)


def test_revoke_without_level(adapty, user):
    profile = adapty("GET", PROFILE, user=user).data["profile_id"]
    reply = adapty("POST", REVOKE, {"access_level_id": "premium"}, user=user)
    assert (reply.status, reply.json["error_code"]) == (400, "profile_paid_access_level_does_not_exist")
    assert reply.json["errors"][0]["errors"] == [f"Profile `{profile}` has no `premium` access level"]


def test_revoke_in_the_past(adapty, user):
    adapty("POST", GRANT, {"access_level_id": "premium"}, user=user)
    reply = adapty("POST", REVOKE, {"access_level_id": "premium", "revoke_at": "2026-01-01T00:00:00Z"}, user=user)
    assert reply.json["error_code"] == "value_error"
    assert reply.json["errors"] == [{"source": None, "errors": ["Must be greater than the current time or null"]}]


def test_revoke_after_end(adapty, user):
    adapty("POST", GRANT, {"access_level_id": "premium", "expires_at": "2028-08-29T09:33:42Z"}, user=user)
    reply = adapty("POST", REVOKE, {"access_level_id": "premium", "revoke_at": "2029-08-29T09:33:42Z"}, user=user)
    assert reply.json["error_code"] == "revocation_date_more_than_expiration_date"
    assert reply.json["errors"] == [
        {
            "source": "revoke_at",
            "errors": [
                "Revocation date (2029-08-29 09:33:42+00:00) is more than current expiration date "
                "(2028-08-29 09:33:42+00:00)"
            ],
        }
    ]
