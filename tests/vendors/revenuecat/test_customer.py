"""Ids, aliases and attributes of a customer (revenuecat.md §§6-8)."""

import pytest

from mockserver.lifecycle.subscriber import Device
from mockserver.vendors.revenuecat.customer import (
    aliases,
    app_user_id,
    attributes,
    original_app_user_id,
    told_aliases,
    user_attributes,
    user_identities,
)

HEX = "87c6049c58069238dce29853916d624c"
ANONYMOUS = f"$RCAnonymousID:{HEX}"


@pytest.fixture
def logged_in(someone):
    return someone(anonymous_id=HEX, known_ids=(HEX, "old-1", "user-1"))


def test_anonymous_id_is_marked(someone):
    person = someone(customer_id=None, anonymous_id=HEX, known_ids=(HEX,))
    assert (app_user_id(person), aliases(person)) == (ANONYMOUS, [ANONYMOUS])


def test_login_keeps_original(logged_in):
    assert (app_user_id(logged_in), original_app_user_id(logged_in)) == ("user-1", ANONYMOUS)


def test_aliases_are_all_ids(logged_in):
    assert told_aliases(logged_in, {}) == [ANONYMOUS, "old-1", "user-1"]


def test_aliases_can_leave_out_known(logged_in):
    assert told_aliases(logged_in, {"aliases": "others"}) == ["old-1"]


def test_current_id_is_always_alias(someone):
    assert aliases(someone(known_ids=())) == ["user-1"]


def test_country_has_no_prefix(someone):
    assert user_attributes(someone(country="GB"), {})["$country"] == "GB"


def test_unseen_country_is_absent(someone):
    assert "$country" not in user_attributes(someone(country=""), {})


def test_phone_becomes_mobile(someone):
    found = user_attributes(someone(attributes={"$phoneNumber": "+44 20"}), {})
    assert (found["$mobile"], "revenuecat_$phoneNumber" in found) == ("+44 20", False)


def test_email_is_only_identity(someone):
    person = someone(email="ada@example.com")
    assert user_identities(person) == {"email": "ada@example.com"}
    assert not [key for key in user_attributes(person, {}) if "email" in key.lower()]


def test_no_email_no_identity(someone):
    assert user_identities(someone()) == {}


def test_custom_and_homeless_get_prefix(someone):
    found = user_attributes(someone(attributes={"color": "red", "$displayName": "Ada"}), {})
    assert (found["revenuecat_color"], found["revenuecat_$displayName"]) == ("red", "Ada")
    assert found["revenuecat_$ip"] == "203.0.113.7"


def test_device_ids_never_change(someone):
    """Set once, they stay (revenuecat.md §8)."""
    devices = (Device(id="1", platform="ios", idfa="first"), Device(id="2", platform="ios", idfa="second", idfv="v"))
    found = attributes(someone(devices=devices))
    assert (found["$idfa"], found["$idfv"]) == ("first", "v")
