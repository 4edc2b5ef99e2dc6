"""What holds for every document and every batch: leniency only ever forgives, and what was accepted can be used."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.vendors.mparticle.plans import documents
from mockserver.vendors.mparticle.plans.blocking import Blocks
from mockserver.vendors.mparticle.plans.errors import PlanningError
from mockserver.vendors.mparticle.plans.keywords import UNSUPPORTED
from mockserver.vendors.mparticle.plans.tagging import validated
from mockserver.vendors.mparticle.plans.validation import Plan, pointer, results

NAMES = st.sampled_from(["a", "b", "price", "a/b", "~", "", "properties", "additionalProperties", "if", "ä"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "42", "-4.5e1", "true", "False", "x@y.example", "2026-01-15", "1" * 70, "\u0000", "😀"]),
    st.text(max_size=5),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
TYPES = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
RULES = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(JSON, min_size=1, max_size=3),
    "const": JSON,
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), st.integers(-5, 50) | st.floats(-5, 50)
    ),
    "multipleOf": st.sampled_from([1, 2, 0.1, 0.01, 3.5, 1e-9]),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), st.integers(0, 4)
    ),
    "pattern": st.sampled_from(["^a", r"\d+", "[^a]", "(a)", "^(a+)+$", r"\p{L}", "(?=a)", r"^\S*$"]),
    "format": st.sampled_from(["email", "date", "time", "uri", "uuid", "ipv6", "regex", "json-pointer", "no-such"]),
    "uniqueItems": st.booleans(),
    "required": st.lists(NAMES, max_size=3, unique=True),
    "description": st.text(max_size=3),
}


def _objects(inner):
    schemas = inner | st.booleans()
    nested = {
        "properties": st.dictionaries(NAMES, schemas, max_size=3),
        "additionalProperties": schemas,
        "items": schemas | st.lists(schemas, max_size=2),
        "additionalItems": schemas,
        "contains": schemas,
        "propertyNames": schemas,
    }
    return st.fixed_dictionaries({}, optional={**RULES, **nested})


SCHEMAS = st.recursive(st.fixed_dictionaries({}, optional=RULES), _objects, max_leaves=4)
"""Most of them are accepted."""

ANYTHING = st.dictionaries(
    st.sampled_from([*RULES, "properties", "items", *UNSUPPORTED, "$schema", "$id"]), JSON, max_size=4
)
"""Most of them are not."""

MATCHES = st.sampled_from([
    {"type": "custom_event", "criteria": {"event_name": "a", "custom_event_type": "other"}},
    {"type": "screen_view", "criteria": {"screen_name": "a"}},
    {"type": "product_action", "criteria": {"action": "purchase"}},
    {"type": "user_attributes", "criteria": {}},
    {"type": "user_identities", "criteria": {}},
    {"type": "session_start"},
    {"type": "media"},
])  # fmt: skip
KINDS = st.sampled_from(["custom_event", "screen_view", "commerce_event", "session_start", "push_message", "media"])
DATA = st.fixed_dictionaries(
    {},
    optional={
        "event_name": st.just("a") | JSON,
        "custom_event_type": st.just("other") | JSON,
        "screen_name": st.just("a") | JSON,
        "product_action": st.just({"action": "purchase"}) | JSON,
        "product_impressions": JSON,
        "custom_attributes": st.dictionaries(NAMES, JSON, max_size=4) | JSON,
    },
)
EVENTS = st.fixed_dictionaries({"event_type": KINDS}, optional={"data": DATA | JSON})
BATCHES = st.fixed_dictionaries(
    {"events": st.lists(EVENTS, max_size=4)},
    optional={
        "user_attributes": st.dictionaries(NAMES, JSON, max_size=4) | JSON,
        "user_identities": st.dictionaries(st.sampled_from(["email", "customerid", "other2"]), JSON, max_size=3) | JSON,
        "device_info": JSON,
        "mp_deviceid": JSON,
    },
)


def points(schemas):
    made = st.builds(
        lambda match, definition: {"match": match, "validator": {"type": "json_schema", "definition": definition}},
        MATCHES,
        schemas,
    )
    return st.lists(made, max_size=4)


def is_accepted(document):
    try:
        documents.check(document)
    except PlanningError:
        return False
    return True


@given(points(SCHEMAS), BATCHES)
@settings(max_examples=80)
def test_server_never_finds_more_than_the_sdk(data_points, batch):
    """What is valid strictly is valid leniently; else there is nothing wrong where strictly nothing is."""
    document = {"data_points": data_points}
    if not is_accepted(document):
        return
    plan = Plan(document)
    strict = {one.at: one for one in results(plan, batch, strict=True)}
    for lenient in results(plan, batch):
        if lenient.at == "user_identities":  # the SDK does not look at them
            continue
        assert {one.path for one in lenient.violations} <= {one.path for one in strict[lenient.at].violations}


@given(points(SCHEMAS | ANYTHING), BATCHES)
@settings(max_examples=80)
@pytest.mark.parametrize("strict", [False, True])
def test_accepted_document_never_fails(strict, data_points, batch):
    document = {"data_points": data_points}
    if not is_accepted(document):
        return
    plan = Plan(document)
    for result in results(plan, batch, strict=strict):
        assert result.violations
        assert orjson.loads(orjson.dumps(result.as_dict()))["data"]["validation_errors"]
        assert all(pointer(one.path).startswith("#") for one in result.violations)
        assert all(Blocks(ev=True, ea=True, ua=True).action(result, one) for one in result.violations)
    assert len([*validated(plan, batch)]) <= len(batch["events"]) + 2


@given(JSON | st.fixed_dictionaries({"data_points": st.lists(JSON, max_size=2)}))
def test_any_document_is_accepted_or_refused(document):
    if is_accepted(document):
        Plan(document)
