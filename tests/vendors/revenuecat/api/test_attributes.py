"""The rules of attributes, one by one (revenuecat.md §12)."""

import pytest

from mockserver.vendors.revenuecat.attributes import IMMUTABLE, RESERVED

PATH = "/v1/subscribers/u-1/attributes"
FIFTY = {f"key_{number}": "x" for number in range(50)}


def test_attributes_are_kept(revenuecat):
    reply = revenuecat.set({"color": "red", "$displayName": "Ada"}, at=1000)
    assert reply.status == 200
    assert reply.subscriber["subscriber_attributes"] == {
        "color": {"value": "red", "updated_at_ms": 1000},
        "$displayName": {"value": "Ada", "updated_at_ms": 1000},
    }
    assert revenuecat.get().subscriber == reply.subscriber


def test_setting_creates_customer(revenuecat):
    revenuecat.set({"color": "red"})
    assert revenuecat.get().status == 200


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("key", ["color", "$email"])
def test_nothing_deletes(revenuecat, nothing, key):
    revenuecat.set({key: "a@example.com"}, at=1000)
    assert revenuecat.set({key: nothing}, at=2000).attributes == {}
    assert revenuecat.attributes() == {}


def test_newest_wins(revenuecat):
    revenuecat.set({"color": "red"}, at=2000)
    assert revenuecat.set({"color": "blue"}, at=1000).status == 200
    assert revenuecat.set({"color": "green"}, at=2000).attributes == {"color": "red"}
    assert revenuecat.set({"color": "blue"}, at=2001).attributes == {"color": "blue"}


def test_older_is_remarked(revenuecat):
    revenuecat.set({"color": "red"}, at=2000)
    assert revenuecat.set({"color": "blue"}, at=1000).rules == {"attribute-kept"}
    assert revenuecat.set({"color": "red"}, at=2000).rules == set()


def test_older_does_not_revive(revenuecat):
    revenuecat.set({"color": "red"}, at=1000)
    revenuecat.set({"color": None}, at=3000)
    revenuecat.set({"color": "blue"}, at=2000)
    assert revenuecat.attributes() == {}


def test_no_time_means_now(revenuecat, later):
    later(days=1)
    revenuecat.set({"color": "red"})
    assert revenuecat.get().subscriber["subscriber_attributes"]["color"]["updated_at_ms"] == 1768557600000


def test_no_time_is_newest(revenuecat):
    """The clock of the tenant may stand long before the clock of the app."""
    revenuecat.set({"color": "red"}, at=4_000_000_000_000)
    assert revenuecat.set({"color": "blue"}).attributes == {"color": "blue"}


@pytest.mark.parametrize("key", ["a" * 40, "Color", "a-b_c9", "telemetry_deck_user_id"])
def test_good_keys_are_kept(revenuecat, key):
    assert revenuecat.set({key: "x"}).attributes == {key: "x"}


@pytest.mark.parametrize("key", ["a key", "1st", "_a", "-a", "a.b", "a$", "é", "", "a\n"])
def test_key_has_its_form(revenuecat, key):
    reply = revenuecat.set({key: "x"})
    assert (reply.status, reply.json["code"]) == (400, 7263)
    assert reply.faults == {key: "Key name format is not valid."}


def test_key_has_40_characters(revenuecat):
    assert revenuecat.set({"a" * 41: "x"}).faults == {"a" * 41: "Key name is too long."}


def test_value_has_500_characters(revenuecat):
    assert revenuecat.set({"a": "é" * 500}).status == 200
    assert revenuecat.set({"a": "é" * 501, "$displayName": "x" * 501}).faults == {
        "a": "Value is too long.",
        "$displayName": "Value is too long.",
    }


@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"x": "y"}])
def test_value_is_text(revenuecat, value):
    assert revenuecat.set({"a": {"value": value}}).faults == {"a": "Value is not text."}


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_known_reserved_is_kept(revenuecat, key):
    assert revenuecat.set({key: "a@example.com"}).attributes == {key: "a@example.com"}


@pytest.mark.parametrize("key", ["$color", "$Email", "$", "$rcAnything"])
def test_other_reserved_is_refused(revenuecat, key):
    assert revenuecat.set({key: "x"}).faults == {key: "Key name is reserved and not known."}


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.com", "a b@example.com", "a@b@example.com", "ada@example"])
def test_email_is_validated(revenuecat, email):
    assert revenuecat.set({"$email": email}).faults == {"$email": "Value is not a valid email address."}


def test_50_custom_attributes(revenuecat):
    revenuecat.set(FIFTY, at=1000)
    reply = revenuecat.set({"another": "x", "$displayName": "Ada", "key_0": "y"}, at=2000)
    assert reply.faults == {"another": "There are too many custom attributes."}
    found = revenuecat.attributes()
    assert (len(found), found["key_0"], found["$displayName"]) == (51, "y", "Ada")


