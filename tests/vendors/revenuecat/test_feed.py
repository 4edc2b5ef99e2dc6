"""The batch for mParticle: envelope, identity, platforms, switches (revenuecat.md §§2-7)."""

from decimal import Decimal

import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import Environment, Product, ProductKind, State, Store
from mockserver.vendors.contract import Delivery
from mockserver.vendors.revenuecat import VENDOR


@pytest.fixture
def batch(feed, body_of):
    """The last batch about a life."""
    return lambda life, **settings: body_of(feed(life, **settings)[-1])


def attributes(batch):
    return batch["events"][0]["data"]["custom_attributes"]


def test_top_level_has_nine_keys(live, batch):
    assert list(batch(live().buys())) == [
        "events",
        "source_request_id",
        "user_attributes",
        "device_info",
        "application_info",
        "user_identities",
        "schema_version",
        "environment",
        "mpid",
    ]


def test_mpid_is_text(live, batch):
    assert batch(live().buys())["mpid"] == "1234567890123456789"


def test_sandbox_is_development(live, batch):
    assert batch(live(environment=Environment.SANDBOX).buys())["environment"] == "development"


def test_grant_is_always_production(live, batch):
    life = live(store=Store.PROMO, environment=Environment.SANDBOX).buys_once(Kind.PROMO_GRANTED)
    assert batch(life)["environment"] == "production"


def test_source_ids_differ(live, feed, body_of):
    life = live().buys().fails()
    batches = [body_of(message) for message in feed(life)]
    ids = [one["source_request_id"] for one in batches]
    ids += [one["events"][0]["data"]["source_message_id"] for one in batches]
    assert len(set(ids)) == 8


def test_same_event_same_bytes(live, feed):
    assert [one.body for one in feed(live().buys().refunds())] == [one.body for one in feed(live().buys().refunds())]


@pytest.mark.parametrize(
    ("store", "feed_name", "platform", "ids"),
    [
        (Store.APP_STORE, "revenuecat-ios", "iOS", {"ios_advertising_id", "ios_idfv"}),
        (Store.PLAY_STORE, "revenuecat-android", "Android", {"android_advertising_id"}),
        (Store.AMAZON, "revenuecat-android", "Android", {"android_advertising_id"}),
        (Store.STRIPE, "revenuecat-ios", "iOS", {"ios_advertising_id", "ios_idfv"}),
    ],
)
def test_platform_follows_store(live, feed, body_of, store, feed_name, platform, ids):
    message = feed(live(store=store).buys())[0]
    assert message.feed == feed_name
    info = body_of(message)["device_info"]
    assert (info["platform"], info.keys() - {"platform"}) == (platform, ids)


def test_stripe_takes_last_platform(live, feed, someone):
    person = someone(devices=(*someone().devices, *someone(store=Store.PLAY_STORE).devices))
    assert feed(live(store=Store.STRIPE, person=person).buys())[0].feed == "revenuecat-android"


def test_fire_tablet_sends_fire_id(live, batch, someone):
    person = someone(devices=(), attributes={"$amazonAdId": "fire-1"})
    info = batch(live(store=Store.AMAZON, person=person).buys())["device_info"]
    assert info == {"platform": "Android", "fire_advertising_id": "fire-1"}


def test_absent_ids_stay_absent(live, batch, someone):
    assert batch(live(person=someone(devices=())).buys())["device_info"] == {"platform": "iOS"}


@pytest.mark.parametrize(
    ("changes", "settings", "why"),
    [
        ({"mpid": None}, {}, "$mparticleId is not set on the customer"),
        ({"devices": ()}, {}, "no platform of the customer has ever been seen"),
        ({}, {"feeds": ["android"]}, "no credentials are entered for the ios feed"),
    ],
)
def test_nothing_sent_says_why(live, feed, someone, changes, settings, why):
    life = live(store=Store.STRIPE, person=someone(**changes)).buys()
    assert [message.skipped for message in feed(life, **settings)] == [why]


def test_unseen_platform_uses_only_feed(live, feed, someone):
    """revenuecat.md §2: the iOS pair, if it is the only one configured."""
    message = feed(live(store=Store.STRIPE, person=someone(devices=())).buys(), feeds=["ios"])[0]
    assert (message.feed, message.skipped) == ("revenuecat-ios", "")


def test_each_side_of_transfer_is_itself(live, feed, body_of, someone):
    life = live().buys().moves_to(someone("other", mpid="42", country="DE"))
    sides = feed(life)[1:]
    assert [side.subject for side in sides] == ["user-1", "other-1"]
    bodies = [body_of(side) for side in sides]
    assert [one["mpid"] for one in bodies] == ["1234567890123456789", "42"]
    assert [one["user_attributes"]["revenuecat_app_user_id"] for one in bodies] == ["user-1", "other-1"]
    assert attributes(bodies[0]) == attributes(bodies[1]) == {"revenuecat_event": "rc_transfer_event"}


