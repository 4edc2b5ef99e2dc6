"""The batch for mParticle: names, attributes, state, identities, envelope (nami.md §§1, 3-6)."""

import re
from decimal import Decimal

import pytest

from mockserver.lifecycle import Product, ProductKind, day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import COINS, LIFETIME, MONTHLY, MONTHLY_CHEAP_AT_FIRST, WEEKLY
from mockserver.vendors.contract import Delivery
from mockserver.vendors.mparticle.schemas import BatchSchema
from mockserver.vendors.nami import VENDOR

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
BUYS, TRIAL, OFF = day(0, user.buys()), day(0, user.starts_trial()), day(3, user.turns_renewal_off())
FAILS = period_end(1, store.fails_to_charge(grace_days=3))
PAUSES = [BUYS, day(10, user.pauses(months=1)), period_end(1, store.begins_pause())]
GRACE = [FAILS, day(33, store.recovers())]
TABLE = {  # nami.md §1: the event, a timeline that ends with it, the subcategory
    "trial_started": ([TRIAL], "journey"),
    "trial_converted": ([TRIAL, period_end(1, store.converts_trial())], "journey"),
    "trial_did_not_convert": ([TRIAL, OFF, period_end(1, store.ends_trial())], "journey"),
    "purchased": ([BUYS], "subscription"),
    "renewed": ([BUYS, period_end(1, store.renews())], "subscription"),
    "cancelled": ([BUYS, OFF], "subscription"),
    "expired": ([BUYS, OFF, period_end(1, store.ends_period())], "subscription"),
    "in_grace_period": ([BUYS, FAILS], "subscription"),
    "renewal_in_grace_period": ([BUYS, *GRACE], "subscription"),
    "paused": (PAUSES, "subscription"),
    "resumed": ([*PAUSES, day(40, user.resumes())], "subscription"),
}


@pytest.fixture
def batch(batches, body_of):
    """The last batch of a name about a timeline."""

    def last(name, *timeline, **declared):
        return body_of([one for one in batches(*timeline, **declared) if one.event == name][-1])

    return last


def data(batch):
    return batch["events"][0]["data"]


def product_of(period):
    kind = ProductKind.SUBSCRIPTION if period else ProductKind.LIFETIME
    return Product(id="sku", name="Sku", price=Decimal("5.00"), period=period, kind=kind)


@pytest.mark.parametrize("name", TABLE)
def test_user_event_is_custom(name, batch):
    """§1, §3: the short name, and exactly three attributes."""
    timeline, second = TABLE[name]
    event = batch(name, *timeline, store="play_store")["events"][0]
    assert event["event_type"] == "custom_event"
    assert (event["data"]["event_name"], event["data"]["custom_event_type"]) == (name, "transaction")
    assert event["data"]["custom_attributes"] == {
        "namiml_event_category": "user",
        "namiml_event_subcategory1": second,
        "event_platform": "google",
    }


def test_apple_is_event_platform(batch):
    assert data(batch("purchased", BUYS))["custom_attributes"]["event_platform"] == "apple"


def test_transaction_is_purchase(batch):
    """§1: no name, a product action; §6: amount and product."""
    event = batch("transaction", BUYS)["events"][0]
    assert event["event_type"] == "commerce_event"
    assert "event_name" not in event["data"]
    action = event["data"]["product_action"]
    assert action.pop("transaction_id").startswith("2000000")
    product = {"id": "premium.monthly", "name": "Premium monthly", "price": 9.99, "quantity": 1}
    assert action == {"action": "purchase", "total_amount": 9.99, "products": [product]}
    assert event["data"]["currency_code"] == "USD"


def test_transaction_has_its_attributes(batch):
    found = data(batch("transaction", BUYS))
    assert found["custom_attributes"] == {
        "namiml_event_category": "device",
        "app_env": "production",
        "locale": "en_US@currency=USD",
        "original_transaction_id": found["product_action"]["transaction_id"],
        "purchase_env": "production",
        "source": "user_initiated",
        "subscription_interval": "month",
        "subcription_interval_count": "1",
    }


