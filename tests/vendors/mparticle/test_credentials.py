"""Whose a request is: 401 without a header, 403 with a wrong one (mparticle.md §§2, 3.2, 11)."""

import re
from base64 import b64encode
from types import SimpleNamespace

import pytest

from mockserver.vendors.contract import Call
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.schemas import EVENTS_PATH, basic_authorization


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "  "}])
def test_missing_header_is_unauthorized(service, headers):
    answer = service.post("/v2/events", {}, headers)
    assert (answer.status, answer.body, answer.headers) == (401, b"", ())
    assert [(finding.path, finding.rule) for finding in answer.findings] == [("Authorization", "credentials-missing")]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Bearer abc", "the scheme is not Basic but begins 'Bearer'"),
        ("Basic", "what follows Basic is not base64"),
        ("Basic ü", "what follows Basic is not base64"),
        ("Basic " + b64encode(b"key").decode(), "no colon between key and secret"),
        (basic_authorization("us1-unknown", "secret"), "(the key begins 'us1-un')"),
        (basic_authorization("", ""), "no input has this key and secret"),
        ("Basic " + b64encode(b"\xff:\xff").decode(), "no input has this key and secret"),
    ],
)
def test_wrong_header_is_forbidden(service, header, why):
    answer = service.post("/v2/events", {}, {"authorization": header})
    assert (answer.status, answer.body, answer.headers) == (403, b"", ())
    assert why in answer.findings[0].message


def test_secret_is_not_told(service):
    answer = service.post("/v2/events", {}, {"authorization": basic_authorization("k", "a-long-secret")})
    assert "long" not in answer.findings[0].message


def test_wrong_secret_is_forbidden(service):
    pair = service.inputs["default"]
    header = basic_authorization(pair["key"], pair["secret"][:-1])
    assert service.post("/v2/events", {}, {"authorization": header}).status == 403


@pytest.mark.parametrize("feed", ["default", "revenuecat-ios", "revenuecat-android"])
def test_input_is_recognised(service, feed):
    assert service.post("/v2/events", {}, feed=feed).status == 202
    assert service.entries[-1].input == feed


@pytest.mark.parametrize(
    "variant",
    [
        lambda encoded: f"basic {encoded}",
        lambda encoded: f"BASIC   {encoded}  ",
        lambda encoded: f"Basic {encoded.rstrip('=')}",
        lambda encoded: f"Basic {encoded.rstrip('=')}==",
    ],
)
def test_spelling_of_header_does_not_matter(service, variant):
    encoded = next(iter(service.authorizations)).removeprefix("Basic ")
    assert service.post("/v2/events", {}, {"authorization": variant(encoded)}).status == 202


def test_known_header_is_one_lookup(service, keyring):
    call = Call(
        vendor="mparticle", method="POST", path="/v2/events", query="", body=b"",
        headers={"authorization": next(iter(service.authorizations))},
    )  # fmt: skip
    assert VENDOR.operations[0].authenticate(call, keyring).input == "default"
    assert keyring.asked == 1


def test_credentials_look_like_mparticle(service):
    default = service.inputs["default"]
    assert default.keys() == {
        "key", "secret", "client_id", "client_secret", "org_id", "account_id", "workspace_id"
    }  # fmt: skip
    assert re.fullmatch(r"us1-[0-9a-f]{32}", default["key"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", default["secret"])
    assert all(default[name].isdigit() for name in ("org_id", "account_id", "workspace_id"))


def test_each_feed_has_its_pair(service):
    pairs = {(pair["key"], pair["secret"]) for pair in service.inputs.values()}
    feeds = {"revenuecat-ios", "revenuecat-android"}
    assert service.inputs.keys() == {"default", *feeds, "web", "ios", "android", "workspace"}
    assert len(pairs) == len(service.inputs)


def test_same_seed_gives_same_pair(service, random):
    issued = [VENDOR.credentials(SimpleNamespace(random=random(), feeds=())) for _ in range(2)]
    assert issued[0] == issued[1]


def test_feeds_have_path_and_header():
    assert EVENTS_PATH == "/v2/events"
    # RFC 7617 §2, the example of the scheme
    assert basic_authorization("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
