"""The folder as the rest sees it: its shape, and what the core refuses in its name (mparticle.md §§3.2, 3.9, 13)."""

import subprocess
import sys

import orjson
import pytest

from mockserver.vendors.contract import Problem, Refusal
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.apis import EVENTS
from mockserver.vendors.mparticle.errors import EventsApiError


def refuse(problem, status, **more):
    return VENDOR.refuse(Refusal(problem=problem, status=status, message="Because.", **more))


def descendants(kind):
    return [kind, *(found for child in kind.__subclasses__() for found in descendants(child))]


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (Problem.UNKNOWN_PATH, 404, "NOT_FOUND"),
        (Problem.METHOD_NOT_ALLOWED, 405, "METHOD_NOT_ALLOWED"),
        (Problem.TOO_LARGE, 413, "BAD_REQUEST"),
        (Problem.BAD_ENCODING, 400, "BAD_REQUEST"),
        (Problem.INTERNAL, 500, "INTERNAL_ERROR"),
        (Problem.FAULT, 400, "BAD_REQUEST"),
    ],
)
def test_refusal_has_one_shape(problem, status, code):
    answer = refuse(problem, status)
    assert (answer.status, answer.headers) == (status, (("content-type", "application/json"),))
    assert orjson.loads(answer.body) == {"errors": [{"code": code, "message": "Because."}]}


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_ordered_failure_has_no_body(status):
    assert refuse(Problem.FAULT, status).body == b""


def test_throttling_has_its_header():
    assert refuse(Problem.FAULT, 429).headers == (("x-mp-rate-limit-exceeded", "app"),)


def test_throttling_says_when_to_retry():
    headers = refuse(Problem.FAULT, 429, retry_after=2).headers
    assert headers == (("retry-after", "2"), ("x-mp-rate-limit-exceeded", "app"))


def test_throttling_can_be_of_feed():
    headers = refuse(Problem.FAULT, 429, headers=(("X-mp-rate-limit-exceeded", "feed"),)).headers
    assert headers == (("X-mp-rate-limit-exceeded", "feed"),)


def test_outage_says_when_to_retry():
    assert refuse(Problem.FAULT, 503, retry_after=5).headers == (("retry-after", "5"),)


@pytest.mark.parametrize("error", descendants(EventsApiError))
def test_every_error_has_answer(error):
    answer = error().answer()
    assert answer.status == error.status
    assert bool(answer.body) is bool(error.code)


def test_all_paths_are_posted_to():
    operations = {(operation.path, operation.methods) for operation in EVENTS.operations}
    assert operations == {(path, ("POST",)) for path in ("/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical")}
    assert not any(operation.changes for operation in EVENTS.operations)


def test_vendor_says_what_is_missing():
    assert all((VENDOR.imitated, VENDOR.not_imitated, VENDOR.hosts))


def test_importing_vendor_is_cheap():
    """The compiler of JSON Schemas is only loaded by the first request."""
    script = (
        "import sys, mockserver.vendors.mparticle; print('jsonschema_rs' in sys.modules, 'marshmallow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
