"""What the vendors tell of any history (lifecycles.md §8, §4), tried on random lives. Property 15 is delivery's."""

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery.plan import plan
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import State, Store
from mockserver.vendors import discover

VENDORS = discover()
BEGINS_ACCESS = {"INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE", "TEMPORARY_ENTITLEMENT_GRANT"}
NOT_FOR_MPARTICLE = {"SUBSCRIPTION_EXTENDED", "TEMPORARY_ENTITLEMENT_GRANT", "REFUND_REVERSED"}
TWINS = {
    "trial_started": {"purchased"},
    "trial_converted": {"renewed", "renewal_in_grace_period"},
    "trial_did_not_convert": {"expired"},
}


class Said(NamedTuple):
    """One message, and the event that it tells of."""

    event: Any
    message: Any
    body: dict


@pytest.fixture(scope="session")
def tell(live):
    """What a channel of a vendor tells of a random life, in order; what is withheld too."""

    @cache
    def whole(seed):
        return [
            Said(one.event, one.message, orjson.loads(one.message.body)) for one in plan(live(seed).events, VENDORS, 0)
        ]

    def told(seed, vendor, channel="webhook"):
        return [one for one in whole(seed) if (one.message.vendor, one.message.channel) == (vendor, channel)]

    return told


def holds(check):
    """Try a property on what is told of many lives; a failure names the seed of a life that breaks it."""

    def tried(tell, seed):
        check(lambda *names: tell(seed, *names))

    tried.__name__, tried.__doc__ = check.__name__, check.__doc__
    return settings(max_examples=40, deadline=None, derandomize=True)(given(seed=st.integers(0, 59))(tried))


def chains(told):
    """RevenueCat's webhooks of each chain, in order; a transfer is of no one chain."""
    found = {}
    for one in told("revenuecat"):
        event = one.body["event"]
        if "original_transaction_id" in event:
            found.setdefault(event["original_transaction_id"], []).append((one, event))
    return found.values()


@holds
def test_expiration_ends_each_spell_once(told):
    """Property 1, chain by chain."""
    for events in chains(told):
        has_access = True  # a chain may begin with what was transferred
        for one, event in events:
            if event["type"] == "EXPIRATION":
                assert has_access
                has_access = False
            elif event["type"] in BEGINS_ACCESS:
                has_access = True
            elif event["type"] == "REFUND_REVERSED":
                has_access = one.event.subscription.has_access


@holds
def test_unsubscribed_end_follows_cancellation(told):
    """Property 2; prepaid plans and what no store confirmed end without, and Amazon's may."""
    for events in chains(told):
        cancelled = False
        for one, event in events:
            cancelled = cancelled or event["type"] == "CANCELLATION"
            if event.get("expiration_reason") == "UNSUBSCRIBE" and not _ends_uncancelled(one, event):
                assert cancelled


def _ends_uncancelled(one, event):
    unconfirmed = one.event.previous is not None and one.event.previous.state is State.GRANTED
    return unconfirmed or event["period_type"] == "PREPAID" or event["store"] == "AMAZON"


@holds
def test_uncancellation_follows_cancellation(told):
    """Property 3: of one that is open, and never on Stripe."""
    for events in chains(told):
        is_open = False
        for _, event in events:
            if event["type"] == "UNCANCELLATION":
                assert is_open
                assert event["store"] != "STRIPE"
            is_open = event["type"] != "UNCANCELLATION" and (is_open or event["type"] == "CANCELLATION")


@holds
def test_billing_error_has_its_issue(told):
    """Property 4: at the same instant."""
    for events in chains(told):
        issues = {event["event_timestamp_ms"] for _, event in events if event["type"] == "BILLING_ISSUE"}
        for _, event in events:
            if event.get("cancel_reason") == "BILLING_ERROR":
                assert event["event_timestamp_ms"] in issues


@holds
def test_one_issue_between_charges(told):
    """Property 5; what Stripe leaves open at a price of zero is no charge."""
    for events in chains(told):
        failing = False
        for one, event in events:
            if event["type"] == "BILLING_ISSUE":
                assert not failing
                failing = True
            elif event["type"] in BEGINS_ACCESS:
                failing = one.event.subscription.state in {State.GRACE, State.RETRY}


