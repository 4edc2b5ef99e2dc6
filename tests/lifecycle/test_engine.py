"""What can happen, what cannot, and what is said about it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.errors import ImpossibleStepError
from mockserver.lifecycle import developer, store, user
from mockserver.lifecycle.catalogue import (
    BASIC_MONTHLY,
    COINS,
    LIFETIME,
    MONTHLY,
    MONTHLY_CHEAP_AT_FIRST,
    MONTHLY_INSTALMENTS,
    MONTHLY_PREPAID,
    PRO_MONTHLY,
    STUDIO_MONTHLY,
    YEARLY,
)
from mockserver.lifecycle.engine import World
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import Offer, PeriodType, Reason, State, Store

DAY = timedelta(days=1)


def kinds(life):
    return [event.kind for event in life.events]


def refusal(life, act, at=None):
    with pytest.raises(ImpossibleStepError) as caught:
        life.act(act, at)
    return str(caught.value)


def test_time_renews_by_itself(begin, start):
    life = begin().act(user.buys()).until(start + 100 * DAY)
    assert kinds(life) == [Kind.SUBSCRIPTION_STARTED, Kind.RENEWED, Kind.RENEWED, Kind.RENEWED]


def test_trial_converts_by_itself(begin, start):
    life = begin().act(user.starts_trial()).until(start + 7 * DAY)
    assert life.events[-1].kind is Kind.TRIAL_CONVERTED
    assert life.events[-1].amount == Decimal("9.99")


def test_cancelled_trial_ends(begin, start):
    life = begin().act(user.starts_trial()).act(user.turns_renewal_off(), start + 3 * DAY).until(start + 30 * DAY)
    assert kinds(life)[-1] is Kind.TRIAL_EXPIRED
    assert life.subscriber.entitlements == ()


def test_late_cancellation_still_charges(begin, start):
    """The App Store wants a day's notice (lifecycles.md §5); the month paid for then is the last."""
    life = begin().act(user.starts_trial()).act(user.turns_renewal_off(), start + 6.5 * DAY).until(start + 60 * DAY)
    assert kinds(life) == [Kind.TRIAL_STARTED, Kind.TRIAL_CANCELLED, Kind.TRIAL_CONVERTED, Kind.EXPIRED]


def test_late_cancellation_counts_on_play(begin, start):
    life = begin(store="play_store").act(user.starts_trial()).act(user.turns_renewal_off(), start + 6.5 * DAY)
    assert kinds(life.until(start + 60 * DAY))[-1] is Kind.TRIAL_EXPIRED


def test_failing_card_goes_all_the_way(begin, start):
    life = begin().act(user.buys()).act(user.card_fails()).until(start + 120 * DAY)
    assert kinds(life)[1:] == [Kind.BILLING_ISSUE_DETECTED, Kind.GRACE_PERIOD_EXPIRED, Kind.BILLING_GIVEN_UP]
    assert [(event.at - start).days for event in life.events] == [0, 31, 47, 91]


def test_fixed_card_in_grace_keeps_day(begin, start):
    life = begin().act(user.buys()).act(user.card_fails()).act(user.fixes_card(), start + 35 * DAY)
    assert life.events[-1].transaction.purchased_at == start + 31 * DAY
    assert life.events[-1].subscription.period_end == start + 59 * DAY


def test_fixed_card_in_retry_moves_day(begin, start):
    life = begin().act(user.buys()).act(user.card_fails()).act(user.fixes_card(), start + 50 * DAY)
    assert life.events[-1].transaction.purchased_at == start + 50 * DAY
    assert life.events[-1].subscription.anchor == start + 50 * DAY


def test_card_fixed_in_time_is_unseen(begin, start):
    life = begin().act(user.buys()).act(user.card_fails()).act(user.fixes_card()).until(start + 31 * DAY)
    assert kinds(life) == [Kind.SUBSCRIPTION_STARTED, Kind.RENEWED]


def test_failing_card_ends_pause_silently(begin, start):
    life = (
        begin(store="play_store").act(user.buys()).act(user.pauses(months=1)).act(user.card_fails(), start + 40 * DAY)
    )
    assert kinds(life.until(start + 90 * DAY))[-2:] == [Kind.PAUSED, Kind.BILLING_GIVEN_UP]