@pytest.mark.parametrize(
    ("period", "interval"),
    [
        ("P1D", ("day", "1")),
        ("P3D", ("day", "3")),
        ("P1W", ("week", "1")),
        ("P7D", ("week", "1")),
        ("P2W", ("week", "2")),
        ("P1M", ("month", "1")),
        ("P2M", ("month", "2")),
        ("P3M", ("quarter", "1")),
        ("P6M", ("halfyear", "1")),
        ("P1Y", ("year", "1")),
        (None, (None, None)),
    ],
)
def test_interval_follows_period(period, interval, batch):
    found = data(batch("transaction", day(0, user.buys(product_of(period)))))["custom_attributes"]
    assert (found.get("subscription_interval"), found.get("subcription_interval_count")) == interval


def test_week_can_be_days(batch):
    found = data(batch("transaction", day(0, user.buys(WEEKLY)), settings={"week": "days"}))["custom_attributes"]
    assert (found["subscription_interval"], found["subcription_interval_count"]) == ("day", "7")


def test_trial_transaction_costs_nothing(batches):
    message = batches(TRIAL)[-1]
    assert (message.event, message.amount, message.currency) == ("transaction", Decimal(0), "USD")


def test_outage_purchase_has_its_price(batches):
    assert [one.amount for one in batches(day(0, store.grants_in_outage()))] == [Decimal("9.99")]


def test_renewals_carry_no_money(batches):
    told = batches(BUYS, period_end(1, store.renews()), period_end(2, store.renews()))
    assert [one.event for one in told if one.amount is not None or one.currency is not None] == ["transaction"]


def test_amounts_can_be_off(batches, body_of):
    message = batches(BUYS, settings={"transaction_amounts": "off"})[-1]
    found = data(body_of(message))
    assert (found["product_action"], "currency_code" in found) == ({"action": "purchase"}, False)
    assert (message.amount, message.currency) == (None, None)


def test_amount_is_in_local_currency(batches, body_of):
    product = Product(id="sku", price=Decimal("10.00"), period="P1M", currency="EUR")
    message = batches(day(0, user.buys(product)), settings={"exchange_rates": {"EUR": "0.915"}})[-1]
    found = data(body_of(message))
    assert (message.amount, message.currency) == (Decimal("9.15"), "EUR")
    assert (found["product_action"]["total_amount"], found["currency_code"]) == (9.15, "EUR")
    assert found["custom_attributes"]["locale"] == "en_US@currency=EUR"


def test_impression_has_its_attributes(batch):
    """§1, §3: a custom event of type other, about a paywall on a device; nothing of the user's state."""
    told = batch("impression", day(0, user.sees_paywall()), store="play_store")
    found = data(told)
    assert (told["events"][0]["event_type"], found["event_name"]) == ("custom_event", "impression")
    assert found["custom_event_type"] == "other"
    assert found["custom_attributes"] == {
        "namiml_event_category": "device",
        "app_env": "production",
        "app_platform_id": VENDOR.settings["app_platform_ids"]["android"],
        "cta_type": "subscribe",
        "developer_paywall_id": "main",
        "name": "Main paywall",
        "initiator": "user",
        "id": found["source_message_id"],
    }
    assert "user_attributes" not in told
    assert told["device_info"] == {"platform": "Android"}


@pytest.mark.parametrize(("kind", "findings"), [("other", 0), ("impression", 1)])
def test_impression_type_is_a_switch(batch, kind, findings):
    """§1: mParticle's list of types has no impression, so that its schema objects."""
    told = batch("impression", day(0, user.sees_paywall()), settings={"impression_type": kind})
    assert data(told)["custom_event_type"] == kind
    assert len(BatchSchema().validate(told)) == findings


def test_paywall_is_as_set(batch):
    settings = {"paywall": {"controller_name": "Home", "cta_type": ""}, "paywall_initiator": "nami_rules"}
    found = data(batch("impression", day(0, user.sees_paywall()), settings=settings))["custom_attributes"]
    assert (found["controller_name"], found["name"], found["initiator"]) == ("Home", "Main paywall", "nami_rules")
    assert "cta_type" not in found


