"""Whose an identity call is, by which path, and from which page (mparticle.md §§1, 2, 5.5)."""

import gzip
import json

import pytest

from mockserver.vendors.mparticle.credentials import basic_authorization
from mockserver.vendors.mparticle.signatures import signature

BODY = json.dumps({"environment": "production", "known_identities": {"email": "e"}}).encode()
CALLS = ["identify", "login", "logout", "search", "1/modify"]
DATE = "Sun, 22 Nov 2026 08:12:31 GMT"


def served(answer):
    """Whether the call came to its operation, whatever that made of it."""
    return answer.status_code in (200, 404, 400) and bool(answer.data)


def signed(world, path, body=BODY, *, feed="ios", date=DATE, secret=None):
    pair = world.tenant.credentials("mparticle", feed)
    made = signature(secret or pair["secret"], "POST", date, path, body)
    return {"authorization": None, "x-mp-key": pair["key"], "date": date, "x-mp-signature": made}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("feed", ["default", "web", "ios", "android"])
def test_basic_does(world, operation, feed):
    assert served(world("POST", f"/v1/{operation}", BODY, feed=feed))


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("feed", ["default", "web"])
def test_web_key_alone_does(world, operation, feed):
    key = world.tenant.credentials("mparticle", feed)["key"]
    assert served(world("POST", f"/v1/{operation}", BODY, authorization="", **{"x-mp-key": key}))


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("date", [DATE, "20261122T081231Z", "Sun, 22 Nov 2026 08:12:31 GMT+00:00", "today"])
def test_signature_does_with_any_date(world, operation, date):
    """§14: date for signatures. Trap 9."""
    path = f"/v1/{operation}"
    assert served(world("POST", path, BODY, **signed(world, path, date=date)))


@pytest.mark.parametrize("sent", ["/identity/v1/identify", "/identify", "/identity/identify"])
def test_default_path_is_signed(world, sent):
    """Trap 9: whatever path is called."""
    assert served(world("POST", sent, BODY, **signed(world, "/v1/identify")))


def test_default_path_of_user_is_signed(world):
    assert served(world("POST", "/identity/v1/1/modify", BODY, **signed(world, "/v1/1/modify")))
    assert served(world("POST", "/1/modify", BODY, **signed(world, "/v1/1/modify")))


def test_uncompressed_body_is_signed(world):
    """Traps 8 and 9: Android compresses."""
    headers = signed(world, "/v1/login", feed="android")
    assert served(world("POST", "/v1/login", gzip.compress(BODY), content_encoding="gzip", **headers))


def test_alias_is_called_by_both_names(world):
    """Trap 16: the web SDK's key alone, the native SDKs' with a signature."""
    key = world.tenant.credentials("mparticle", "ios")["key"]
    native = f"/v1/identity/{key}/alias"
    headers = signed(world, native)
    del headers["x-mp-key"]
    for path in (native, f"/nativeevents{native}", f"/{key}/alias", f"/nativeevents/{key}/alias"):
        assert served(world("POST", path, BODY, **headers))
        assert world("POST", path, BODY, authorization="").status_code == 401
    for path in (f"/v1/identity/{key}/Alias", f"/webevents/v1/identity/{key}/Alias"):
        assert served(world("POST", path, BODY, authorization=""))


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Basic !"},
        {"authorization": "Bearer x"},
        {"authorization": basic_authorization("no", "body")},
        {"authorization": "", "x-mp-key": "nobody's"},
    ],
)
def test_any_failure_is_401(world, operation, headers):
    """Trap 1. §14: identity credentials wrong."""
    answer = world("POST", f"/v1/{operation}", BODY, **headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_native_key_alone_is_401(world):
    key = world.tenant.credentials("mparticle", "android")["key"]
    assert world("POST", "/v1/identify", BODY, authorization="", **{"x-mp-key": key}).status_code == 401


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"body": b"another"}, {"path": "/v1/login"}])
def test_wrong_signature_is_401(world, wrong):
    headers = signed(world, **{"path": "/v1/identify", **wrong})
    assert world("POST", "/v1/identify", BODY, **headers).status_code == 401


@pytest.mark.parametrize("path", ["/v1/identity/nobody/Alias", "/v1/identity/nobody/alias"])
def test_alias_of_unknown_key_is_401(world, path):
    assert world("POST", path, BODY, authorization="").status_code == 401


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("prefix", ["", "/identity"])
def test_custom_domain_has_prefix(world, operation, prefix):
    assert served(world("POST", f"{prefix}/v1/{operation}", BODY))
    assert served(world("POST", f"{prefix}/{operation}", BODY))


@pytest.mark.parametrize("path", [*(f"/v1/{operation}" for operation in CALLS), "/v1/identity/any/Alias"])
def test_preflight_needs_no_credentials(world, path):
    """Trap 15, §5.5."""
    answer = world(
        "OPTIONS", path, authorization="", origin="https://app.example",
        **{"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-mp-key"},
    )  # fmt: skip
    assert 200 <= answer.status_code < 300
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert {"content-type", "x-mp-key"} <= set(answer.headers["access-control-allow-headers"].split(", "))


def test_pages_may_read_age(world):
    """§4.1: expose `x-mp-max-age` by CORS."""
    assert "x-mp-max-age" in world("POST", "/v1/identify", BODY).headers["access-control-expose-headers"]


@pytest.mark.parametrize("body", [b"{", BODY])
def test_pages_may_read_refusals(world, body):
    """Trap 15: on errors too."""
    for operation in ("search", "1/modify"):
        answer = world("POST", f"/v1/{operation}", body)
        assert answer.status_code in (400, 404)
        assert answer.headers["access-control-allow-origin"] == "*"


def test_paths_are_told_apart_by_case(world):
    """Trap 16."""
    assert world("POST", "/v1/Identify", BODY).status_code == 404


def test_real_host_needs_no_mount(world):
    answer = world.client.post(
        "/v1/identify", data=BODY,
        headers={"host": "identity.us1.mparticle.com", "x-mp-key": world.own["key"]},
    )  # fmt: skip
    assert answer.status_code == 200
