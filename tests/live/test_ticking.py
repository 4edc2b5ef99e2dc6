"""Time that passes by itself while the clock runs."""

from datetime import timedelta
from threading import Event

import pytest

from mockserver.delivery.ticking import Ticker
from mockserver.errors import ConflictError


def running_until(town, left):
    """Let the clock run from so long before the next thing falls due."""
    due = town.lives._read(town.tenant).due()
    town.parts.tenants.turn_clock(town.tenant, town.tenant.clock.resume().set(due - left))
    town.lives._ticker.wake()


def arrives(town, search, within=5.0):
    """Whether something comes before the time is up; nobody turns the clock."""
    wait, journal = town.parts.journal.waiting("default"), town.parts.journal
    end = journal.catch_up("default")
    while not town.told(search):
        if not wait(end, within):
            return False
        end = journal.catch_up("default")
    return True


def test_sandbox_renews_by_itself(town):
    town.begin(environment="sandbox", vendors=("revenuecat",))
    running_until(town, timedelta(milliseconds=50))
    assert arrives(town, "direction:in event:renewal")


def test_standing_clock_brings_nothing(town):
    town.begin(environment="sandbox", vendors=("revenuecat",))
    town.lives._ticker.wake()
    assert not arrives(town, "direction:in event:renewal", within=0.05)


def test_busy_tenant_is_put_off(town, monkeypatch):
    monkeypatch.setattr("mockserver.delivery.ticking._AGAIN", 0.05)
    town.begin(environment="sandbox", vendors=("revenuecat",))
    tried, catch_up = Event(), town.lives._ticker._catch_up

    def busy_once(tenant):
        if not tried.is_set():
            tried.set()
            raise ConflictError("Busy.")
        catch_up(tenant)

    town.lives._ticker._catch_up = busy_once
    running_until(town, timedelta(milliseconds=10))
    assert arrives(town, "direction:in event:renewal")
    assert tried.is_set()


def test_bug_stops_nothing(town, monkeypatch, caplog):
    monkeypatch.setattr("mockserver.delivery.ticking._AGAIN", 0.05)
    town.begin(environment="sandbox", vendors=("revenuecat",))
    tried, catch_up = Event(), town.lives._ticker._catch_up

    def broken_once(tenant):
        if not tried.is_set():
            tried.set()
            raise ZeroDivisionError
        catch_up(tenant)

    town.lives._ticker._catch_up = broken_once
    running_until(town, timedelta(milliseconds=10))
    assert arrives(town, "direction:in event:renewal")
    assert "A bug of ours" in caplog.text


def test_stopped_ticker_stays_stopped():
    ticker = Ticker(list, lambda tenant: pytest.fail("nothing was due"))
    ticker.wake()
    ticker.stop()
    ticker.wake()
    assert not ticker._thread.is_alive()
