"""The folder's declaration: credentials, settings, operations."""

import re
from random import Random
from typing import NamedTuple

import orjson

from mockserver.vendors.adapty import VENDOR, errors


class Issuer(NamedTuple):
    random: Random
    feeds: tuple = ()


def test_keys_have_adaptys_form():
    keys = VENDOR.credentials(Issuer(Random(0)))["default"]
    assert re.fullmatch(r"secret_live_\w{8}\.\w{32}", keys["api_key"])
    assert re.fullmatch(r"public_live_\w{8}\.\w{32}", keys["public_key"])


def test_token_is_the_header():
    inputs = VENDOR.credentials(Issuer(Random(0)))
    assert list(VENDOR.tokens(inputs)) == [(f"Api-Key {inputs['default']['api_key']}", "default")]


def test_settings_are_plain_json():
    assert orjson.loads(orjson.dumps(dict(VENDOR.settings))).keys() == VENDOR.settings.keys()


def test_operations_depend_on_state():
    assert all(operation.changes and operation.title for operation in VENDOR.operations)


def test_every_error_has_an_envelope():
    """Every refusal can be raised as it stands and says status and code."""
    children = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.AdaptyError)]
    for child in children:
        body = orjson.loads(child().answer().body)
        assert (body["status_code"], bool(body["error_code"])) == (child.status, True)
