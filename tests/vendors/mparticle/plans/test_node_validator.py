"""Our strict mode and mParticle's own validator (npm @mparticle/data-planning-node) find the same in the same batches.

Both see a table of what §6.5 is about, and batches and plans that are made up; the order of violations does not matter.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from mockserver.vendors.mparticle.plans import documents
from mockserver.vendors.mparticle.plans.validation import Plan, results

CLIENTS = Path(__file__).parents[3] / "clients"
MADE_UP = 600

NAMES = ("price", "label", "count", "flag", "mail", "when", "tags")
VALUES = (
    0, 1, 5, 10, 11, -3, 0.5, 4.5, 0.3, 9.99, "", "a", "ab", "cheap", "42", "true", "a@b.example", "nobody",
    "2026-01-15", "2026-13-45", "2026-01-15T10:00:00Z", "10:00:00", "https://a.example/b", "a b", "1.2.3.4",
    "1.2.3.400", "::1", "550e8400-e29b-41d4-a716-446655440000", "äöü", "😀😀", True, False, None, [], [1, 2], ["a"],
    [1, 1], {}, {"k": "v"}, {"k": None},
)  # fmt: skip
TYPES = ("string", "number", "integer", "boolean", "array", "object", ["string", "null"], ["number", "string"])
RULES = {
    "minimum": (0, 1, 5.5),
    "maximum": (5, 10, 0.5),
    "exclusiveMinimum": (1, 5.5),
    "exclusiveMaximum": (10, 5),
    "multipleOf": (2, 0.1, 0.5, 0.01),
    "minLength": (1, 2),
    "maxLength": (1, 3),
    "pattern": ("^a", r"\d+", "^[a-z]*$", "@", r"^\w+$"),
    "format": ("email", "date", "date-time", "time", "uri", "uri-reference", "uuid", "ipv4", "ipv6", "hostname"),
    "enum": (["a", "ab"], [1, 5], [True], ["42", 42], [None]),
    "const": (5, "a", True),
    "minItems": (1, 2),
    "maxItems": (1,),
    "uniqueItems": (True,),
    "minProperties": (1, 2),
    "maxProperties": (0,),
    "items": ({"type": "string"}, [{"type": "number"}], [{"type": "string"}, {"minimum": 5}]),
    "description": ("Words.",),
}
MATCHES = (
    {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "transaction"}},
    {"type": "screen_view", "criteria": {"screen_name": "Home"}},
    {"type": "product_action", "criteria": {"action": "purchase"}},
    {"type": "promotion_action", "criteria": {"action": "view"}},
    {"type": "product_impression", "criteria": {}},
    {"type": "session_start", "criteria": {}},
    {"type": "crash_report"},
    {"type": "application_state_transition", "criteria": {"application_transition_type": "application_initialized"}},
)
EVENTS = (
    ("custom_event", {"event_name": "Buy", "custom_event_type": "transaction"}),
    ("custom_event", {"event_name": "Sell", "custom_event_type": "transaction"}),
    ("custom_event", {"event_name": "Buy", "custom_event_type": "other"}),
    ("custom_event", {"event_name": "Buy"}),
    ("custom_event", {"custom_event_type": "other"}),
    ("custom_event", {}),
    ("custom_event", None),
    ("screen_view", {"screen_name": "Home"}),
    ("screen_view", {"screen_name": "Away"}),
    ("screen_view", {}),
    ("screen_view", None),
    ("commerce_event", {"product_action": {"action": "purchase"}}),
    ("commerce_event", {"product_action": {"action": "refund"}}),
    ("commerce_event", {"product_action": {}}),
    ("commerce_event", {"promotion_action": {"action": "view"}}),
    ("commerce_event", {"promotion_action": {"action": "click"}, "product_impressions": [{}]}),
    ("commerce_event", {"product_impressions": [{"product_impression_list": "l"}]}),
    ("commerce_event", {"product_impressions": []}),
    ("commerce_event", {}),
    ("commerce_event", None),
    ("application_state_transition", {"application_transition_type": "application_initialized"}),
    ("application_state_transition", {"application_transition_type": "application_exit"}),
    ("application_state_transition", None),
    *((kind, {}) for kind in (
        "session_start", "session_end", "crash_report", "opt_out", "first_run", "network_performance", "breadcrumb",
        "uninstall", "profile", "media", "push_message", "push_registration", "user_attribute_change",
        "user_identity_change", "user_attributes", "user_identities", "product_impression", "unknown",
    )),
)  # fmt: skip

pytestmark = pytest.mark.slow


def point(match, definition):
    return {"match": match, "validator": {"type": "json_schema", "definition": definition}}


def of_attributes(rules):
    return {"properties": {"data": {"properties": {"custom_attributes": rules}}}}


def event(kind, data, attributes=None):
    made = {"event_type": kind} | ({} if data is None else {"data": dict(data)})
    if data is not None and attributes is not None:
        made["data"]["custom_attributes"] = attributes
    return made


def table():
    """Every event against a plan with everything and one with nothing; every rule against every value."""
    full = [point(match, {"properties": {"data": {"required": ["more"]}}}) for match in MATCHES]
    attributes = point({"type": "user_attributes", "criteria": {}}, {"type": "object", "required": ["tier"]})
    events = [event(*one) for one in EVENTS]
    for points in ([], full, [*full, attributes]):
        yield {"document": {"data_points": points}, "batch": {"events": events}}
    values = {f"v{at}": value for at, value in enumerate(VALUES)}
    every_rule = [{name: rule} for name, rules in RULES.items() for rule in rules] + [{"type": kind} for kind in TYPES]
    for rules in every_rule:
        definition = of_attributes({"additionalProperties": rules})
        batch = {"events": [event(*EVENTS[0], values)], "user_attributes": {}}
        yield {"document": {"data_points": [point(MATCHES[0], definition)]}, "batch": batch}


def schema(random):
    rules = {name: random.choice(values) for name, values in RULES.items() if random.random() < 0.12}
    return rules | ({"type": random.choice(TYPES)} if random.random() < 0.7 else {})


def some_names(random, share):
    return [name for name in NAMES if random.random() < share]


def object_schema(random):
    found = {}
    if random.random() < 0.9:
        found["properties"] = {name: schema(random) for name in some_names(random, 0.7)}
    if random.random() < 0.6:
        found["additionalProperties"] = random.choice([True, False, False, {"type": "string"}])
    if random.random() < 0.6:
        found["required"] = some_names(random, 0.4)
    return found | ({"type": "object"} if random.random() < 0.4 else {})


def made_up(random):
    """A plan and a batch, such that they often have to do with each other."""
    points = [point(match, of_attributes(object_schema(random))) for match in MATCHES if random.random() < 0.7]
    if random.random() < 0.7:
        points.append(point({"type": "user_attributes", "criteria": {}}, random.choice([{}, object_schema(random)])))
    values = lambda: {name: random.choice(VALUES) for name in some_names(random, 0.5)}  # noqa: E731  one line, used twice
    batch = {"events": [event(*random.choice(EVENTS), values()) for _ in range(random.randrange(5))]}
    return {"document": {"data_points": points}, "batch": batch | random.choice([{}, {"user_attributes": values()}])}


def compared(found):
    """Results such that the order of their violations does not matter."""
    written = lambda value: json.dumps(value, sort_keys=True)  # noqa: E731  one line, used twice
    data = [(one["event_type"], one["data"]) for one in found]
    return [(kind, written(one.get("match")), sorted(map(written, one["validation_errors"]))) for kind, one in data]


@pytest.fixture(scope="module")
def validate():
    """mParticle's validator; in CI it must be there, elsewhere `make test` installs what is needed."""
    node = shutil.which("node")
    if node is None or not (CLIENTS / "node_modules" / "@mparticle" / "data-planning-node").is_dir():
        reason = "node or tests/clients/node_modules is missing; `make test` installs both"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)

    def run(cases):
        command = [node, str(CLIENTS / "mparticle_validator.js")]
        sent = json.dumps(cases)
        done = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("source", ["table", "made up"])
def test_both_find_the_same(validate, source):
    """§6.5."""
    random = Random(source)
    cases = [*table()] if source == "table" else [made_up(random) for _ in range(MADE_UP)]
    violations = 0
    for case, theirs in zip(cases, validate(cases), strict=True):
        documents.check(case["document"])
        ours = [one.as_dict() for one in results(Plan(case["document"]), case["batch"], strict=True)]
        assert compared(ours) == compared(theirs), json.dumps(case)
        violations += sum(len(one["data"]["validation_errors"]) for one in theirs)
    assert violations > len(cases)
