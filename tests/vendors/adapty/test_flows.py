"""Which events come of which story: the flows of adapty.md §12. AL stands for access_level_updated."""

from decimal import Decimal

import pytest

from mockserver.lifecycle import (
    Kind,
    Scenario,
    after,
    day,
    developer,
    left_out,
    period_end,
    period_ends,
    someone,
    store,
    user,
)
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, COINS, LIFETIME, MONTHLY, MONTHLY_PREPAID, PRO_MONTHLY
from mockserver.vendors.adapty.flows import EVENT_TYPES

AL = "access_level_updated"
BUYS = day(0, user.buys(MONTHLY))
TRIAL = day(0, user.starts_trial(MONTHLY))
PLAY = {"store": "play_store"}
ANNOUNCED = day(1, store.announces_price(Decimal("11.99")))

FLOWS = {
    "purchase": ([BUYS], {}, ["subscription_started", AL]),
    "renewal": ([BUYS, period_end(1, store.renews())], {}, ["subscription_renewed", AL]),
    "cancellation": ([BUYS, day(3, user.turns_renewal_off())], {}, ["subscription_renewal_cancelled", AL]),
    "expiry": (
        [BUYS, day(3, user.turns_renewal_off()), period_end(1, store.ends_period())],
        {},
        ["subscription_expired", AL],
    ),
    "Stripe cancels at once": (
        [BUYS, day(3, developer.cancels(at_once=True))],
        {"store": "stripe"},
        ["subscription_renewal_cancelled", AL, "subscription_expired", AL],
    ),
    "Stripe refunds what it cancelled": (
        [BUYS, day(3, developer.cancels(at_once=True)), day(5, store.refunds())],
        {"store": "stripe"},
        ["subscription_refunded", AL],
    ),
    "reactivation": (
        [BUYS, day(3, user.turns_renewal_off()), day(4, user.turns_renewal_on())],
        {},
        ["subscription_renewal_reactivated", AL],
    ),
    "refund": ([BUYS, day(3, store.refunds())], {}, ["subscription_refunded", AL]),
    "refund of an earlier period": (
        [BUYS, period_end(1, store.renews()), day(40, store.refunds(period=1))],
        {},
        ["subscription_refunded"],
    ),
    "refund that nobody sees": ([BUYS, day(3, store.refunds(revoking=False))], PLAY, []),
    "rejoin": (
        [BUYS, day(3, user.turns_renewal_off()), period_end(1, store.ends_period()), day(76, user.subscribes_again())],
        {},
        ["subscription_renewed", AL],
    ),
    "rejoin on Play": (
        [BUYS, day(3, user.turns_renewal_off()), period_end(1, store.ends_period()), day(76, user.subscribes_again())],
        PLAY,
        ["subscription_started", AL],
    ),
    "pause scheduled": ([BUYS, day(3, user.pauses())], PLAY, ["subscription_paused"]),
    "pause": ([BUYS, day(3, user.pauses()), period_end(1, store.begins_pause())], PLAY, [AL]),
    "resume": (
        [BUYS, day(3, user.pauses()), period_end(1, store.begins_pause()), day(45, user.resumes())],
        PLAY,
        ["subscription_renewed", AL],
    ),
    "pause taken back": ([BUYS, day(3, user.pauses()), day(4, user.takes_pause_back())], PLAY, []),
    "trial": ([TRIAL], {}, ["trial_started", AL]),
    "trial converts": ([TRIAL, day(7, store.converts_trial())], {}, ["trial_converted", AL]),
    "trial cancelled": ([TRIAL, day(3, user.turns_renewal_off())], {}, ["trial_renewal_cancelled", AL]),
    "trial uncancelled": (
        [TRIAL, day(3, user.turns_renewal_off()), day(4, user.turns_renewal_on())],
        {},
        ["trial_renewal_reactivated", AL],
    ),
    "trial expires": (
        [TRIAL, day(3, user.turns_renewal_off()), day(7, store.ends_trial())],
        {},
        ["trial_expired", AL],
    ),
    "bought after a trial": (
        [TRIAL, day(3, user.turns_renewal_off()), day(7, store.ends_trial()), day(37, user.subscribes_again())],
        {},
        ["trial_converted", AL],
    ),
    "upgrade": (
        [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY))],
        {},
        ["subscription_refunded", "subscription_started", AL, AL],
    ),
    "upgrade on Play": (
        [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY))],
        PLAY,
        ["subscription_renewal_cancelled", "subscription_refunded", "subscription_started", AL, AL],
    ),
    "downgrade chosen": ([day(0, user.buys(PRO_MONTHLY)), day(10, user.changes_to(BASIC_MONTHLY))], {}, [AL]),
    "downgrade": (
        [
            day(0, user.buys(PRO_MONTHLY)),
            day(10, user.changes_to(BASIC_MONTHLY)),
            period_end(1, store.renews()),
        ],
        {},
        ["subscription_expired", "subscription_started", AL],
    ),
    "billing issue with grace": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=16))],
        {},
        ["billing_issue_detected", "entered_grace_period", AL],
    ),
    "billing issue without grace": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=0))],
        {},
        ["billing_issue_detected", AL],
    ),
    "billing recovered": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=16)), day(35, store.recovers())],
        {},
        ["subscription_renewed", AL],
    ),
    "trial recovered": (
        [TRIAL, day(7, store.fails_to_charge(grace_days=16)), day(10, store.recovers())],
        {},
        ["trial_converted", AL],
    ),
    "grace over": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=16)), day(47, store.ends_grace())],
        {},
        [AL],
    ),
    "store gives up": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=0)), day(91, store.gives_up())],
        {},
        ["subscription_expired", AL],
    ),
    "store gives a trial up": (
        [TRIAL, day(7, store.fails_to_charge(grace_days=0)), day(67, store.gives_up())],
        {},
        ["trial_expired", AL],
    ),
    "price increase announced": ([BUYS, ANNOUNCED], {}, []),
    "price increase refused": (
        [BUYS, ANNOUNCED, period_end(1, store.ends_period())],
        {},
        ["subscription_renewal_cancelled", "subscription_expired", AL],
    ),
    "product withdrawn": (
        [BUYS, period_end(1, store.withdraws_product())],
        {},
        ["subscription_renewal_cancelled", "subscription_expired", AL],
    ),
    "extension": ([BUYS, day(10, developer.extends(days=30))], {}, [AL]),
    "deferral": ([BUYS, period_end(1, store.defers(hours=8))], PLAY, ["subscription_deferred", AL]),
    "consumable": ([day(0, user.buys(COINS))], {}, ["non_subscription_purchase"]),
    "lifetime": ([day(0, user.buys(LIFETIME))], {}, ["non_subscription_purchase", AL]),
    "lifetime refunded": (
        [day(0, user.buys(LIFETIME)), day(3, store.refunds())],
        {},
        ["non_subscription_purchase_refunded", AL],
    ),
    "grant": ([day(0, developer.grants(MONTHLY))], {}, [AL]),
    "grant removed": ([day(0, developer.grants(MONTHLY)), day(3, developer.removes_grant())], {}, [AL]),
    "grant runs out": ([day(0, developer.grants(MONTHLY)), period_end(1, store.ends_grant())], {}, []),
    "family": ([day(0, user("a").buys(MONTHLY)), day(1, user("b").joins_family())], {}, [AL]),
    "family in the sandbox": (
        [day(0, user("a").buys(MONTHLY)), after(user("b").joins_family(), minutes=1)],
        {"environment": "sandbox"},
        [],
    ),
    "family over": (
        [day(0, user("a").buys(MONTHLY)), day(1, user("b").joins_family()), day(3, user("b").leaves_family())],
        {},
        [AL],
    ),
    "paywall": ([day(0, user.sees_paywall())], {}, []),
    "outage": ([day(0, store.grants_in_outage(MONTHLY))], {}, []),
    "outage over": (
        [day(0, store.grants_in_outage(MONTHLY)), after(store.confirms_purchase(), hours=5)],
        {},
        ["subscription_started", AL],
    ),
    "top-up": (
        [day(0, user.buys(MONTHLY_PREPAID)), day(20, user.tops_up())],
        PLAY,
        ["subscription_renewed", AL],
    ),
    "login": ([BUYS, day(2, user.logs_in())], {"people": [someone(anonymous=True)]}, []),
    "pending purchase dropped": ([BUYS, day(1, store.drops_pending_purchase(PRO_MONTHLY))], PLAY, []),
}


