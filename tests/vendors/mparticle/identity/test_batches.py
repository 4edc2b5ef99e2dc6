"""What a batch does to its user (mparticle.md §§3.7, 3.8)."""

import pytest

from mockserver.vendors.mparticle.identity.batches import FEED, SDK, SERVER, fold_batch, is_repeat, mpid_of
from mockserver.vendors.mparticle.settings import SETTINGS

NOW_MS = 1_768_471_200_000  # the clock of `world`
DAY = 24 * 3_600_000
GOLD = {"user_identities": {"customer_id": "u-1"}, "user_attributes": {"tier": "gold"}}


@pytest.fixture
def fold(documents, people):
    """Folds a batch and returns its user."""

    def folded(batch, *, at=NOW_MS, source=SERVER, input_name="default", came=None):
        came = came or f"batch {len(documents.stored)} {at}"
        mpid = fold_batch(batch, documents, at, source=source, input_name=input_name, came=came)
        return None if mpid is None else people.get(mpid)

    return folded


def change(name, new, **more):
    data = {"user_attribute_name": name, "new": new, "old": None, **more}
    return {"event_type": "user_attribute_change", "data": data}


def identities(person):
    return {name: one.value for name, one in person.identities.items()}


def test_batch_makes_user(fold):
    person = fold({**GOLD, "environment": "development"})
    assert identities(person) == {"customer_id": "u-1"}
    assert (person.environment, person.created_ms, person.last_stored_ms) == ("development", NOW_MS, NOW_MS)


def test_environment_is_production_unless_said(fold):
    """§14: `environment` missing."""
    assert fold(GOLD).environment == "production"


def test_next_batch_finds_user(fold):
    first = fold(GOLD)
    again = fold({**GOLD, "user_attributes": {"city": "Rome"}}, at=NOW_MS + 5)
    assert again.mpid == first.mpid
    assert again.attributes == {"tier": "gold", "city": "Rome"}
    assert (again.created_ms, again.last_stored_ms) == (NOW_MS, NOW_MS + 5)


def test_given_mpid_is_that_user(fold):
    person = fold({"mpid": 77, **GOLD})
    assert person.mpid == 77
    assert identities(person) == {"customer_id": "u-1"}
    assert fold(GOLD).mpid == 77


def test_mpid_may_be_text(fold):
    """Trap 2."""
    assert fold({"mpid": "-77"}).mpid == -77


@pytest.mark.parametrize("mpid", [0, "0", "nobody", 2**63, True, None, 1.5, []])
def test_impossible_mpid_is_passed_over(fold, mpid):
    assert fold({"mpid": mpid}) is None
    assert fold({"mpid": mpid, **GOLD}).mpid not in (0, 1)


def test_batch_about_nobody_changes_nothing(fold, documents):
    before = dict(documents.stored)
    assert fold({"user_attributes": {"a": "b"}, "events": []}) is None
    assert documents.stored == before


@pytest.mark.parametrize("name", ["customer_id", "customerid"])
def test_either_spelling_is_customer_id(fold, name):
    """Trap 2."""
    assert identities(fold({"user_identities": {name: "u-1"}})) == {"customer_id": "u-1"}


def test_documented_customer_id_comes_first(fold):
    both = {"customer_id": "documented", "customerid": "other"}
    assert identities(fold({"user_identities": both})) == {"customer_id": "documented"}


def test_devices_count(fold):
    batch = {
        "mp_deviceid": "d",
        "device_info": {"ios_idfv": "v", "ios_advertising_id": "00000000-0000-0000-0000-000000000000", "brand": "x"},
        "user_identities": {"unheard_of": "x", "email": None, "other": "", "yahoo": 5},
    }
    assert identities(fold(batch)) == {"yahoo": "5", "ios_idfv": "v", "mp_deviceid": "d"}


def test_device_does_not_open_known_user(fold):
    """Trap 11, for batches."""
    known = fold({**GOLD, "mp_deviceid": "d"})
    assert fold({"mp_deviceid": "d"}).mpid != known.mpid


def test_null_is_tag(fold):
    """Trap 10."""
    fold(GOLD)
    assert fold({**GOLD, "user_attributes": {"tier": None, "vip": None}}).attributes == {"tier": None, "vip": None}


def test_deleted_attributes_are_forgotten(fold):
    fold({**GOLD, "user_attributes": {"a": "1", "b": "2", "c": "3"}})
    person = fold({**GOLD, "user_attributes": {"c": "4"}, "deleted_user_attributes": ["a", "c", "unknown", 7]})
    assert person.attributes == {"b": "2"}


