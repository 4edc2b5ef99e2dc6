"""Which events come of which transition (lifecycles.md §2), told by the webhook and by the feed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import PeriodType, Product, ProductKind, Reason, State, Store

LIFETIME = Product(id="premium.lifetime", price=Decimal("99.99"), kind=ProductKind.LIFETIME)


def last(life, *parts):
    """What the messages of the last event say: type and reason, or name."""
    life.events = life.events[-1:]
    return [
        " ".join(
            [one.event, *(one.details[key] for key in ("cancel_reason", "expiration_reason") if key in one.details)]
        )
        for part in parts
        for one in part(life)
    ]


@pytest.fixture
def told(webhooks, feed):
    """Webhook types with their reasons, then mParticle names, of a life's last event."""
    return lambda life: last(life, webhooks, feed)


def test_trial_becomes_initial_purchase(live, told):
    assert told(live().starts_trial()) == ["INITIAL_PURCHASE", "trial_started"]


def test_priced_trial_stays_trial(live, told):
    """A trial with a price is still a trial: the period decides."""
    life = live()
    charge = life.paid(life.blank, "9.99", period_type=PeriodType.TRIAL)
    assert told(life.happens(Kind.TRIAL_STARTED, State.TRIAL, charge=charge)) == ["INITIAL_PURCHASE", "trial_started"]


def test_intro_price_is_purchase(live, told):
    life = live()
    charge = life.paid(life.blank, "1.99", period_type=PeriodType.INTRO)
    life.happens(Kind.SUBSCRIPTION_STARTED, State.INTRO, charge=charge)
    assert told(life) == ["INITIAL_PURCHASE", "initial_purchase"]


def test_intro_renewal_never_converts(live, told):
    life = live()
    life.happens(
        Kind.SUBSCRIPTION_STARTED, State.INTRO, charge=life.paid(life.blank, "1.99", period_type=PeriodType.INTRO)
    )
    assert told(life.renews()) == ["RENEWAL", "renewal"]


def test_conversion_is_renewal(live, told):
    assert told(live().starts_trial().converts()) == ["RENEWAL", "trial_converted"]


def test_second_charge_is_renewal(live, told):
    assert told(live().starts_trial().converts().renews()) == ["RENEWAL", "renewal"]


def test_late_comeback_converts_trial(live, told):
    """lifecycles.md §7.6: an expired trial that is paid after all is a conversion."""
    life = live().starts_trial().cancels().expires(kind=Kind.TRIAL_EXPIRED).later(days=30)
    life.happens(Kind.RESUBSCRIBED, State.ACTIVE, charge="9.99")
    assert told(life) == ["RENEWAL", "trial_converted"]


def test_paid_comeback_is_renewal(live, told):
    life = live().buys().cancels().expires().later(days=45).happens(Kind.RESUBSCRIBED, State.ACTIVE, charge="9.99")
    assert told(life) == ["RENEWAL", "renewal"]


def test_cancellation_carries_reason(live, told):
    assert told(live().buys().cancels()) == ["CANCELLATION UNSUBSCRIBE", "cancellation"]


def test_trial_cancellation_named_apart(live, told):
    assert told(live().starts_trial().cancels()) == ["CANCELLATION UNSUBSCRIBE", "trial_cancelled"]


def test_developer_cancels_by_name(live, told):
    assert told(live().buys().cancels(Reason.DEVELOPER)) == ["CANCELLATION DEVELOPER_INITIATED", "cancellation"]


def test_replaced_chain_stays_silent(live, told):
    assert told(live(store=Store.PLAY_STORE).buys().cancels(Reason.REPLACED)) == []


def test_uncancellation_in_trial(live, told):
    assert told(live().starts_trial().cancels().reactivates()) == ["UNCANCELLATION", "uncancellation"]


def test_stripe_never_uncancels(live, told):
    assert told(live(store=Store.STRIPE).buys().cancels().reactivates()) == []


def test_billing_issue_with_grace(live, told):
    assert told(live().buys().fails(grace_days=16)) == [
        "BILLING_ISSUE",
        "CANCELLATION BILLING_ERROR",
        "billing_issue",
        "cancellation",
    ]


def test_billing_issue_without_grace(live, told):
    assert told(live().buys().fails()) == [
        "BILLING_ISSUE",
        "CANCELLATION BILLING_ERROR",
        "EXPIRATION BILLING_ERROR",
        "billing_issue",
        "cancellation",
        "expiration",
    ]


def test_billing_issue_in_trial(live, told):
    names = told(live().starts_trial().fails(grace_days=16))
    assert names[2:] == ["billing_issue", "trial_cancelled"]


def test_recovery_after_trial_converts(live, told):
    assert told(live().starts_trial().fails(grace_days=16).recovers()) == ["RENEWAL", "trial_converted"]


def test_recovery_is_renewal(live, told):
    assert told(live().buys().fails(grace_days=16).recovers()) == ["RENEWAL", "renewal"]


def test_grace_ends_in_expiration(live, told):
    life = live().buys().fails(grace_days=16).happens(Kind.GRACE_PERIOD_EXPIRED, State.RETRY)
    assert told(life) == ["EXPIRATION BILLING_ERROR", "expiration"]