def test_purchase_names_its_paywall(batches, body_of):
    """§3: `id` of the impression links to `impression_id` of the transaction; it is used up then."""
    told = batches(
        day(0, user.sees_paywall()),
        day(1, user.sees_paywall()),
        day(2, user.buys(COINS)),
        day(3, user.buys(COINS)),
    )
    shown, bought = (
        [data(body_of(one))["custom_attributes"] for one in told if one.event == name]
        for name in ("impression", "transaction")
    )
    assert bought[0]["impression_id"] == shown[1]["id"]
    assert "impression_id" not in bought[1]


def test_every_purchase_may_be_on_a_paywall(batches, body_of):
    told = batches(BUYS, settings={"on_paywall": True, "source": "nami_triggered"})
    assert [one.event for one in told] == ["impression", "purchased", "transaction"]
    shown, bought = (data(body_of(told[number]))["custom_attributes"] for number in (0, 2))
    assert bought["impression_id"] == shown["id"]
    assert bought["source"] == "nami_triggered"


def test_paywall_of_another_is_not_theirs(batches, body_of):
    told = batches(day(0, user("a").sees_paywall()), day(1, user("b").buys()))
    assert "impression_id" not in data(body_of(told[-1]))["custom_attributes"]


STATES = {  # nami.md §4: timeline, the event, then: skus, former, grace, trial, intro
    "purchased": ([BUYS], {}, "purchased", (1, 0, 0, 0, 0)),
    "purchased at intro price": (
        [day(0, user.buys_at_intro_price())],
        {"product": MONTHLY_CHEAP_AT_FIRST},
        "purchased",
        (1, 0, 0, 0, 1),
    ),
    "purchased with trial": ([TRIAL], {}, "purchased", (1, 0, 0, 1, 0)),
    "trial started": ([TRIAL], {}, "trial_started", (1, 0, 0, 1, 0)),
    "renewed": ([BUYS, period_end(1, store.renews())], {}, "renewed", (1, 0, 0, 0, 0)),
    "renewed in intro": (
        [day(0, user.buys_at_intro_price()), period_end(1, store.renews())],
        {"product": MONTHLY_CHEAP_AT_FIRST},
        "renewed",
        (1, 0, 0, 0, 1),
    ),
    "trial converted": ([TRIAL, period_end(1, store.converts_trial())], {}, "trial_converted", (1, 0, 0, 0, 0)),
    "renewal in grace": ([BUYS, *GRACE], {}, "renewal_in_grace_period", (1, 0, 0, 0, 0)),
    "cancelled": ([BUYS, OFF], {}, "cancelled", (1, 0, 0, 0, 0)),
    "cancelled in trial": ([TRIAL, OFF], {}, "cancelled", (1, 0, 0, 1, 0)),
    "cancelled in intro": (
        [day(0, user.buys_at_intro_price()), OFF],
        {"product": MONTHLY_CHEAP_AT_FIRST},
        "cancelled",
        (1, 0, 0, 0, 1),
    ),
    "grace": ([BUYS, FAILS], {}, "in_grace_period", (1, 0, 1, 0, 0)),
    "grace in trial": ([TRIAL, FAILS], {}, "in_grace_period", (1, 0, 1, 0, 0)),
    "grace in intro": (
        [day(0, user.buys_at_intro_price()), FAILS],
        {"product": MONTHLY_CHEAP_AT_FIRST},
        "in_grace_period",
        (1, 0, 1, 0, 1),
    ),
    "paused": (PAUSES, {"store": "play_store"}, "paused", (0, 1, 0, 0, 0)),
    "resumed": ([*PAUSES, day(40, user.resumes())], {"store": "play_store"}, "resumed", (1, 0, 0, 0, 0)),
    "expired, had paid": ([BUYS, OFF, period_end(1, store.ends_period())], {}, "expired", (0, 1, 0, 0, 0)),
    "refunded": ([BUYS, day(3, store.refunds())], {}, "expired", (0, 1, 0, 0, 0)),
    "expired, never paid": ([TRIAL, OFF, period_end(1, store.ends_trial())], {}, "expired", (0, 0, 0, 0, 0)),
    "trial did not convert": (
        [TRIAL, OFF, period_end(1, store.ends_trial())],
        {},
        "trial_did_not_convert",
        (0, 0, 0, 0, 0),
    ),
    "cancelled by the price": (
        [BUYS, day(5, store.announces_price("11.99", notice_days=26)), period_end(1, store.ends_period())],
        {},
        "cancelled",
        (1, 0, 0, 0, 0),
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_state_is_that_after_event(name, batch):
    timeline, declared, event, (is_active, *flags) = STATES[name]
    found = batch(event, *timeline, **declared)["user_attributes"]
    assert len(found["namiml_active_skus"]) == len(found["namiml_active_entitlements"]) == is_active
    names = ["former_subscriber", "in_grace_period", "in_trial_period", "in_intro_offer_period"]
    assert [found[f"namiml_{name}"] for name in names] == [["false", "true"][flag] for flag in flags]


def test_state_is_over_all_purchases(batch):
    timeline = [BUYS, day(1, user.buys(LIFETIME)), day(2, user.turns_renewal_off(MONTHLY))]
    found = batch("cancelled", *timeline)["user_attributes"]
    assert found["namiml_active_skus"] == ["premium.monthly", "premium.lifetime"]
    assert found["namiml_active_entitlements"] == ["premium"]


def test_coins_make_no_former_subscriber(batch):
    """§4: "previously paid for a subscription"."""
    timeline = [day(0, user.buys(COINS)), day(0, user.starts_trial()), OFF, day(7, store.ends_trial())]
    assert batch("expired", *timeline)["user_attributes"]["namiml_former_subscriber"] == "false"


def test_payment_is_remembered_after_transfer(batch):
    """What A paid for is B's by now; A is a former subscriber all the same."""
    trial = [day(6, user("a").starts_trial()), day(7, user("a").turns_renewal_off()), day(13, store.ends_trial())]
    timeline = [day(0, user("a").buys()), day(5, user("b").restores()), *trial]
    assert batch("expired", *timeline)["user_attributes"]["namiml_former_subscriber"] == "true"


def test_booleans_can_be_title(batch):
    found = batch("purchased", TRIAL, settings={"booleans": "title"})["user_attributes"]
    assert (found["namiml_in_trial_period"], found["namiml_former_subscriber"]) == ("True", "False")


def test_devices_stand_in_order(batch):
    found = batch("purchased", BUYS, **two_devices())["user_attributes"]
    ids = VENDOR.settings["app_platform_ids"]
    assert found["namiml_device_platforms"] == [ids["ios"], ids["android"]]
    assert len(set(found["namiml_device_ids"])) == 2
    assert all(UUID.fullmatch(one) for one in found["namiml_device_ids"])


def test_trial_category_can_be_subscription(batch):
    found = data(batch("trial_started", TRIAL, settings={"trial_subcategory": "subscription"}))
    assert found["custom_attributes"]["namiml_event_subcategory1"] == "subscription"


def test_device_events_have_no_state(batch):
    assert "user_attributes" not in batch("transaction", BUYS)


def test_customer_id_is_external(batches, body_of):
    message = batches(BUYS)[0]
    assert body_of(message)["user_identities"] == {"customer_id": message.subject}


def test_customer_id_can_be_own(batch):
    found = batch("purchased", BUYS, settings={"customer_id": "nami"})
    assert found["user_identities"]["customer_id"] == found["partner_identities"]["namiml_user_id"]


def test_anonymous_has_partner_identity_only(batch):
    found = batch("purchased", BUYS, **anonymous())
    assert "user_identities" not in found
    assert UUID.fullmatch(found["partner_identities"]["namiml_user_id"])


def test_login_keeps_partner_identity(batches, body_of):
    timeline = [BUYS, day(2, user.logs_in()), period_end(1, store.renews())]
    first, *_, last = map(body_of, batches(*timeline, **anonymous()))
    assert first["partner_identities"] == last["partner_identities"]
    assert "customer_id" in last["user_identities"]


def test_anonymous_can_be_skipped(batches):
    told = batches(BUYS, settings={"anonymous": "skipped"}, **anonymous())
    assert {one.skipped for one in told} == {"the user has no External ID"}


def test_partner_identity_can_be_text(batch):
    found = batch("purchased", BUYS, settings={"partner_identity": "string"})
    assert UUID.fullmatch(found["partner_identity"])
    assert "partner_identities" not in found


@pytest.mark.parametrize(
    ("where", "feed", "platform"), [("app_store", "nami-ios", "iOS"), ("play_store", "nami-android", "Android")]
)
def test_platform_is_that_of_store(where, feed, platform, batches, body_of):
    message = batches(day(0, user.buys(on=where)), **two_devices())[0]
    assert (message.feed, body_of(message)["device_info"]) == (feed, {"platform": platform})


def test_envelope_has_its_keys(batch):
    assert list(batch("purchased", BUYS)) == [
        "events",
        "source_request_id",
        "user_attributes",
        "device_info",
        "application_info",
        "user_identities",
        "partner_identities",
        "schema_version",
        "environment",
    ]


def test_application_is_marketplace_id(batch):
    settings = {"marketplace_app_ids": {"ios": "1234567890"}}
    assert batch("purchased", BUYS, settings=settings)["application_info"] == {"package": "1234567890"}


def test_schema_version_can_be_left_out(batch):
    assert batch("purchased", BUYS)["schema_version"] == 2
    assert "schema_version" not in batch("purchased", BUYS, settings={"schema_version": False})


@pytest.mark.parametrize(
    ("environment", "app_env", "expected"),
    [
        ("production", "production", "production"),
        ("sandbox", "production", "development"),
        ("production", "beta_testing", "development"),
    ],
)
def test_environment_needs_both(environment, app_env, expected, batch):
    found = batch("purchased", BUYS, environment=environment, settings={"app_env": app_env})
    assert found["environment"] == expected


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"feeds": ["android"]}, ["no integration is set up for ios"] * 2),
        ({"events": {"device.transaction": False}}, ["", "device.transaction is not selected in the integration"]),
        ({"sandbox": "suppressed"}, ["sandbox events are suppressed"] * 2),
    ],
)
def test_withheld_says_why(settings, why, batches):
    assert [one.skipped for one in batches(BUYS, environment="sandbox", settings=settings)] == why


