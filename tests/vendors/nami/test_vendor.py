"""What the folder declares: keys, refusals, settings."""

from random import Random
from types import SimpleNamespace

import orjson
import pytest

from mockserver.vendors.contract import Problem, Reading, Refusal
from mockserver.vendors.nami import VENDOR, dialect, errors

KEYS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=()))


def test_app_has_id_and_key():
    assert {name: len(text) for name, text in KEYS["default"].items()} == {"app_platform_id": 36, "api_key": 40}


def test_key_opens_app():
    assert dict(VENDOR.tokens(KEYS)) == {f"Bearer {KEYS['default']['api_key']}": "default"}


def test_same_seed_same_keys():
    assert VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=())) == KEYS


@pytest.mark.parametrize("problem", Problem)
def test_refusal_has_its_detail(problem):
    answer = VENDOR.refuse(Refusal(problem=problem, status=429, message="Slow down.", retry_after=7))
    assert (answer.status, orjson.loads(answer.body)) == (429, {"detail": "Slow down."})
    assert dict(answer.headers)["retry-after"] == "7"


@pytest.mark.parametrize(
    ("error", "status"), [(errors.NamiError, 400), (errors.InvalidKeyError, 401), (errors.NotFoundError, 404)]
)
def test_error_says_its_sentence(error, status):
    answer = error().answer()
    assert (answer.status, orjson.loads(answer.body)) == (status, {"detail": error.message})


def test_settings_are_json():
    assert orjson.loads(orjson.dumps(dict(VENDOR.settings))) == dict(VENDOR.settings)


def test_thirteen_events_are_selectable():
    assert len(VENDOR.settings["events"]) == 13
    assert all(VENDOR.settings["events"].values())


def test_feed_has_two_inputs():
    [feed] = VENDOR.feeds
    assert (feed.vendor, feed.platforms, feed.name_attribute) == ("mparticle", ("ios", "android"), None)


def test_nothing_comes_in():
    assert (VENDOR.operations, dialect.read(SimpleNamespace(), Reading())) == ((), ())