def test_giving_up_adds_nothing(live, told):
    assert told(live().buys().fails().happens(Kind.BILLING_GIVEN_UP, State.EXPIRED)) == []


def test_pause_is_scheduled(live, told):
    assert told(live(store=Store.PLAY_STORE).buys().schedules_pause()) == [
        "SUBSCRIPTION_PAUSED",
        "rc_subscription_paused_event",
    ]


def test_pause_begins_with_expiration(live, told):
    life = live(store=Store.PLAY_STORE).buys().schedules_pause().pauses()
    assert told(life) == ["EXPIRATION SUBSCRIPTION_PAUSED", "expiration"]


def test_resume_is_renewal(live, told):
    life = live(store=Store.PLAY_STORE).buys().schedules_pause().pauses()
    assert told(life.later(days=28).happens(Kind.RESUMED, State.ACTIVE, charge="9.99")) == ["RENEWAL", "renewal"]


def test_expiration_after_cancellation(live, told):
    assert told(live().buys().cancels().expires()) == ["EXPIRATION UNSUBSCRIBE", "expiration"]


def test_uncancelled_end_is_cancelled(live, told):
    """A sandbox that has renewed often enough (lifecycles.md §7.59)."""
    assert told(live().buys().expires()) == [
        "CANCELLATION UNSUBSCRIBE",
        "EXPIRATION UNSUBSCRIBE",
        "cancellation",
        "expiration",
    ]


def test_refused_price_cancels_too(live, told):
    assert told(live().buys().expires(Reason.PRICE_INCREASE))[:2] == [
        "CANCELLATION PRICE_INCREASE",
        "EXPIRATION PRICE_INCREASE",
    ]


def test_withdrawn_product_expires_unknown(live, told):
    assert told(live().buys().expires(Reason.NOT_FOR_SALE)) == ["EXPIRATION UNKNOWN", "expiration"]


def test_trial_offer_never_converts(live, told):
    """A free offer inside a paid chain: nothing was started that could convert."""
    life = live().buys()
    life.happens(
        Kind.OFFER_REDEEMED, State.TRIAL, charge=life.paid(life.subscription, "0", period_type=PeriodType.TRIAL)
    )
    assert told(life.renews()) == ["RENEWAL", "renewal"]


@pytest.mark.parametrize("store", [Store.APP_STORE, Store.STRIPE])
def test_change_at_once_renews(live, told, store):
    assert told(live(store=store).buys().changes_at_once()) == [
        "PRODUCT_CHANGE",
        "RENEWAL",
        "product_change",
        "renewal",
    ]


def test_play_change_starts_anew(live, told):
    assert told(live(store=Store.PLAY_STORE).buys().changes_at_once()) == [
        "PRODUCT_CHANGE",
        "INITIAL_PURCHASE",
        "product_change",
        "initial_purchase",
    ]


@pytest.mark.parametrize(
    ("store", "step", "new"),
    [
        (Store.APP_STORE, "changes_at_once", "pro.monthly"),
        (Store.APP_STORE, "changes_later", "pro.monthly"),
        (Store.PLAY_STORE, "changes_at_once", None),
        (Store.PLAY_STORE, "changes_later", "pro.monthly"),
        (Store.STRIPE, "changes_at_once", None),
        (Store.STRIPE, "changes_later", None),
    ],
)
def test_change_describes_old_product(live, webhooks, body_of, store, step, new):
    life = getattr(live(store=store).buys(), step)()
    end = life.events[0].subscription.period_end
    change = next(body_of(one)["event"] for one in webhooks(life) if one.event == "PRODUCT_CHANGE")
    assert (change["product_id"], change.get("new_product_id")) == ("premium.monthly", new)
    assert change["expiration_at_ms"] == end.timestamp() * 1000


def test_change_taken_back(live, webhooks, body_of):
    """lifecycles.md §7.27: told again, with the old product as the new one."""
    life = live().buys().changes_later()
    life.happens(Kind.PRODUCT_CHANGE_UNDONE, State.ACTIVE, changes={"pending_product": None})
    event = body_of(webhooks(life)[-1])["event"]
    assert (event["type"], event["new_product_id"]) == ("PRODUCT_CHANGE", "premium.monthly")


def test_refund_ends_subscription(live, told):
    assert told(live().buys().refunds()) == [
        "CANCELLATION CUSTOMER_SUPPORT",
        "EXPIRATION CUSTOMER_SUPPORT",
        "refund",
        "expiration",
    ]


def test_refund_after_expiry_expires_once(live, told):
    assert told(live().buys().cancels().expires().refunds()) == ["CANCELLATION CUSTOMER_SUPPORT", "refund"]


def test_refund_of_one_off(live, told):
    assert told(live(product=LIFETIME).buys_once().refunds()) == ["CANCELLATION CUSTOMER_SUPPORT", "refund"]


def test_earlier_refund_stays_untold(live, told):
    life = live().buys().renews()
    assert told(life.refunds(life.subscription.first)) == []


