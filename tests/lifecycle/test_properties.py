"""What holds in every history (lifecycles.md §8), tried on random lives."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import PeriodType, Reason, State, Store


def chains(life):
    """Every subscription as it is in the end, whoever has it."""
    return [one for subscriber in life.world.people.values() for one in subscriber.subscriptions]


def history(life, chain):
    """The events of one chain; what happens to the chain that a Play upgrade replaced belongs to the new one."""
    return [
        event for event in life.events if event.subscription and event.subscription.original_id == chain.original_id
    ]


def holds(check):
    """Try a property on many lives; a failure names the seed of a life that breaks it."""

    def tried(live, seed):
        check(live(seed))

    tried.__name__, tried.__doc__ = check.__name__, check.__doc__
    return settings(max_examples=100, deadline=None, derandomize=True)(given(seed=st.integers(0, 499))(tried))


@holds
def test_access_ends_once(life):
    """Property 1: a spell of access has one end, and nothing ends twice."""
    for event in life.events:
        if event.kind in {Kind.EXPIRED, Kind.TRIAL_EXPIRED, Kind.PAUSED, Kind.GRACE_PERIOD_EXPIRED, Kind.PROMO_REMOVED}:
            assert event.previous.has_access
            assert not event.subscription.has_access


@holds
def test_unsubscribed_was_cancelled(life):
    """Property 2, but for prepaid plans, and for what was refunded and then was not."""
    for event in life.events:
        if event.kind is Kind.EXPIRED and event.reason is Reason.UNSUBSCRIBED:
            kinds = {one.kind for one in history(life, event.subscription)}
            is_prepaid = event.subscription.latest.period_type is PeriodType.PREPAID
            assert kinds & {Kind.RENEWAL_CANCELLED, Kind.TRIAL_CANCELLED, Kind.REFUND_REVERSED} or is_prepaid


@holds
def test_reactivated_was_cancelled(life):
    """Property 3."""
    for event in life.events:
        if event.kind is Kind.RENEWAL_REACTIVATED:
            assert event.previous.state in {State.TRIAL_OFF, State.ACTIVE_OFF}
            assert event.subscription.store is not Store.STRIPE


@holds
def test_one_billing_issue_between_charges(life):
    """Property 5."""
    for chain in chains(life):
        failing = False
        for event in history(life, chain):
            assert not (failing and event.kind is Kind.BILLING_ISSUE_DETECTED)
            if event.kind is Kind.BILLING_ISSUE_DETECTED:
                failing = True
            elif event.amount > 0:
                failing = False


@holds
def test_periods_follow_each_other(life):
    """Property 6: a renewal begins where the last period ended."""
    for event in life.events:
        if event.kind in {Kind.RENEWED, Kind.TRIAL_CONVERTED} and not event.subscription.is_family_share:
            assert event.transaction.purchased_at == event.previous.period_end


@holds
def test_periods_have_a_length(life):
    for chain in chains(life):
        for transaction in chain.transactions:
            assert transaction.paid_until is None or transaction.purchased_at <= transaction.paid_until


@holds
def test_chain_keeps_its_id(life):
    """Property 7."""
    for chain in chains(life):
        assert {one.original_id for one in chain.transactions} == {chain.original_id}
        assert [one.number for one in chain.transactions] == list(range(1, len(chain.transactions) + 1))


@holds
def test_transaction_ids_are_unique(life):
    """Property 8; Stripe repeats the id of the subscription."""
    ids = Counter(one.id for chain in chains(life) if chain.store is not Store.STRIPE for one in chain.transactions)
    assert all(count == 1 for count in ids.values())


@holds
def test_event_ids_are_unique(life):
    assert len({event.id for event in life.events}) == len(life.events)


@holds
def test_time_goes_forward(life):
    assert all(first.at <= second.at for first, second in pairwise(life.events))


@holds
def test_money_adds_up(life):
    """Every amount is a charge's or a refund's, and a chain never pays back more than it took (lifecycles.md §4)."""
    for chain in chains(life):
        events = history(life, chain)
        assert all(abs(event.amount) in {0, event.transaction.price if event.transaction else 0} for event in events)
        assert sum(event.amount for event in events) >= 0


@holds
def test_conversion_had_a_trial(life):
    for event in life.events:
        if event.kind is Kind.TRIAL_CONVERTED:
            kinds = Counter(one.kind for one in history(life, event.subscription))
            assert (kinds[Kind.TRIAL_STARTED], kinds[Kind.TRIAL_CONVERTED]) == (1, 1)


@holds
def test_events_chain_up(life):
    """What was before an event is what was after the last, but for a card that nobody has seen fail."""
    known = {}
    for event in life.events:
        for before, after in ((event.before, event.after), (event.other_before, event.other_after)):
            if before is not None:
                last = known.get(before.person.key)
                assert last is None or states(before) == states(last)
                known[before.person.key] = after


def states(subscriber):
    return [(one.original_id, one.state, one.auto_renew, one.transactions) for one in subscriber.subscriptions]


@holds
def test_nothing_overdue_is_left(life):
    due = life.next()
    assert due is None or due.at > life.now


@holds
def test_access_lasts_as_said(life):
    """Whoever has access has it until an instant to come, or for ever."""
    for chain in chains(life):
        if chain.has_access:
            assert chain.access_until is None or chain.access_until > life.now
        elif chain.access_until is not None:
            assert chain.access_until <= life.now
