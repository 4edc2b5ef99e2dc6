"""The stores' numbers, and how they are changed."""

from datetime import timedelta

import pytest

from mockserver.errors import InvalidError
from mockserver.lifecycle.calendar import Pace
from mockserver.lifecycle.rules import AfterRetries, Proration, rules_for
from mockserver.lifecycle.subscriber import Environment, Store


def test_days_are_written_as_days():
    rules = rules_for(Store.PLAY_STORE, changes={"grace_days": 3, "hold_days": 30})
    assert (rules.grace, rules.hold) == (timedelta(days=3), timedelta(days=30))


def test_choices_are_written_as_text():
    rules = rules_for(Store.STRIPE, changes={"after_retries": "past_due"})
    assert rules.after_retries is AfterRetries.PAST_DUE


def test_unknown_rule_is_refused():
    with pytest.raises(InvalidError, match=r"Stores have no rule 'gracedays'; did you mean 'grace_days'\?"):
        rules_for(Store.APP_STORE, changes={"gracedays": 3})


def test_unknown_choice_is_refused():
    with pytest.raises(InvalidError, match="'later' is not a proration: there are WITHOUT_PRORATION, "):
        rules_for(Store.PLAY_STORE, changes={"proration": "later"})


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"grace_days": "16"}, "The rule grace_days is a number of days, from 0 to 36500; '16' is not."),
        ({"hold_days": -1}, "The rule hold_days is a number of days, from 0 to 36500; -1 is not."),
        ({"retry_days": True}, "The rule retry_days is a number of days, from 0 to 36500; True is not."),
        ({"grace": 16}, "The rule grace is a timedelta; 16 is not."),
        ({"renewal_limit": "5"}, "The rule renewal_limit is a whole number or None; '5' is not."),
        ({"renewal_limit": True}, "The rule renewal_limit is a whole number or None; True is not."),
        ({"grace_in_trial": 1}, "The rule grace_in_trial is True or False; 1 is not."),
        ({"store": "stripe"}, "Stores have no rule 'store'."),
        ({"can_pause_days": 3}, "Stores have no rule 'can_pause_days'; did you mean 'can_pause'?"),
    ],
)
def test_wrong_value_is_refused(rule, sentence):
    with pytest.raises(InvalidError) as caught:
        rules_for(Store.APP_STORE, changes=rule)
    assert str(caught.value) == sentence


def test_default_of_play_is_without():
    assert rules_for(Store.PLAY_STORE).proration is Proration.WITHOUT_PRORATION


def test_sandbox_asks_no_notice():
    """A day's notice would forbid to cancel anything that lasts five minutes."""
    rules = rules_for(Store.APP_STORE, Environment.SANDBOX)
    assert (rules.cancel_notice, rules.renewal_limit) == (timedelta(), 12)


def test_play_tester_waits_minutes():
    rules = rules_for(Store.PLAY_STORE, Environment.SANDBOX)
    assert rules.wait(rules.grace) == timedelta(minutes=5)
    assert rules.hold == timedelta(minutes=10)


def test_play_tester_shortens_any_hold():
    rules = rules_for(Store.PLAY_STORE, Environment.SANDBOX, changes={"hold_days": 30})
    assert rules.hold == timedelta(minutes=10)


def test_apple_sandbox_shortens_grace():
    assert rules_for(Store.APP_STORE, Environment.SANDBOX).wait(timedelta(days=16)) == timedelta(minutes=3)


def test_stripe_keeps_true_time_in_tests():
    assert rules_for(Store.STRIPE, Environment.SANDBOX).pace is Pace.TRUE
