"""The compiled schemas say yes only where marshmallow would; marshmallow is the only definition."""

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import fields

from mockserver.vendors.mparticle import judgement
from mockserver.vendors.mparticle.compiled import batch_schema, compiled
from mockserver.vendors.mparticle.events import EVENT_TYPES
from mockserver.vendors.mparticle.schemas import BatchSchema
from mockserver.vendors.mparticle.shapes import Shape, instance

HERE = Path(__file__).parent
EVENTS = [json.loads(path.read_text("utf-8"))["event"] for path in sorted((HERE / "samples").glob("*.json"))]
BATCHES = [json.loads(path.read_text("utf-8"))["body"] for path in sorted((HERE / "batches").glob("*.json"))]
SHAPES = [BatchSchema, *EVENT_TYPES.values()]
NAMES = sorted(
    {name for shape in SHAPES for name in instance(shape).fields} | {"customer_id", "customerid", "action", "$age"}
)
TEXTS = ["", "0", "123", "-5501234567890123456", "9223372036854775808", "production", "other", "unknown", "purchase",
         "attribution", "EUR", "1.2.3.4", "2026", "8c61383f-2216-4713-8c1c-1cb0a5d7a4cc",
         "<257>", "<600>", "<4097>"]  # fmt: skip
NUMBERS = [
    0,
    1,
    -1,
    2**53,
    2**63 - 1,
    2**63,
    2**64 - 1,
    -(2**63),
    1e30,
    1.0,
    0.5,
    90.5,
    1_768_467_600,
    1_768_467_600_000,
]

scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.text(max_size=5)
keys = st.sampled_from([*NAMES, "<257>"]) | st.text(max_size=4)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
events = st.sampled_from(EVENTS) | st.builds(
    lambda kind, data: {"event_type": kind, "data": data},
    st.sampled_from(sorted(EVENT_TYPES)),
    st.dictionaries(keys, values, max_size=4),
)
thorough = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def parsed(batch):
    """As it would come over the wire; `<257>` stands for a text of so many characters."""
    raw = json.dumps(batch)
    for length in (257, 600, 4097):
        raw = raw.replace(f"<{length}>", "x" * length)
    return orjson.loads(raw)


def places(value, path=()):
    """Every place inside a JSON value."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from places(inner, (*path, name))


@st.composite
def batches(draw):
    """A sample of a batch with events, in which a few members were replaced, added or taken away."""
    batch = json.loads(json.dumps(draw(st.sampled_from([*BATCHES, {}]))))
    batch["events"] = json.loads(json.dumps(draw(st.lists(events, max_size=3))))
    for _ in range(draw(st.integers(0, 3))):
        *above, last = draw(st.sampled_from([place for place in places(batch) if place] or [("events",)]))
        holder = batch
        for name in above:
            holder = holder[name]
        if isinstance(holder, dict) and draw(st.booleans()):
            holder.pop(last, None)
        elif isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(keys)] = draw(values)
        else:
            holder[last] = draw(values)
    return batch


@thorough
@given(batches() | values)
def test_accepted_is_never_refused(batch):
    batch = parsed(batch)
    if compiled().accepts(batch):
        assert judgement.refusal(batch) is None


@thorough
@given(batches() | values)
def test_clean_needs_no_remark(batch):
    batch = parsed(batch)
    if compiled().is_clean(batch):
        assert list(judgement.remarks(batch)) == []
        assert compiled().accepts(batch)


@thorough
@given(st.lists(batches() | values, max_size=3))
def test_bulk_is_accepted_as_each(bodies):
    bodies = parsed(bodies)
    assert compiled().accepts_bulk(bodies) is all(compiled().accepts(batch) for batch in bodies)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["event_type"])
def test_samples_take_quick_way(event):
    """Or the quick way would be no way at all."""
    batch = {"events": [event]}
    assert compiled().accepts(batch)
    assert compiled().is_clean(batch)


@pytest.mark.parametrize("sent", [8_999_999_999_999_999_999, "8999999999999999999", "-8999999999999999999", "17"])
def test_long_mpids_take_quick_way(sent):
    """Most of mParticle's numbers have nineteen digits."""
    assert compiled().is_clean(parsed({**BATCHES[0], "mpid": sent}))


def test_frequent_deviations_take_quick_way():
    """What feeds and SDKs send in every batch must not cost marshmallow in every batch."""
    batch = {"mpid": "12345678", "schema_version": 2, "user_identities": {"customerid": "c-1"}}
    assert compiled().is_clean(batch)


@pytest.mark.parametrize("clean", [True, False])
def test_schema_is_plain_json(clean):
    schema = batch_schema(clean=clean)
    assert orjson.loads(orjson.dumps(schema)) == schema


def test_unknown_field_has_no_schema(monkeypatch):
    """A field of a type that the generator does not know must not be passed over."""

    class Odd(Shape):
        odd = fields.Integer()

    monkeypatch.setitem(EVENT_TYPES, "odd", Odd)
    with pytest.raises(TypeError, match="Integer"):
        batch_schema(clean=True)
