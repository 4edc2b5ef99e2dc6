"""What the folder declares: keys, refusals, settings."""

from random import Random
from types import SimpleNamespace

import orjson
import pytest

from mockserver.vendors.contract import Problem, Refusal
from mockserver.vendors.revenuecat import VENDOR, errors

KEYS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=()))


def test_keys_have_their_prefixes():
    prefixes = {name: text.split("_")[0] for name, text in KEYS["default"].items() if "_" in text}
    assert prefixes == {"secret_key": "sk", "public_ios_key": "appl", "public_android_key": "goog"}


def test_every_key_opens_project():
    assert dict(VENDOR.tokens(KEYS)) == {
        f"Bearer {KEYS['default'][name]}": "default" for name in ("secret_key", "public_ios_key", "public_android_key")
    }


def test_same_seed_same_keys():
    assert VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=())) == KEYS


@pytest.mark.parametrize("problem", Problem)
def test_refusal_has_code_and_message(problem):
    answer = VENDOR.refuse(Refusal(problem=problem, status=429, message="Slow down.", retry_after=7))
    body = orjson.loads(answer.body)
    assert 7000 <= body["code"] < 8000
    assert (answer.status, body["message"], dict(answer.headers)["retry-after"]) == (429, "Slow down.", "7")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.BadRequestError, 400, 7226),
        (errors.InvalidTokenError, 401, 7224),
        (errors.InvalidKeyError, 401, 7225),
        (errors.NotFoundError, 404, 7259),
    ],
)
def test_error_knows_its_code(error, status, code):
    answer = error().answer()
    assert (answer.status, orjson.loads(answer.body)) == (status, {"code": code, "message": error.message})


def test_settings_are_json():
    assert orjson.loads(orjson.dumps(dict(VENDOR.settings))) == dict(VENDOR.settings)


def test_feed_has_two_inputs():
    feed = VENDOR.feeds[0]
    assert (feed.vendor, feed.platforms, feed.name_attribute) == ("mparticle", ("ios", "android"), "revenuecat_event")
