"""The customer's own webhook (nami.md §7)."""

import hmac
import re
from datetime import timedelta

import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle import after, day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, COINS, LIFETIME, PRO_MONTHLY
from mockserver.vendors.contract import Delivery
from mockserver.vendors.nami import VENDOR

BUYS, TRIAL, OFF = day(0, user.buys()), day(0, user.starts_trial()), day(3, user.turns_renewal_off())
FLAGS = ["former_subscriber", "in_account_hold", "in_grace_period", "in_trial_period", "in_intro_offer_period"]
ALWAYS = {"event_type", "user_id", "id", "created_date"}


@pytest.fixture
def last(webhooks, body_of):
    """The last post about a timeline."""
    return lambda *timeline, **declared: body_of(webhooks(*timeline, **declared)[-1])


@pytest.fixture
def first(webhooks, body_of):
    """The first one."""
    return lambda *timeline, **declared: body_of(webhooks(*timeline, **declared)[0])


def signed(message, settings=None, credentials=None):
    values = {**VENDOR.settings, **(settings or {})}
    delivery = Delivery(credentials=credentials or {}, settings=values, at=message.at)
    return VENDOR.channels["webhook"].sign(message, delivery)


def test_names_are_dotted(webhooks):
    assert [one.event for one in webhooks(TRIAL, period_end(1, store.converts_trial()))] == [
        "user.subscription.purchased",
        "user.journey.trial.started",
        "device.transaction",
        "user.subscription.renewed",
        "user.journey.trial.converted",
    ]


def test_user_event_has_its_keys(first):
    states = {"active_entitlements", "customer_journey_state", "devices", "event_platform", "external_ids"}
    assert first(BUYS).keys() == ALWAYS | states


def test_entitlement_has_its_keys(first):
    [found] = first(BUYS)["active_entitlements"]
    assert found == {
        "description": "Premium monthly",
        "entitlement_ref_id": "premium",
        "expiration": "2026-02-15T10:00:00Z",
        "last_verified": "2026-01-15T10:00:00.000000Z",
        "name": "premium",
        "purchase_platform": "apple",
        "sku_ref_id": "premium.monthly",
    }


def test_lifetime_never_expires(first):
    assert first(day(0, user.buys(LIFETIME)))["active_entitlements"][0]["expiration"] is None


def test_pending_sku_is_told(last):
    timeline = [day(0, user.buys(PRO_MONTHLY)), day(1, user.buys(LIFETIME)), day(10, user.changes_to(BASIC_MONTHLY))]
    found = last(*timeline, day(31, store.renews()), day(40, user.turns_renewal_off()))
    assert "pending_sku_ref_id" not in found["active_entitlements"][0]
    lapses = [day(0, user.buys(PRO_MONTHLY, on="play_store")), day(10, user.changes_to(BASIC_MONTHLY, mode="DEFERRED"))]
    waiting = last(*lapses, day(12, user.buys(on="app_store")), day(13, user.turns_renewal_off(on="app_store")))
    assert [one.get("pending_sku_ref_id") for one in waiting["active_entitlements"]] == ["basic.monthly", None]


def test_created_date_has_microseconds(first):
    assert first(BUYS)["created_date"] == "2026-01-15T10:00:00.000000+00:00"


def test_device_names_its_platform(first):
    [found] = first(BUYS)["devices"]
    assert found["platform"] == {
        "id": VENDOR.settings["app_platform_ids"]["ios"],
        "name": "Mock App for iOS",
        "platform_type": "apple",
        "marketplace_app_id": "com.example.app",
    }


@pytest.mark.parametrize(
    ("login", "kind"),
    [
        ("0b6f3f0e-2f0c-4b6e-8f0a-5f2f1c1e7a10", "uuid"),
        ("a" * 64, "sha256"),
        ("1234567", "numeric"),
        ("u-1", "uuid"),
    ],
)
def test_external_id_has_its_type(login, kind, last):
    timeline = [BUYS, day(2, user.logs_in(login)), period_end(1, store.renews())]
    transaction, external = last(*timeline, people=[someone(anonymous=True)])["external_ids"]
    assert (transaction["key"], transaction["type"]) == ("original_transaction_id", "original_transaction_id")
    assert external == {"key": "external_id", "type": kind, "value": login}