def test_values_keep_their_type(fold):
    given = {"text": "x", "list": ["a", "b"], "number": 5, "half": 0.5, "flag": False, "$age": 30}
    assert fold({**GOLD, "user_attributes": given}).attributes == given


def test_nested_attributes_are_left_out(fold):
    given = {"a": {"b": 1}, "c": [["d"]], "e": [{"f": 1}]}
    assert fold({**GOLD, "user_attributes": given}).attributes == {}


def test_sdk_attributes_need_event(fold):
    """§3.7: without a `user_attribute_change` event they are not stored."""
    assert fold(GOLD, source=SDK).attributes == {}
    batch = {**GOLD, "user_attributes": {"tier": "gold", "city": "Rome"}, "events": [change("tier", "gold")]}
    assert fold(batch, source=SDK).attributes == {"tier": "gold"}


def test_sdk_events_are_taken_in_order(fold):
    events = [change("a", "1"), change("b", None), change("a", "2"), change("c", ["x"]), change("d", {"no": 1})]
    assert fold({**GOLD, "events": events}, source=SDK).attributes == {"a": "2", "b": None, "c": ["x"]}
    gone = [change("a", None, deleted=True), {"event_type": "user_attribute_change", "data": None}]
    assert fold({**GOLD, "events": gone}, source=SDK).attributes == {"b": None, "c": ["x"]}


def test_servers_events_of_change_write_nothing(fold):
    assert fold({**GOLD, "events": [change("city", "Rome")]}).attributes == {"tier": "gold"}


def test_sdk_adds_no_identity_to_known_user(fold):
    """Its batches may be older than the last change of the user's identities."""
    fold({"mpid": 5, "user_identities": {"email": "new"}})
    assert identities(fold({"mpid": "5", "user_identities": {"email": "old"}}, source=SDK)) == {"email": "new"}


def test_sdk_user_of_unknown_mpid_is_made(fold):
    assert identities(fold({"mpid": "5", "user_identities": {"email": "e"}}, source=SDK)) == {"email": "e"}


def test_consent_is_kept_by_purpose(fold):
    given = {"consented": True, "timestamp_unixtime_ms": NOW_MS, "document": "d", "unheard_of": 1, "location": None}
    kept = {"consented": True, "timestamp_unixtime_ms": NOW_MS, "document": "d"}
    fold({**GOLD, "consent_state": {"gdpr": {"ads": given, "mail": given}, "ccpa": {"data_sale_opt_out": given}}})
    later = {"gdpr": {"ads": {**given, "consented": False}, "mail": None}, "ccpa": None, "other": {"x": given}}
    person = fold({**GOLD, "consent_state": later})
    assert person.consent == {
        "gdpr": {"ads": {**kept, "consented": False}, "mail": kept},
        "ccpa": {"data_sale_opt_out": kept},
    }


@pytest.mark.parametrize("state", [None, [], "x", {"gdpr": ["x"]}, {"gdpr": {"consented": True}}])
def test_consent_of_other_shape_is_none(fold, state):
    """§14: consent shape."""
    assert fold({**GOLD, "consent_state": state}).consent == {}