@pytest.fixture
def last(tell):
    """The webhooks about the last step of a story."""

    def of(steps, declared, **changed):
        events = Scenario(timeline=steps, key="story", **declared).unfold(0)
        at = events[-1].at
        return [one for one in tell(events, **changed) if one.message.at == at]

    return of


@pytest.mark.parametrize("name", FLOWS)
def test_flow_has_these_events(last, name):
    steps, declared, wanted = FLOWS[name]
    assert [one.type for one in last(steps, declared)] == wanted


@pytest.mark.parametrize("name", FLOWS)
def test_access_events_can_be_off(last, name):
    steps, declared, wanted = FLOWS[name]
    told = [one.type for one in last(steps, declared, access_level_updated=False)]
    assert told == [event for event in wanted if event != AL]


def test_flows_cover_every_type():
    told = {event for _, _, wanted in FLOWS.values() for event in wanted}
    assert told == set(EVENT_TYPES) - {"trial_active", "subscription_active"}


def test_flows_cover_most_kinds():
    """What is left makes no event at all, or is covered by its sibling."""
    kinds = {
        event.kind for steps, declared, _ in FLOWS.values() for event in Scenario(timeline=steps, **declared).unfold(0)
    }
    assert set(Kind) - kinds == {
        Kind.PRODUCT_CHANGE_UNDONE,
        Kind.REFUND_DECLINED,
        Kind.REFUND_REVERSED,
        Kind.TRANSFERRED,
        Kind.PRICE_INCREASE_ACCEPTED,
        Kind.OFFER_REDEEMED,
    }


