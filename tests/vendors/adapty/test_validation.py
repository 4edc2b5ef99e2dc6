"""Bodies: what Adapty takes and how it refuses (adapty.md §4.1, §6.1, §7)."""

import pytest

PROFILE = "/api/v2/server-side-api/profile/"


def pairs(**attributes):
    return {"custom_attributes": [{"key": key, "value": value} for key, value in attributes.items()]}


@pytest.mark.parametrize(
    ("body", "source", "code", "text"),
    [
        ({"gender": "x"}, "gender", "enum", "value is not a valid enumeration member; permitted: 'f', 'm', 'o'"),
        ({"att_status": 4}, "att_status", "enum", "value is not a valid enumeration member; permitted: 0, 1, 2, 3"),
        ({"att_status": True}, "att_status", "enum", "value is not a valid enumeration member; permitted: 0, 1, 2, 3"),
        ({"email": "nobody"}, "email", "email", "value is not a valid email address"),
        ({"birthday": "1990-02-30"}, "birthday", "date", "invalid date format"),
        ({"birthday": "30.2.1990"}, "birthday", "date", "invalid date format"),
        ({"first_name": 5}, "first_name", "str", "str type expected"),
        ({"ip_country": "USA"}, "ip_country", "str.regex", 'string does not match regex "^[A-Za-z]{2}$"'),
        ({"store_account_token": "x"}, "store_account_token", "uuid", "value is not a valid uuid"),
        ({"analytics_disabled": "yes"}, "analytics_disabled", "bool", "value could not be parsed to a boolean"),
        ({"installation_meta": None}, "installation_meta", "none.not_allowed", "none is not an allowed value"),
        ({"installation_meta": 3}, "installation_meta", "dict", "value is not a valid dict"),
        ({"installation_meta": {}}, "installation_meta.device_id", "missing", "field required"),
        ({"custom_attributes": {}}, "custom_attributes", "list", "value is not a valid list"),
        (
            {"custom_attributes": []},
            "custom_attributes",
            "list.min_items",
            "ensure this value has at least 1 items",
        ),
        ({"custom_attributes": [{"key": "a"}]}, "custom_attributes.0.value", "missing", "field required"),
        ([], "non_field_errors", "dict", "value is not a valid dict"),
        (None, "non_field_errors", "dict", "value is not a valid dict"),
    ],
)
def test_wrong_body_is_400(adapty, body, source, code, text):
    reply = adapty("POST", PROFILE, b"null" if body is None else body, user="u-1")
    assert reply.status == 400
    assert reply.json == {"errors": [{"source": source, "errors": [text]}], "error_code": code, "status_code": 400}


def test_all_complaints_come_at_once(adapty):
    reply = adapty("POST", PROFILE, {"gender": "x", "email": "x"}, user="u-1")
    assert [one["source"] for one in reply.json["errors"]] == ["gender", "email"]
    assert reply.json["error_code"] == "enum"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": 1', b"hello", b'{"a": NaN}'])
def test_broken_json_is_parse_error(adapty, body):
    reply = adapty("POST", PROFILE, body, user="u-1")
    assert (reply.status, reply.json["error_code"]) == (400, "parse_error")
    assert reply.json["errors"][0]["source"] is None
    assert reply.json["errors"][0]["errors"][0].startswith("JSON parse error - ")


@pytest.mark.parametrize(
    "body",
    [
        {"first_name": None, "gender": "o", "birthday": "1990-02-28", "email": "a@example.com"},
        {"store": "paddle", "att_status": 0, "ip_country": "de", "analytics_disabled": False},
        {"installation_meta": {"device_id": "no uuid", "platform": "", "os": "", "idfa": None}},
        {"installation_meta": {"device_id": "d", "platform": "visionOS"}},
        {"something_else": {"is": "passed over"}},
    ],
)
def test_lenient_where_adapty_is(adapty, body):
    assert adapty("POST", PROFILE, body, user="u-1").status == 200


@pytest.mark.parametrize(("sent", "kept"), [(True, 1.0), (False, 0.0), (12, 12.0), (1.5, 1.5), ("1", "1")])
def test_numbers_become_floats(adapty, sent, kept):
    value = adapty("POST", PROFILE, pairs(a=sent), user="u-1").data["custom_attributes"][0]["value"]
    assert (value, type(value)) == (kept, type(kept))


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_deletes_attribute(adapty, nothing):
    adapty("POST", PROFILE, pairs(a="1", b="2"), user="u-1")
    data = adapty("PATCH", PROFILE, pairs(a=nothing), user="u-1").data
    assert data["custom_attributes"] == [{"key": "b", "value": "2"}]


def test_value_has_fifty_characters(adapty):
    assert adapty("POST", PROFILE, pairs(a="x" * 50), user="u-1").status == 200
    reply = adapty("POST", PROFILE, pairs(a="x" * 51), user="u-1")
    assert reply.json["error_code"] == "any_str.max_length"


@pytest.mark.parametrize("key", ["", "a b", "x" * 31, "ä", "a/b"])
def test_key_has_a_pattern(adapty, key):
    reply = adapty("POST", PROFILE, {"custom_attributes": [{"key": key, "value": "1"}]}, user="u-1")
    assert reply.json["errors"][0]["source"] == "custom_attributes.0.key"


def test_key_takes_dots(adapty):
    assert adapty("POST", PROFILE, pairs(**{"a.b-c_1": "x"}), user="u-1").status == 200


def test_thirty_attributes_per_profile(adapty):
    assert adapty("POST", PROFILE, pairs(**{f"k{n}": "x" for n in range(30)}), user="u-1").status == 200
    reply = adapty("PATCH", PROFILE, pairs(one_more="x"), user="u-1")
    assert (reply.status, reply.json["error_code"]) == (400, "list.max_items")
    assert adapty("PATCH", PROFILE, pairs(k0=None, one_more="x"), user="u-1").status == 200


def test_thirty_one_in_one_call(adapty):
    reply = adapty("POST", PROFILE, pairs(**{f"k{n}": "x" for n in range(31)}), user="u-1")
    assert reply.json["errors"][0]["errors"] == ["ensure this value has at most 30 items"]