def test_hold_lasts_sixty_days_less_grace(begin, start):
    life = begin(store="play_store").act(user.buys()).act(user.card_fails()).until(start + 120 * DAY)
    assert [(event.at - start).days for event in life.events] == [0, 31, 38, 91]


def test_trial_grace_can_be_off(begin, start):
    life = begin(rules={"grace_in_trial": False}).act(user.starts_trial()).act(user.card_fails())
    assert life.until(start + 7 * DAY).subscriber.subscriptions[0].state is State.RETRY


def test_unpaid_stripe_has_no_access(begin, start):
    life = begin(store="stripe", rules={"after_retries": "unpaid"}).act(user.buys()).act(user.card_fails())
    life = life.until(start + 95 * DAY)
    assert [(event.kind, event.amount) for event in life.events[-2:]] == [(Kind.RENEWED, 0), (Kind.RENEWED, 0)]
    assert life.subscriber.entitlements == ()


def test_open_invoice_is_paid_for_its_period(begin, start):
    life = begin(store="stripe", rules={"after_retries": "past_due"}).act(user.buys()).act(user.card_fails())
    life = life.act(user.fixes_card(), start + 65 * DAY)
    paid = life.events[-1].transaction
    assert (paid.purchased_at, paid.paid_until) == (start + 59 * DAY, start + 90 * DAY)


def test_price_increase_waits_for_notice(begin, start):
    life = begin().act(user.buys()).act(store.announces_price("11.99"), start + 5 * DAY).act(user.accepts_price())
    assert [event.amount for event in life.until(start + 60 * DAY).events[-2:]] == [Decimal("9.99"), Decimal("11.99")]


def test_price_unanswered_ends(begin, start):
    life = begin().act(user.buys()).act(store.announces_price("11.99")).until(start + 31 * DAY)
    assert (life.events[-1].kind, life.events[-1].reason) == (Kind.EXPIRED, Reason.PRICE_INCREASE)


@pytest.mark.parametrize("store_", ["stripe", "amazon"])
def test_price_needs_no_answer_elsewhere(begin, start, store_):
    """Nobody asks there: the next charge is at the new price (lifecycles.md §5), and nothing ends for it."""
    life = begin(store=store_).act(user.buys()).act(store.announces_price("11.99")).until(start + 40 * DAY)
    assert (life.events[-1].kind, life.events[-1].amount) == (Kind.RENEWED, Decimal("11.99"))


def test_price_applies_within_the_sandbox(begin, start):
    """A notice of four weeks would outlast everything that renews every five minutes."""
    life = begin(environment="sandbox").act(user.buys()).act(store.announces_price("11.99")).act(user.accepts_price())
    assert life.until(start + timedelta(minutes=5)).events[-1].amount == Decimal("11.99")


def test_instalments_go_on_after_cancelling(begin, start):
    """lifecycles.md §2, 50: cancelled for when all that was agreed to is paid."""
    life = begin(store="play_store", product=MONTHLY_INSTALMENTS).act(user.buys())
    life = life.act(user.turns_renewal_off(), start + 40 * DAY).until(start + 400 * DAY)
    assert kinds(life).count(Kind.RENEWED) == 11
    assert (kinds(life)[2], kinds(life)[-1]) == (Kind.RENEWAL_CANCELLED, Kind.EXPIRED)
    assert life.events[-1].at == start + 365 * DAY


def test_introductory_price_ends(begin, start):
    life = begin(product=MONTHLY_CHEAP_AT_FIRST).act(user.buys_at_intro_price()).until(start + 95 * DAY)
    assert [event.amount for event in life.events] == [Decimal("1.99")] * 3 + [Decimal("9.99")]
    assert [event.subscription.state for event in life.events] == [State.INTRO] * 3 + [State.ACTIVE]


def test_intro_comes_back_with_renewal(begin, start):
    life = begin(product=MONTHLY_CHEAP_AT_FIRST).act(user.buys_at_intro_price()).act(user.turns_renewal_off())
    life = life.act(user.turns_renewal_on(), start + DAY)
    assert life.subscriber.subscriptions[0].state is State.INTRO


