"""Endpoint 4: seeds of calculated attributes, of one user and of many (mparticle.md §§2, 8)."""

import gzip

import orjson
import pytest

from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.seeding.state import calculated_attributes

SINGLE, BULK = "/v2/calculatedattributes", "/v2/bulkcalculatedattributes"


def seed(name="LTV", kind="sum", cutoff="2026-01-01", **given):
    return {"attribute_name": name, "calculation_type": kind, "cutoff_date": cutoff, "seed": given or {"value": 100.5}}


def user(*seeds, **members):
    whole = {
        "environment": "production",
        "identities": {"customer_id": "c-1"},
        "calculated_attributes": {"workspace": list(seeds or (seed(),))},
        **members,
    }
    return {name: value for name, value in whole.items() if value is not None}


@pytest.fixture
def refusal(world):
    """The sentences of a 400, in the Events API's shape."""

    def messages(body, path=SINGLE):
        answer = world("POST", path, body)
        assert answer.status_code == 400, answer.data
        assert answer.content_type == "application/json"
        assert all(error.keys() == {"code", "message"} for error in answer.json["errors"])
        assert {error["code"] for error in answer.json["errors"]} == {"BAD_REQUEST"}
        return [error["message"] for error in answer.json["errors"]]

    return messages


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "body"), [(SINGLE, user()), (BULK, [user(), user(environment="development")])])
def test_seeds_are_accepted_with_and_without_slash(world, path, body, slash):
    """Endpoint 4; trap 3: 202 and nothing else."""
    answer = world("POST", path + slash, body)
    assert (answer.status_code, answer.data) == (202, b"")


@pytest.mark.parametrize("feed", ["default", "workspace"])
def test_workspace_credentials_are_taken(world, feed):
    assert world("POST", SINGLE, user(), feed=feed).status_code == 202


@pytest.mark.parametrize("path", [SINGLE, BULK])
def test_missing_header_is_401_and_wrong_one_403(world, path):
    """Trap 1, as at the Events API."""
    answers = [world("POST", path, b"{", authorization=given) for given in (None, "", "Basic eDp5", "Bearer x")]
    assert [(answer.status_code, answer.data) for answer in answers] == [(401, b"")] * 2 + [(403, b"")] * 2


@pytest.mark.parametrize("feed", ["web", "ios", "android", "revenuecat-ios"])
def test_credentials_of_an_input_are_403(world, feed):
    answer = world("POST", SINGLE, user(), feed=feed)
    assert (answer.status_code, answer.data) == (403, b"")


def test_wrong_method_is_405(world):
    answer = world("GET", SINGLE)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b"\xff", b'{"a": NaN}'])
@pytest.mark.parametrize("path", [SINGLE, BULK])
def test_malformed_json_is_refused(refusal, path, body):
    assert refusal(body, path)[0].startswith("The request JSON is malformed: ")


@pytest.mark.parametrize(("path", "body"), [(SINGLE, [user()]), (SINGLE, "x"), (BULK, user()), (BULK, 1)])
def test_other_top_level_type_is_refused(refusal, path, body):
    assert "is expected" in refusal(body, path)[0]


def test_gzip_is_undone(world):
    packed = gzip.compress(orjson.dumps(user()))
    assert world("POST", SINGLE, packed, content_encoding="gzip").status_code == 202


def test_over_256_kilobytes_is_413(world):
    """§14: the Events API's status for size."""
    answer = world("POST", BULK, [user(seed(value="x" * 300_000, kind="first_occurrence"))])
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (413, "BAD_REQUEST")


@pytest.mark.parametrize("member", ["environment", "calculated_attributes"])
@pytest.mark.parametrize("empty", [None, "", {}])
def test_required_member_is_missed(refusal, member, empty):
    assert refusal({**user(), member: empty}) == [f'Required field "{member}" is missing or empty.']


@pytest.mark.parametrize("identities", [None, {}, {"customer_id": None}, {"email": ""}])
def test_a_user_is_needed(refusal, identities):
    assert refusal(user(identities=identities)) == ['Required field "mpid or identities" is missing or empty.']


