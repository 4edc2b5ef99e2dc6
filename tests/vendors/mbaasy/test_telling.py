"""What makes an event, and with which keys, where no scenario of the tables shows it (mbaasy.md §5)."""

from dataclasses import replace

import pytest

from mockserver.lifecycle import day, period_end, period_ends, someone, store, user
from mockserver.lifecycle.acts import developer
from mockserver.lifecycle.catalogue import COINS, LIFETIME, MONTHLY, MONTHLY_INSTALMENTS, YEARLY
from mockserver.lifecycle.subscriber import Offer

CANCELED = {"is_auto_renewing", "canceled_at", "canceled_by"}
PERIOD = {"current_period_start_at", "current_period_end_at"}
PLAY = {"store": "play_store"}


def test_trial_says_so(tell, story):
    [told] = tell(story(day(0, user.starts_trial(MONTHLY))))
    assert (told.data["in_trial_period"], told.data["is_auto_renewing"]) == (True, True)


def test_developer_cancels_as_publisher(tell, story):
    told = tell(story(day(0, user.buys(MONTHLY)), day(3, developer.cancels())))[-1]
    assert (told.changed, told.data["canceled_by"]) == (CANCELED, "publisher")


def test_instalments_are_cancelled_when_paid(tell, story):
    """lifecycles.md §2, 50: at first auto-renewal alone is told to be off, with the last instalment who did it."""
    product = replace(MONTHLY_INSTALMENTS, instalments=3)
    events = story(
        day(0, user.buys(product)),
        day(3, user.turns_renewal_off()),
        period_ends(1, 2, store.renews()),
        period_end(3, store.ends_period()),
        **PLAY,
    )
    changed = [one.changed for one in tell(events)]
    assert changed[1:] == [{"is_auto_renewing"}, PERIOD, {*PERIOD, "canceled_at", "canceled_by"}]


def test_developer_refunds_as_publisher(tell, story):
    told = tell(story(day(0, user.buys(MONTHLY)), day(3, developer.refunds()), **PLAY))[-1]
    assert (told.changed, told.data["canceled_by"]) == (CANCELED, "publisher")


def test_refund_leaves_period_alone(tell, story):
    bought, refunded = tell(story(day(0, user.buys(MONTHLY)), day(3, store.refunds())))
    assert refunded.data["current_period_end_at"] == bought.data["current_period_end_at"]


def test_refund_may_end_period(tell, story):
    """mbaasy.md §5 proposes it; a refund taken back gives the rest again."""
    events = story(day(0, user.buys(MONTHLY)), day(3, store.refunds()), day(5, store.reverses_refund()))
    bought, refunded, reversed_ = tell(events, refund_ends_period=True)
    assert refunded.changed == {*CANCELED, "current_period_end_at"}
    assert refunded.data["current_period_end_at"] == refunded.data["canceled_at"]
    assert reversed_.data["current_period_end_at"] == bought.data["current_period_end_at"]


def test_refund_after_cancellation_renames_it(tell, story):
    """Auto-renewal was off already: only who and when change."""
    events = story(day(0, user.buys(MONTHLY)), day(3, user.turns_renewal_off()), day(5, store.refunds()))
    told = tell(events)[-1]
    assert told.changed == {"canceled_at", "canceled_by"}
    assert (told.body["previous_attributes"]["canceled_by"], told.data["canceled_by"]) == ("user", "marketplace")


def test_cleared_cancellation_stays_null(tell, story):
    """What was set once is null afterwards: applied to the data before, a diff gives the data after it."""
    on, off = user.turns_renewal_on(), user.turns_renewal_off()
    events = story(day(0, user.buys(MONTHLY)), day(3, off), day(5, on), period_end(1, store.renews()))
    bought, _, back, renewed = tell(events)
    assert "canceled_at" not in bought.data
    assert [one.data["canceled_at"] for one in (back, renewed)] == [None, None]


def test_withdrawn_product_is_canceled_by_store(tell, story):
    told = tell(story(day(0, user.buys(MONTHLY)), period_end(1, store.withdraws_product())))[-1]
    assert (told.changed, told.data["canceled_by"]) == (CANCELED, "marketplace")


def test_redeemed_offer_moves_period(tell, story):
    """The period that was bought with the offer is told when it is bought, as the sample tells a renewal early."""
    offer = Offer(type="pay_up_front", period="P1M", price=MONTHLY.price / 2, category="promotional", id="back")
    told = tell(story(day(0, user.buys(MONTHLY)), day(10, user.redeems_offer(offer))))[-1]
    assert told.changed == PERIOD


def test_member_does_not_see_owners_expiry(tell, story):
    """A shared purchase that runs out with its owner's is a mere expiry too (lifecycles.md §8.13)."""
    events = story(
        day(0, user("owner").buys(MONTHLY)),
        day(1, user("member").joins_family()),
        day(3, user("owner").turns_renewal_off()),
        period_end(1, store.ends_period()),
    )
    assert [one.message.event.rpartition(".")[2] for one in tell(events)] == ["created", "created", "updated"]