def test_redeemed_offer_pays_next_period(begin, start):
    offer = Offer(type="pay_up_front", period="P3M", price=Decimal("14.99"), category="promotional", id="spring")
    life = begin().act(user.buys()).act(user.redeems_offer(offer), start + 10 * DAY)
    assert life.events[-1].kind is Kind.OFFER_REDEEMED
    assert life.events[-1].transaction.purchased_at == start + 31 * DAY
    assert life.until(start + 31 * DAY).events[-1].kind is Kind.OFFER_REDEEMED
    assert life.until(start + 125 * DAY).events[-1].amount == Decimal("9.99")


def test_pause_resumes_by_itself(begin, start):
    life = begin(store="play_store").act(user.buys()).act(user.pauses(weeks=2), start + 10 * DAY)
    assert [(event.at - start).days for event in life.until(start + 46 * DAY).events] == [0, 10, 31, 45]


def test_pause_ends_by_hand(begin, start):
    life = begin(store="play_store").act(user.buys()).act(user.pauses(months=3)).act(user.resumes(), start + 40 * DAY)
    assert life.events[-1].kind is Kind.RESUMED
    assert life.events[-1].subscription.anchor == start + 40 * DAY


def test_failing_card_does_not_resume(begin, start):
    life = (
        begin(store="play_store").act(user.buys()).act(user.pauses(months=1)).act(user.card_fails(), start + 40 * DAY)
    )
    assert "the card fails: user.fixes_card() first" in refusal(life, user.resumes())


def test_cancelled_pause_never_resumes(begin, start):
    life = begin(store="play_store").act(user.buys()).act(user.pauses(months=1))
    life = life.act(user.turns_renewal_off(), start + 40 * DAY).until(start + 100 * DAY)
    assert kinds(life)[-2:] == [Kind.PAUSED, Kind.RENEWAL_CANCELLED]


def test_sandbox_stops_after_twelve(begin, start):
    life = begin(environment="sandbox").act(user.buys()).until(start + DAY)
    assert kinds(life).count(Kind.RENEWED) == 12
    assert kinds(life)[-2:] == [Kind.RENEWAL_CANCELLED, Kind.EXPIRED]
    assert life.events[-2].subscription.cancelled_by == "unknown"


def test_test_store_makes_six_periods(begin, start):
    life = begin(environment="sandbox", rules={"pace": "test_store"}).act(user.buys()).until(start + DAY)
    assert len(life.subscriber.subscriptions[0].transactions) == 6


def test_testflight_renews_daily(begin, start):
    life = begin(environment="sandbox", rules={"pace": "testflight"}).act(user.buys()).until(start + 20 * DAY)
    assert kinds(life).count(Kind.RENEWED) == 20


def test_sandbox_can_be_bought_again(begin, start):
    life = begin(environment="sandbox").act(user.buys()).until(start + DAY).act(user.subscribes_again())
    assert kinds(life.until(start + 2 * DAY)).count(Kind.RENEWED) == 24


