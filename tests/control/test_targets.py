"""Targets over HTTP: set and shown without their secrets, and never where a mock must not send."""

import pytest

URL = "http://127.0.0.1:9/hook"


def test_target_shows_no_secret(api):
    api.put("/targets/acme/webhook", {"url": URL, "headers": {"X-Key": "s3cret"}, "credentials": {"key": "s3cret"}})
    (target,) = api.get("/targets")["targets"]
    assert target == {
        "vendor": "acme",
        "channel": "webhook",
        "url": URL,
        "headers": {"X-Key": "***"},
        "credentials": {"key": "***"},
    }


def test_deleted_target_is_gone(api):
    api.put("/targets/acme/webhook", {"url": URL})
    api.delete("/targets/acme/webhook")
    assert api.get("/targets") == {"targets": []}


def test_own_address_is_allowed(api):
    url = f"{api.parts.settings.url}/hub/events"
    assert api.put("/targets/acme/hub", {"url": url})["url"] == url


@pytest.mark.parametrize(
    "url", ["https://api.acme.example/hook", "http://elsewhere.example/", "ftp://127.0.0.1/", "http://[::1", "http://"]
)
def test_forbidden_address_is_refused(api, url):
    assert api.problem("PUT", "/targets/acme/webhook", {"url": url})["title"] == "Target not allowed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "http://127.0.0.1/\nx"},
        {"url": "http://127.0.0.1/ü"},
        {"url": URL, "headers": {"a b": "c"}},
        {"url": URL, "headers": {"a": "b\r\nc: d"}},
        {"url": URL, "headers": {"a": "\x00"}},
        {"url": URL, "headers": ["a"]},
        {"url": URL, "credentials": {"key": "ключ"}},
    ],
)
def test_what_cannot_be_sent_is_refused(api, body):
    assert api.problem("PUT", "/targets/acme/webhook", body)["title"] == "Unprocessable"


def test_unknown_channel_names_nearest(api):
    assert "Did you mean 'webhook'?" in api.problem("PUT", "/targets/acme/webhok", {"url": URL})["detail"]
