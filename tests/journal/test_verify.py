"""Expected against found; what a failing test prints is tested to the letter."""

from decimal import Decimal
from textwrap import dedent

import pytest

from mockserver.journal import verify as module
from mockserver.journal.expectation import Check, ExpectedRevenue, expect
from mockserver.journal.matchers import payload_like


def check(*expectations, **how):
    return Check(expectations=expectations, **how)


def failure(book, *expectations, **how):
    return book.verify(check(*expectations, **how)).failure()


def text(lines):
    return dedent(lines).strip()


def test_what_came_holds(book):
    book.tell("trial_started")
    seen = book.verify(check(expect("trial_started", customer_id="u-1")))
    assert seen.holds
    assert seen.failure() == ""
    assert seen.text() == "Holds: at least 1, found 1: event:trial_started customer_id:u-1"


def test_missing_event_names_the_nearest(book):
    book.tell("trial_started")
    book.tell("trial_converted", "u-2")
    book.tell("other", "u-3")
    assert failure(book, expect("trial_converted", vendor="mparticle", customer_id="u-1")) == text("""
        Expected at least 1, found 0: vendor:mparticle event:trial_converted customer_id:u-1
          nearest:
            #2 trial_converted 2026-01-15T11:00:00Z
              customer_id: wanted 'u-1', got 'u-2'
            #1 trial_started 2026-01-15T10:00:00Z
              event: wanted 'trial_converted', got 'trial_started'
            #3 other 2026-01-15T12:00:00Z
              event: wanted 'trial_converted', got 'other'
              customer_id: wanted 'u-1', got 'u-3'
        """)


def test_payload_is_compared_by_its_fields(book):
    book.tell("renewal", data={"price": 5.99, "tags": ["a", "b"]})
    expected = expect("renewal", where={"data.price": 9.99, "data.tags": ["a", "c"], "data.tier": "gold"})
    assert failure(book, expected) == text("""
        Expected at least 1, found 0: event:renewal data.price=9.99 data.tags=["a","c"] data.tier="gold"
          nearest:
            #1 renewal 2026-01-15T10:00:00Z
              data.price: wanted 9.99, got 5.99
              data.tags:
                -   "c"
                +   "b"
              data.tier: wanted 'gold', got nothing
        """).replace('data.tags=["a","c"]', 'data.tags="[\\"a\\",\\"c\\"]"')


def test_nothing_in_common_is_not_near(book):
    book.tell("other", "u-3")
    assert failure(book, expect("trial_converted", customer_id="u-1")) == (
        "Expected at least 1, found 0: event:trial_converted customer_id:u-1"
    )


def test_refused_event_is_near(book):
    book.tell("renewal", head={"verdict": "rejected", "status": 400})
    book.tell("renewal", dropped="duplicate of #1")
    assert failure(book, expect("renewal")) == text("""
        Expected at least 1, found 0: event:renewal
          nearest:
            #1 renewal 2026-01-15T10:00:00Z
              verdict: wanted 'accepted', got 'rejected'
            #2 renewal 2026-01-15T11:00:00Z
              dropped: wanted nothing, got 'duplicate of #1'
        """)


def test_nearer_word_is_nearer(book):
    for name in ("trial_convert", "zzz", "trial_cancelled"):
        book.tell(name)
    near = book.verify(check(expect("trial_converted", customer_id="u-1"))).results[0].near
    assert [miss.event.name for miss in near] == ["trial_convert", "trial_cancelled", "zzz"]


def test_too_many_are_listed(book):
    for _ in range(7):
        book.tell("renewal")
    assert failure(book, expect("renewal", count=1)) == text("""
        Expected exactly 1, found 7: event:renewal
          found:
            #1 renewal 2026-01-15T10:00:00Z
            #2 renewal 2026-01-15T11:00:00Z
            #3 renewal 2026-01-15T12:00:00Z
            #4 renewal 2026-01-15T13:00:00Z
            #5 renewal 2026-01-15T14:00:00Z
            and 2 more
        """)


def test_too_few_say_what_was_found(book):
    book.tell("renewal")
    book.tell("renewal", "u-2")
    assert failure(book, expect("renewal", at_least=2, customer_id="u-1")) == text("""
        Expected at least 2, found 1: event:renewal customer_id:u-1
          found:
            #1 renewal 2026-01-15T10:00:00Z
          nearest:
            #2 renewal 2026-01-15T11:00:00Z
              customer_id: wanted 'u-1', got 'u-2'
        """)


def test_unwanted_event_is_said(book):
    book.tell("refund")
    assert failure(book, expect("refund", count=0)) == text("""
        Expected none, found 1: event:refund
          found:
            #1 refund 2026-01-15T10:00:00Z
        """)


def test_refused_requests_are_told(book):
    """The app sent something, but to the wrong place, or what nobody could read."""
    book.write(b"{", verdict="rejected", status=400)
    book.write({}, verdict="unmatched", status=404, path="/v2/event")
    book.write({}, vendor="adapty", verdict="rejected", status=401)
    assert failure(book, expect("renewal", vendor="mparticle")) == text("""
        Expected at least 1, found 0: vendor:mparticle event:renewal
        Not events, but they came:
            #2 POST /v2/event: 404, unmatched
            #1 POST /v2/events: 400, rejected
        """)


def test_matcher_judges_further(book):
    book.tell("renewal", data={"tier": "silver"})
    book.tell("renewal", data={"tier": "gold"})
    gold = payload_like({"data": {"tier": "gold"}})
    assert book.verify(check(expect("renewal", count=1, matchers=(gold,)))).holds
    assert failure(book, expect("renewal", count=2, matchers=(gold,))) == text("""
        Expected exactly 2, found 1: event:renewal
          found:
            #2 renewal 2026-01-15T11:00:00Z
          nearest:
            #1 renewal 2026-01-15T10:00:00Z
              data.tier: wanted 'gold', got 'silver'
        """)