def test_play_tester_waits_minutes(begin, start):
    life = begin(store="play_store", environment="sandbox").act(user.buys()).act(user.card_fails()).until(start + DAY)
    assert [(event.at - start) // timedelta(minutes=1) for event in life.events] == [0, 5, 10, 20]


def test_free_offer_is_no_second_trial(begin, start):
    """A conversion needs a trial before it (lifecycles.md §4): what follows a free month is a renewal."""
    offer = Offer(type="free_trial", period="P1M", category="promotional")
    life = begin().act(user.buys()).act(user.redeems_offer(offer)).until(start + 60 * DAY)
    assert [(event.kind, event.amount) for event in life.events[1:]] == [
        (Kind.OFFER_REDEEMED, 0),
        (Kind.RENEWED, Decimal("9.99")),
    ]


def test_offer_is_counted_by_itself(begin, start):
    """Introductory periods paid before do not use up an offer of three."""
    offer = Offer(type="pay_as_you_go", period="P1M", price=Decimal("4.99"), count=3, category="promotional")
    life = begin(product=MONTHLY_CHEAP_AT_FIRST).act(user.buys_at_intro_price()).until(start + 95 * DAY)
    life = life.act(user.redeems_offer(offer)).until(start + 220 * DAY)
    assert [event.amount for event in life.events[4:]] == [Decimal("4.99")] * 3 + [Decimal("9.99")]


def test_stripe_trial_outlives_a_change(begin, start):
    life = begin(store="stripe").act(user.starts_trial()).act(user.changes_to(PRO_MONTHLY), start + DAY)
    assert life.subscriber.subscriptions[0].state is State.TRIAL
    assert [event.amount for event in life.until(start + 7 * DAY).events] == [0, 0, Decimal("19.99")]


def test_grant_is_always_real(begin):
    granted = begin(environment="sandbox").act(developer.grants()).subscriber.subscriptions[0]
    assert (granted.environment, granted.store, granted.state) == ("production", Store.PROMO, State.GRANTED)


def test_outage_unconfirmed_ends_in_a_day(begin, start):
    life = begin().act(store.grants_in_outage()).until(start + 3 * DAY)
    assert (life.events[-1].kind, life.events[-1].at) == (Kind.EXPIRED, start + DAY)
    assert life.events[-1].subscription.latest.id == life.events[0].transaction.id


def test_outage_confirmed_keeps_id(begin, start):
    life = begin().act(store.grants_in_outage()).act(store.confirms_purchase(), start + DAY / 4)
    assert life.events[1].previous == life.events[0].subscription
    assert life.events[1].transaction.id == life.events[0].transaction.id


def test_pending_purchase_leaves_nothing(begin):
    life = begin(store="play_store").act(store.drops_pending_purchase())
    assert life.events[0].kind is Kind.PENDING_PURCHASE_DROPPED
    assert life.events[0].before == life.events[0].after


def test_looking_changes_nothing(begin):
    event = begin().act(user.sees_paywall()).events[0]
    assert (event.kind, event.before, event.subscription) == (Kind.PAYWALL_SHOWN, event.after, None)


def test_prepaid_ends_uncancelled(begin, start):
    life = begin(store="play_store", product=MONTHLY_PREPAID).act(user.buys()).until(start + 40 * DAY)
    assert (life.events[-1].kind, life.events[-1].reason) == (Kind.EXPIRED, Reason.UNSUBSCRIBED)


def test_top_up_is_a_new_order(begin, start):
    life = begin(store="play_store", product=MONTHLY_PREPAID).act(user.buys()).act(user.tops_up(), start + 20 * DAY)
    first, second = life.subscriber.subscriptions[0].transactions
    assert second.id.startswith("GPA.")
    assert not second.id.startswith(first.id)
    assert second.paid_until == start + 59 * DAY


def test_withdrawn_product_ends(begin, start):
    life = begin().act(user.buys())
    world, events = life.engine.act(life.world, store.withdraws_product(), start + 31 * DAY)
    assert (events[0].reason, world["user"].with_access) == (Reason.NOT_FOR_SALE, ())


def test_developer_cancels(begin):
    event = begin().act(user.buys()).act(developer.cancels()).events[-1]
    assert (event.reason, event.subscription.cancelled_by) == (Reason.DEVELOPER, "publisher")


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (user.buys(), [Kind.RENEWAL_CANCELLED, Kind.EXPIRED]),
        (user.starts_trial(), [Kind.TRIAL_CANCELLED, Kind.TRIAL_EXPIRED]),
    ],
)
def test_stripe_cancels_at_once(begin, start, begins, ends):
    life = begin(store="stripe").act(begins).act(developer.cancels(at_once=True), start + DAY)
    assert kinds(life)[1:] == ends
    assert life.subscriber.entitlements == ()
    assert life.events[-1].subscription.access_until == start + DAY


def test_charge_may_come_early(begin, start):
    life = begin().act(user.buys())
    _, events = life.engine.act(life.world, store.renews(), start + 30 * DAY)
    assert events[0].transaction.purchased_at == start + 31 * DAY


def test_lapse_on_apple_keeps_chain(begin, start):
    life = begin().act(user.buys()).act(user.turns_renewal_off()).act(user.subscribes_again(), start + 90 * DAY)
    assert life.events[-1].kind is Kind.RESUBSCRIBED
    assert len(life.subscriber.subscriptions) == 1


@pytest.mark.parametrize("store", ["play_store", "stripe", "amazon"])
def test_lapse_elsewhere_opens_chain(begin, start, store):
    life = begin(store=store).act(user.buys()).act(user.turns_renewal_off())
    life = life.act(user.subscribes_again(), start + 90 * DAY)
    assert life.events[-1].kind is Kind.SUBSCRIPTION_STARTED
    assert len(life.subscriber.subscriptions) == 2