@holds
def test_nothing_is_told_before_it_happens(told):
    """Property 9."""
    for one in told("revenuecat"):
        assert one.body["event"]["event_timestamp_ms"] >= one.event.at.timestamp() * 1000 - 1


@holds
def test_batches_follow_webhooks(told):
    """Property 14: less what mParticle lacks, and one more for each transfer."""
    webhooks = [one.message.event for one in told("revenuecat") if one.message.event not in NOT_FOR_MPARTICLE]
    assert len(told("revenuecat", "mparticle")) == len(webhooks) + webhooks.count("TRANSFER")


@holds
def test_refund_gives_back_what_was_paid(told):
    """§4: minus an earlier amount of the same transaction, and no chain pays back more than it took.

    A refund that was taken back is on no list of mParticle's, so what follows it is not counted.
    """
    paid, sums, reversed_ = Counter(), Counter(), set()
    for one in told("revenuecat", "mparticle"):
        if one.message.amount is None:
            continue
        transaction = one.event.transaction
        if one.message.amount < 0:
            assert paid[transaction.id, -one.message.amount] > 0
        paid[transaction.id, one.message.amount] += 1
        sums[transaction.original_id] += one.message.amount
    reversed_ = {
        one.event.subscription.original_id for one in told("revenuecat") if one.message.event == "REFUND_REVERSED"
    }
    assert all(amount >= 0 for chain, amount in sums.items() if chain not in reversed_)


@holds
def test_trial_event_has_its_twin(told):
    """Property 10: just before it, of the same instant and with the same state."""
    told_so_far = told("nami", "mparticle")
    for before, one in pairwise([None, *told_so_far]):
        if one.message.event in TWINS:
            assert before.message.event in TWINS[one.message.event]
            assert before.message.at == one.message.at
            assert before.body["user_attributes"] == one.body["user_attributes"]


@holds
def test_purchased_is_from_inactive_renewed_from_active(told):
    """Property 11: `purchased` makes an entitlement active, `renewed` keeps one."""
    for one in told("nami", "mparticle"):
        before, after = _names(one.event.before), _names(one.event.after)
        if one.message.event == "purchased":
            assert after - before
        elif one.message.event == "renewed":
            assert before


def _names(subscriber):
    """What is active on the stores that Nami covers, and confirmed by them."""
    return {
        name
        for one in subscriber.subscriptions
        if one.store in {Store.APP_STORE, Store.PLAY_STORE} and one.has_access and one.state is not State.GRANTED
        for name in one.product.entitlements
    }


@holds
def test_money_is_in_nami_transactions_only(told):
    """§4."""
    assert {one.message.event for one in told("nami", "mparticle") if one.message.amount is not None} <= {"transaction"}


@holds
def test_diffs_rebuild_data(told):
    """Property 12: the data before, the new attributes, one more version; from the first one on."""
    known = {}
    for one in told("mbaasy"):
        data, before = one.body["data"], known.get(one.body["data"]["id"])
        assert one.body["name"] == ("in_app_purchase.updated" if before else "in_app_purchase.created")
        if before is not None:
            assert {**before, **one.body["new_attributes"], "version": before["version"] + 1} == data
            old = one.body["previous_attributes"]
            assert old == {name: before.get(name) for name in old}
            assert old.keys() == one.body["new_attributes"].keys()
        else:
            assert data["version"] == 1
        known[data["id"]] = data


@holds
def test_mere_end_is_silent(told):
    """Property 13: an end that the store did not bring about changes nothing."""
    for one in told("mbaasy"):
        if one.event.kind in {Kind.EXPIRED, Kind.TRIAL_EXPIRED, Kind.GRACE_PERIOD_EXPIRED}:
            assert "is_auto_renewing" in one.message.details["changed"]


@holds
def test_ids_name_one_message_each(told):
    for vendor, one in VENDORS.items():
        for channel in one.channels:
            ids = Counter(said.message.id for said in told(vendor, channel))
            assert not [id_ for id_, count in ids.items() if count > 1]