@pytest.mark.parametrize(
    ("name", "event", "reason"),
    [
        ("cancellation", "subscription_renewal_cancelled", "voluntarily_cancelled"),
        ("trial cancelled", "trial_renewal_cancelled", "voluntarily_cancelled"),
        ("expiry", "subscription_expired", "voluntarily_cancelled"),
        ("refund", "subscription_refunded", "refund"),
        ("upgrade", "subscription_refunded", "upgraded"),
        ("upgrade on Play", "subscription_renewal_cancelled", "new_subscription_replace"),
        ("store gives up", "subscription_expired", "billing_error"),
        ("store gives a trial up", "trial_expired", "billing_error"),
        ("price increase refused", "subscription_renewal_cancelled", "price_increase"),
        ("product withdrawn", "subscription_renewal_cancelled", "product_was_not_available"),
    ],
)
def test_reason_is_told(last, name, event, reason):
    steps, declared, _ = FLOWS[name]
    told = next(one for one in last(steps, declared) if one.type == event)
    assert told.properties["cancellation_reason"] == reason


BESIDE = {
    "billing issue with grace": [],
    "billing issue without grace": [("subscription_renewal_cancelled", "billing_error")],
    "trial fails": [("trial_renewal_cancelled", "billing_error")],
    "refund": [("subscription_renewal_cancelled", "refund")],
    "refund of an earlier period": [],
    "refund after a cancellation": [],
}
TROUBLE = {
    **FLOWS,
    "trial fails": ([TRIAL, day(7, store.fails_to_charge())], {}, []),
    "refund after a cancellation": ([BUYS, day(2, user.turns_renewal_off()), day(3, store.refunds())], {}, []),
}


@pytest.mark.parametrize("name", BESIDE)
def test_cancellation_beside_trouble_is_a_switch(last, name):
    """lifecycles.md §2, rows 12, 13 and 28, against the flows."""
    steps, declared, _ = TROUBLE[name]
    without = [one.type for one in last(steps, declared)]
    told = last(steps, declared, cancelled_beside_trouble=True)
    more = [one for one in told if one.type not in without]
    assert [(one.type, one.properties["cancellation_reason"]) for one in more] == BESIDE[name]
    assert len(told) == len(without) + len(more)


def test_swapped_access_has_two_ids(last):
    """Stripe's products share a transaction id; whoever drops doubles by the event's id must not lose one."""
    steps = [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY))]
    ids = [one.properties["profile_event_id"] for one in last(steps, {"store": "stripe"})]
    assert len(ids) == len(set(ids)) == 4


def test_developer_cancels_by_name(last):
    [off, _] = last([BUYS, day(3, developer.cancels())], PLAY)
    assert off.properties["cancellation_reason"] == "cancelled_by_developer"


@pytest.mark.parametrize(
    ("name", "is_active", "will_renew", "has_access"),
    [
        ("purchase", True, True, True),
        ("cancellation", True, False, True),
        ("expiry", False, False, False),
        ("reactivation", True, True, True),
        ("refund", False, False, False),
        ("rejoin", True, True, True),
        ("pause", False, False, False),
        ("resume", True, True, True),
        ("downgrade chosen", True, False, True),
        ("billing issue with grace", True, True, True),
        ("grace over", False, True, False),
        ("store gives up", False, False, False),
        ("grant", True, False, True),
        ("grant removed", False, False, False),
        ("family", True, False, True),
        ("lifetime", True, False, True),
        ("lifetime refunded", False, False, False),
    ],
)
def test_access_event_says_access(last, name, is_active, will_renew, has_access):
    steps, declared, _ = FLOWS[name]
    told = next(one.properties for one in last(steps, declared) if one.type == AL)
    assert (told["is_active"], told["will_renew"], told["profile_has_access_level"]) == (
        is_active,
        will_renew,
        has_access,
    )


def test_upgrade_swaps_access(last):
    steps, declared, _ = FLOWS["upgrade"]
    old, new = (one.properties for one in last(steps, declared) if one.type == AL)
    assert (old["vendor_product_id"], old["is_active"], old["is_refund"]) == ("basic.monthly", False, True)
    assert (new["vendor_product_id"], new["is_active"], new["is_refund"]) == ("pro.monthly", True, False)