@pytest.mark.parametrize("mpid", [1, -(2**63), 2**63 - 1, "5501234567890123456"])
def test_mpid_does_without_identities(world, mpid):
    """§14: an mpid may be text."""
    assert world("POST", SINGLE, user(mpid=mpid, identities=None)).status_code == 202


@pytest.mark.parametrize("mpid", [2**63, 1.5, True, "x", "", [1], {}])
def test_other_mpid_is_refused(refusal, mpid):
    assert 'Field "mpid" must be a signed 64-bit integer' in refusal(user(mpid=mpid))[0]


@pytest.mark.parametrize("environment", ["Production", "test", 1, ["production"]])
def test_other_environment_is_refused(refusal, environment):
    assert 'Field "environment" must be "production" or "development"' in refusal(user(environment=environment))[0]


@pytest.mark.parametrize("identities", [["c-1"], "c-1", {"customer_id": {"value": "c-1"}}, {"customer_id": ["c-1"]}])
def test_identities_are_texts_by_type(refusal, identities):
    assert "dentit" in refusal(user(identities=identities))[0]


def test_unknown_identity_is_only_remarked_on(world):
    assert world("POST", SINGLE, user(identities={"customer-id": "c-1"})).status_code == 202
    assert "meant" in world.findings["unknown-identity"].message


@pytest.mark.parametrize("member", ["calculation_type", "cutoff_date", "seed"])
def test_error_begins_with_name_of_attribute(refusal, member):
    """§8: `<CA name>: <message>`."""
    lacking = {name: value for name, value in seed("Average cart").items() if name != member}
    assert refusal(user(lacking)) == [f'Average cart: Required field "{member}" is missing or empty.']


@pytest.mark.parametrize("name", [None, "", 5])
def test_attribute_needs_a_name(refusal, name):
    assert '"attribute_name"' in refusal(user({**seed(), "attribute_name": name}))[0]


@pytest.mark.parametrize(
    "day", ["01/01/2026", "2026-1-1", "20260101", "2026-02-30", "2026-01-01T00:00:00Z", 1735689600]
)
def test_cutoff_date_is_a_day(refusal, day):
    assert refusal(user(seed(cutoff=day)))[0].startswith(
        'LTV: Field "cutoff_date" must be a date in the form yyyy-MM-dd'
    )


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("count", {"value": 3}), ("count", {"value": "3"}), ("sum", {"value": "100.5"}), ("sum", {"value": -1}),
        ("minimum", {"value": 1}), ("min", {"value": 1}), ("maximum", {"value": 1}), ("max", {"value": 1}),
        ("average", {"key_value_pairs": {"sum": 299.2, "count": 20}}), ("unique_list", {"list": ["a", "b"]}),
        ("average", {"key_value_pairs": {"sum": "299.2", "count": "20"}}), ("unique_list", {"list": []}),
        ("first_occurrence", {"value": "x"}), ("last_occurrence", {"value": 5}),
        ("first_occurrence_timestamp", {"value": 1582589378000}), ("unique_values_count", {"list": ["a"]}),
        ("last_occurrence_timestamp", {"value": "1582589378000"}),
        ("most_frequent", {"key_value_pairs": {"pizza": 10, "steak": "2"}}),
    ],
)  # fmt: skip
def test_each_calculation_has_its_seed(world, kind, given):
    assert world("POST", SINGLE, user(seed(kind=kind, **given))).status_code == 202


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("sum", {"value": "many"}, "LTV: Seed value must be numeric"),
        ("sum", {"value": True}, "LTV: Seed value must be numeric"),
        ("count", {"value": 1.5}, "LTV: Seed value must be a whole number"),
        ("count", {"value": -1}, "LTV: Seed value must be a whole number"),
        ("first_occurrence_timestamp", {"value": "today"}, "LTV: Seed value must be a timestamp in milliseconds"),
        ("last_occurrence", {"value": ["x"]}, "LTV: Seed value must be text or a number"),
        ("average", {"key_value_pairs": {"sum": 1}}, 'LTV: Seed key_value_pairs must have "sum" and "count"'),
        ("average", {"key_value_pairs": {"sum": 1, "count": 0}}, 'LTV: Seed "count" must be a positive integer'),
        ("average", {"key_value_pairs": {"sum": "x", "count": 1}}, 'LTV: Seed "sum" must be numeric'),
        ("average", {"value": 3}, 'LTV: Required field "key_value_pairs" is missing or empty.'),
        ("unique_list", {"list": "a"}, "LTV: Seed list must be an array of strings"),
        ("unique_list", {"list": [["a"]]}, "LTV: Seed list must be an array of strings"),
        ("unique_list", {"value": "a"}, 'LTV: Required field "list" is missing or empty.'),
        ("most_frequent", {"key_value_pairs": {"a": "b"}}, "LTV: Seed counts must be whole numbers"),
        ("most_frequent", {"key_value_pairs": ["a"]}, "LTV: Seed key_value_pairs must be an object"),
        ("anything", {"values": 1}, "LTV: Seed must have one of value, key_value_pairs, list."),
    ],
)
def test_other_seed_is_refused(refusal, kind, given, message):
    assert refusal(user(seed(kind=kind, **given))) == [message]


