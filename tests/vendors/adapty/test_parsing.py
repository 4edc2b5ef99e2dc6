"""Whatever comes in, Adapty refuses it in its own words or takes it: never anything else."""

from datetime import datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.vendors.adapty import schemas
from mockserver.vendors.adapty.errors import refuse
from mockserver.vendors.adapty.fields import parse_instant
from mockserver.vendors.adapty.schemas import webhook_date
from mockserver.vendors.adapty.state import CHANGES, LOADERS, blank
from mockserver.vendors.contract import Problem, Refusal, VendorError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = sorted({*schemas.PROFILE.fields, *schemas.GRANT.fields, *schemas.REVOKE.fields, *schemas.SUBSCRIPTION.fields})
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(min_value=datetime(1970, 1, 2), timezones=OFFSETS)


def answered(operation, content):
    """The envelope of a refusal, or None where the body was taken."""
    try:
        LOADERS[operation](content)
    except VendorError as error:
        return orjson.loads(error.answer().body)
    return None


@pytest.mark.parametrize("operation", LOADERS)
@given(content=st.binary(max_size=64) | BODIES.map(orjson.dumps) | VALUES.map(orjson.dumps))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_body_is_taken_or_refused(operation, content):
    refused = answered(operation, content)
    if refused is not None:
        assert refused.keys() == {"errors", "error_code", "status_code"}
        assert refused["error_code"]
        assert all(one["errors"] and all(one["errors"]) for one in refused["errors"])


@given(
    pairs=st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z0-9._-]{1,30}", fullmatch=True),
            st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=50),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_attributes_hold_texts_and_floats(pairs):
    content = orjson.dumps({"custom_attributes": [{"key": key, "value": value} for key, value in pairs]})
    record = CHANGES["update_profile"](blank("p", "u"), LOADERS["update_profile"](content), None)
    assert all(isinstance(value, str | float) and value != "" for value in record["attributes"].values())
    assert record["attributes"].keys() == {key for key, value in dict(pairs).items() if value not in (None, "")}


@given(instant=INSTANTS)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_dates_come_back(instant):
    assert parse_instant(instant.isoformat()) == instant
    assert parse_instant(webhook_date(instant)) == instant


@given(
    text=st.text(max_size=32) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]?\d*[Z+-]?[\d:]*", fullmatch=True)
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_text_breaks_dates(text):
    instant = parse_instant(text)
    assert instant is None or instant.utcoffset().total_seconds() == 0


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_envelope(problem):
    refusal = Refusal(problem=problem, status=429, message="So it is.", headers=(("allow", "GET"),), retry_after=3)
    answer = refuse(refusal)
    body = orjson.loads(answer.body)
    assert body["errors"] == [{"source": "non_field_errors", "errors": ["So it is."]}]
    assert (body["status_code"], answer.status) == (429, 429)
    assert {("allow", "GET"), ("retry-after", "3")} <= set(answer.headers)


def test_too_many_is_rate_limited():
    answer = refuse(Refusal(problem=Problem.FAULT, status=429, message="x"))
    assert orjson.loads(answer.body)["error_code"] == "rate_limited"
    assert "retry-after" not in dict(answer.headers)
