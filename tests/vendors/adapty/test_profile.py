"""Profiles over the server-side API v2: create, get, update, delete (adapty.md §3, §4, §18)."""

import re
from uuid import UUID

import pytest

from mockserver.vendors.adapty.state import Identity, Memory

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
TEN_KEYS = {
    "app_id",
    "profile_id",
    "customer_user_id",
    "total_revenue_usd",
    "segment_hash",
    "timestamp",
    "custom_attributes",
    "access_levels",
    "subscriptions",
    "non_subscriptions",
}


def test_create_answers_200(adapty):
    assert adapty("POST", PROFILE, {}, user="u-1").status == 200


def test_profile_has_ten_keys(adapty):
    data = adapty("POST", PROFILE, {}, user="u-1").data
    assert data.keys() == TEN_KEYS
    assert (data["access_levels"], data["subscriptions"], data["non_subscriptions"]) == ([], [], [])


def test_profile_id_is_stable(adapty):
    created = adapty("POST", PROFILE, user="u-1").data["profile_id"]
    assert UUID(created)
    assert adapty("GET", PROFILE, user="u-1").data["profile_id"] == created
    assert adapty("GET", PROFILE, profile=created.upper()).data["customer_user_id"] == "u-1"


def test_timestamp_is_milliseconds(adapty, later):
    later(days=1)
    assert adapty("POST", PROFILE, {}, user="u-1").data["timestamp"] == 1768557600000


def test_answer_headers_match(adapty):
    headers = adapty("POST", PROFILE, {}, user="u-1").headers
    assert headers["content-type"] == "application/json"
    assert re.fullmatch("[0-9a-f]{32}", headers["request-id"])


def test_create_needs_no_body(adapty):
    assert adapty("POST", PROFILE, user="u-1").data["custom_attributes"] == []


def test_create_updates_existing(adapty):
    first = adapty("POST", PROFILE, {"custom_attributes": [{"key": "a", "value": "1"}]}, user="u-1").data
    second = adapty("POST", PROFILE, {"custom_attributes": [{"key": "b", "value": "2"}]}, user="u-1").data
    assert second["profile_id"] == first["profile_id"]
    assert [pair["key"] for pair in second["custom_attributes"]] == ["a", "b"]


def test_both_headers_attach_user(adapty):
    profile = adapty("POST", PROFILE, {}, user="u-1").data["profile_id"]
    data = adapty("POST", PROFILE, {}, user="u-2", profile=profile).data
    assert (data["profile_id"], data["customer_user_id"]) == (profile, "u-2")
    assert adapty("GET", PROFILE, user="u-2").data["profile_id"] == profile
    assert adapty("GET", PROFILE, user="u-1").status == 404


def test_attached_id_leaves_other(adapty):
    one = adapty("POST", PROFILE, {}, user="u-1").data["profile_id"]
    other = adapty("POST", PROFILE, {}, user="u-2").data["profile_id"]
    adapty("POST", PROFILE, {}, user="u-2", profile=one)
    assert adapty("GET", PROFILE, profile=other).data["customer_user_id"] is None


def test_renamed_profile_keeps_id(adapty):
    """A customer user id that moved on does not share its profile with whoever takes it next."""
    one = adapty("POST", PROFILE, {}, user="u-1").data["profile_id"]
    adapty("POST", PROFILE, {}, user="u-2", profile=one)
    assert adapty("POST", PROFILE, {}, user="u-1").data["profile_id"] != one


def test_create_with_unknown_profile(adapty):
    reply = adapty("POST", PROFILE, {}, profile="0d8c8f3e-0a44-4f0b-8a57-5b6a3d1c9f20")
    assert (reply.status, reply.json["error_code"]) == (404, "profile_does_not_exist")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_profile_is_404(adapty, method):
    reply = adapty(method, PROFILE, {} if method == "PATCH" else None, user="nobody")
    assert reply.status == 404
    assert reply.json == {
        "errors": [{"source": None, "errors": ["Profile not found"]}],
        "error_code": "profile_does_not_exist",
        "status_code": 404,
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_missing_identity_is_400(adapty, method):
    reply = adapty(method, PROFILE)
    assert (reply.status, reply.json["status_code"]) == (400, 400)
    assert "adapty-customer-user-id" in reply.json["errors"][0]["errors"][0]


def test_empty_header_counts_as_missing(adapty):
    assert adapty("GET", PROFILE, user="  ").status == 400


def test_update_keeps_other_attributes(adapty):
    adapty("POST", PROFILE, {"custom_attributes": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]}, user="u-1")
    data = adapty("PATCH", PROFILE, {"custom_attributes": [{"key": "a", "value": "3"}]}, user="u-1").data
    assert data["custom_attributes"] == [{"key": "a", "value": "3"}, {"key": "b", "value": "2"}]