def test_other_group_opens_chain(begin, start):
    life = begin().act(user.buys()).act(user.buys(STUDIO_MONTHLY), start + DAY)
    assert len({one.original_id for one in life.subscriber.subscriptions}) == 2


def test_events_name_the_first_wrong_day(begin, start):
    said = refusal(begin().act(user.buys()), store.converts_trial(), start + 12 * DAY)
    assert said.startswith("At 2026-01-27 10:00 UTC, store.converts_trial() cannot happen: premium.monthly is active;")


def test_refusal_lists_what_is_possible(begin, start):
    life = begin().act(user.buys()).act(user.turns_renewal_off()).until(start + 40 * DAY)
    assert "possible there: user.buys(), user.subscribes_again(), store.refunds()" in refusal(life, store.renews())


def test_refusal_tells_when(begin, start):
    life = begin().act(user.buys())
    with pytest.raises(
        ImpossibleStepError, match="the period ends on 2026-02-15 10:00: a charge comes then, or up to 24 h"
    ):
        life.engine.act(life.world, store.renews(), start + 12 * DAY)


@pytest.mark.parametrize(
    ("store_", "acts", "last", "reason"),
    [
        ("app_store", [user.buys()], user.buys(), "premium.monthly of the same group is active already"),
        ("app_store", [user.buys(LIFETIME)], user.buys(LIFETIME), "premium.lifetime is owned already"),
        ("app_store", [], user.starts_trial(COINS), "coins.100 has no free trial"),
        ("app_store", [], user.starts_trial(days=0), "a trial lasts a day or more"),
        ("app_store", [], user.buys(MONTHLY_INSTALMENTS), "only Play sells instalment plans"),
        ("app_store", [], user.buys_at_intro_price(), "premium.monthly has no introductory price"),
        ("app_store", [], user.subscribes_again(), "there is no subscription that has ended"),
        ("app_store", [user.buys()], user.pauses(months=1), "premium.monthly is active"),
        (
            "app_store",
            [user.buys()],
            user.changes_to(STUDIO_MONTHLY),
            "studio.monthly is of another group: user.buys()",
        ),
        ("app_store", [user.buys()], user.changes_to(MONTHLY), "premium.monthly is the product already"),
        ("app_store", [user.buys()], user.changes_to(PRO_MONTHLY, mode="DEFERRED"), "app_store has no proration modes"),
        ("app_store", [user.buys()], user.takes_change_back(), "no change of product is pending"),
        ("app_store", [user.buys()], user.accepts_price(), "no price increase waits for an answer"),
        ("app_store", [user.buys()], store.announces_price("5.00"), "5.00 is not more than 9.99"),
        ("app_store", [user.buys()], store.refunds(period=2), "there is no period 2, the last is 1"),
        ("app_store", [user.buys()], store.refunds(revoking=False), "only Play refunds without ending access"),
        ("app_store", [user.starts_trial()], store.refunds(), "nothing was paid for that period"),
        ("app_store", [user.buys()], store.ends_period(), "the period ends on 2026-02-15 10:00, not now"),
        ("app_store", [user.buys()], store.reverses_refund(), "premium.monthly is active"),
        ("app_store", [user.buys()], user.stops_sharing(), "it is shared with nobody"),
        ("app_store", [user.buys()], user.restores(), "nobody else has bought anything in app_store"),
        ("app_store", [], user.logs_in(), "is logged in already"),
        ("app_store", [], store.renews(), "nobody has anything that it could concern"),
        ("app_store", [], store.drops_pending_purchase(), "only Play keeps purchases pending"),
        (
            "app_store",
            [developer.grants()],
            store.confirms_purchase(),
            "a grant by the developer needs no confirmation",
        ),
        ("play_store", [user.buys(YEARLY)], user.pauses(months=1), "a yearly plan cannot be paused"),
        ("play_store", [user.buys()], user.pauses(months=4), "a pause lasts one week to three months"),
        ("play_store", [user.buys(MONTHLY_PREPAID)], user.pauses(months=1), "is prepaid: it does not renew by itself"),
        ("play_store", [user.buys(MONTHLY_PREPAID)], user.card_fails(), "is prepaid: it does not renew by itself"),
        ("play_store", [user.buys()], store.defers(hours=24), "Play defers by less than a day"),
        ("play_store", [user.buys()], user.tops_up(), "premium.monthly is not prepaid"),
        ("play_store", [], user.joins_family(), "play_store knows no family sharing"),
        (
            "play_store",
            [user.buys(PRO_MONTHLY)],
            user.changes_to(BASIC_MONTHLY, mode="CHARGE_PRORATED_PRICE"),
            "CHARGE_PRORATED_PRICE is for upgrades: basic.monthly costs no more",
        ),
        (
            "play_store",
            [user.starts_trial()],
            user.changes_to(PRO_MONTHLY, mode="WITH_TIME_PRORATION"),
            "a free trial has nothing to prorate: not WITH_TIME_PRORATION",
        ),
        (
            "play_store",
            [user.buys()],
            user.changes_to(replace(PRO_MONTHLY, price=Decimal(0)), mode="WITH_TIME_PRORATION"),
            "pro.monthly costs nothing: no time can be bought of it",
        ),
        ("app_store", [user.buys()], developer.cancels(at_once=True), "only Stripe ends a subscription at once"),
        ("stripe", [user.buys(), user.turns_renewal_off()], user.turns_renewal_on(), "stripe knows no way back"),
        ("amazon", [user.buys()], user.changes_to(PRO_MONTHLY), "amazon knows no change of product"),
    ],
)
def test_impossible_is_refused(begin, store_, acts, last, reason):
    life = begin(store=store_)
    for act in acts:
        life = life.act(act)
    assert reason in refusal(life, last)


