"""Endpoint 19: `POST …/validate`, with what the server adds to the validator's results (mparticle.md §§6.5, 6.6)."""

import pytest


def sent(planner, **data):
    event = planner.bought(price=50)
    event["data"] |= data
    return event


@pytest.fixture
def result(planner):
    """The result of an event that is too dear."""
    planned = planner.point({"type": "user_attributes", "criteria": {}}, {"type": "object"})

    def validate(event, *points):
        found = planner.validate([planner.price, planned, *points], {"environment": "development", "events": [event]})
        return found[0]["data"] if found else None

    return validate


def test_valid_batch_has_no_results(planner, result):
    assert result(planner.bought(price=5)) is None


def test_text_of_a_number_is_valid(planner, result):
    """§14: number as text in plans: lenient on the server."""
    assert result(planner.bought(price="5")) is None
    assert result(planner.bought(price="five"))["validation_errors"][0]["expected"] == "should be number"


def test_results_carry_what_they_are_about(planner, result):
    event = sent(planner, event_id=77, source_message_id="m-1", session_id=5, timestamp_unixtime_ms=1768467600001)
    data = result(event)
    assert (data["validated_event_id"], data["validated_source_message_id"]) == (77, "m-1")
    assert (data["session_id"], data["timestamp_unixtime_ms"]) == (5, 1768467600001)
    assert data["custom_attributes"] == {"price": 50}
    assert data["executed_transformations"] == {}
    assert data["action_expected"] == data["validation_errors"][0]["action_expected"] == "allow"


def test_event_without_number_and_time_gets_them(planner, result):
    """They are mParticle's to give; the same event has the same number."""
    first, again, other = result(sent(planner)), result(sent(planner)), result(sent(planner, source_message_id="m"))
    assert first["validated_event_id"] == again["validated_event_id"] != other["validated_event_id"]
    assert -(2**63) <= first["validated_event_id"] < 2**63
    assert first["timestamp_unixtime_ms"] == 1768471200000
    assert first["validated_source_message_id"] is None


def test_user_attributes_have_no_event(planner):
    (found,) = planner.validate([], {"user_attributes": {"a": 1}})
    assert found["event_type"] == "validation_result"
    assert found["data"]["validated_event_id"] is None
    assert found["data"]["validation_errors"][0]["actual"] == "Invalid JSON Schema"


@pytest.mark.parametrize(
    ("kind", "action", "expected"),
    [
        ("event", "drop_event", ["drop_event", "allow", "allow"]),
        ("event_attribute", "drop_attribute", ["allow", "drop_attribute", "allow"]),
        ("user_attribute", "drop_attribute", ["allow", "allow", "drop_attribute"]),
        ("event", "allow", ["allow", "allow", "allow"]),
    ],
)
def test_document_says_what_is_dropped(planner, kind, action, expected):
    unplanned = {"event_type": "screen_view", "data": {"screen_name": "Home"}}
    strict = planner.point({"type": "user_attributes", "criteria": {}}, {"additionalProperties": False})
    document = {
        "data_points": [planner.price, strict],
        "settings": {"validation_actions": {kind: action}},
    }
    batch = {"events": [unplanned, planner.bought(price=5, more=1)], "user_attributes": {"age": 5}}
    results = planner("POST", "/validate", {"document": document, "batch": batch}).json["results"]
    assert [one["data"]["action_expected"] for one in results] == expected


def test_only_unplanned_data_is_ever_dropped(planner):
    actions = dict.fromkeys(("event_attribute", "user_attribute"), "drop_attribute") | {"event": "drop_event"}
    document = {"data_points": [planner.price], "settings": {"validation_actions": actions}}
    batch = {"events": [planner.bought(price=50), planner.bought(), {"event_type": "session_start", "data": {}}]}
    results = planner("POST", "/validate", {"document": document, "batch": batch}).json["results"]
    assert [one["data"]["action_expected"] for one in results] == ["allow"] * 4


def test_whole_version_is_as_good_as_its_document(planner):
    version = planner.plan(planner.price)["data_plan_versions"][0]
    answer = planner("POST", "/validate", {"document": version, "batch": {"events": [planner.bought(price=50)]}})
    assert answer.json["results"][0]["data"]["validation_errors"][0]["schema_keyword"] == "maximum"


@pytest.mark.parametrize(
    "body", [{}, {"document": {"data_points": []}}, {"batch": {}}, {"document": None, "batch": {}}]
)
def test_both_values_are_required(planner, body):
    assert planner.refusal("POST", "/validate", body) == ["A required value was missing."]


@pytest.mark.parametrize(
    "batch",
    [[], "text", 5, {"events": {}}, {"events": [5]}, {"events": [{}]}, {"events": [{"event_type": ""}]},
     {"events": [{"event_type": "custom_event", "data": []}]}],
)  # fmt: skip
def test_batch_has_to_be_one(planner, batch):
    body = {"document": {"data_points": []}, "batch": batch}
    assert planner.refusal("POST", "/validate", body) == ["Invalid Event Batch."]


def test_node_sdks_batch_is_one(planner):
    """It makes one for a single event, of nobody and of no environment (§11)."""
    batch = {"events": [planner.bought(price=5)], "mpid": "", "environment": "unknown"}
    assert planner.validate([planner.price], batch)[0]["data"]["match"] == {"type": "user_attributes"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [([], "Invalid Document."), ("text", "Invalid Document."), ({}, "Invalid data plan document."),
     ({"data_points": [{}]}, "Invalid data plan document.")],
)  # fmt: skip
def test_document_has_to_be_one(planner, document, sentence):
    assert planner.refusal("POST", "/validate", {"document": document, "batch": {}}) == [sentence]


def test_nothing_is_kept(planner):
    planner.validate([planner.price], {})
    assert planner("GET").json == []
