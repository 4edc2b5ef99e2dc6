"""What is wrong with a batch: §6.5's table, the Node validator's strictness, the server's leniency."""

import pytest

from mockserver.vendors.mparticle.plans.validation import Plan, results

BUY = {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "transaction"}}


def point(match, definition):
    return {"match": match, "validator": {"type": "json_schema", "definition": definition}}


def attributes(properties, **rules):
    inner = {"type": "object", "additionalProperties": False, "properties": properties, **rules}
    return {"properties": {"data": {"properties": {"custom_attributes": inner}, "required": ["custom_attributes"]}}}


def event(kind, **data):
    return {"event_type": kind, "data": data}


def bought(**custom_attributes):
    return event("custom_event", event_name="Buy", custom_event_type="transaction", custom_attributes=custom_attributes)


def results_of(points, batch, *, strict=True):
    return [one.as_dict() for one in results(Plan({"data_points": points}), batch, strict=strict)]


def errors_of(points, *events, strict=True):
    """The violations of the events alone."""
    plain = point({"type": "user_attributes"}, {"type": "object"})
    found = results_of([*points, plain], {"events": [*events]}, strict=strict)
    return [error for one in found for error in one["data"]["validation_errors"]]


def of_value(rules, value, *, strict=True):
    """What is wrong with one attribute."""
    return errors_of([point(BUY, attributes({"price": rules}))], bought(price=value), strict=strict)


def test_valid_event_is_not_mentioned():
    assert errors_of([point(BUY, attributes({"price": {"type": "number"}}))], bought(price=5)) == []


def test_result_has_its_form():
    """§6.5: the sample."""
    points = [point(BUY, attributes({"price": {"type": "number"}}, required=["price"]))]
    attributes_point = point({"type": "user_attributes"}, {"type": "object"})
    assert results_of([*points, attributes_point], {"events": [bought()]}) == [
        {
            "event_type": "validation_result",
            "data": {
                "match": BUY,
                "validation_errors": [
                    {
                        "validation_error_type": "missing_required",
                        "key": "custom_attributes",
                        "error_pointer": "#/data/custom_attributes",
                        "expected": "price",
                        "schema_keyword": "required",
                    }
                ],
            },
        }
    ]


@pytest.mark.parametrize(
    ("sent", "key", "match"),
    [
        (event("custom_event", event_name="Sell", custom_event_type="other"), "Sell",
         {"type": "custom_event", "criteria": {"event_name": "Sell", "custom_event_type": "other"}}),
        (event("custom_event", event_name="Buy", custom_event_type="other"), "Buy",
         {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "other"}}),
        (event("custom_event"), "custom_event",
         {"type": "custom_event", "criteria": {"event_name": "Custom Event", "custom_event_type": "other"}}),
        (event("screen_view", screen_name="Away"), "Away",
         {"type": "screen_view", "criteria": {"screen_name": "Away"}}),
        (event("commerce_event", product_action={"action": "refund"}), "commerce_event",
         {"type": "product_action", "criteria": {"action": "refund"}}),
        (event("commerce_event", promotion_action={"action": "click"}), "commerce_event",
         {"type": "promotion_action", "criteria": {"action": "click"}}),
        (event("commerce_event", product_impressions=[]), "commerce_event", {"type": "product_impression"}),
        (event("session_start"), "session_start", {"type": "session_start"}),
        (event("application_state_transition", application_transition_type="application_exit"),
         "application_state_transition",
         {"type": "application_state_transition", "criteria": {"application_transition_type": "application_exit"}}),
    ],
)  # fmt: skip
def test_event_that_is_not_in_the_plan(sent, key, match):
    """§6.5, row 1."""
    (found,) = results_of([point({"type": "user_attributes"}, {"type": "object"})], {"events": [sent]})
    assert found["data"] == {
        "match": match,
        "validation_errors": [{"validation_error_type": "unplanned", "key": key, "error_pointer": "#"}],
    }


@pytest.mark.parametrize(
    "sent",
    [event("push_message"), event("profile"), event("media"), event("user_attribute_change"), event("commerce_event"),
     {"event_type": "custom_event"}, event("user_attributes"), event("unheard_of")],
)  # fmt: skip
def test_event_that_cannot_be_planned(sent):
    """§6.5, row 2: there is no match."""
    (found,) = results_of([point({"type": "user_attributes"}, {"type": "object"})], {"events": [sent]})
    assert found["data"] == {
        "validation_errors": [{"validation_error_type": "unplanned", "key": "unknown", "error_pointer": "#"}]
    }