def test_half_a_transfer_is_skipped(live, feed, someone):
    life = live().buys().moves_to(someone("other", mpid=None))
    assert [bool(side.skipped) for side in feed(life)] == [False, False, True]


def test_transfer_attributes_are_optional(live, batch, someone):
    life = live().buys().moves_to(someone("other"))
    found = attributes(batch(life, transfer_attributes=True))
    assert found["revenuecat_transferred_from"] == "user-1"
    assert found["revenuecat_transferred_to"] == "other-1"


def test_resume_attribute_is_optional(live, batch):
    life = live(store=Store.PLAY_STORE).buys().schedules_pause()
    resumes = life.subscription.resumes_at.timestamp() * 1000
    assert attributes(batch(life, auto_resume_attribute=True))["revenuecat_auto_resume_at_ms"] == resumes


def test_custom_event_takes_configured_name(live, batch, feed):
    life, names = live().buys().cancels(), {"event_names": {"cancellation": "Cancelled"}}
    data = batch(life, **names)["events"][0]["data"]
    assert (data["event_name"], data["custom_attributes"]["revenuecat_event"]) == ("Cancelled", "cancellation")
    assert feed(life, **names)[-1].event == "cancellation"


def test_blank_name_is_default(live, batch):
    data = batch(live().buys().cancels(), event_names={"cancellation": "  "})["events"][0]["data"]
    assert data["event_name"] == "cancellation"


def test_attribute_can_follow_name(live, batch):
    settings = {"event_names": {"renewal": "Paid again"}, "revenuecat_event": "renamed"}
    assert attributes(batch(live().buys().renews(), **settings))["revenuecat_event"] == "Paid again"


@pytest.mark.parametrize(
    ("spelling", "told"), [("IOS", "IOS"), ("iOS", "iOS"), ("legacy_ios", "iOS"), ("absent", None)]
)
def test_os_has_three_spellings(live, batch, spelling, told):
    assert batch(live().buys(), os=spelling)["application_info"].get("os") == told


def test_android_os_has_one_spelling(live, batch):
    assert batch(live(store=Store.PLAY_STORE).buys(), os="iOS")["application_info"]["os"] == "Android"


def test_unknown_choice_is_refused(live, batch):
    with pytest.raises(SettingsError, match="os is 'ios'; IOS or iOS or legacy_ios or absent is wanted"):
        batch(live().buys(), os="ios")


def test_purchase_without_customer_is_noninteractive(live, batch):
    life = live(store=Store.PROMO).buys_once(Kind.PROMO_GRANTED)
    data = batch(life)["events"][0]["data"]
    assert (data["is_non_interactive"], data["product_action"]["total_amount"]) == (True, 0)
    assert attributes(batch(life))["revenuecat_product_id"] == "rc_promo_premium_monthly"


def test_one_off_is_interactive(live, batch):
    coins = Product(id="coins.100", price=Decimal("1.99"), kind=ProductKind.CONSUMABLE, entitlements=())
    data = batch(live(product=coins).buys_once())["events"][0]["data"]
    assert (data["is_non_interactive"], data["product_action"]["action"]) == (False, "purchase")


def test_refund_names_refunded_transaction(live, batch, feed, body_of):
    life = live().buys().renews().refunds()
    action = next(body_of(one) for one in feed(life) if one.event == "refund")["events"][0]["data"]["product_action"]
    assert (action["action"], action["transaction_id"]) == ("refund", life.subscription.latest.id)


def test_expiration_is_told_at_its_time(live, batch):
    life = live().buys().cancels().expires()
    assert batch(life)["events"][0]["data"]["timestamp_unixtime_ms"] == life.subscription.period_end.timestamp() * 1000


def test_refund_expires_at_refund(live, batch):
    life = live().buys().refunds()
    assert batch(life)["events"][0]["data"]["timestamp_unixtime_ms"] == life.at.timestamp() * 1000


def test_key_and_secret_sign(live, feed):
    message = feed(live().buys())[0]
    delivery = Delivery(credentials={"key": "Aladdin", "secret": "open sesame"}, settings={}, at=message.at)
    headers = VENDOR.channels["mparticle"].sign(message, delivery)
    assert headers == {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}


def test_lost_platform_has_empty_device(live, batch, someone):
    life = live(store=Store.STRIPE, person=someone(devices=())).happens(
        Kind.SUBSCRIPTION_STARTED, State.ACTIVE, charge="9.99"
    )
    assert (batch(life)["device_info"], batch(life)["application_info"]) == ({}, {})
