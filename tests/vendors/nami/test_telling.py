"""Which events come of what happens (nami.md §2, lifecycles.md §2)."""

from decimal import Decimal

import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle import Offer, Product, ProductKind, after, day, developer, period_end, someone, store, user
from mockserver.lifecycle.catalogue import (
    BASIC_MONTHLY,
    COINS,
    LIFETIME,
    MONTHLY,
    MONTHLY_CHEAP_AT_FIRST,
    MONTHLY_PREPAID,
    PRO_MONTHLY,
    STUDIO_MONTHLY,
)

CHEAPER = Offer(type="pay_up_front", period="P1M", price=Decimal("4.99"), category="promotional", id="spring")
BUYS = day(0, user.buys())
TRIAL = day(0, user.starts_trial())
OFF = day(3, user.turns_renewal_off())
BOUGHT = "purchased transaction"
PLAY = {"store": "play_store"}
ROWS = {  # the rows of lifecycles.md §2: timeline, what is declared, what its last step makes Nami say
    "1 trial started": ([TRIAL], {}, "purchased trial_started transaction"),
    "2 trial converted": ([TRIAL, period_end(1, store.converts_trial())], {}, "renewed trial_converted"),
    "3 trial cancelled": ([TRIAL, OFF], {}, "cancelled"),
    "4 trial expired": ([TRIAL, OFF, period_end(1, store.ends_trial())], {}, "expired trial_did_not_convert"),
    "5 purchase": ([BUYS], {}, BOUGHT),
    "6 intro": ([day(0, user.buys_at_intro_price())], {"product": MONTHLY_CHEAP_AT_FIRST}, BOUGHT),
    "7 renewal": ([BUYS, period_end(1, store.renews())], {}, "renewed"),
    "8 cancellation": ([BUYS, OFF], {}, "cancelled"),
    "9 developer cancels": ([BUYS, day(3, developer.cancels())], {}, "cancelled"),
    "10 uncancellation": ([BUYS, OFF, day(4, user.turns_renewal_on())], {}, ""),
    "11 grace": ([BUYS, period_end(1, store.fails_to_charge(grace_days=16))], {}, "in_grace_period"),
    "12 grace in trial": ([TRIAL, period_end(1, store.fails_to_charge(grace_days=16))], {}, "in_grace_period"),
    "13 no grace": ([BUYS, period_end(1, store.fails_to_charge(grace_days=0))], {}, "expired"),
    "13 no grace in trial": (
        [TRIAL, period_end(1, store.fails_to_charge(grace_days=0))],
        {},
        "expired trial_did_not_convert",
    ),
    "14 recovered in grace": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=16)), day(35, store.recovers())],
        {},
        "renewal_in_grace_period",
    ),
    "14 trial recovered in grace": (
        [TRIAL, period_end(1, store.fails_to_charge(grace_days=16)), day(10, store.recovers())],
        {},
        "renewal_in_grace_period trial_converted",
    ),
    "15 grace over": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=16)), period_end(1, store.ends_grace(), days=16)],
        {},
        "expired",
    ),
    "15 grace over in trial": (
        [TRIAL, period_end(1, store.fails_to_charge(grace_days=16)), period_end(1, store.ends_grace(), days=16)],
        {},
        "expired trial_did_not_convert",
    ),
    "16 recovered later": (
        [BUYS, period_end(1, store.fails_to_charge(grace_days=0)), day(40, store.recovers())],
        {},
        "purchased",
    ),
    "16 trial recovered later": (
        [TRIAL, period_end(1, store.fails_to_charge(grace_days=0)), day(10, store.recovers())],
        {},
        "purchased",
    ),
    "17 store gives up": (
        [
            BUYS,
            period_end(1, store.fails_to_charge(grace_days=0)),
            period_end(1, store.gives_up(), days=60),
        ],
        {},
        "",
    ),
    "18 pause scheduled": ([BUYS, day(10, user.pauses(months=1))], PLAY, ""),
    "19 pause begins": (
        [BUYS, day(10, user.pauses(months=1)), period_end(1, store.begins_pause())],
        PLAY,
        "paused",
    ),
    "20 resumed": (
        [BUYS, day(10, user.pauses(months=1)), period_end(1, store.begins_pause()), day(40, user.resumes())],
        PLAY,
        "resumed",
    ),
    "21 expired": ([BUYS, OFF, period_end(1, store.ends_period())], {}, "expired"),
    "22 back on the App Store": (
        [BUYS, OFF, period_end(1, store.ends_period()), day(60, user.subscribes_again())],
        {},
        BOUGHT,
    ),
    "23 back on Play": (
        [BUYS, OFF, period_end(1, store.ends_period()), day(60, user.subscribes_again())],
        PLAY,
        BOUGHT,
    ),
    "24 upgrade": (
        [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY))],
        {},
        "renewed transaction",
    ),
    "24 upgrade on Play": (
        [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY, mode="CHARGE_PRORATED_PRICE"))],
        PLAY,
        "renewed transaction",
    ),
    "24 upgrade charged later": (
        [day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY, mode="WITHOUT_PRORATION"))],
        PLAY,
        "transaction",
    ),
    "24 upgrade in a Play trial": (
        [day(0, user.starts_trial()), day(2, user.changes_to(PRO_MONTHLY, mode="CHARGE_FULL_PRICE"))],
        PLAY,
        "renewed trial_converted transaction",
    ),
    "25 downgrade chosen": ([day(0, user.buys(PRO_MONTHLY)), day(10, user.changes_to(BASIC_MONTHLY))], {}, ""),
    "26 downgrade taken back": (
        [
            day(0, user.buys(PRO_MONTHLY)),
            day(10, user.changes_to(BASIC_MONTHLY)),
            day(12, user.takes_change_back()),
        ],
        {},
        "",
    ),
    "28 refund": ([BUYS, day(3, store.refunds())], {}, "expired"),
    "29 refund of an earlier period": (
        [BUYS, period_end(1, store.renews()), day(40, store.refunds(period=1))],
        {},
        "",
    ),
    "30 refund of coins": ([day(0, user.buys(COINS)), day(1, store.refunds())], {}, ""),
    "30 refund of lifetime": ([day(0, user.buys(LIFETIME)), day(1, store.refunds())], {}, "expired"),
    "31 refund declined": ([BUYS, day(3, store.declines_refund())], {}, ""),
    "32 refund reversed": ([BUYS, day(3, store.refunds()), day(5, store.reverses_refund())], {}, ""),
    "33 transfer": ([day(0, user("a").buys()), day(5, user("b").restores())], {}, ""),
    "34 alias": ([BUYS, day(2, user.logs_in())], {"people": [someone(anonymous=True)]}, ""),
    "35 consumable": ([day(0, user.buys(COINS))], {}, "transaction"),
    "36 lifetime": ([day(0, user.buys(LIFETIME))], {}, BOUGHT),
    "36 lifetime of a subscriber": ([BUYS, day(10, user.buys(LIFETIME))], {}, "transaction"),
    "37 grant": ([day(0, developer.grants())], {}, ""),
    "38 grant removed": ([day(0, developer.grants()), day(1, developer.removes_grant())], {}, ""),
    "40 price increase": ([BUYS, day(5, store.announces_price("11.99", notice_days=26))], {}, ""),
    "41 price refused": (
        [BUYS, day(5, store.announces_price("11.99", notice_days=26)), period_end(1, store.ends_period())],
        {},
        "cancelled expired",
    ),
    "42 withdrawn": ([BUYS, period_end(1, store.withdraws_product())], {}, "expired"),
    "43 extended": ([BUYS, day(10, developer.extends(days=30))], {}, ""),
    "44 offer redeemed": ([BUYS, day(10, user.redeems_offer(CHEAPER))], {}, "renewed"),
    "45 top-up": (
        [day(0, user.buys()), day(20, user.tops_up())],
        {**PLAY, "product": MONTHLY_PREPAID},
        "renewed transaction",
    ),
    "46 family": ([day(0, user("a").buys()), day(1, user("b").joins_family())], {}, "purchased"),
    "47 family ends": (
        [day(0, user("a").buys()), day(1, user("b").joins_family()), day(2, user("a").stops_sharing())],
        {},
        "expired",
    ),
    "47 the family's renewal is the owner's": (
        [day(0, user("a").buys()), day(1, user("b").joins_family()), period_end(1, store.renews())],
        {},
        "renewed",
    ),
    "48 outage": ([day(0, store.grants_in_outage())], {}, "transaction"),
    "48 outage over": (
        [day(0, store.grants_in_outage()), after(store.confirms_purchase(), hours=5)],
        {},
        "purchased",
    ),
    "48 never confirmed": ([day(0, store.grants_in_outage()), day(1, store.ends_grant())], {}, ""),
    "49 pending dropped": ([day(0, store.drops_pending_purchase())], PLAY, ""),
    "another group": ([BUYS, day(10, user.buys(STUDIO_MONTHLY))], {}, BOUGHT),
    "unlocks nothing": (
        [day(0, user.buys(Product(id="tip", price=Decimal(1), kind=ProductKind.LIFETIME, entitlements=())))],
        {},
        "transaction",
    ),
}