def test_play_upgrade_costs_nothing(last):
    """Google replaces the subscription and charges later: all money is zero (adapty.md §11.3)."""
    steps, declared, _ = FLOWS["upgrade on Play"]
    started = next(one for one in last(steps, declared) if one.type == "subscription_started")
    assert (started.properties["price_usd"], started.properties["proceeds_usd"]) == (0.0, 0.0)
    assert started.message.amount == Decimal(0)


def test_grace_names_its_end(last):
    steps, declared, _ = FLOWS["billing issue with grace"]
    for one in last(steps, declared):
        assert one.properties["subscription_expires_at"] == "2026-03-03T10:00:00.000000+0000"
    assert one.properties["expires_at"] == "2026-03-03T10:00:00.000000+0000"
    assert one.properties["is_in_grace_period"] is True


def test_reactivation_names_prior_product(last):
    steps, declared, _ = FLOWS["reactivation"]
    assert last(steps, declared)[0].properties["vendor_product_id"] == "premium.monthly"


def test_level_of_two_purchases(tell):
    """The level goes on by Play when the iOS purchase ends: nothing has changed."""
    steps = [
        BUYS,
        day(5, user.buys(MONTHLY, on="play_store")),
        day(6, user.turns_renewal_off(on="app_store")),
        period_end(1, store.ends_period(on="app_store")),
    ]
    told = tell(Scenario(timeline=steps).unfold(0))
    levels = [one.properties["store"] for one in told if one.type == AL]
    assert levels == ["app_store", "play_store"]
    assert told[-1].properties["profile_has_access_level"] is True


def test_lifetime_outlives_month(tell):
    steps = [BUYS, day(10, user.buys(LIFETIME), user.turns_renewal_off()), period_end(1, store.ends_period())]
    told = [one for one in tell(Scenario(timeline=steps).unfold(0)) if one.type == AL]
    assert [one.properties["is_lifetime"] for one in told] == [False, True]


def test_removed_grant_has_reason(last):
    steps, declared, _ = FLOWS["grant removed"]
    assert last(steps, declared)[0].properties["cancellation_reason"] == "adapty_revoked"


def test_untold_charges_count(tell):
    """What a story takes as read was paid all the same."""
    steps = [BUYS, left_out(period_ends(1, 2, store.renews())), period_end(3, store.renews())]
    told = tell(Scenario(timeline=steps).unfold(0))
    assert [one.properties["profile_total_revenue_usd"] for one in told if one.type != AL] == [9.99, 39.96]


def test_event_stands_alone(tell):
    """Without the history before it an event is told the same, but for what only history knows."""
    events = Scenario(timeline=[BUYS, day(3, user.turns_renewal_off())]).unfold(0)
    alone, within = tell(events[1:]), tell(events)[2:]
    assert [one.type for one in alone] == [one.type for one in within]
    assert alone[0].properties == within[0].properties | {"profile_event_id": alone[0].message.id}


def test_declined_refund_is_silent(last):
    assert last([BUYS, day(3, store.declines_refund())], {}) == []


def test_reversed_refund_gives_access(last):
    [told] = last([BUYS, day(3, store.refunds()), day(10, store.reverses_refund())], {})
    assert (told.type, told.properties["is_active"]) == (AL, True)
    assert told.properties["profile_total_revenue_usd"] == 9.99


@pytest.mark.parametrize(
    ("setting", "start", "days", "wanted"),
    [
        ("trial_active_after_days", TRIAL, 3, ["2026-01-18"]),
        ("trial_active_after_days", TRIAL, 7, []),
        ("trial_active_after_days", TRIAL, 8, []),
        ("subscription_active_after_days", BUYS, 7, ["2026-01-22"]),
        ("subscription_active_after_days", BUYS, 90, []),
    ],
)
def test_synthetic_event_comes_once(tell, setting, start, days, wanted):
    next_step = day(7, store.converts_trial()) if start is TRIAL else period_end(1, store.renews())
    steps = [start, next_step, period_end(2, store.renews())]
    told = tell(Scenario(timeline=steps).unfold(0), **{setting: days})
    found = [one for one in told if one.type.endswith("_active")]
    assert [one.body["event_datetime"][:10] for one in found] == wanted
    assert all(one.message.at.date().isoformat() == day for one, day in zip(found, wanted, strict=True))


def test_ended_trial_is_not_active(tell):
    steps = [
        TRIAL,
        day(1, user.turns_renewal_off()),
        day(7, store.ends_trial()),
        day(20, user.subscribes_again()),
    ]
    told = tell(Scenario(timeline=steps).unfold(0), trial_active_after_days=10)
    assert "trial_active" not in [one.type for one in told]