def test_anonymous_has_no_external_id(first):
    found = first(BUYS, people=[someone(anonymous=True)])["external_ids"]
    assert [one["key"] for one in found] == ["original_transaction_id"]


@pytest.mark.parametrize(
    ("timeline", "declared", "flags"),
    [
        ([BUYS], {}, ()),
        ([TRIAL, OFF], {}, ("in_trial_period", "is_cancelled")),
        ([BUYS, period_end(1, store.fails_to_charge(grace_days=16))], {}, ("in_grace_period",)),
        (
            [BUYS, period_end(1, store.fails_to_charge(grace_days=0))],
            {"store": "play_store"},
            ("former_subscriber", "in_account_hold"),
        ),
        (
            [BUYS, day(10, user.pauses(months=1)), period_end(1, store.begins_pause())],
            {"store": "play_store"},
            ("former_subscriber", "in_pause"),
        ),
        ([BUYS, OFF, period_end(1, store.ends_period())], {}, ("former_subscriber",)),
    ],
)
def test_journey_has_seven_flags(timeline, declared, flags, webhooks, body_of):
    told = [one for one in webhooks(*timeline, **declared) if one.event.startswith("user.")]
    journey = body_of(told[-1])["customer_journey_state"]
    assert list(journey) == [*FLAGS, "in_pause", "is_cancelled"]
    assert {name for name, is_set in journey.items() if is_set} == set(flags)


def test_transaction_has_attributes_only(last):
    found = last(day(0, user.buys(COINS)))
    assert found.keys() == ALWAYS | {
        "event_platform",
        "app_env",
        "locale",
        "original_transaction_id",
        "purchase_env",
        "source",
    }


def test_impression_has_attributes_only(last):
    told = last(day(0, user.sees_paywall()))
    assert told.keys() == {
        *("event_type", "user_id", "id", "created_date", "event_platform"),
        *("app_env", "app_platform_id", "cta_type", "developer_paywall_id", "initiator", "name"),
    }
    assert told["event_type"] == "device.impression"


def test_event_is_same_in_feed(webhooks, batches, body_of):
    """One event of Nami's, told twice: the id that mParticle gets is the webhook's."""
    posts, sent = webhooks(TRIAL), batches(TRIAL)
    ids = [body_of(one)["events"][0]["data"]["source_message_id"] for one in sent]
    assert [body_of(one)["id"] for one in posts] == [one.id for one in posts] == ids
    assert body_of(posts[0])["user_id"] == body_of(sent[0])["partner_identities"]["namiml_user_id"]


def test_body_is_signed(webhooks):
    message = webhooks(BUYS)[0]
    digest = hmac.new(b"s3cret", message.body, "sha256").hexdigest()
    assert signed(message, {"webhook_secret": "s3cret"}) == {"nami-signature": digest}
    assert signed(message, credentials={"secret": "s3cret"}) == {"nami-signature": digest}


def test_signature_may_be_misspelled(webhooks):
    message = webhooks(BUYS)[0]
    assert list(signed(message, {"webhook_signature_header": "nami-signutare"})) == ["nami-signutare"]
    with pytest.raises(SettingsError, match="nami-signature or nami-signutare is wanted"):
        signed(message, {"webhook_signature_header": "x"})


def test_no_secret_no_signature(webhooks):
    assert signed(webhooks(BUYS)[0], {"webhook_secret": ""}) == {}


def test_login_can_be_awaited(webhooks):
    timeline = [BUYS, day(2, user.logs_in()), period_end(1, store.renews())]
    settings = {"webhook_wait_for_login": True}
    told = webhooks(*timeline, people=[someone(anonymous=True)], settings=settings)
    assert [one.skipped for one in told] == ["the user has not logged in"] * 2 + [""]