def last_names(batches, timeline, **declared):
    """The names told at the timeline's last step."""
    before = len(batches(*timeline[:-1], **declared)) if timeline[1:] else 0
    return " ".join(message.event for message in batches(*timeline, **declared)[before:])


@pytest.mark.parametrize("row", ROWS)
def test_row_is_told(row, batches):
    timeline, declared, names = ROWS[row]
    assert last_names(batches, timeline, **declared) == names


@pytest.mark.parametrize("other", ["stripe", "amazon"])
def test_other_stores_are_silent(other, batches, webhooks, updates):
    timeline = [BUYS, period_end(1, store.renews())]
    assert [batches(*timeline, store=other), webhooks(*timeline, store=other), updates(*timeline, store=other)] == [
        [],
        [],
        [],
    ]


def test_stripe_does_not_make_active(batches):
    """Nami does not know of it, so what is bought on the App Store is a first purchase."""
    timeline = [day(0, user.buys(on="stripe")), day(5, user.buys(on="app_store"))]
    assert last_names(batches, timeline) == BOUGHT


def test_undetected_refund_is_silent(batches):
    assert last_names(batches, [BUYS, day(3, store.refunds(revoking=False))], **PLAY) == ""


def test_trial_beside_active_is_transaction(batches):
    """nami.md §2: trial_started comes with purchased, and there is none while the entitlement is active."""
    timeline = [day(0, user.buys(on="play_store")), day(5, user.starts_trial(on="app_store"))]
    assert last_names(batches, timeline) == "transaction"


