"""What is read from the calls that come in: events to wait for, subjects, findings."""

import pytest

from mockserver.vendors.adapty import VENDOR
from mockserver.vendors.contract import Reading

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
GRANT = f"{BASE}/purchase/profile/grant/access-level/"
REVOKE = f"{BASE}/purchase/profile/revoke/access-level/"
SET = f"{BASE}/purchase/set/transaction/"


def read(reply):
    [part] = VENDOR.read(reply.entry, Reading())
    return part


def rules(reply):
    return {finding.rule for finding in read(reply).findings}


@pytest.fixture
def user(adapty):
    adapty("POST", PROFILE, {"installation_meta": {"device_id": "d"}}, user="u-1")
    return "u-1"


def test_calls_are_named(adapty, transaction):
    calls = [
        adapty("POST", PROFILE, {}, user="u-1"),
        adapty("PATCH", PROFILE, {}, user="u-1"),
        adapty("POST", GRANT, {"access_level_id": "premium"}, user="u-1"),
        adapty("POST", REVOKE, {"access_level_id": "premium"}, user="u-1"),
        adapty("POST", SET, transaction(), user="u-1"),
        adapty("DELETE", PROFILE, user="u-1"),
    ]
    assert [read(reply).events[0].name for reply in calls] == [
        "profile_created",
        "profile_updated",
        "access_level_granted",
        "access_level_revoked",
        "transaction_set",
        "profile_deleted",
    ]


def test_reading_is_no_event(adapty, user):
    assert read(adapty("GET", PROFILE, user=user)).events == ()


def test_refused_call_is_rejected(adapty):
    part = read(adapty("PATCH", PROFILE, {}, user="nobody"))
    assert (part.verdict, part.events[0].verdict) == ("rejected", "rejected")


def test_subjects_are_both_ids(adapty):
    reply = adapty("POST", PROFILE, {}, user="u-1")
    assert read(reply).subjects == (("customer_id", "u-1"), ("profile_id", reply.data["profile_id"]))
    by_profile = adapty("GET", PROFILE, profile=reply.data["profile_id"])
    assert read(by_profile).subjects == read(reply).subjects


def test_refused_subject_is_the_header(adapty):
    assert read(adapty("GET", PROFILE, user="nobody")).subjects == (("customer_id", "nobody"),)


def test_good_call_has_no_findings(adapty):
    body = {
        "installation_meta": {"device_id": "0d8c8f3e-0a44-4f0b-8a57-5b6a3d1c9f20"},
        "custom_attributes": [{"key": "a", "value": "b"}, {"key": "n", "value": 1.5}],
    }
    assert rules(adapty("POST", PROFILE, body, user="u-1", adapty_platform="iOS")) == set()


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (f"{BASE}/profiles/u-1/", "identity-in-path"),
        (f"{BASE}/profiles/u-1", "identity-in-path"),
        (f"{BASE}/grant/access-level/", "path-of-migration-guide"),
        (f"{BASE}/profile", "no-trailing-slash"),
    ],
)
def test_wrong_path_is_explained(adapty, path, rule):
    reply = adapty("GET", path, user="u-1")
    assert reply.status == 404
    assert rules(reply) == {rule}


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"adapty_platform": "ios"}, "unknown-platform"),
        ({"content_type": "text/plain"}, "content-type"),
        ({"profile": "no-uuid", "user": None}, "profile-id-no-uuid"),
        ({"user": None}, "no-identity"),
    ],
)
def test_wrong_header_is_found(adapty, headers, rule):
    body = {"installation_meta": {"device_id": "0d8c8f3e-0a44-4f0b-8a57-5b6a3d1c9f20"}}
    assert rules(adapty("POST", PROFILE, body, **{"user": "u-1", **headers})) == {rule}


def test_both_ids_are_questioned(adapty, user):
    profile = adapty("GET", PROFILE, user=user).data["profile_id"]
    assert rules(adapty("GET", PROFILE, user=user, profile=profile)) == {"both-identities"}
    assert "both-identities" not in rules(adapty("POST", PROFILE, {}, user=user, profile=profile))


@pytest.mark.parametrize(
    ("body", "path", "rule"),
    [
        ({}, "/installation_meta", "no-installation-meta"),
        ({"installation_meta": {"device_id": "d"}}, "/installation_meta/device_id", "device-id-no-uuid"),
        ({"custom_attributes": {"a": "b"}}, "/custom_attributes", "attributes-of-v1"),
        ({"custom_attributes": [{"key": "a", "value": "x" * 31}]}, "/custom_attributes/0/value", "long-value"),
        ({"custom_attributes": [{"key": "a", "value": True}]}, "/custom_attributes/0/value", "becomes-float"),
        ({"firstname": "Ann"}, "/firstname", "unknown-field"),
        ({"installation_meta": {"device_id": "d", "idfx": ""}}, "/installation_meta/idfx", "unknown-field"),
    ],
)
def test_body_is_judged(adapty, body, path, rule):
    findings = read(adapty("POST", PROFILE, body, user="u-1")).findings
    assert (path, rule) in {(finding.path, finding.rule) for finding in findings}


def test_old_names_have_hints(adapty, user, transaction):
    body = transaction(offer={"category": "introductory", "type": "free_trial", "offer_id": "x"}, is_refund=False)
    findings = {finding.path: finding.message for finding in read(adapty("POST", SET, body, user=user)).findings}
    assert "offer.category" in findings["/offer/offer_id"]
    assert "only v1" in findings["/is_refund"]


@pytest.mark.parametrize(
    ("key", "rule", "word"),
    [
        (None, "no-api-key", "nothing"),
        ("Bearer x", "no-api-key", "Bearer"),
        ("Api-Key", "unknown-key", "no key"),
        ("Api-Key x", "unknown-key", "nobody"),
    ],
)
def test_wrong_key_is_explained(adapty, key, rule, word):
    """Adapty says the same to all of them (adapty.md §3)."""
    reply = adapty("GET", PROFILE, user="u-1", key=key)
    [finding] = read(reply).findings
    assert (reply.status, finding.rule) == (401, rule)
    assert word in finding.message