def test_unknown_calculation_is_only_remarked_on(world):
    assert world("POST", SINGLE, user(seed(kind="summ"))).status_code == 202
    assert 'did you mean "sum"' in world.findings["unknown-calculation-type"].message


def test_every_error_is_told(refusal):
    wrong = user(seed("LTV", value="x"), seed("Visits", "count", value="y"), seed("Fine"))
    assert refusal(wrong) == ["LTV: Seed value must be numeric", "Visits: Seed value must be a whole number"]


@pytest.mark.parametrize("holder", ["workspace", "12345"])
def test_seeds_lie_below_a_workspace(world, holder):
    assert world("POST", SINGLE, user(calculated_attributes={holder: [seed()]})).status_code == 202


@pytest.mark.parametrize("holder", [{"wokspace": [seed()]}, {"workspace": None}])
def test_other_holder_is_refused(refusal, holder):
    assert refusal(user(calculated_attributes=holder)) == ['Required field "workspace" is missing or empty.']


@pytest.mark.parametrize("holder", [[seed()], {"workspace": seed()}, {"workspace": ["LTV"]}])
def test_seeds_are_a_list_of_objects(refusal, holder):
    assert len(refusal(user(calculated_attributes=holder))) == 1


def test_user_attributes_come_along(world):
    attributes = {"workspace": [{"attribute_name": "tier", "attribute_value": "gold"}]}
    assert world("POST", SINGLE, user(user_attributes=attributes)).status_code == 202


@pytest.mark.parametrize("value", [None, ["gold"], {"a": 1}])
def test_user_attribute_is_text(refusal, value):
    attributes = {"workspace": [{"attribute_name": "tier", "attribute_value": value}]}
    assert refusal(user(user_attributes=attributes))[0].startswith("tier: ")


def test_bulk_says_where(world, refusal):
    refusal([user(), user(seed(value="x"))], BULK)
    path = "/1/calculated_attributes/workspace/0/seed/value"
    assert [finding.path for finding in world.entry.findings] == [path]


def test_bulk_needs_objects(refusal):
    assert refusal([user(), 5], BULK) == ["A JSON object is expected."]


def test_journal_has_a_part_for_each_user(world):
    world("POST", BULK, [user(seed("LTV"), seed("Visits", "count", value=3)), user(mpid=7)])
    first, second = world.parts
    assert [(event.name, event.kind) for event in first.events] == [
        ("LTV", "calculated_attribute_seed"),
        ("Visits", "calculated_attribute_seed"),
    ]
    assert (first.subjects, second.subjects) == ((("customer_id", "c-1"),), (("mpid", "7"),))
    assert second.events[0].path == "/1/calculated_attributes/workspace/0"