@pytest.mark.parametrize(
    ("match", "sent"),
    [
        (BUY, bought()),
        ({"type": "screen_view", "criteria": {"screen_name": "Home"}}, event("screen_view", screen_name="Home")),
        ({"type": "product_action", "criteria": {"action": "purchase"}},
         event("commerce_event", product_action={"action": "purchase"})),
        ({"type": "promotion_action", "criteria": {"action": "view"}},
         event("commerce_event", promotion_action={"action": "view"})),
        ({"type": "product_impression", "criteria": {}}, event("commerce_event", product_impressions=[{}])),
        ({"type": "session_end", "criteria": {}}, event("session_end")),
        ({"type": "application_state_transition", "criteria": {"application_transition_type": "application_exit"}},
         event("application_state_transition", application_transition_type="application_exit")),
    ],
)  # fmt: skip
def test_events_find_their_data_point(match, sent):
    """§6.2: exact keys of type and criteria."""
    (error,) = errors_of([point(match, {"properties": {"data": {"required": ["more"]}}})], sent)
    assert (error["key"], error["error_pointer"], error["expected"]) == ("data", "#/data", "more")


def test_extra_attribute():
    """§6.5, row 3."""
    assert errors_of([point(BUY, attributes({}))], bought(label="Sale")) == [
        {
            "validation_error_type": "unplanned",
            "key": "label",
            "error_pointer": "#/data/custom_attributes",
            "actual": "label",
            "schema_keyword": "additionalProperties",
        }
    ]


def test_every_extra_attribute_is_said():
    rules = {"additionalProperties": False}
    found = errors_of(
        [point(BUY, {"properties": {"data": {"properties": {"custom_attributes": rules}}}})], bought(a=1, b=2)
    )
    assert [(one["key"], one["schema_keyword"]) for one in found] == [
        ("a", "additionalProperties"),
        ("b", "additionalProperties"),
    ]


def test_extra_attribute_that_is_required_is_there():
    found = errors_of([point(BUY, attributes({}, required=["price"]))], bought(price=5))
    assert [one["validation_error_type"] for one in found] == ["unplanned"]


def test_missing_attributes():
    """§6.5, row 4."""
    found = errors_of([point(BUY, attributes({"a": {}, "b": {}}, required=["a", "b"]))], bought())
    assert [(one["expected"], one["key"], "actual" in one) for one in found] == [
        ("a", "custom_attributes", False),
        ("b", "custom_attributes", False),
    ]


@pytest.mark.parametrize(
    ("rules", "value", "keyword", "text"),
    [
        ({"type": "number"}, "cheap", "type", "should be number"),
        ({"type": ["number", "null"]}, "cheap", "type", "should be number,null"),
        ({"type": "string"}, 5, "type", "should be string"),
        ({"type": "integer"}, 5.5, "type", "should be integer"),
        ({"maximum": 10}, 11, "maximum", "should be <= 10"),
        ({"minimum": 1}, 0, "minimum", "should be >= 1"),
        ({"exclusiveMaximum": 10}, 10, "exclusiveMaximum", "should be < 10"),
        ({"exclusiveMinimum": 1.5}, 1.5, "exclusiveMinimum", "should be > 1.5"),
        ({"multipleOf": 2}, 3, "multipleOf", "should be multiple of 2"),
        ({"maxLength": 2}, "abc", "maxLength", "should NOT be longer than 2 characters"),
        ({"minLength": 2}, "a", "minLength", "should NOT be shorter than 2 characters"),
        ({"pattern": "^a"}, "b", "pattern", 'should match pattern "^a"'),
        ({"format": "email"}, "nobody", "format", 'should match format "email"'),
        ({"enum": ["a", "b"]}, "c", "enum", "should be equal to one of the allowed values"),
        ({"const": "a"}, "b", "const", "should be equal to constant"),
    ],
)
def test_invalid_value(rules, value, keyword, text):
    """§6.5, rows 5 and 6."""
    assert of_value(rules, value) == [
        {
            "validation_error_type": "invalid_value",
            "key": "price",
            "error_pointer": "#/data/custom_attributes/price",
            "expected": text,
            "actual": value,
            "schema_keyword": keyword,
        }
    ]


@pytest.mark.parametrize(
    ("rules", "value", "text"),
    [
        ({"maxItems": 1}, [1, 2], "should NOT have more than 1 items"),
        ({"minItems": 2}, [1], "should NOT have fewer than 2 items"),
        ({"uniqueItems": True}, [1, 2, 1], "should NOT have duplicate items (items ## 0 and 2 are identical)"),
        ({"maxProperties": 0}, {"a": 1}, "should NOT have more than 0 properties"),
        ({"minProperties": 1}, {}, "should NOT have fewer than 1 properties"),
        ({"contains": {"const": 5}}, [1], "should contain a valid item"),
    ],
)
def test_other_keywords_are_unknown_ones(rules, value, text):
    (found,) = of_value(rules, value)
    assert (found["validation_error_type"], found["expected"]) == ("unknown", text)


