"""Restores of the history's: who has the purchase at RevenueCat, and what is told of it (revenuecat.md §8)."""

import orjson
import pytest

from mockserver.lifecycle import Scenario, day, someone, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Writing
from mockserver.vendors.revenuecat import VENDOR, dialect
from mockserver.vendors.revenuecat.customer import aliases, app_user_id

STEPS = (day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()), day(31, store.renews()))


@pytest.fixture
def told():
    """What a channel tells of a story, as (event, body), and the story's events."""

    def tell(channel, steps, people=(), **settings):
        speak = {"webhook": dialect.write_webhook, "mparticle": dialect.write_mparticle}[channel]
        events = Scenario(timeline=list(steps), key="story", people=list(people)).unfold(0)
        values = {**VENDOR.settings, **settings}
        messages = [
            (one.event, orjson.loads(one.body))
            for index, event in enumerate(events)
            for one in speak(event, Writing(ids=SeededIds(0), settings=values, told=events[:index]))
        ]
        return events, messages

    return tell


def names(messages):
    return [name for name, _ in messages]


def holders(messages):
    return [body["event"].get("app_user_id") for _, body in messages]


def test_default_transfers(told):
    events, messages = told("webhook", STEPS)
    a, b = (app_user_id(one) for one in (events[0].person, events[1].other_after.person))
    assert names(messages) == ["INITIAL_PURCHASE", "TRANSFER", "RENEWAL"]
    assert holders(messages) == [a, None, b]


@pytest.mark.parametrize("behavior", ["keep_with_original", "transfer_if_no_active"])
def test_buyer_keeps(told, behavior):
    events, messages = told("webhook", STEPS, restore_behavior=behavior)
    a = app_user_id(events[0].person)
    assert (names(messages), holders(messages)) == (["INITIAL_PURCHASE", "RENEWAL"], [a, a])


def test_what_does_not_renew_never_blocks(told):
    steps = (day(0, user("a").buys(LIFETIME)), day(5, user("b").restores()))
    _, messages = told("webhook", steps, restore_behavior="transfer_if_no_active")
    assert names(messages) == ["NON_RENEWING_PURCHASE", "TRANSFER"]


def test_what_has_ended_never_blocks(told):
    steps = (
        day(0, user("a").buys(MONTHLY)),
        day(3, user("a").turns_renewal_off()),
        day(31, store.ends_period()),
        day(40, user("b").restores()),
    )
    _, messages = told("webhook", steps, restore_behavior="transfer_if_no_active")
    assert names(messages)[-1] == "TRANSFER"


@pytest.mark.parametrize("channel", ["webhook", "mparticle"])
def test_anonymous_buyer_becomes_alias(told, channel):
    """Nothing is transferred: both are one customer, known by all ids."""
    events, messages = told(channel, STEPS, people=[someone("a", anonymous=True)])
    buyer, restorer = events[0].person, events[1].other_after.person
    assert not [name for name in names(messages) if "transfer" in name.lower()]
    renewed = messages[-1][1]
    where, prefix = ("event", "") if channel == "webhook" else ("user_attributes", "revenuecat_")
    ids = [renewed[where][f"{prefix}{name}"] for name in ("app_user_id", "original_app_user_id", "aliases")]
    assert ids == [app_user_id(restorer), app_user_id(buyer), [app_user_id(buyer), *aliases(restorer)]]


def test_sharing_makes_one_customer(told):
    events, messages = told("webhook", STEPS, restore_behavior="share")
    assert names(messages) == ["INITIAL_PURCHASE", "RENEWAL"]
    assert messages[-1][1]["event"]["original_app_user_id"] == app_user_id(events[0].person)


def test_refund_after_restore_is_the_holders(told):
    steps = (*STEPS[:2], day(9, store.refunds()))
    events, messages = told("webhook", steps, restore_behavior="keep_with_original")
    a = app_user_id(events[0].person)
    assert (names(messages)[1:], holders(messages)) == (["CANCELLATION", "EXPIRATION"], [a, a, a])
