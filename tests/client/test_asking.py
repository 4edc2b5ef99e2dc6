"""Questions: found events are values, failures say what came close, waiting is woken by what arrives."""

import time
from decimal import Decimal
from threading import Timer

import pytest


def test_expectation_finds_events(mockserver, send):
    send(price=9.99)
    (event,) = mockserver.expect("trial_converted", customer_id="u-1")
    assert (event.name, event.vendor, event.direction, event.verdict) == (
        "trial_converted",
        "mparticle",
        "in",
        "accepted",
    )
    assert event.subjects["customer_id"] == "u-1"
    assert event.payload["data"]["custom_attributes"] == {"price": 9.99}


def test_failure_says_what_came_close(mockserver, send):
    send(customer_id="u-2")
    with pytest.raises(AssertionError) as failure:
        mockserver.expect("trial_converted", customer_id="u-1")
    text = str(failure.value)
    assert text.splitlines()[0] == "Expected at least 1, found 0: event:trial_converted customer_id:u-1"
    assert "customer_id: wanted 'u-1', got 'u-2'" in text


def test_count_is_exact(mockserver, send):
    send()
    send()
    assert len(mockserver.expect("trial_converted", count=2)) == 2
    with pytest.raises(AssertionError, match="Expected exactly 1, found 2"):
        mockserver.expect("trial_converted", count=1)


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({"data.custom_attributes.price": 9.99}, True),
        ({"data.custom_attributes.price": Decimal("9.99")}, True),
        ({"data.custom_attributes.price": {">": 9}}, True),
        ({"data.custom_attributes.price": "9.99"}, False),
        ({"data.custom_attributes.price": {">": 10}}, False),
        ({"data.custom_attributes.tries": {"exists": False}}, True),
    ],
)
def test_where_looks_into_the_json(mockserver, send, where, holds):
    send(price=9.99)
    assert bool(mockserver.events("event:trial_converted", where=where)) is holds
    if holds:
        assert mockserver.mparticle.expect(where=where)
    else:
        with pytest.raises(AssertionError):
            mockserver.mparticle.expect(where=where)


def test_vendor_asks_for_its_own(mockserver, send):
    send()
    assert mockserver.mparticle.expect("trial_converted")
    assert mockserver.adapty.events() == []
    with pytest.raises(AssertionError, match="vendor:adapty event:trial_converted"):
        mockserver.adapty.expect("trial_converted")


def test_waiting_is_woken_by_arrival(mockserver, send):
    began = time.monotonic()
    timer = Timer(0.1, send)
    timer.start()
    event = mockserver.mparticle.wait_for("trial_converted", customer_id="u-1", within=10)
    assert event.name == "trial_converted"
    assert time.monotonic() - began < 5
    timer.join()


def test_waiting_ends_when_the_time_is_up(mockserver):
    began = time.monotonic()
    with pytest.raises(AssertionError, match="Expected at least 1, found 0"):
        mockserver.wait_for("trial_converted", within=0.1)
    assert 0.1 <= time.monotonic() - began < 5


def test_waiting_for_several_gives_all(mockserver, send):
    send(number=1)
    send(number=2)
    found = mockserver.wait_for("trial_converted", count=2, within=1)
    assert [event.payload["data"]["custom_attributes"]["number"] for event in found] == [1, 2]


def test_never_holds_while_nothing_comes(mockserver, send):
    send("purchase")
    mockserver.never("trial_converted")
    mockserver.never("trial_converted", stays=0.05)


def test_never_fails_on_what_comes_meanwhile(mockserver, send):
    timer = Timer(0.05, send)
    timer.start()
    with pytest.raises(AssertionError, match="Expected none, found 1"):
        mockserver.mparticle.never("trial_converted", customer_id="u-1", stays=10)
    timer.join()


def test_several_are_checked_in_order(mockserver, send):
    send("first")
    send("second")
    first, second = {"event": "first"}, {"event": "second"}
    assert [event.name for event in mockserver.check([first, second], ordered=True)] == ["first", "second"]
    with pytest.raises(AssertionError, match="after #"):
        mockserver.check([second, first], ordered=True)


def test_exact_refuses_what_else_came(mockserver, send):
    send("first")
    send("second")
    with pytest.raises(AssertionError, match="Expected nothing else, found 1"):
        mockserver.mparticle.check([{"event": "first"}], exact=True)


def test_entries_are_exchanges(mockserver, send):
    send()
    (exchange,) = mockserver.entries("is:accepted", vendor="mparticle")
    assert (exchange.method, exchange.path, exchange.status) == ("POST", "/v2/events", 202)
    assert list(exchange.events) == ["trial_converted"]
    assert mockserver.entry(exchange.id)["body"]["user_identities"] == {"customer_id": "u-1"}


def test_what_was_exported_can_be_taken_in(mockserver, send):
    send("first")
    send("second")
    lines = mockserver.export()
    mockserver.clear()
    assert mockserver.events() == []
    assert mockserver.take_in(lines) == 2
    assert [event.name for event in mockserver.events()] == ["first", "second"]
