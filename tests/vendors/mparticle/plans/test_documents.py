"""Which documents are taken: match types, the subset of JSON Schema, limits (mparticle.md §§6.2, 6.3, 6.6)."""

import pytest

from mockserver.vendors.mparticle.plans import documents
from mockserver.vendors.mparticle.plans.errors import PlanningError

MATCHES = [
    {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "transaction"}},
    {"type": "custom_event", "criteria": {"event_name": "", "custom_event_type": "unknown"}},
    {"type": "screen_view", "criteria": {"screen_name": "Home"}},
    {"type": "product_action", "criteria": {"action": "remove_from_wish_list"}},
    {"type": "promotion_action", "criteria": {"action": "click"}},
    {"type": "product_impression", "criteria": {}},
    {"type": "user_attributes", "criteria": {}},
    {"type": "user_identities", "criteria": {}},
    {"type": "user_attributes"},
    {"type": "application_state_transition", "criteria": {"application_transition_type": "application_exit"}},
    *({"type": kind, "criteria": {}} for kind in (
        "session_start", "session_end", "crash_report", "opt_out", "first_run", "network_performance", "breadcrumb",
        "uninstall", "profile", "media", "unknown",
    )),
]  # fmt: skip
UNSUPPORTED = [
    "$ref", "$recursiveRef", "$anchor", "patternProperties", "allOf", "anyOf", "oneOf", "if", "then", "else", "not",
    "dependencies", "dependentRequired", "dependentSchemas",
]  # fmt: skip
PLACES = [
    lambda inner: inner,
    lambda inner: {"properties": {"data": {"properties": {"custom_attributes": inner}}}},
    lambda inner: {"additionalProperties": inner},
    lambda inner: {"items": inner},
    lambda inner: {"items": [{}, inner]},
]


def document(*definitions, match=None):
    match = match or {"type": "screen_view", "criteria": {"screen_name": "Home"}}
    validators = [{"type": "json_schema", "definition": definition} for definition in definitions]
    return {"data_points": [{"match": match, "validator": validator} for validator in validators]}


def refusal(value):
    with pytest.raises(PlanningError) as caught:
        documents.check(value)
    return caught.value.errors


@pytest.mark.parametrize("match", MATCHES, ids=lambda match: match["type"])
def test_match_types_are_known(match):
    documents.check(document({}, match=match))


@pytest.mark.parametrize(
    "match",
    [
        {"type": "purchase", "criteria": {}},
        {"type": ["custom_event"], "criteria": {}},
        {"criteria": {}},
        {"type": "custom_event", "criteria": {"event_name": "Buy"}},
        {"type": "custom_event", "criteria": {"custom_event_type": "other"}},
        {"type": "custom_event", "criteria": {"event_name": 5, "custom_event_type": "other"}},
        {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "buying"}},
        {"type": "custom_event"},
        {"type": "screen_view", "criteria": {}},
        {"type": "product_action", "criteria": {"action": "buy"}},
        {"type": "promotion_action", "criteria": {"action": "purchase"}},
        {"type": "user_attributes", "criteria": []},
    ],
)
def test_other_matches_are_refused(match):
    (error,) = refusal(document({}, match=match))
    assert error["message"] == "Invalid data plan document."
    assert error["error_type"] == "invalid_match"
    assert "match_key" in error


@pytest.mark.parametrize(
    "point",
    [
        None,
        "text",
        {},
        {"match": MATCHES[0]},
        {"validator": {"type": "json_schema", "definition": {}}},
        {"match": MATCHES[0], "validator": {}},
        {"match": MATCHES[0], "validator": {"type": "regex", "definition": {}}},
        {"match": MATCHES[0], "validator": {"type": "json_schema"}},
        {"match": MATCHES[0], "validator": {"type": "json_schema", "definition": []}},
    ],
)
def test_half_a_data_point_is_refused(point):
    (error,) = refusal({"data_points": [point]})
    assert error["message"] == "Invalid data plan document."


@pytest.mark.parametrize("value", [[], "text", 5, True])
def test_document_is_an_object(value):
    assert refusal(value) == [{"message": "Invalid Document."}]


@pytest.mark.parametrize("value", [{}, {"data_points": None}, {"data_points": {}}])
def test_document_has_data_points(value):
    assert refusal(value) == [{"message": "Invalid data plan document."}]


