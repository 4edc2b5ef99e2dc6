"""A played scenario against what was told: each message has one of five ends."""

from decimal import Decimal
from textwrap import dedent

import pytest

from mockserver.journal.compare import Expected, Outcome, compare
from mockserver.journal.query import moment

START = 1_768_471_200_000
HOUR = 3_600_000


def row(event="RENEWAL", hour=0, **more):
    usual = {"vendor": "revenuecat", "channel": "webhook", "subject": "u-1", "at": START + hour * HOUR}
    return Expected(event=event, **{**usual, **more})


def outcomes(book, *expected):
    return [one.outcome.value for one in compare(expected, book.events()).rows]


def test_everything_arrived(book):
    book.send("INITIAL", message="m-1", amount="9.99", currency="USD", body={"a": 1.0})
    book.send("RENEWAL", message="m-2")
    found = compare(
        [row("INITIAL", id="m-1", amount=Decimal("9.990"), currency="USD", body={"a": 1}), row("RENEWAL", 1, id="m-2")],
        book.events(),
    )
    assert found.holds
    assert found.text() == dedent("""\
        arrived   2026-01-15T10:00:00Z revenuecat webhook INITIAL of u-1 (#1)
        arrived   2026-01-15T11:00:00Z revenuecat webhook RENEWAL of u-1 (#2)
        As expected: 2 of 2 arrived.""")


def test_nothing_was_told(book):
    found = compare([row()], book.events())
    assert found.text() == dedent("""\
        missing   2026-01-15T10:00:00Z revenuecat webhook RENEWAL of u-1
        Not as expected: 1 missing.""")


@pytest.mark.parametrize(("status", "told"), [(500, "500"), (0, "no answer")])
def test_failed_attempts_are_no_arrival(book, status, told):
    book.send("RENEWAL", message="m-1", head={"verdict": "rejected", "status": status})
    found = compare([row(id="m-1")], book.events())
    assert found.text() == dedent(f"""\
        missing   2026-01-15T10:00:00Z revenuecat webhook RENEWAL of u-1
          nearest: #1 RENEWAL 2026-01-15T10:00:00Z
          verdict: wanted 'accepted', got 'rejected ({told})'
        Not as expected: 1 missing.""")


def test_retry_that_arrived_is_no_double(book):
    book.send("RENEWAL", message="m-1", head={"verdict": "rejected", "status": 500})
    book.send("RENEWAL", message="m-1", head={"at": START})
    assert outcomes(book, row(id="m-1")) == ["arrived"]


def test_message_never_sent_says_why(book):
    book.send("RENEWAL", message="m-1", skipped="no device id")
    (one,) = compare([row(id="m-1")], book.events()).rows
    assert (one.outcome, one.lines()[-1]) == (
        Outcome.MISSING,
        "  dropped: wanted nothing, got 'not sent: no device id'",
    )


def test_same_message_twice_is_doubled(book):
    for _ in range(2):
        book.send("RENEWAL", message="m-1", head={"at": START})
    found = compare([row(id="m-1")], book.events())
    assert found.text() == dedent("""\
        doubled   2026-01-15T10:00:00Z revenuecat webhook RENEWAL of u-1 (#1 #2)
        Not as expected: 1 doubled.""")


def test_message_told_later_is_late(book):
    book.send("OTHER")
    book.send("RENEWAL", message="m-1")
    found = compare([row(id="m-1"), row("OTHER")], book.events())
    assert found.text() == dedent("""\
        late      2026-01-15T10:00:00Z revenuecat webhook RENEWAL of u-1 (#2)
          at: wanted '2026-01-15T10:00:00+00:00', got '2026-01-15T11:00:00+00:00'
        arrived   2026-01-15T10:00:00Z revenuecat webhook OTHER of u-1 (#1)
        Not as expected: 1 arrived, 1 late.""")
    assert compare([row(id="m-1"), row("OTHER")], book.events(), tolerance=HOUR).holds


def test_other_content_is_different(book):
    book.send("RENEWAL", message="m-1", amount="5", currency="USD", body={"a": {"b": 2}, "c": [1], "extra": 1})
    expected = row(id="m-1", amount=Decimal("9.99"), currency="EUR", body={"a": {"b": 1}, "c": [2]})
    assert compare([expected], book.events()).text() == dedent("""\
        different 2026-01-15T10:00:00Z revenuecat webhook RENEWAL of u-1 (#1)
          amount: wanted 9.99, got 5
          currency: wanted 'EUR', got 'USD'
          a.b: wanted 1, got 2
          c:
            -   2
            +   1
          extra: wanted nothing, got 1
        Not as expected: 1 different.""")


def test_same_id_of_another_event_is_different(book):
    book.send("CANCELLATION", subject="u-2", message="m-1")
    (one,) = compare([row(id="m-1")], book.events()).rows
    assert one.outcome is Outcome.DIFFERENT
    assert [difference.field for difference in one.differences] == ["event", "subject"]


def test_unexpected_message_is_extra(book):
    book.send("RENEWAL", message="m-1")
    book.send("REFUND", message="m-2")
    found = compare([row(id="m-1")], book.events())
    assert not found.holds
    assert found.text().splitlines()[1:] == [
        "extra     #2 REFUND 2026-01-15T11:00:00Z by revenuecat webhook of u-1",
        "Not as expected: 1 arrived, 1 extra.",
    ]


def test_without_id_the_nearest_in_time_is_taken(book):
    for _ in range(3):
        book.send("RENEWAL")
    found = compare([row(hour=2), row(hour=0), row(hour=1)], book.events())
    assert [one.found[0].seq for one in found.rows] == [3, 1, 2]
    assert found.holds


def test_id_is_stronger_than_time(book):
    book.send("RENEWAL", message="m-2")
    book.send("RENEWAL", message="m-1")
    found = compare([row(hour=0, id="m-1"), row(hour=1, id="m-2")], book.events())
    assert [one.found[0].id for one in found.rows] == ["m-1", "m-2"]
    assert [one.outcome for one in found.rows] == [Outcome.LATE, Outcome.LATE]


def test_unknown_id_falls_back(book):
    """The sender's id is not always told on."""
    book.send("RENEWAL")
    assert outcomes(book, row(id="m-1")) == ["arrived"]


def test_channels_are_apart(book):
    book.send("RENEWAL", head={"operation": "mparticle"})
    found = compare([row()], book.events())
    assert (found.rows[0].outcome, len(found.extra)) == (Outcome.MISSING, 1)
    assert found.rows[0].lines()[-1] == "  channel: wanted 'revenuecat webhook', got 'revenuecat mparticle'"


def test_what_came_in_is_found_where_the_channel_leads(book):
    book.tell("RENEWAL", id="m-1")
    assert outcomes(book, row(channel="mparticle", id="m-1")) == ["arrived"]


@pytest.mark.parametrize("count", [0, 1])
def test_comparison_for_the_api(book, count):
    for _ in range(count):
        book.send("RENEWAL", message="m-1")
    found = compare([row(id="m-1", amount=Decimal("1.50"))], book.events()).as_dict()
    assert (found["holds"], found["counts"]["different"], found["counts"]["missing"]) == (False, count, 1 - count)
    (one,) = found["rows"]
    assert (one["at"], one["amount"], one["id"]) == ("2026-01-15T10:00:00Z", "1.50", "m-1")
    assert [event["seq"] for event in one["found"]] == [1] * count
    if count:
        assert one["differences"] == [{"field": "amount", "wanted": "1.50", "got": None}]


def test_instants_are_those_of_the_mock(book):
    book.send("RENEWAL")
    assert book.events()[0].when == moment(START)