def test_end_beside_active_is_silent(batches):
    timeline = [day(0, user.buys(LIFETIME)), day(1, user.buys()), day(2, user.turns_renewal_off(MONTHLY))]
    assert last_names(batches, [*timeline, day(32, store.ends_period())]) == ""


def test_failure_beside_active_does_not_expire(batches):
    timeline = [day(0, user.buys(LIFETIME)), day(0, user.buys()), day(31, store.fails_to_charge(grace_days=0))]
    assert last_names(batches, timeline) == ""


def test_recovery_beside_active_renews(batches):
    timeline = [day(0, user.buys(LIFETIME), user.buys()), day(31, store.fails_to_charge(grace_days=0))]
    assert last_names(batches, [*timeline, day(40, store.recovers())]) == "renewed"


def test_pair_is_subscription_first(batches):
    first, second, _ = batches(TRIAL)
    assert (first.event, second.event, first.at) == ("purchased", "trial_started", second.at)
    assert first.id != second.id


def test_pause_can_be_told_at_decision(batches):
    timeline = [BUYS, day(10, user.pauses(months=1)), period_end(1, store.begins_pause())]
    told = batches(*timeline, settings={"paused": "decision"}, **PLAY)
    assert [(one.event, one.at.day) for one in told[2:]] == [("paused", 25)]


def test_renewed_can_follow_grace(batches):
    timeline = [TRIAL, period_end(1, store.fails_to_charge(grace_days=16)), day(10, store.recovers())]
    names = last_names(batches, timeline, settings={"renewed_after_grace": True})
    assert names == "renewal_in_grace_period renewed trial_converted"


def test_unknown_choice_is_refused(batches):
    timeline = [BUYS, day(10, user.pauses(months=1))]
    with pytest.raises(SettingsError, match=r"^Nami's paused is 'never'; effect or decision is wanted\.$"):
        batches(*timeline, settings={"paused": "never"}, **PLAY)
