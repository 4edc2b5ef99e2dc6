"""Keys: 7224 without a token, 7225 for a wrong one, the secret one for what an app must not do (revenuecat.md §12)."""

import pytest

from mockserver.vendors.revenuecat import VENDOR

PROMOTIONAL = "/v1/subscribers/u-1/entitlements/pro/promotional"
REVOKE = "/v1/subscribers/u-1/entitlements/pro/revoke_promotionals"


@pytest.mark.parametrize("key", [None, ""])
def test_no_token_is_7224(revenuecat, key):
    reply = revenuecat.get(key=key)
    assert (reply.status, reply.json) == (401, {"code": 7224, "message": "Invalid authorization token."})


@pytest.mark.parametrize("header", ["Basic abc", "sk_naked"])
def test_other_scheme_is_7224(revenuecat, header):
    assert revenuecat.get(key=None, authorization=header).json["code"] == 7224


def test_unknown_key_is_7225(revenuecat):
    reply = revenuecat.get(key="sk_unknown")
    assert (reply.status, reply.json) == (401, {"code": 7225, "message": "Invalid API Key."})


def test_scheme_has_no_case(revenuecat):
    secret = revenuecat.tenant.credentials("revenuecat")["secret_key"]
    assert revenuecat.get(key=None, authorization=f"bearer {secret}").status == 201


@pytest.mark.parametrize("name", ["secret_key", "public_ios_key", "public_android_key"])
def test_every_key_reads(revenuecat, name):
    assert revenuecat.get(key=revenuecat.tenant.credentials("revenuecat")[name]).status == 201


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/v1/subscribers/u-1"), ("POST", PROMOTIONAL), ("POST", REVOKE)]
)
def test_public_key_cannot_give_or_take(revenuecat, method, path):
    revenuecat.get()
    reply = revenuecat(method, path, {"duration": "daily"}, key=revenuecat.tenant.credentials("")["public_ios_key"])
    assert (reply.status, reply.json["code"]) == (401, 7225)


def test_attributes_need_secret_key(revenuecat):
    public = revenuecat.tenant.credentials("")["public_android_key"]
    assert "subscriber_attributes" not in revenuecat.get(key=public).subscriber
    assert "subscriber_attributes" not in revenuecat.set({"color": "red"}, key=public).subscriber
    assert revenuecat.get().attributes == {"color": "red"}


def test_rate_limit_says_when_to_return():
    from mockserver.vendors.contract import Problem, Refusal

    answer = VENDOR.refuse(Refusal(problem=Problem.FAULT, status=429, message="Slow down.", retry_after=3))
    headers = dict(answer.headers)
    assert b'"backoff_ms":3000' in answer.body
    assert headers["retry-after"] == "3"
    assert headers.keys() >= {"revenuecat-rate-limit-current-usage", "revenuecat-rate-limit-current-limit"}