def test_attribute_that_may_not_be_there():
    (found,) = of_value(False, 1)
    assert (found["schema_keyword"], found["expected"]) == ("false schema", "boolean schema is false")


def test_names_of_attributes_may_have_rules():
    found = of_value({"propertyNames": {"pattern": "^a"}}, {"b": 1})
    assert [(one["schema_keyword"], one["expected"]) for one in found] == [
        ("pattern", 'should match pattern "^a"'),
        ("propertyNames", "property name 'b' is invalid"),
    ]


@pytest.mark.parametrize(("value", "actual"), [(True, "true"), ([1, "a"], '[1,"a"]'), ({"a": 1}, '{"a":1}')])
def test_other_values_are_shown_as_json(value, actual):
    assert of_value({"type": "string"}, value)[0]["actual"] == actual


def test_items_have_their_own_pointer():
    (found,) = of_value({"items": {"type": "string"}}, ["a", 5])
    assert (found["key"], found["error_pointer"]) == ("1", "#/data/custom_attributes/price/1")


def test_pointers_are_escaped():
    (found,) = errors_of([point(BUY, attributes({"a/b~c": {"type": "string"}}))], bought(**{"a/b~c": 5}))
    assert (found["key"], found["error_pointer"]) == ("a/b~c", "#/data/custom_attributes/a~1b~0c")


def test_nulls_are_as_good_as_absent():
    """§6.5."""
    assert of_value({"type": "string"}, None) == []
    (found,) = errors_of([point(BUY, attributes({"a": {}}, required=["a"]))], bought(a=None, b=None))
    assert found["expected"] == "a"


def test_a_list_keeps_its_nulls():
    assert len(of_value({"items": {"type": "string"}}, [None])) == 1


@pytest.mark.parametrize(
    ("rules", "value", "keywords"),
    [
        ({"minimum": 1, "exclusiveMinimum": 5}, 0, ["exclusiveMinimum"]),
        ({"minimum": 5, "exclusiveMinimum": 1}, 0, ["minimum"]),
        ({"maximum": 5, "exclusiveMaximum": 5}, 9, ["exclusiveMaximum"]),
        ({"type": "number", "enum": ["a"], "minLength": 9}, "b", ["type", "enum", "minLength"]),
        ({"multipleOf": 0.1}, 0.3, ["multipleOf"]),
    ],
)
def test_keywords_meet_as_they_do_in_ajv(rules, value, keywords):
    assert {one["schema_keyword"] for one in of_value(rules, value)} == {*keywords}


def test_user_attributes_are_validated_once():
    """§6.5: in each batch, whatever events it has; the pointer begins at the attributes themselves."""
    rules = {"properties": {"tier": {"enum": ["gold"]}}, "required": ["since"], "additionalProperties": False}
    plan = [point({"type": "user_attributes", "criteria": {}}, rules), point(BUY, attributes({}))]
    batch = {"events": [bought(), bought()], "user_attributes": {"tier": "tin", "age": 5}}
    (found,) = results_of(plan, batch)
    assert found["data"]["match"] == {"type": "user_attributes", "criteria": {}}
    told = {
        (one["validation_error_type"], one["error_pointer"], one.get("key"))
        for one in found["data"]["validation_errors"]
    }
    assert told == {("invalid_value", "#/tier", "tier"), ("missing_required", "#", None), ("unplanned", "#", "age")}


@pytest.mark.parametrize("batch", [{}, {"user_attributes": None}, {"user_attributes": {}}, {"events": []}])
def test_required_user_attributes_are_missed_in_any_batch(batch):
    (found,) = results_of([point({"type": "user_attributes"}, {"required": ["since"]})], batch)
    assert found["data"]["validation_errors"][0]["expected"] == "since"


@pytest.mark.parametrize("points", [[], [point({"type": "user_attributes"}, {})]])
def test_plan_without_user_attributes_is_one_error(points):
    """§6.5."""
    (found,) = results_of(points, {"user_attributes": {"a": 1}})
    assert found["data"] == {
        "match": {"type": "user_attributes"},
        "validation_errors": [
            {
                "validation_error_type": "unknown",
                "key": "user_attributes",
                "error_pointer": "#",
                "actual": "Invalid JSON Schema",
            }
        ],
    }