def test_partner_feeds_give_no_consent(fold):
    """§3.3: platform or custom-feed credentials only."""
    state = {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": NOW_MS}}}
    assert fold({**GOLD, "consent_state": state}, source=FEED).consent == {}


def test_opt_out_is_remembered(fold):
    out = {"event_type": "opt_out", "data": {"is_opted_out": True}}
    assert fold({**GOLD, "events": [out]}).is_opted_out
    assert fold(GOLD).is_opted_out
    assert not fold({**GOLD, "events": [out, {"event_type": "opt_out"}]}).is_opted_out


@pytest.mark.parametrize(("device", "limited"), [({"limit_ad_tracking": True}, True), ({}, None), (None, None)])
def test_limited_tracking_is_remembered(fold, device, limited):
    assert fold({**GOLD, "device_info": device}).limit_ad_tracking is limited


def test_repeat_is_dropped(fold):
    """§3.8. Trap 13."""
    fold({**GOLD, "source_request_id": "r"})
    assert fold({**GOLD, "source_request_id": "r", "user_attributes": {"tier": "tin"}}, at=NOW_MS + 30 * DAY) is None
    assert fold(GOLD).attributes == {"tier": "gold"}


def test_repeat_is_by_key(fold):
    fold({**GOLD, "source_request_id": "r"})
    assert fold({**GOLD, "source_request_id": "r"}, input_name="web") is not None


def test_repeat_ends_with_window(fold):
    fold({**GOLD, "source_request_id": "r"})
    assert fold({**GOLD, "source_request_id": "r"}, at=NOW_MS + 31 * DAY) is not None
    assert fold({**GOLD, "source_request_id": "r"}, at=NOW_MS + 32 * DAY) is None


@pytest.mark.parametrize("request_id", ["", None, 5, ["r"]])
def test_batch_without_request_id_is_no_repeat(fold, request_id):
    fold({**GOLD, "source_request_id": request_id})
    assert fold({**GOLD, "source_request_id": request_id}) is not None


def test_batch_is_not_its_own_repeat(fold, documents):
    batch = {**GOLD, "source_request_id": "r"}
    fold(batch, came="entry 1")
    assert not is_repeat(batch, documents, NOW_MS, input_name="default", came="entry 1")
    assert is_repeat(batch, documents, NOW_MS, input_name="default", came="entry 2")


def test_mpid_is_told_without_writing(fold, documents):
    before = dict(documents.stored)
    told = mpid_of(GOLD, documents, SETTINGS)
    assert documents.stored == before
    assert fold(GOLD).mpid == told == mpid_of(GOLD, documents, SETTINGS)
    assert mpid_of({"mpid": "7"}, documents, SETTINGS) == 7
    assert mpid_of({"events": []}, documents, SETTINGS) is None


def attributes(world, customer="u-1"):
    """What is known of a customer, by what came over the wire."""
    from mockserver.vendors.mparticle.identity.people import People

    people = People(world.documents)
    return [dict(people.get(mpid).attributes) for mpid in people.holders("customer_id", customer)]


def test_single_batch_reaches_user(world):
    """Endpoint 1."""
    assert world("POST", "/v2/events", GOLD).status_code == 202
    assert attributes(world) == [{"tier": "gold"}]


def test_good_batches_of_bulk_reach_users(world):
    """Endpoint 2. Trap 13: partly bad."""
    bad = {"user_identities": {"customer_id": "u-2"}, "environment": "staging"}
    odd = {"user_identities": {"customer_id": "u-3"}, "events": [{"event_type": "session_start", "data": None}], "x": 1}
    assert world("POST", "/v2/bulkevents", [GOLD, bad, "no batch", odd]).status_code == 202
    assert (attributes(world), attributes(world, "u-2"), attributes(world, "u-3")) == ([{"tier": "gold"}], [], [{}])


def test_refused_batches_reach_nobody(world):
    world("POST", "/v2/events", {**GOLD, "environment": "staging"})
    world("POST", "/v2/bulkevents", [{**GOLD, "environment": "staging"}])
    assert attributes(world) == []


def test_repeat_within_bulk_is_dropped(world):
    first = {**GOLD, "source_request_id": "r"}
    world("POST", "/v2/bulkevents", [first, {**first, "user_attributes": {"tier": "tin"}}])
    assert attributes(world) == [{"tier": "gold"}]


def test_history_reaches_user_where_processed(world):
    """Endpoint 3, §3.10."""

    def batch(customer, *times):
        events = [
            {"event_type": "custom_event", "data": {"event_name": "x", "custom_event_type": "other", **time}}
            for time in times
        ]
        return {"user_identities": {"customer_id": customer}, "user_attributes": {"of": customer}, "events": events}

    old, young = {"timestamp_unixtime_ms": NOW_MS - 4 * DAY}, {"timestamp_unixtime_ms": NOW_MS - DAY}
    batches = [batch("old", old), batch("young", old, young), batch("timeless", {}), batch("eventless")]
    assert world("POST", "/v2/bulkevents/historical", batches).status_code == 202
    reached = [bool(attributes(world, customer)) for customer in ("old", "young", "timeless", "eventless")]
    assert reached == [True, False, False, False]


def test_unprocessed_history_is_no_repeat(world):
    batch = {**GOLD, "source_request_id": "r"}
    world("POST", "/v2/bulkevents/historical", [batch])
    world("POST", "/v2/events", batch)
    assert attributes(world) == [{"tier": "gold"}]


def test_batches_and_identity_calls_meet(world):
    body = {"environment": "production", "known_identities": {"customerid": "u-1"}}
    mpid = world("POST", "/v1/identify", body).json["mpid"]
    world("POST", "/v2/events", GOLD)
    assert world("POST", "/v1/search", body).json["mpid"] == mpid
    assert attributes(world) == [{"tier": "gold"}]


def test_partner_feed_is_known_by_its_input(world):
    consent = {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": NOW_MS}}}
    feed = next(name for name in world.tenant.inputs["mparticle"] if "revenuecat" in name)
    world("POST", "/v2/events", {**GOLD, "consent_state": consent}, feed=feed)
    ((_, user),) = world.documents.all("user")
    assert user["consent"] == {}
    world("POST", "/v2/events", {**GOLD, "consent_state": consent}, feed="ios")
    ((_, user),) = world.documents.all("user")
    assert user["consent"] == consent
