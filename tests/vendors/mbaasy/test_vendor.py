"""What the folder declares: keys, hosts, refusals, settings."""

from random import Random
from types import SimpleNamespace

import orjson
import pytest

from mockserver.vendors.contract import Problem, Refusal
from mockserver.vendors.mbaasy import VENDOR, errors

KEYS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=()))


def test_app_has_token_and_key():
    assert {name: len(text) for name, text in KEYS["default"].items()} == {"access_token": 64, "hmac_key": 64}


def test_token_opens_app():
    assert dict(VENDOR.tokens(KEYS)) == {f"Bearer {KEYS['default']['access_token']}": "default"}


def test_same_seed_same_keys():
    assert VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=())) == KEYS


def test_paths_are_the_manuals():
    assert [(one.methods, one.path) for one in VENDOR.operations] == [
        (("POST",), "/client/itunes_connect/receipts"),
        (("POST",), "/client/google_play/purchase_orders"),
        (("POST",), "/client/google_play/purchase_orders/legacy"),
    ]


@pytest.mark.parametrize("problem", Problem)
def test_refusal_is_plain_json(problem):
    answer = VENDOR.refuse(Refusal(problem=problem, status=429, message="Slow down.", retry_after=7))
    headers = dict(answer.headers)
    assert (answer.status, orjson.loads(answer.body)) == (429, {"error": "Slow down."})
    assert (headers["content-type"], headers["retry-after"]) == ("application/json", "7")


@pytest.mark.parametrize(("error", "status"), [(errors.UnauthorizedError, 401), (errors.InvalidBodyError, 422)])
def test_error_knows_its_status(error, status):
    answer = error().answer()
    assert (answer.status, orjson.loads(answer.body)["error"]) == (status, error.message)


def test_settings_are_json():
    assert orjson.loads(orjson.dumps(dict(VENDOR.settings))) == dict(VENDOR.settings)