def test_time_is_that_of_event(batch, started):
    assert data(batch("purchased", BUYS))["timestamp_unixtime_ms"] == started.timestamp() * 1000


def test_ids_are_stable(batches):
    assert [one.body for one in batches(TRIAL)] == [one.body for one in batches(TRIAL)]


def test_ids_differ(batches, body_of):
    told = [body_of(one) for one in batches(TRIAL, period_end(1, store.converts_trial()))]
    ids = [one["source_request_id"] for one in told] + [data(one)["source_message_id"] for one in told]
    assert len(set(ids)) == len(ids) == 10


def test_mparticle_accepts_either_partner_identity(batches, body_of):
    told = [batches(BUYS, settings={"partner_identity": form})[0] for form in ("object", "string")]
    assert [BatchSchema().validate(body_of(one)) for one in told] == [{}, {}]


def test_key_and_secret_sign(batches):
    message = batches(BUYS)[0]
    delivery = Delivery(credentials={"key": "Aladdin", "secret": "open sesame"}, settings={}, at=message.at)
    headers = VENDOR.channels["mparticle"].sign(message, delivery)
    assert headers == {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    assert (message.method, message.path) == ("POST", "/v2/events")


def anonymous():
    return {"people": [someone(anonymous=True)]}


def two_devices():
    return {"people": [someone(platforms=["ios", "android"])]}