def test_personal_fields_stay_inside(adapty, tenant):
    data = adapty("POST", PROFILE, {"first_name": "Ann", "gender": "f"}, user="u-1").data
    assert data.keys() == TEN_KEYS
    adapty("PATCH", PROFILE, {"first_name": None}, user="u-1")
    found = Memory(tenant).find(Identity("u-1", None))
    assert found.record["fields"] == {"first_name": None, "gender": "f"}


def test_delete_is_empty_204(adapty):
    adapty("POST", PROFILE, {}, user="u-1")
    reply = adapty("DELETE", PROFILE, user="u-1")
    assert (reply.status, reply.entry.answer) == (204, b"")
    assert adapty("GET", PROFILE, user="u-1").status == 404


def test_delete_by_profile_frees_user(adapty):
    profile = adapty("POST", PROFILE, {}, user="u-1").data["profile_id"]
    assert adapty("DELETE", PROFILE, profile=profile).status == 204
    assert adapty("GET", PROFILE, user="u-1").status == 404


def test_deleted_attributes_stay_away(adapty):
    adapty("POST", PROFILE, {"custom_attributes": [{"key": "a", "value": "1"}]}, user="u-1")
    adapty("DELETE", PROFILE, user="u-1")
    assert adapty("POST", PROFILE, {}, user="u-1").data["custom_attributes"] == []


def test_refused_call_changes_nothing(adapty):
    adapty("POST", PROFILE, {}, user="u-1")
    adapty("PATCH", PROFILE, {"gender": "x", "custom_attributes": [{"key": "a", "value": "1"}]}, user="u-1")
    assert adapty("GET", PROFILE, user="u-1").data["custom_attributes"] == []


def test_lost_answer_still_counts(adapty, tenant):
    """A fault lets the operation do its work and loses the answer: the profile is there all the same."""
    reply = adapty("POST", PROFILE, {"custom_attributes": [{"key": "a", "value": "1"}]}, user="u-1")
    tenant.log[-1] = reply.entry._replace(status=503, answer=b"{}")
    assert adapty("GET", PROFILE, user="u-1").data == {**reply.data}


def test_lost_answer_by_profile_keeps_user(adapty, tenant):
    profile = adapty("POST", PROFILE, {}, user="u-1").data["profile_id"]
    body = {"custom_attributes": [{"key": "a", "value": "1"}]}
    reply = adapty("PATCH", PROFILE, body, profile=profile, user="somebody else")
    tenant.log[-1] = reply.entry._replace(status=503, answer=b"{}")
    data = adapty("GET", PROFILE, user="u-1").data
    assert (data["profile_id"], data["custom_attributes"]) == (profile, body["custom_attributes"])


@pytest.mark.parametrize(
    "key", [None, "", "Api-Key", "Api-Key wrong", "Bearer secret_live_ABCDEFGH.abcdefghijklmnopqrstuvwxyz012345"]
)
def test_wrong_key_is_401(adapty, key):
    reply = adapty("GET", PROFILE, user="u-1", key=key)
    assert reply.status == 401
    assert reply.json == {
        "errors": [{"source": "non_field_errors", "errors": ["Authentication credentials were not provided."]}],
        "error_code": "not_authenticated",
        "status_code": 401,
    }


def test_key_comes_first(adapty):
    assert adapty("POST", PROFILE, b"{", key="Api-Key wrong").status == 401


def test_json_comes_before_profile(adapty):
    assert adapty("PATCH", PROFILE, b"{", user="nobody").json["error_code"] == "parse_error"


def test_form_comes_before_profile(adapty):
    assert adapty("PATCH", PROFILE, {"gender": "x"}, user="nobody").json["error_code"] == "enum"
