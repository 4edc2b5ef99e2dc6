"""What a webhook says and how it is sent: envelope, properties by type, settings, transport (adapty.md §11)."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from mockserver.lifecycle import Scenario, before_period_end, day, developer, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import COINS, MONTHLY, MONTHLY_CHEAP_AT_FIRST, YEARLY
from mockserver.vendors.adapty import VENDOR
from mockserver.vendors.adapty.dialect import sign, verification, verified
from mockserver.vendors.adapty.flows import EVENT_TYPES
from mockserver.vendors.adapty.purchases import profile_of
from mockserver.vendors.contract import Delivery

ENVELOPE = {
    "profile_id",
    "customer_user_id",
    "idfv",
    "idfa",
    "advertising_id",
    "profile_install_datetime",
    "user_agent",
    "email",
    "event_type",
    "event_datetime",
    "event_properties",
    "event_api_version",
    "profiles_sharing_access_level",
    "integration_ids",
}
COMMON = {
    *("transaction_id", "original_transaction_id", "purchase_date", "original_purchase_date", "event_datetime"),
    *("environment", "vendor_product_id", "store", "profile_event_id", "profile_id", "profile_has_access_level"),
    *("profile_total_revenue_usd", "profile_country", "profile_ip_address", "store_country", "currency"),
    *("cohort_name", "developer_id", "paywall_name", "variation_id", "ab_test_name", "paywall_revision"),
    *("ab_test_revision", "subscription_expires_at"),
}
MOST = {
    *("price_usd", "price_local", "original_price_usd", "original_price_local", "discount_amount_usd"),
    *("discount_amount_local", "consecutive_payments", "rate_after_first_year", "promotional_offer_id"),
    *("store_offer_category", "store_offer_discount_type"),
}
TAXES = {
    *("proceeds_usd", "proceeds_local", "net_revenue_usd", "net_revenue_local", "tax_amount_usd", "tax_amount_local"),
}
ACCESS = {
    *("access_level_id", "is_active", "is_lifetime", "is_refund", "is_in_grace_period", "will_renew", "starts_at"),
    *("expires_at", "renewed_at", "activated_at", "billing_issue_detected_at", "active_introductory_offer_type"),
    *("active_promotional_offer_type", "active_promotional_offer_id", "trial_duration", "cancellation_reason"),
}
TRIAL = {"trial_duration"}
REASON = {"cancellation_reason"}
OFFERED = {"store_offer_number_of_periods"}
MATRIX = {
    "subscription_started": COMMON | MOST | TAXES | TRIAL,
    "subscription_renewed": COMMON | MOST | TAXES | TRIAL,
    "subscription_renewal_cancelled": COMMON | MOST | TRIAL | REASON,
    "subscription_renewal_reactivated": COMMON | MOST | TRIAL,
    "subscription_expired": COMMON | MOST | TRIAL | REASON,
    "subscription_paused": COMMON | MOST | TRIAL | {"base_plan_id"},
    "subscription_deferred": COMMON | MOST | TRIAL | {"base_plan_id"},
    "subscription_refunded": COMMON | MOST | TAXES | TRIAL | REASON,
    "non_subscription_purchase": COMMON | MOST | TAXES,
    "non_subscription_purchase_refunded": COMMON | MOST | {"proceeds_usd"},
    "trial_started": COMMON | MOST | TRIAL | OFFERED,
    "trial_converted": COMMON | MOST | TRIAL | {"proceeds_usd"},
    "trial_renewal_cancelled": COMMON | MOST | TRIAL | REASON | OFFERED,
    "trial_renewal_reactivated": COMMON | MOST | TRIAL | OFFERED,
    "trial_expired": COMMON | MOST | TRIAL | REASON | OFFERED,
    "entered_grace_period": COMMON | MOST | TRIAL,
    "billing_issue_detected": COMMON | MOST | TRIAL,
    "access_level_updated": COMMON | ACCESS,
    "trial_active": COMMON | MOST | TRIAL | OFFERED,
    "subscription_active": COMMON | MOST | TRIAL,
}
OFF, ON = user.turns_renewal_off(), user.turns_renewal_on()
STORIES = {
    "app_store": [
        [day(0, user.buys(MONTHLY)), day(1, OFF), day(2, ON), day(3, OFF), period_end(1, store.ends_period())],
        [day(0, user.buys(MONTHLY)), period_end(1, store.renews()), day(40, store.refunds())],
        [day(0, user.buys(MONTHLY)), period_end(1, store.fails_to_charge(grace_days=16))],
        [day(0, user.buys(COINS)), day(1, store.refunds())],
        [day(0, user.starts_trial(MONTHLY)), day(1, OFF), day(2, ON), day(7, store.converts_trial())],
        [day(0, user.starts_trial(MONTHLY)), day(5, OFF), day(7, store.ends_trial())],
    ],
    "play_store": [
        [day(0, user.buys(MONTHLY)), day(3, user.pauses())],
        [day(0, user.buys(MONTHLY)), period_end(1, store.defers(hours=8))],
    ],
}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000")


def unfold(*steps, **declared):
    return Scenario(timeline=list(steps), key="story", **declared).unfold(0)


@pytest.fixture
def one_of_each(tell):
    """A webhook of every type."""
    found = {}
    for place, stories in STORIES.items():
        for steps in stories:
            timers = {"trial_active_after_days": 3, "subscription_active_after_days": 2}
            for one in tell(unfold(*steps, store=place), **timers):
                found.setdefault(one.type, one)
    return found


@pytest.fixture
def first(tell):
    """The first webhook of a story."""
    return lambda *steps, settings=None, **declared: tell(unfold(*steps, **declared), **(settings or {}))[0]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_envelope_is_always_whole(one_of_each, event_type):
    body = one_of_each[event_type].body
    assert body.keys() == ENVELOPE
    assert body["event_api_version"] == 1
    assert body["event_properties"]["profile_id"] == body["profile_id"]
    assert body["event_properties"]["event_datetime"] == body["event_datetime"]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_properties_follow_matrix(one_of_each, event_type):
    assert one_of_each[event_type].properties.keys() == MATRIX[event_type]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_values_have_their_types(one_of_each, event_type):
    properties = one_of_each[event_type].properties
    dates = [name for name in properties if name.endswith(("_at", "_date", "_datetime"))]
    assert all(properties[name] is None or DATE.fullmatch(properties[name]) for name in dates)
    assert UUID(properties["profile_event_id"])
    assert isinstance(properties["transaction_id"], str)
    assert isinstance(properties["profile_has_access_level"], bool)
    assert isinstance(properties["profile_total_revenue_usd"], float)


def test_example_of_renewal(tell):
    """The arithmetic of adapty.md §11.5."""
    told = tell(unfold(day(0, user.buys(MONTHLY)), period_end(1, store.renews())))
    properties = next(one.properties for one in told if one.type == "subscription_renewed")
    money = ("price_usd", "proceeds_usd", "tax_amount_usd", "net_revenue_usd", "profile_total_revenue_usd")
    assert [properties[name] for name in money] == [9.99, 8.4915, 0.0, 8.4915, 19.98]
    assert (properties["consecutive_payments"], properties["rate_after_first_year"]) == (2, False)


@pytest.mark.parametrize(("commission", "tax", "proceeds", "net"), [(15, 0, 8.4915, 8.4915), (30, 10, 6.993, 5.994)])
def test_cut_and_taxes(first, commission, tax, proceeds, net):
    settings = {"commission_percent": commission, "tax_percent": tax}
    properties = first(day(0, user.buys(MONTHLY)), settings=settings).properties
    assert (properties["proceeds_usd"], properties["net_revenue_local"]) == (proceeds, net)


def test_trial_has_no_price(first):
    properties = first(day(0, user.starts_trial(MONTHLY))).properties
    assert (properties["price_usd"], properties["price_local"]) == (None, None)
    assert (properties["original_price_usd"], properties["discount_amount_usd"]) == (9.99, 9.99)
    assert properties["trial_duration"] == "7 days"


def test_trial_price_on_request(first):
    properties = first(day(0, user.starts_trial(MONTHLY)), settings={"send_trial_price": True}).properties
    assert properties["price_usd"] == 9.99


def test_sandbox_trial_keeps_its_days(first):
    told = first(day(0, user.starts_trial(MONTHLY)), environment="sandbox")
    assert (told.properties["trial_duration"], told.properties["environment"]) == ("7 days", "Sandbox")
    assert told.message.environment == "sandbox"


def test_intro_offer_is_described(tell):
    steps = [day(0, user.buys_at_intro_price(MONTHLY_CHEAP_AT_FIRST)), *period_ends(1, 3, store.renews())]
    told = [one.properties for one in tell(unfold(*steps)) if one.type != "access_level_updated"]
    assert [one["price_usd"] for one in told] == [1.99, 1.99, 1.99, 9.99]
    assert [one["discount_amount_usd"] for one in told] == [8.0, 8.0, 8.0, 0.0]
    assert [one["store_offer_discount_type"] for one in told] == ["pay_as_you_go"] * 3 + [None]
    assert told[0]["store_offer_number_of_periods"] == 3
    assert "store_offer_number_of_periods" not in told[3]


def test_refund_price_is_positive(one_of_each):
    told = one_of_each["subscription_refunded"]
    assert (told.properties["price_usd"], told.message.amount) == (9.99, Decimal("-9.99"))


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_only_money_has_amounts(one_of_each, event_type):
    charging = {
        *("subscription_started", "subscription_renewed", "trial_converted", "non_subscription_purchase"),
        *("subscription_refunded", "non_subscription_purchase_refunded"),
    }
    message = one_of_each[event_type].message
    assert (message.amount is not None) is (event_type in charging)
    assert message.currency == ("USD" if event_type in charging else None)


def test_gap_restarts_consecutive_payments(tell):
    steps = [
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
        period_end(2, store.fails_to_charge(grace_days=0)),
        day(70, store.recovers()),
        period_end(3, store.renews()),
    ]
    told = [one.properties for one in tell(unfold(*steps)) if one.message.amount]
    assert [one["consecutive_payments"] for one in told] == [1, 2, 1, 2]


def test_rate_falls_after_a_year(tell):
    steps = [day(0, user.buys(YEARLY)), *period_ends(1, 2, store.renews())]
    told = [one.properties for one in tell(unfold(*steps)) if one.message.amount]
    assert [one["rate_after_first_year"] for one in told] == [False, True, True]


def test_early_renewal_lies_in_future(tell):
    """Apple announces renewals hours early, and Adapty passes them on at once (adapty.md §11.1)."""
    events = unfold(day(0, user.buys(MONTHLY)), before_period_end(1, store.renews(), hours=8))
    renewed = next(one for one in tell(events) if one.type == "subscription_renewed")
    assert renewed.message.at == datetime(2026, 2, 15, 2, tzinfo=UTC)
    assert renewed.body["event_datetime"] == "2026-02-15T10:00:00.000000+0000"


def test_base_plan_only_where_plans_are(first):
    assert "base_plan_id" not in first(day(0, user.buys(MONTHLY))).properties
    assert first(day(0, user.buys(MONTHLY)), store="play_store").properties["base_plan_id"] is None


def test_grant_names_stand_in(first):
    told = first(day(0, developer.grants(MONTHLY)))
    assert told.properties["vendor_product_id"] == "adapty_dashboard_product"
    assert told.properties["store"] == "adapty"


def test_devices_are_named(first):
    ios, android = (first(day(0, user.buys(MONTHLY)), store=place).body for place in ("app_store", "play_store"))
    assert (ios["idfa"] is None, ios["advertising_id"]) == (False, None)
    assert (android["idfa"], android["advertising_id"] is None) == (None, False)


def test_message_names_person(tell):
    events = unfold(day(0, user.buys(MONTHLY)))
    told = tell(events)[0]
    assert told.message.subject == told.body["customer_user_id"] == events[0].person.id
    assert told.body["profile_id"] == profile_of(events[0].person)
    assert told.message.id == told.properties["profile_event_id"]


def test_event_ids_never_repeat(tell):
    told = [one for stories in STORIES["app_store"] for one in tell(unfold(*stories))[:1]]
    again = tell(unfold(*STORIES["app_store"][0]))
    assert told[0].message.id == again[0].message.id
    ids = [one.message.id for one in again]
    assert len(ids) == len(set(ids))


def test_types_can_be_off(tell):
    events = unfold(day(0, user.buys(MONTHLY)), period_end(1, store.renews()))
    told = tell(events, disabled_events=["subscription_started", "access_level_updated"])
    assert [one.type for one in told] == ["subscription_renewed"]


def test_types_can_be_renamed(first):
    told = first(day(0, user.buys(MONTHLY)), settings={"event_names": {"subscription_started": "Paid!"}})
    assert (told.type, told.message.event) == ("Paid!", "Paid!")


@pytest.mark.parametrize(
    ("setting", "key"), [("send_attribution", "attributions"), ("send_user_attributes", "user_attributes")]
)
def test_options_add_keys(first, setting, key):
    assert first(day(0, user.buys(MONTHLY)), settings={setting: True}).body[key] == {}


def test_purchase_token_on_play_only(tell):
    for place, wanted in (("app_store", 0), ("play_store", 2)):
        told = tell(unfold(day(0, user.buys(MONTHLY)), store=place), send_play_store_purchase_token=True)
        assert sum("play_store_purchase_token" in one.body for one in told) == wanted
    token = told[0].body["play_store_purchase_token"]
    assert token.keys() == {"product_id", "purchase_token", "is_subscription"}
    assert told[1].body["play_store_purchase_token"] == token


CHANNEL = VENDOR.channels["webhook"]


def delivery(**settings):
    return Delivery(credentials={}, settings={**VENDOR.settings, **settings}, at=datetime(2026, 1, 15, tzinfo=UTC))


def test_authorization_is_verbatim(first):
    message = first(day(0, user.buys(MONTHLY))).message
    assert sign(message, delivery(authorization="whatever I like")) == {"authorization": "whatever I like"}
    assert sign(message, delivery()) == {}


def test_sandbox_has_own_authorization(first):
    message = first(day(0, user.buys(MONTHLY)), environment="sandbox").message
    assert sign(message, delivery(authorization="a", authorization_sandbox="b")) == {"authorization": "b"}
    assert sign(message, delivery(authorization="a")) == {"authorization": "a"}


@pytest.mark.parametrize(
    ("status", "delivered", "retried"),
    [
        *((200, True, None), (302, True, None), (399, True, None), (400, False, False), (404, False, False)),
        *((405, False, True), (429, False, True), (500, False, True), (503, False, True)),
    ],
)
def test_statuses_decide_retries(status, delivered, retried):
    assert CHANNEL.success(status) is delivered
    assert delivered or CHANNEL.retry(status) is retried


def test_nine_retries_double(first):
    assert [gap / timedelta(minutes=1) for gap in CHANNEL.retries] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert CHANNEL.timeout == 10


AT = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("check", "status", "answer", "right"),
    [
        (None, 200, b"{}", True),
        (None, 204, b"", False),
        (None, 200, b"null", True),
        (None, 200, b"hello", False),
        (None, 302, b"{}", False),
        ("abc", 200, b'{"adapty_check_response":"abc"}', True),
        ("abc", 202, b'{"adapty_check_response":"abc"}', False),
        ("abc", 200, b'{"adapty_check_response":"abd"}', False),
        ("abc", 200, b"[]", False),
    ],
)
def test_verification_is_judged(check, status, answer, right):
    message = verification(AT, check=check)
    assert message.body == (b"{}" if check is None else b'{"adapty_check":"abc"}')
    assert (verified(message, status, answer) == "") is right