def test_document_that_nobody_could_write_is_refused():
    deep = {}
    for _ in range(300):
        deep = {"description": deep}
    assert refusal({"data_points": [], "more": deep}) == [{"message": "Invalid Document."}]


@pytest.mark.parametrize("keyword", UNSUPPORTED)
@pytest.mark.parametrize("place", PLACES)
def test_keyword_is_not_supported(keyword, place):
    """§6.3."""
    (error,) = refusal(document(place({keyword: {}}), match=MATCHES[0]))
    assert error["message"] == f'The keyword "{keyword}" is not supported in data plans.'
    assert (error["match_key"], error["error_type"]) == ("custom_event:transaction:Buy", "unsupported_keyword")
    assert (error["keyword"], error["value"]) == (keyword, "{}")
    assert error["schema_pointer"].endswith(f"/{keyword}")


def test_attribute_may_be_called_like_a_keyword():
    documents.check(document({"properties": {"not": {"type": "string"}, "if": {}, "$ref": {}}}))


@pytest.mark.parametrize(
    ("definition", "keyword"),
    [
        ({"type": "text"}, "type"),
        ({"properties": {"a": {"minLength": -1}}}, "minLength"),
        ({"pattern": "("}, "pattern"),
        ({"required": "a"}, "required"),
        ({"properties": []}, "properties"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"enum": "a"}, "enum"),
    ],
)
def test_definition_is_a_json_schema(definition, keyword):
    (error,) = refusal(document(definition))
    assert (error["error_type"], error["keyword"]) == ("invalid_schema", keyword)
    assert error["message"].startswith("The definition is no JSON Schema")


def test_all_that_is_wrong_is_said():
    errors = refusal(document({"not": {}, "anyOf": []}, {"properties": {"a": {"oneOf": []}}}))
    assert {error["keyword"] for error in errors} == {"not", "anyOf", "oneOf"}


def test_definitions_may_be_nested_but_not_for_ever():
    definition = {}
    for _ in range(60):
        definition = {"properties": {"a": definition}}
    (error,) = refusal(document(definition))
    assert error["error_type"] == "too_deep"


@pytest.mark.parametrize("keyword", ["description", "title", "examples", "default", "$comment", "x-own"])
def test_words_without_effect_are_fine(keyword):
    documents.check(document({keyword: "anything"} if keyword != "examples" else {keyword: []}))


def test_thousand_data_points_are_enough(planner):
    """§6.6: 1000 data points."""
    most = [planner.price] * 1000
    assert planner.plan(*most)["data_plan_versions"][0]["version"] == 1
    sentence = "Data plan exceeds maximum of 1000 with 1001 data points."
    body = {"version_document": {"data_points": [*most, planner.price]}}
    assert planner.refusal("POST", "/trial-plan/versions", body) == [sentence]
    assert planner.refusal("PATCH", "/trial-plan/versions/1", body) == [sentence]
    assert planner.refusal("POST", "/validate", {"document": body["version_document"], "batch": {}}) == [sentence]


def test_ten_megabytes_are_enough(planner):
    """§6.6: 10 MB."""
    planner.plan()
    for size, status in ((10_000_000, 200), (10 * 1024 * 1024, 400)):
        answer = planner("PATCH", "/trial-plan/versions/1", {"version_description": "x" * size})
        assert answer.status_code == status, answer.data[:200]
    assert answer.json["errors"][0]["message"].startswith("At most 10485760 bytes are expected")


@pytest.mark.parametrize("definition", [{"anyOf": []}, {"type": "text"}])
def test_wrong_document_is_refused_wherever_it_comes(planner, definition):
    planner.plan()
    wrong = document(definition)
    version = {"version_document": wrong}
    for method, path, body in (
        ("POST", "", {"data_plan_id": "b", "data_plan_versions": [{}, version]}),
        ("POST", "/trial-plan/versions", version),
        ("PATCH", "/trial-plan/versions/1", version),
        ("POST", "/validate", {"document": wrong, "batch": {}}),
    ):
        answer = planner(method, path, body)
        assert answer.status_code == 400
        assert answer.json["errors"][0].keys() >= {"message", "match_key", "error_type"}
    assert planner("GET", "/trial-plan/versions/1").json["version_document"] == {"data_points": []}
