"""What an app sets as attributes decides what the feed and the webhook tell (revenuecat.md §§6, 7, 11)."""

import pytest

from mockserver.lifecycle import day, developer, period_end, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.vendors.revenuecat.customer import aliases, app_user_id

SCENARIOS = find([shipped_folder()])


@pytest.fixture
def person(live):
    return live(day(0, user.buys(MONTHLY)), period_end(1, store.renews()))[0].person


@pytest.fixture
def apply(revenuecat, person):
    """Set attributes of the person."""
    return lambda attributes, **more: revenuecat.set(attributes, app_user_id(person), **more)


def test_mparticle_id_is_mpid(apply, tell):
    apply({"$mparticleId": "42"})
    assert [one.body["mpid"] for one in tell()] == ["42", "42"]


def test_mparticle_id_lets_feed_speak(revenuecat, live, tell):
    person = live(day(0, user.buys(MONTHLY)), people=[someone(has_mpid=False)])[0].person
    assert tell()[0].message.skipped
    revenuecat.set({"$mparticleId": "42"}, app_user_id(person))
    assert (tell()[0].message.skipped, tell()[0].body["mpid"]) == ("", "42")


@pytest.mark.parametrize("nothing", [None, ""])
def test_deleted_mparticle_id_silences_feed(apply, tell, nothing):
    apply({"$mparticleId": nothing})
    assert tell()[0].message.skipped == "$mparticleId is not set on the customer"


def test_device_ids_are_told(apply, tell):
    apply({"$idfa": "A-1", "$idfv": "V-1"})
    assert tell()[0].body["device_info"] == {
        "platform": "iOS",
        "ios_advertising_id": "A-1",
        "ios_idfv": "V-1",
    }


def test_android_id_is_told(revenuecat, live, tell):
    person = live(day(0, user.buys(MONTHLY)), store="play_store")[0].person
    revenuecat.set({"$gpsAdId": "G-1", "$idfa": "A-1"}, app_user_id(person))
    assert tell()[0].body["device_info"] == {"platform": "Android", "android_advertising_id": "G-1"}


def test_address_is_told(apply, tell):
    apply({"$ip": "true"})
    assert tell()[0].body["user_attributes"]["revenuecat_$ip"] == "203.0.113.9"


def test_email_is_identity(apply, tell):
    apply({"$email": "new@example.com"})
    assert tell()[0].body["user_identities"] == {"email": "new@example.com"}
    apply({"$email": None})
    assert tell()[0].body["user_identities"] == {}


def test_phone_is_mobile(apply, tell):
    apply({"$phoneNumber": "+44 20"})
    assert tell()[0].body["user_attributes"]["$mobile"] == "+44 20"


def test_custom_ones_get_prefix(apply, tell):
    apply({"color": "red", "$displayName": "Ada"})
    found = tell()[0].body["user_attributes"]
    assert (found["revenuecat_color"], found["revenuecat_$displayName"]) == ("red", "Ada")


def test_webhook_tells_when_set(apply, person, tell):
    apply({"color": "red", "$email": "new@example.com"}, at=1_700_000_000_123)
    found = tell("webhook")[0].body["event"]["subscriber_attributes"]
    assert found["color"] == {"value": "red", "updated_at_ms": 1_700_000_000_123}
    assert found["$email"] == {"value": "new@example.com", "updated_at_ms": 1_700_000_000_123}
    assert found["$mparticleId"] == {"value": person.mpid, "updated_at_ms": 1768471200000}


def test_webhook_leaves_out_deleted(apply, tell):
    apply({"$email": None})
    assert "$email" not in tell("webhook")[0].body["event"]["subscriber_attributes"]


def test_other_customers_do_not_matter(revenuecat, person, tell):
    before = [one.body for one in tell()]
    revenuecat.set({"$mparticleId": "42", "color": "red"}, "somebody-else")
    assert [one.body for one in tell()] == before


def test_ids_count_once_known(revenuecat, live, tell):
    """What is set on a login counts for events from the login on."""
    events = live(
        day(0, user.buys(MONTHLY)),
        day(2, user.logs_in()),
        period_end(1, store.renews()),
        people=[someone(anonymous=True)],
    )
    revenuecat.set({"$mparticleId": "42"}, aliases(events[1].person)[1])
    bought, renewed = tell()
    assert (bought.body["mpid"], renewed.body["mpid"]) == (events[0].person.mpid, "42")


def test_each_side_of_transfer_has_its_own(revenuecat, live, tell):
    events = live(day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()))
    revenuecat.set({"$mparticleId": "42"}, app_user_id(events[1].other_after.person))
    told = [one.body["mpid"] for one in tell() if one.message.event == "rc_transfer_event"]
    assert told == [events[0].person.mpid, "42"]


def test_last_platform_chooses_feed(revenuecat, live, tell):
    """Of stores without a platform (open point 4)."""
    person = live(day(0, developer.grants(period="P1M")))[0].person
    assert tell()[0].message.feed == "revenuecat-ios"
    revenuecat.get(
        app_user_id(person), x_platform="android", key=revenuecat.tenant.credentials("")["public_android_key"]
    )
    assert tell()[0].message.feed == "revenuecat-android"


def test_deletion_undoes_it(revenuecat, apply, person, tell):
    before = [one.body for one in tell()]
    apply({"$mparticleId": "42", "color": "red"})
    revenuecat("DELETE", f"/v1/subscribers/{app_user_id(person)}")
    assert [one.body for one in tell()] == before


@pytest.mark.parametrize("key", SCENARIOS)
@pytest.mark.parametrize("channel", ["mparticle", "webhook"])
def test_asking_changes_no_message(key, channel, revenuecat, tell):
    """Documents about a customer without attributes change nothing that is told."""
    revenuecat.tenant.events = load(SCENARIOS[key]).unfold(0)
    before = [one.message for one in tell(channel)]
    revenuecat.tenant.at = revenuecat.tenant.events[-1].at
    for person in {event.person.key: event.person for event in revenuecat.tenant.events}.values():
        assert revenuecat.get(app_user_id(person)).status == 200
    assert [one.message for one in tell(channel)] == before