def test_member_loses_refunded_purchase(tell, story):
    events = story(
        day(0, user("owner").buys(MONTHLY)), day(1, user("member").joins_family()), day(3, store.refunds(of=MONTHLY))
    )
    owners, members = tell(events)[-2:]
    assert (owners.changed, members.changed) == (CANCELED, {"canceled_at", "canceled_by"})
    assert members.data["canceled_at"] == owners.data["canceled_at"]


def test_member_follows_owners_renewal(tell, story):
    events = story(
        day(0, user("owner").buys(MONTHLY)), day(1, user("member").joins_family()), period_end(1, store.renews())
    )
    assert [one.changed for one in tell(events)[-2:]] == [PERIOD, PERIOD]


def test_transfer_moves_every_purchase(tell, story):
    events = story(
        day(0, user("a").buys(MONTHLY)),
        day(1, user("a").buys(LIFETIME)),
        day(5, user("b").restores()),
        people=[someone("a"), someone("b")],
    )
    told = tell(events)[-2:]
    assert [one.changed for one in told] == [{"user_identifier"}] * 2
    assert {one.data["user_identifier"] for one in told} == {told[0].message.subject}


def test_transfer_keeps_store_account(tell, story):
    """Country and currency are the store account's: a restore by somebody from elsewhere does not move it."""
    events = story(day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()), people=[someone("a"), someone("b")])
    german = replace(events[1].other_after.person, country="DE")
    there = replace(events[1], other_after=replace(events[1].other_after, person=german))
    told = tell([events[0], there])[-1]
    assert (told.changed, told.data["country_code"]) == ({"user_identifier"}, "US")


def test_country_has_its_currency(tell, story):
    [event] = story(day(0, user.buys(MONTHLY)))
    german = replace(event, after=replace(event.after, person=replace(event.person, country="DE")))
    [told] = tell([german])
    assert (told.data["country_code"], told.data["currency_code"]) == ("DE", "EUR")


def test_undetected_event_is_unknown(tell, story):
    """What a store does without telling changes nothing until something else is told."""
    events = story(day(0, user.buys(MONTHLY)), day(3, user.turns_renewal_off()), day(5, user.turns_renewal_on()))
    told = tell([events[0], replace(events[1], detected=False), events[2]])
    assert [one.changed for one in told] == [set()]


def test_login_is_told_of_what_is_held(tell, story):
    """A consumable that was used up stands on no receipt that a log-in could upload."""
    events = story(
        day(0, user.buys(MONTHLY)), day(1, user.buys(COINS)), day(2, user.logs_in()), people=[someone(anonymous=True)]
    )
    told = tell(events)
    assert [one.data["product_id"] for one in told] == [MONTHLY.id, COINS.id, MONTHLY.id]
    assert (told[0].data["user_identifier"], told[2].changed) == (None, {"user_identifier"})


def test_unconfirmed_purchase_stays_unknown(tell, story):
    """A grant in an outage that the store never confirms has no resource, neither then nor at its end."""
    assert tell(story(day(0, store.grants_in_outage(MONTHLY)), day(1, store.ends_grant()))) == []


def test_yearly_renewal_is_one_event(tell, story):
    told = tell(story(day(0, user.buys(YEARLY)), period_end(1, store.renews())))
    assert [one.data["entitlements"] for one in told] == [["premium/annually"]] * 2


@pytest.mark.parametrize("where", ["stripe", "amazon"])
def test_other_stores_are_silent(tell, story, where):
    assert tell(story(day(0, user.buys(MONTHLY)), period_end(1, store.renews()), store=where)) == []


@pytest.mark.parametrize(("product", "kind"), [(COINS, "consumable"), (LIFETIME, "non_consumable")])
def test_one_off_has_no_period(tell, story, product, kind):
    [told] = tell(story(day(0, user.buys(product))))
    assert (told.data["type"], told.data["is_auto_renewing"]) == (kind, False)
    assert not PERIOD & told.data.keys()


def test_early_renewal_starts_later(tell, story):
    """The sample was told two hours before the new period began."""
    told = tell(story(day(0, user.buys(MONTHLY)), period_end(1, store.renews(), hours=-8)))[-1]
    assert told.data["updated_at"]["ms"] + 8 * 3_600_000 == told.data["current_period_start_at"]["ms"]


def test_same_instant_keeps_order(tell, story):
    """Two changes at one instant are two versions, one after the other."""
    events = story(day(0, user.buys(MONTHLY)), day(3, user.turns_renewal_off(), user.turns_renewal_on()))
    _, off, on = tell(events)
    assert on.data["updated_at"]["ms"] == off.data["updated_at"]["ms"] + 1