def test_the_later_of_two_data_points_decides():
    assert errors_of([point(BUY, attributes({})), point(BUY, {})], bought(a=1)) == []


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": "number"}, "42"),
        ({"type": "number"}, "-4.5e1"),
        ({"type": ["number", "null"]}, " 7 "),
        ({"type": "integer"}, "42"),
        ({"type": "boolean"}, "true"),
        ({"type": "boolean"}, "False"),
        ({"type": "number", "minimum": 1, "maximum": 50}, "42"),
        ({"type": "number", "enum": [1, 42]}, "42"),
        ({"enum": [1, 42]}, "42"),
        ({"const": True}, "true"),
    ],
)
def test_server_takes_texts_of_numbers_and_booleans(rules, value):
    """§6.3, §14: lenient on the server, strict in the Node validator."""
    assert of_value(rules, value, strict=False) == []
    assert of_value(rules, value, strict=True) != []


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"type": "number"}, "cheap"),
        ({"type": "number"}, ""),
        ({"type": "number"}, "1,000"),
        ({"type": "number"}, "true"),
        ({"type": "number"}, "1e999"),
        ({"type": "number"}, "9" * 5000),
        ({"type": "integer"}, "4.5"),
        ({"type": "boolean"}, "1"),
        ({"type": "boolean"}, "yes"),
        ({"type": "string"}, 42),
        ({"type": "string", "enum": ["a"]}, "42"),
    ],
)
def test_server_is_not_more_lenient_than_that(rules, value):
    assert len(of_value(rules, value, strict=False)) == 1


def test_text_of_a_number_keeps_to_its_range():
    (found,) = of_value({"type": "number", "maximum": 10}, "42", strict=False)
    assert (found["schema_keyword"], found["actual"], found["expected"]) == ("maximum", "42", "should be <= 10")


def test_texts_inside_lists_and_other_attributes_are_read_too():
    rules = {"items": {"type": "number"}}
    assert of_value(rules, ["1", 2], strict=False) == []
    assert (
        of_value({"items": [{"type": "number"}], "additionalItems": {"type": "boolean"}}, ["1", "true"], strict=False)
        == []
    )
    open_ended = attributes({}, additionalProperties={"type": "number"})
    assert errors_of([point(BUY, open_ended)], bought(price="5"), strict=False) == []


def test_server_divides_like_everybody_else():
    assert of_value({"multipleOf": 0.01}, 19.99, strict=False) == []
    assert of_value({"multipleOf": 0.01}, 19.995, strict=False) != []


IDENTITIES = {"type": "user_identities", "criteria": {}}


def identity_errors(definition, batch, *, strict=False):
    points = [point(IDENTITIES, definition), point({"type": "user_attributes"}, {"type": "object"})]
    return [error for one in results_of(points, batch, strict=strict) for error in one["data"]["validation_errors"]]


def test_identities_are_validated_by_the_server_alone():
    """§6.2."""
    rules, batch = {"properties": {"email": {"format": "email"}}}, {"user_identities": {"email": "nobody"}}
    (found,) = identity_errors(rules, batch)
    assert (found["key"], found["error_pointer"], found["actual"]) == ("email", "#/email", "nobody")
    assert identity_errors(rules, batch, strict=True) == []


@pytest.mark.parametrize("planned", ["customer_id", "customerid"])
@pytest.mark.parametrize("sent", ["customer_id", "customerid"])
def test_plans_may_use_either_vocabulary(planned, sent):
    """§3.6."""
    rules = {"properties": {planned: {"pattern": "^u-"}}, "required": [planned], "additionalProperties": False}
    assert identity_errors(rules, {"user_identities": {sent: "u-1"}}) == []
    (found,) = identity_errors(rules, {"user_identities": {sent: "x"}})
    assert found["key"] == planned


def test_identities_of_the_device_count_where_they_are_planned():
    batch = {
        "device_info": {"ios_advertising_id": "A"},
        "mp_deviceid": "B",
        "user_identities": {"email": "a@b.example"},
    }
    assert identity_errors({"properties": {"email": {}}, "additionalProperties": False}, batch) == []
    for names in (["ios_idfa", "device_application_stamp"], ["ios_advertising_id", "mp_deviceid"]):
        assert identity_errors({"required": names}, batch) == []
    (found,) = identity_errors({"required": ["android_aaid"]}, batch)
    assert found["expected"] == "android_aaid"


def test_unplanned_identity():
    (found,) = identity_errors({"additionalProperties": False}, {"user_identities": {"email": "a@b.example"}})
    assert (found["validation_error_type"], found["key"]) == ("unplanned", "email")
