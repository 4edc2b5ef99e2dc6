"""Changes of product by store and mode, pauses, refunds: state and money."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mockserver.lifecycle import developer, store, user
from mockserver.lifecycle.catalogue import (
    BASIC_MONTHLY,
    LIFETIME,
    MONTHLY,
    MONTHLY_CHEAP_AT_FIRST,
    PLUS_MONTHLY,
    PRO_MONTHLY,
    YEARLY,
)
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import Reason, State

DAY = timedelta(days=1)


@pytest.fixture
def changed(begin, start):
    """A subscriber of one product who changes to another on day 10."""

    def changed(old, new, store="app_store", **words):
        return begin(store=store, product=old).act(user.buys()).act(user.changes_to(new, **words), start + 10 * DAY)

    return changed


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (BASIC_MONTHLY, PRO_MONTHLY, Kind.PRODUCT_CHANGED),
        (MONTHLY, PLUS_MONTHLY, Kind.PRODUCT_CHANGED),
        (PRO_MONTHLY, BASIC_MONTHLY, Kind.PRODUCT_CHANGE_SCHEDULED),
        (MONTHLY, YEARLY, Kind.PRODUCT_CHANGE_SCHEDULED),
    ],
)
def test_apple_decides_by_level_and_length(changed, old, new, kind):
    assert changed(old, new).events[-1].kind is kind


def test_apple_keeps_the_chain(changed):
    event = changed(BASIC_MONTHLY, PRO_MONTHLY).events[-1]
    assert event.previous.original_id == event.subscription.original_id
    assert event.previous.product == BASIC_MONTHLY


def test_apple_finishes_the_trial(begin, start):
    life = begin().act(user.starts_trial()).act(user.changes_to(PRO_MONTHLY), start + DAY).until(start + 7 * DAY)
    assert [event.kind for event in life.events[1:]] == [Kind.PRODUCT_CHANGE_SCHEDULED, Kind.TRIAL_CONVERTED]
    assert life.events[-1].amount == Decimal("19.99")


def test_play_replaces_the_chain(changed):
    life = changed(BASIC_MONTHLY, PRO_MONTHLY, "play_store")
    old, new = life.subscriber.subscriptions
    assert (old.state, old.cancel_reason, new.state) == (State.EXPIRED, Reason.REPLACED, State.ACTIVE)
    assert life.events[-1].previous.state is State.ACTIVE
    assert life.events[-1].subscription == new


@pytest.mark.parametrize(
    ("mode", "price", "end"),
    [
        ("WITHOUT_PRORATION", "0", timedelta(days=31)),
        ("CHARGE_PRORATED_PRICE", "10.16", timedelta(days=31)),
        ("WITH_TIME_PRORATION", "0", timedelta(days=15, hours=5, minutes=48)),
        ("CHARGE_FULL_PRICE", "19.99", timedelta(days=46, hours=5, minutes=48)),
    ],
)
def test_play_modes_settle_the_rest(changed, start, mode, price, end):
    """21 days left of 31: lifecycles.md §7, scenarios 21 to 24."""
    event = changed(BASIC_MONTHLY, PRO_MONTHLY, "play_store", mode=mode).events[-1]
    assert (event.amount, event.subscription.period_end) == (Decimal(price), start + end)


def test_kept_billing_day_stays(changed, start):
    life = changed(BASIC_MONTHLY, PRO_MONTHLY, "play_store", mode="WITHOUT_PRORATION").until(start + 60 * DAY)
    assert [event.at for event in life.events[-2:]] == [start + 31 * DAY, start + 59 * DAY]


def test_play_prorates_over_other_lengths(changed, start):
    """What is left is worth 9.99 * 21/31 = 6.77, a day of the year 59.99 / 365 = 0.164."""
    event = changed(MONTHLY, YEARLY, "play_store", mode="WITH_TIME_PRORATION").events[-1]
    assert event.subscription.period_end == start + 10 * DAY + timedelta(days=41, hours=4, minutes=12)


def test_short_month_is_prorated_by_its_own_days(begin):
    """From 31 January to 28 February are 28 days, and 14 of them are left."""
    life = begin(store="play_store", product=BASIC_MONTHLY, at=datetime(2026, 1, 31, 10, tzinfo=UTC)).act(user.buys())
    mode = "CHARGE_PRORATED_PRICE"
    event = life.act(user.changes_to(PRO_MONTHLY, mode=mode), datetime(2026, 2, 14, 10, tzinfo=UTC)).events[-1]
    assert event.amount == Decimal("7.50")


def test_extended_period_is_worth_more(begin, start):
    """Ten days for nothing count like days that were paid for: 31 of 31 are left."""
    life = begin(store="play_store", product=BASIC_MONTHLY).act(user.buys()).act(developer.extends(days=10))
    mode = "CHARGE_PRORATED_PRICE"
    event = life.act(user.changes_to(PRO_MONTHLY, mode=mode), start + 10 * DAY).events[-1]
    assert event.amount == Decimal("15.00")


def test_introductory_price_is_prorated_as_paid(begin, start):
    """21 of 31 days at (19.99 - 1.99): what was paid counts, not what the product costs."""
    life = begin(store="play_store", product=MONTHLY_CHEAP_AT_FIRST).act(user.buys_at_intro_price())
    mode = "CHARGE_PRORATED_PRICE"
    event = life.act(user.changes_to(PRO_MONTHLY, mode=mode), start + 10 * DAY).events[-1]
    assert event.amount == Decimal("12.19")


def test_stripe_charges_the_difference(changed, start):
    event = changed(BASIC_MONTHLY, PRO_MONTHLY, "stripe").events[-1]
    assert (event.amount, event.subscription.period_end) == (Decimal("10.16"), start + 31 * DAY)
    assert event.previous.original_id == event.subscription.original_id


def test_stripe_can_wait(changed, start):
    life = changed(BASIC_MONTHLY, PRO_MONTHLY, "stripe", at_period_end=True)
    assert life.events[-1].kind is Kind.PRODUCT_CHANGE_SCHEDULED
    assert life.until(start + 31 * DAY).events[-1].amount == Decimal("19.99")


def test_cancelling_forgets_the_change(changed, start):
    life = changed(PRO_MONTHLY, BASIC_MONTHLY).act(user.turns_renewal_off())
    assert life.subscriber.subscriptions[0].pending_product is None


def test_extension_moves_the_billing_day(begin, start):
    life = begin().act(user.buys()).act(developer.extends(days=5)).until(start + 70 * DAY)
    assert [(event.at - start).days for event in life.events] == [0, 0, 36, 64]


def test_refund_ends_access(begin):
    event = begin().act(user.buys()).act(store.refunds()).events[-1]
    assert (event.amount, event.reason, event.subscription.state) == (Decimal("-9.99"), Reason.SUPPORT, State.REFUNDED)
    assert (event.subscription.auto_renew, event.subscription.cancelled_by) == (False, "marketplace")


def test_refunded_stays_so(begin, start):
    life = begin().act(user.buys()).act(store.refunds()).until(start + 100 * DAY)
    assert life.subscriber.subscriptions[0].state is State.REFUNDED
    assert len(life.events) == 2


def test_earlier_refund_changes_that_period_only(begin, start):
    life = begin().act(user.buys()).until(start + 40 * DAY).act(store.refunds(period=1))
    after = life.subscriber.subscriptions[0]
    assert [one.refunded_at for one in after.transactions] == [start + 40 * DAY, None]
    assert (after.state, after.auto_renew) == (State.ACTIVE, True)


def test_unrevoked_refund_is_unseen(begin):
    event = begin(store="play_store").act(user.buys()).act(store.refunds(revoking=False)).events[-1]
    assert (event.detected, event.subscription.state) == (False, State.ACTIVE)


def test_reversed_refund_is_charged_again(begin, start):
    life = begin().act(user.buys()).act(store.refunds()).act(store.reverses_refund(), start + DAY)
    assert life.events[-1].amount == Decimal("9.99")
    assert life.subscriber.subscriptions[0].state is State.ACTIVE_OFF


def test_refund_reversed_too_late_gives_no_access(begin, start):
    life = begin().act(user.buys()).act(store.refunds()).act(store.reverses_refund(), start + 40 * DAY)
    assert life.subscriber.subscriptions[0].state is State.EXPIRED


def test_lifetime_comes_back(begin):
    life = begin().act(user.buys(LIFETIME)).act(store.refunds()).act(store.reverses_refund())
    assert life.subscriber.subscriptions[0].state is State.OWNED


def test_declined_refund_changes_nothing(begin):
    event = begin().act(user.buys()).act(store.declines_refund()).events[-1]
    assert event.before == event.after
    assert event.amount == 0