def test_undetected_refund_stays_untold(live, told):
    assert told(live(store=Store.PLAY_STORE).buys().refunds(detected=False)) == []


def test_reversed_refund_reaches_webhook(live, told):
    assert told(live().buys().refunds().happens(Kind.REFUND_REVERSED, State.ACTIVE)) == ["REFUND_REVERSED"]


def test_extension_reaches_webhook(live, told):
    assert told(live().buys().happens(Kind.EXTENDED, State.ACTIVE)) == ["SUBSCRIPTION_EXTENDED"]


def test_outage_grant_reaches_webhook(live, told):
    life = live().happens(Kind.ACCESS_GRANTED_IN_OUTAGE, State.GRANTED, charge="9.99")
    assert told(life) == ["TEMPORARY_ENTITLEMENT_GRANT"]


def test_transfer_told_on_both_sides(live, told, someone):
    assert told(live().buys().moves_to(someone("other"))) == ["TRANSFER", "rc_transfer_event", "rc_transfer_event"]


def test_top_up_ends_and_begins(live, told):
    prepaid = Product(id="prepaid", price=Decimal("9.99"), period="P1M", kind=ProductKind.PREPAID)
    life = live(store=Store.PLAY_STORE, product=prepaid).buys().later(days=20)
    life.happens(
        Kind.TOPPED_UP, State.ACTIVE, charge=life.paid(life.subscription, "9.99", period_type=PeriodType.PREPAID)
    )
    assert told(life) == ["EXPIRATION UNSUBSCRIBE", "INITIAL_PURCHASE", "expiration", "initial_purchase"]


def test_prepaid_end_is_uncancelled(live, told):
    prepaid = Product(id="prepaid", price=Decimal("9.99"), period="P1M", kind=ProductKind.PREPAID)
    assert told(live(store=Store.PLAY_STORE, product=prepaid).buys().expires()) == [
        "EXPIRATION UNSUBSCRIBE",
        "expiration",
    ]


def test_grant_removed_by_developer(live, told):
    life = live(store=Store.PROMO).buys_once(Kind.PROMO_GRANTED)
    assert told(life.happens(Kind.PROMO_REMOVED, State.EXPIRED)) == [
        "CANCELLATION DEVELOPER_INITIATED",
        "EXPIRATION DEVELOPER_INITIATED",
        "cancellation",
        "expiration",
    ]


def test_grant_ends_by_itself(live, told):
    life = live(store=Store.PROMO).buys_once(Kind.PROMO_GRANTED).expires(None)
    assert told(life) == ["EXPIRATION DEVELOPER_INITIATED", "expiration"]


def test_sharing_ends_with_expiration(live, told):
    life = live(is_family_share=True).happens(Kind.FAMILY_ACCESS_GRANTED, State.ACTIVE, charge="0")
    assert told(life.happens(Kind.FAMILY_ACCESS_ENDED, State.EXPIRED)) == ["EXPIRATION UNKNOWN", "expiration"]


def test_redeemed_offer_is_renewal(live, told):
    life = live().buys()
    assert told(life.happens(Kind.OFFER_REDEEMED, State.ACTIVE, charge="4.99")) == ["RENEWAL", "renewal"]


@pytest.mark.parametrize(
    "kind",
    [
        Kind.LOGGED_IN,
        Kind.PAUSE_UNDONE,
        Kind.REFUND_DECLINED,
        Kind.PRICE_INCREASE_ANNOUNCED,
        Kind.PRICE_INCREASE_ACCEPTED,
        Kind.PENDING_PURCHASE_DROPPED,
    ],
)
def test_kind_stays_untold(kind, live, told):
    assert told(live(store=Store.PLAY_STORE).buys().happens(kind, State.ACTIVE)) == []


def test_detection_takes_its_time(live, webhooks, feed, body_of):
    """The webhook's and mParticle's instant of a cancellation is when RevenueCat noticed (revenuecat.md §4)."""
    life = live().buys().cancels()
    noticed = life.at + timedelta(hours=2)
    delays = {"detection_delays": {"CANCELLATION": 7200}}
    webhook, batch = webhooks(life, **delays)[-1], feed(life, **delays)[-1]
    assert (webhook.at, batch.at) == (noticed, noticed)
    assert body_of(webhook)["event"]["event_timestamp_ms"] == noticed.timestamp() * 1000
    assert body_of(batch)["events"][0]["data"]["timestamp_unixtime_ms"] == noticed.timestamp() * 1000


def test_early_renewal_lies_ahead(live, webhooks, feed, body_of):
    """lifecycles.md §7.61: charged 8 hours early, the purchase lies after the telling."""
    life = live().buys()
    life.at = life.subscription.period_end - timedelta(hours=8)
    charge = replace(life.paid(life.subscription, "9.99"), purchased_at=life.subscription.period_end)
    life.happens(Kind.RENEWED, State.ACTIVE, charge=charge)
    event = body_of(webhooks(life)[-1])["event"]
    assert event["purchased_at_ms"] - event["event_timestamp_ms"] == 8 * 3_600_000
    assert body_of(feed(life)[-1])["events"][0]["data"]["timestamp_unixtime_ms"] == event["purchased_at_ms"]
