"""Expectations from words: what is understood, and what cannot be meant."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mockserver.errors import InvalidError
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.expectation import Check, Expectation, ExpectedRevenue, expect
from mockserver.journal.jsonpath import where
from mockserver.journal.query import Question, Subject


def test_words_become_a_question():
    expected = expect("renewal", vendor="mparticle", customer_id="u-1", subject=7, direction="in", where={"a.b": 9.99})
    assert expected.question == Question(
        event="renewal",
        vendor="mparticle",
        direction=Direction.IN,
        subjects=(Subject("u-1", "customer_id"), Subject("7")),
        where=(where("a.b", "=", 9.99),),
    )


def test_values_become_their_kind():
    question = expect(verdict="rejected", amount=9.9, since="2026-01-15", dropped=True, text="x", status=400).question
    assert (question.verdict, question.amount, question.dropped) == (Verdict.REJECTED, Decimal("9.9"), True)
    assert (question.since, question.text, question.status) == (datetime(2026, 1, 15, tzinfo=UTC), ("x",), 400)


def test_comparison_stands_in_an_object():
    asked = expect(where={"a": {">": 2}, "b": {"exists": False}, "c": {"other": 1}}).question.where
    assert asked == (where("a", ">", 2), where("b", "exists", False), where("c", "=", {"other": 1}))


def test_none_says_nothing():
    assert expect("a", vendor="v", channel="", subjects=(Subject("u"),), run="").question == Question(
        event="a", vendor="v", subjects=(Subject("u"),)
    )


WANTED = [
    ({}, "at least 1"),
    ({"count": 2}, "exactly 2"),
    ({"count": 0}, "none"),
    ({"at_least": 2}, "at least 2"),
    ({"at_most": 2}, "at most 2"),
    ({"at_least": 1, "at_most": 2}, "1 to 2"),
    ({"at_least": 2, "at_most": 2}, "exactly 2"),
]


@pytest.mark.parametrize(("counts", "words"), WANTED)
def test_counts_in_words(counts, words):
    assert expect("a", **counts).wanted == words


MISTAKES = [
    ({"count": 1, "at_least": 1}, "An expectation has a count, or at_least and at_most, not both."),
    ({"count": -1}, "A count is not negative."),
    ({"at_least": 3, "at_most": 2}, "At least 3 and at most 2 cannot both be."),
    ({"vender": "a"}, "There is no word 'vender'. Did you mean 'vendor'?"),
    ({"customer_id": None, "evnt": "a"}, "There is no word 'evnt'. Did you mean 'event'?"),
    ({"vendor": 5.5}, "vendor is a text, not 5.5."),
    ({"customer_id": ["u"]}, "customer_id is a text, not ['u']."),
    ({"direction": "up"}, "There is no direction 'up'. There are in, note, out."),
    ({"verdict": "acepted"}, "There is no verdict 'acepted'. Did you mean 'accepted'?"),
    ({"status": "202"}, "status is a number such as 202, not '202'."),
    ({"dropped": "no"}, "dropped is true or false, not 'no'."),
    ({"amount": "much"}, "amount is a decimal such as 9.99, not 'much'."),
    ({"since": "soon"}, "since: is a day or an instant such as 2026-01-15T10:00:00Z, not 'soon'."),
    ({"where": {"a..b": 1}}, "The path 'a..b' cannot be read from '.b' on."),
]


@pytest.mark.parametrize(("words", "sentence"), MISTAKES)
def test_mistake_is_said(words, sentence):
    with pytest.raises(InvalidError) as caught:
        expect("a", **words)
    assert str(caught.value) == sentence


def test_only_accepted_and_kept_count():
    asked = expect("a").asked
    assert (asked.verdict, asked.dropped) == (Verdict.ACCEPTED, False)
    refused = expect("a", verdict="rejected").asked
    assert (refused.verdict, refused.dropped) == (Verdict.REJECTED, None)
    assert expect("a", dropped=True).asked.dropped is True


def test_exact_means_once_unless_said():
    check = Check(expectations=(expect("a"), expect("b", at_least=2)), exact=True)
    assert [one.wanted for one in check.meant] == ["exactly 1", "at least 2"]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_waiting_is_a_number_of_seconds(seconds):
    with pytest.raises(InvalidError, match="within is a number of seconds"):
        Check(within=seconds)


def test_findings_are_expected_by_their_rule():
    assert expect(finding="too-long").question == Question(rule="too-long")
    assert str(expect(finding="*")) == "finding:*"


def test_expectation_reads_like_a_search():
    assert str(expect("a", customer_id="u-1", where={"x": 1})) == "event:a customer_id:u-1 x=1"
    assert str(Expectation(question=Question())) == "any event"


def test_revenue_of_a_channel_went_out():
    asked = ExpectedRevenue(subject="u", currency="USD", amount=Decimal(1), channel="webhook").question
    assert (asked.channel, asked.direction) == ("webhook", None)