def test_deleting_makes_room(revenuecat):
    revenuecat.set(FIFTY, at=1000)
    assert revenuecat.set({"key_0": None, "another": "x"}, at=2000).status == 200
    assert revenuecat.set({"key_1": None, "one": "x", "two": "x"}, at=3000).faults.keys() == {"two"}


def test_good_ones_are_kept(revenuecat):
    """Some were unable to be saved: the others were."""
    reply = revenuecat.set({"color": "red", "a key": "x", "$email": "ada"}, at=1000)
    assert reply.json["message"] == "Some subscriber attributes keys were unable to be saved."
    assert reply.faults.keys() == {"a key", "$email"}
    assert revenuecat.attributes() == {"color": "red"}


def test_refusal_names_each_key(revenuecat):
    reply = revenuecat.set({"a key": "x"})
    assert reply.json.keys() == {"code", "message", "attribute_errors"}
    assert reply.json["attribute_errors"] == [{"key_name": "a key", "message": "Key name format is not valid."}]
    assert reply.rules == {"attribute-refused"}


@pytest.mark.parametrize("key", sorted(IMMUTABLE))
def test_some_never_change(revenuecat, key):
    revenuecat.set({key: "first"}, at=1000)
    reply = revenuecat.set({key: "second"}, at=2000)
    assert (reply.status, reply.rules) == (200, {"attribute-kept"})
    revenuecat.set({key: None}, at=3000)
    assert revenuecat.attributes() == {key: "first"}


def test_mparticle_id_may_change(revenuecat):
    revenuecat.set({"$mparticleId": "1"}, at=1000)
    assert revenuecat.set({"$mparticleId": "2"}, at=2000).attributes == {"$mparticleId": "2"}


def test_true_is_address_of_caller(revenuecat):
    public = revenuecat.tenant.credentials("")["public_ios_key"]
    reply = revenuecat.set({"$ip": "true"}, key=public, remote="2001:db8::7")
    assert reply.rules == {"ip-of-caller"}
    assert revenuecat.attributes() == {"$ip": "2001:db8::7"}


def test_other_ip_stays(revenuecat):
    assert revenuecat.set({"$ip": "198.51.100.4"}).attributes == {"$ip": "198.51.100.4"}


def test_true_is_version_of_device(revenuecat):
    public = revenuecat.tenant.credentials("")["public_ios_key"]
    revenuecat.set({"$deviceVersion": "true"}, key=public, x_platform="iOS", x_platform_version="17.2")
    assert revenuecat.attributes() == {"$deviceVersion": "iOS 17.2"}


def test_true_is_only_text_elsewhere(revenuecat):
    assert revenuecat.set({"wants_mail": "true"}).attributes == {"wants_mail": "true"}


def test_lost_answer_is_kept(revenuecat):
    revenuecat.lose = True
    revenuecat.set({"color": "red", "$ip": "true"}, at=1000)
    assert revenuecat.attributes() == {"color": "red", "$ip": "203.0.113.9"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"attributes": {"a": {"value": "\\ud800"}}}'])
def test_other_than_json_is_7226(revenuecat, body):
    reply = revenuecat("POST", PATH, body)
    assert (reply.status, reply.json["code"]) == (400, 7226)


@pytest.mark.parametrize(
    "attributes",
    [
        None,
        [],
        "x",
        {"a": "x"},
        {"a": None},
        {"a": {}},
        {"a": {"updated_at_ms": 1}},
        {"a": {"value": "x", "updated_at_ms": "1"}},
        {"a": {"value": "x", "updated_at_ms": True}},
        {"a": {"value": "x", "updated_at_ms": 1.5}},
        {"a": {"value": "x", "updated_at_ms": -1}},
        {"a": {"value": "x", "updated_at_ms": 10**18}},
    ],
)
def test_other_form_is_7264(revenuecat, attributes):
    reply = revenuecat("POST", PATH, {"attributes": attributes})
    assert (reply.status, reply.json["code"]) == (400, 7264)
    assert revenuecat.get().status == 201


def test_missing_attributes_are_7264(revenuecat):
    assert revenuecat("POST", PATH, {}).json["code"] == 7264


def test_no_attributes_are_fine(revenuecat):
    assert revenuecat.set({}).status == 200


def test_placeholder_is_remarked(revenuecat):
    """Clients made from the OpenAPI description send a key of that name (revenuecat.md §12, Traps)."""
    reply = revenuecat.set({"key_name": "x"})
    assert (reply.attributes, reply.rules) == ({"key_name": "x"}, {"placeholder"})


def test_other_content_type_is_remarked(revenuecat):
    assert revenuecat.set({"a": "b"}, content_type="text/plain").rules == {"content-type"}