def test_order_holds(book):
    for name in ("a", "b", "a", "c"):
        book.tell(name)
    assert book.verify(check(expect("a"), expect("b"), expect("a"), expect("c"), ordered=True)).holds
    assert book.verify(check(expect("a", at_least=2), expect("x", count=0), expect("c"), ordered=True)).holds


def test_wrong_order_is_said(book):
    for name in ("converted", "started"):
        book.tell(name)
    assert failure(book, expect("started"), expect("converted"), ordered=True) == text("""
        Expected at least 1 after #2 started 2026-01-15T11:00:00Z, found 0: event:converted
          found:
            #1 converted 2026-01-15T10:00:00Z
        """)


def test_order_asks_for_an_event_each(book):
    book.tell("a")
    assert not book.verify(check(expect("a"), expect("a"), ordered=True)).holds


def test_exact_refuses_what_else_came(book):
    book.tell("a")
    book.tell("b")
    book.tell("c", "u-2")
    book.tell("d", head={"vendor": "adapty"})
    book.tell("e", dropped="unplanned")
    expected = expect("a", vendor="mparticle", customer_id="u-1")
    assert failure(book, expected, exact=True) == text("""
        Expected nothing else, found 1:
            #2 b 2026-01-15T11:00:00Z
        """)
    assert book.verify(check(expected, expect("b", vendor="mparticle", customer_id="u-1"), exact=True)).holds


def test_exact_counts_once(book):
    book.tell("a")
    book.tell("a")
    assert failure(book, expect("a"), exact=True).startswith("Expected exactly 1, found 2: event:a")


def test_exact_knows_more_than_it_looks_at(book, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 2)
    for _ in range(5):
        book.tell("a")
    assert book.verify(check(expect("a", at_least=1), exact=True)).holds


def test_many_are_counted(book, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 2)
    for _ in range(5):
        book.tell("a")
    (result,) = book.verify(check(expect("a", count=5))).results
    assert (result.holds, result.count, len(result.found)) == (True, 5, 2)


def revenue(amount, **more):
    return ExpectedRevenue(subject="u-1", currency="USD", amount=Decimal(amount), **more)


def test_revenue_adds_up_exactly(book):
    for amount in ("0.10", "0.20", "9.99", "-0.30"):
        book.tell("renewal", amount=amount, currency="USD")
    book.tell("renewal", amount="5", currency="EUR")
    book.tell("renewal", "u-2", amount="5", currency="USD")
    book.tell("renewal", amount="5", currency="USD", dropped="duplicate of #1")
    book.tell("renewal", amount="5", currency="USD", head={"verdict": "rejected"})
    book.send("RENEWAL", amount="5", currency="USD")
    assert book.verify(Check(revenue=(revenue("9.99"),))).holds
    assert book.verify(Check(revenue=(revenue("5.0", channel="webhook"),))).holds
    assert book.verify(Check(revenue=(revenue("0", vendor="adapty"),))).holds


def test_wrong_revenue_lists_what_it_is_made_of(book):
    book.tell("trial_converted", amount="9.99", currency="USD")
    book.tell("trial_cancelled")
    book.tell("renewal", amount="9.99", currency="USD")
    seen = book.verify(Check(revenue=(revenue("9.99"), revenue("19.98"))))
    assert seen.failure() == text("""
        Expected revenue 9.99 USD of u-1, found 19.98
            #1 trial_converted 2026-01-15T10:00:00Z 9.99 USD
            #3 renewal 2026-01-15T12:00:00Z 9.99 USD
        """)
    assert seen.text().endswith("Holds: revenue 19.98 USD of u-1")


@pytest.mark.parametrize(
    ("name", "how", "settled"),
    [("a", {}, True), ("b", {}, False), ("a", {"count": 2}, False), ("a", {"count": 0}, True)],
)
def test_settled_when_nothing_can_change_it(book, name, how, settled):
    book.tell("a")
    assert book.verify(check(expect(name, **how))).settled is settled


def test_result_for_the_api(book):
    book.tell("trial_started", amount="1", currency="USD")
    book.write(b"{", verdict="rejected", status=400)
    expected = check(expect("trial_converted", customer_id="u-1"), exact=True, revenue=(revenue(2),))
    found = book.verify(expected).as_dict()
    assert found.pop("text").startswith("Expected exactly 1, found 0: event:trial_converted customer_id:u-1\n")
    event = {
        "entry": "0" * 22,
        "seq": 1,
        "n": 0,
        "event": "trial_started",
        "vendor": "mparticle",
        "direction": "in",
        "at": "2026-01-15T10:00:00Z",
    }
    assert found == {
        "holds": False,
        "results": [
            {
                "expected": "event:trial_converted customer_id:u-1",
                "wanted": "exactly 1",
                "found": 0,
                "holds": False,
                "reason": "Expected exactly 1, found 0",
                "events": [],
                "near": [
                    {
                        **event,
                        "differences": [{"field": "event", "wanted": "trial_converted", "got": "trial_started"}],
                        "reasons": [],
                    }
                ],
            }
        ],
        "revenue": [
            {
                "subject": "u-1",
                "currency": "USD",
                "wanted": "2",
                "found": "1",
                "holds": False,
                "events": [{**event, "amount": "1"}],
            }
        ],
        "extra": [event],
        "refused": [{"entry": f"{1:022x}", "seq": 2, "summary": "#2 POST /v2/events: 400, rejected"}],
    }