def test_second_trial_is_refused(begin, start):
    life = begin(store="play_store").act(user.starts_trial()).act(user.turns_renewal_off())
    assert "of group 'premium' was used before" in refusal(life, user.starts_trial(), start + 30 * DAY)


def test_odd_grace_is_refused(begin, start):
    life = begin().act(user.buys())
    with pytest.raises(ImpossibleStepError, match="app_store has no grace of 5 days"):
        life.engine.act(life.world, store.fails_to_charge(grace_days=5), start + 31 * DAY)


def test_ambiguous_act_is_refused(begin, start):
    life = begin().act(user.buys()).act(user.buys(STUDIO_MONTHLY))
    said = refusal(life, user.turns_renewal_off())
    assert "it could concern several subscriptions, premium.monthly (app_store), studio.monthly (app_store)" in said
    assert life.act(user.turns_renewal_off(of=STUDIO_MONTHLY)).events[-1].subscription.product == STUDIO_MONTHLY


def test_past_cannot_be_changed(begin, start):
    life = begin().act(user.buys()).until(start + 10 * DAY)
    said = refusal(life, user.turns_renewal_off(), start + 9 * DAY)
    assert said.endswith("this life has been lived 2026-01-25 10:00 UTC far.")


def test_stranger_cannot_act(begin):
    assert "there is nobody called 'zoe'" in refusal(begin(), user("zoe").buys())
    assert "'zoe' does not have anything that it could concern" in refusal(begin(), user("zoe").turns_renewal_off())


def test_next_thing_is_foretold(begin, start):
    due = begin().act(user.starts_trial()).next()
    assert (due.at, due.verb, str(due.act)) == (
        start + 7 * DAY,
        "store.converts_trial",
        "store('user').converts_trial()",
    )


def test_nothing_is_due_for_owners(begin):
    assert begin().act(user.buys(LIFETIME)).next() is None


def test_advance_keeps_order_of_time(begin, start):
    life = begin("a", "b").act(user("a").buys()).act(user("b").starts_trial(), start + DAY).until(start + 60 * DAY)
    assert [event.at for event in life.events] == sorted(event.at for event in life.events)


def test_advance_in_parts_is_the_same(begin, start):
    life = begin().act(user.starts_trial())
    parts = life.until(start + 20 * DAY).until(start + 38 * DAY).until(start + 100 * DAY)
    assert parts == life.until(start + 100 * DAY)


def test_world_stays_as_it_was(begin, start):
    life = begin().act(user.buys())
    before = life.world
    life.engine.advance(before, start + 100 * DAY)
    assert before == life.world
    assert isinstance(before, World)


def test_trial_period_type_follows(begin, start):
    life = begin().act(user.starts_trial()).until(start + 7 * DAY)
    types = [one.period_type for one in life.subscriber.subscriptions[0].transactions]
    assert types == [PeriodType.TRIAL, PeriodType.NORMAL]
