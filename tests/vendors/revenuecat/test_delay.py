"""What RevenueCat learns late: the instant of noticing moves, the truth and the order of telling do not."""

from datetime import timedelta

import orjson
import pytest

from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Writing
from mockserver.vendors.revenuecat import VENDOR, dialect

DAY = timedelta(days=1)


@pytest.fixture
def last(live):
    """The last event of a life, told by a channel."""

    def write(speak, life, delay):
        writing = Writing(ids=SeededIds(0), settings=VENDOR.settings, delay=delay)
        message = speak(life.events[-1], writing)[-1]
        return message.at, orjson.loads(message.body)

    return write


def milliseconds(span):
    return span // timedelta(milliseconds=1)


def test_webhook_says_when_noticed(live, last):
    life = live().buys().cancels()
    (at, soon), (later, late) = (last(dialect.write_webhook, life, delay) for delay in (timedelta(), DAY))
    moved = late["event"].pop("event_timestamp_ms") - soon["event"].pop("event_timestamp_ms")
    assert (moved, later, late) == (milliseconds(DAY), at, soon)


def test_feed_dates_detected_events_later(live, last):
    life = live().buys().cancels()
    stamps = [
        last(dialect.write_mparticle, life, delay)[1]["events"][0]["data"]["timestamp_unixtime_ms"]
        for delay in (timedelta(), DAY)
    ]
    assert stamps[1] - stamps[0] == milliseconds(DAY)


@pytest.mark.parametrize("act", ["renews", "expires"])
def test_feed_dates_truths_as_they_were(live, last, act):
    life = live().buys()
    life = life.renews() if act == "renews" else life.cancels().expires()
    told = [last(dialect.write_mparticle, life, delay) for delay in (timedelta(), DAY)]
    assert told[0] == told[1]
