"""What the journal finds in calls: whom they are about and what they wrote."""

import pytest

from mockserver.vendors.contract import Reading
from mockserver.vendors.revenuecat import VENDOR

ANONYMOUS = "$RCAnonymousID:87c6049c58069238dce29853916d624c"


@pytest.fixture
def read():
    def parts(reply):
        [part] = VENDOR.read(reply.entry, Reading())
        return part

    return parts


def names(part):
    return [one.name for one in part.events]


def test_setting_attributes_is_event(revenuecat, read):
    part = read(revenuecat.set({"color": "red"}))
    assert (names(part), part.subjects) == (["attributes_set"], (("app_user_id", "u-1"), ("customer_id", "u-1")))


def test_asking_is_none(revenuecat, read):
    assert names(read(revenuecat.get())) == []


def test_anonymous_id_is_no_customer_id(revenuecat, read):
    assert read(revenuecat.get(ANONYMOUS)).subjects == (("app_user_id", ANONYMOUS),)


def test_mparticle_id_is_subject(revenuecat, read):
    part = read(revenuecat.set({"$mparticleId": "42"}))
    assert ("mpid", "42") in part.subjects


def test_v2_is_read_alike(revenuecat, read):
    revenuecat.get()
    project = revenuecat.tenant.credentials("")["project_id"]
    body = {"attributes": [{"name": "$mparticleId", "value": "42"}]}
    part = read(revenuecat("POST", f"/v2/projects/{project}/customers/u-1/attributes", body))
    assert (names(part), dict(part.subjects)["mpid"]) == (["attributes_set"], "42")


def test_transfer_is_about_both(revenuecat, read):
    for who in ("u-1", "u-2"):
        revenuecat.get(who)
    project = revenuecat.tenant.credentials("")["project_id"]
    path = f"/v2/projects/{project}/customers/u-1/actions/transfer"
    part = read(revenuecat("POST", path, {"target_customer_id": "u-2"}))
    assert (names(part), [id_ for kind, id_ in part.subjects if kind == "customer_id"]) == (
        ["purchases_transferred"],
        ["u-1", "u-2"],
    )


def test_receipt_is_of_its_body(revenuecat, read):
    part = read(revenuecat("POST", "/v1/receipts", {"app_user_id": "u-7", "fetch_token": "x"}))
    assert (names(part), dict(part.subjects)["app_user_id"]) == (["receipt_posted"], "u-7")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/entitlements/pro/promotional", {"duration": "daily"}, "entitlement_granted"),
        ("/entitlements/pro/revoke_promotionals", None, "entitlements_revoked"),
        ("/attribution", {"data": {}, "network": "0"}, "attribution_posted"),
    ],
)
def test_every_write_has_name(revenuecat, read, path, body, name):
    revenuecat.get()
    part = read(revenuecat("POST", f"/v1/subscribers/u-1{path}", body))
    assert (names(part), dict(part.subjects)["app_user_id"]) == ([name], "u-1")


def test_deletion_has_name(revenuecat, read):
    revenuecat.get()
    assert names(read(revenuecat("DELETE", "/v1/subscribers/u-1"))) == ["customer_deleted"]


def test_refused_event_is_rejected(revenuecat, read):
    part = read(revenuecat.set({"a key": "x"}))
    assert (part.verdict, part.events[0].verdict) == ("rejected", "rejected")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"attributes": 1}', b'{"attributes": [1]}', b'{"attributes": {"$mparticleId": 1}}']
)
def test_any_body_can_be_read(revenuecat, read, body):
    assert read(revenuecat("POST", "/v1/subscribers/u-1/attributes", body)).subjects[0] == ("app_user_id", "u-1")


def test_unmatched_call_is_of_nobody(revenuecat, read):
    assert read(revenuecat("GET", "/v1/nothing")).subjects == ()