def test_types_can_be_chosen(webhooks, updates):
    settings = {"webhook_event_types": ["device.transaction"]}
    told = [*webhooks(BUYS, settings=settings), *updates(BUYS, settings=settings)]
    assert [one.event for one in told if not one.skipped] == ["device.transaction"]


def test_any_2xx_is_success():
    success = VENDOR.channels["webhook"].success
    assert [status for status in (199, 200, 204, 299, 300, 404, 500) if success(status)] == [200, 204, 299]


def test_retries_last_a_day():
    gaps = VENDOR.channels["webhook"].retries
    assert timedelta(hours=22) < sum(gaps, timedelta()) <= timedelta(hours=24)
    assert all(timedelta(minutes=50) < gap < timedelta(minutes=80) for gap in gaps[6:])
    assert len(set(gaps[6:])) > 1


def test_webhook_carries_no_amount(webhooks):
    assert {(one.amount, one.currency) for one in webhooks(BUYS)} == {(None, None)}


def test_status_follows_in_two_minutes(updates, body_of, started):
    [message] = updates(TRIAL)
    found = body_of(message)
    assert message.at == started + timedelta(minutes=2)
    assert re.fullmatch(r"[0-9a-f-]{36}", found.pop("collapse_key"))
    assert found.keys() - ALWAYS == {
        "billing_cycles",
        "canceled_at",
        "current_term_length",
        "devices_with_access",
        "entitlements",
        "expires_at",
        "is_active",
        "is_auto_renewable",
        "is_free_trial_conversion",
    }
    assert (found["billing_cycles"], found["current_term_length"]) == (1, "P7D")
    assert (found["canceled_at"], found["expires_at"]) == (None, "2026-01-22T10:00:00Z")


def test_conversion_is_told_as_such(updates, body_of):
    told = [
        body_of(one) for one in updates(TRIAL, period_end(1, store.converts_trial()), period_end(2, store.renews()))
    ]
    assert [one["is_free_trial_conversion"] for one in told] == [False, True, False]
    assert [one["billing_cycles"] for one in told] == [1, 2, 3]
    assert len({one["collapse_key"] for one in told}) == 1


def test_what_changes_nothing_is_no_news(updates):
    timeline = [BUYS, day(5, store.announces_price("11.99", notice_days=26)), day(6, user.accepts_price())]
    assert len(updates(*timeline)) == 1


def test_end_is_told_once(updates, body_of):
    """The timer starts anew: a cancellation at the very end of a period is told with the end."""
    timeline = [BUYS, period_end(1, store.cancels(), store.ends_period())]
    told = [body_of(one) for one in updates(*timeline)]
    assert [(one["is_active"], one["canceled_at"]) for one in told] == [(True, None), (False, "2026-02-15T10:00:00Z")]
    assert (told[1]["entitlements"], told[1]["devices_with_access"]) == ([], [])


def test_play_upgrade_is_two_purchases(updates, body_of):
    timeline = [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY, mode="CHARGE_FULL_PRICE"))]
    told = [body_of(one) for one in updates(*timeline, store="play_store")][1:]
    assert sorted(one["is_active"] for one in told) == [False, True]
    assert len({one["collapse_key"] for one in told}) == len({one["id"] for one in told}) == 2


def test_unconfirmed_purchase_has_no_status(updates):
    timeline = [day(0, store.grants_in_outage()), after(store.confirms_purchase(), hours=5)]
    assert [one.at.hour for one in updates(*timeline)] == [15]


def test_consumable_has_no_status(updates):
    assert updates(day(0, user.buys(COINS))) == []


def test_undetected_refund_is_no_news(updates):
    timeline = [BUYS, day(3, store.refunds(revoking=False))]
    assert len(updates(*timeline, store="play_store")) == 1