def test_journal_knows_devices_by_the_names_of_batches(world):
    world("POST", SINGLE, user(identities={"customerid": "c-1", "google_advertising_id": "g-1"}))
    assert world.parts[0].subjects == (("customer_id", "c-1"), ("android_advertising_id", "g-1"))


def test_refused_seeds_are_rejected_events(world):
    world("POST", BULK, [user(), user(environment="test")])
    assert {part.verdict for part in world.parts} == {"rejected"}


@pytest.mark.parametrize("status", [429, 503])
def test_ordered_failures_are_those_of_the_events_api(world, status):
    fault = f"/_mock/api/v1/faults/mparticle/calculated_attributes?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": status, "retry_after": 3}).status_code < 300
    answer = world("POST", SINGLE, user())
    assert (answer.status_code, answer.data, answer.headers["retry-after"]) == (status, b"", "3")


def test_later_seed_replaces_earlier_one(world):
    for value in (1, 2):
        world("POST", SINGLE, user(seed("LTV", value=value), mpid=7))
    world("POST", SINGLE, user(seed("Visits", "count", value=3), mpid=7))
    assert calculated_attributes(world.documents, 7) == {"LTV": 2, "Visits": 3}


def test_refused_seeds_are_kept_of_nobody(world):
    """§8: all or nothing."""
    world("POST", BULK, [user(mpid=7), user(mpid=8, calculated_attributes=None)])
    assert calculated_attributes(world.documents, 7) == {}


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("average", {"key_value_pairs": {"sum": 300, "count": 20}}, "15"),
        ("average", {"key_value_pairs": {"sum": "1", "count": "8"}}, "0.125"),
        ("unique_list", {"list": ["a", "b"]}, ["a", "b"]),
        ("unique_values_count", {"list": ["a", "b", "a"]}, 2),
        ("most_frequent", {"key_value_pairs": {"pizza": 2, "steak": "10"}}, "steak"),
        ("something", {"value": "x"}, "x"),
    ],
)
def test_seed_amounts_to_a_value(world, kind, given, value):
    world("POST", SINGLE, user(seed(kind=kind, **given), mpid=7))
    assert calculated_attributes(world.documents, 7) == {"LTV": value}


@pytest.mark.parametrize(("kind", "given"), [("x", {"key_value_pairs": {"a": 1}}), ("x", {"list": [[1]]})])
def test_seed_of_unknown_calculation_may_have_no_value(world, kind, given):
    assert world("POST", SINGLE, user(seed(kind=kind, **given), mpid=7)).status_code == 202
    assert calculated_attributes(world.documents, 7) == {}


def test_user_is_found_and_made_as_for_a_batch(world):
    attributes = {"workspace": [{"attribute_name": "tier", "attribute_value": "gold"}]}
    world("POST", "/v2/events", {"user_identities": {"customer_id": "c-1"}})
    world("POST", BULK, [user(user_attributes=attributes), user(identities={"android_id": "a-1"})])
    known, new = People(world.documents).all()
    assert (known.attributes, new.identities["android_uuid"].value) == ({"tier": "gold"}, "a-1")


def test_seeds_are_the_same_when_made_anew(world):
    world("POST", BULK, [user(), user(identities={"email": "a@example.com"})])
    before = world.documents.all("seeds")
    world.forget()
    assert world.documents.all("seeds") == before != []


def test_defined_attributes_alone_can_be_seeded(world, refusal):
    """§8: a message for each attribute, and nothing is kept of the others."""
    world.set(calculated_attributes={"LTV": "sum", "Least": "minimum", "Visits": "count"})
    wrong = user(seed("LTV"), seed("test sum"), seed("Visits", "sum"), seed("Least", "max"), mpid=7)
    text = "No matching calculated attribute definition found"
    assert refusal(wrong) == [f"{name}: {text}" for name in ("test sum", "Visits", "Least")]
    assert calculated_attributes(world.documents, 7) == {}
