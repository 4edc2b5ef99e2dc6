"""A subscriber's life told by Nami: a timeline goes in, its messages come out."""

from datetime import UTC, datetime

import orjson
import pytest

from mockserver.delivery.plan import plan
from mockserver.lifecycle import Scenario
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.nami import VENDOR


def messages_of(timeline, channel, settings=None, **declared):
    """Every message on a channel about a timeline, in order of telling, those that are withheld included."""
    scenario = Scenario(timeline=timeline, **{"product": MONTHLY, "title": "told", **declared})
    events = scenario.unfold(0)
    values = {**VENDOR.settings, **(settings or {})}
    tellings = plan(events, {"nami": VENDOR}, 0, settings=lambda _: values)
    return [one.message for one in tellings if one.message.channel == channel]


@pytest.fixture
def batches():
    """What goes to mParticle; settings as `settings={...}`, the rest as a scenario declares it."""
    return lambda *timeline, **declared: messages_of(timeline, "mparticle", **declared)


@pytest.fixture
def webhooks():
    """What the customer's own server is told, but for the status of purchases."""

    def write(*timeline, **declared):
        messages = messages_of(timeline, "webhook", **declared)
        return [message for message in messages if message.event != "purchase.updated"]

    return write


@pytest.fixture
def updates():
    """The news of the status of purchases."""

    def write(*timeline, **declared):
        messages = messages_of(timeline, "webhook", **declared)
        return [message for message in messages if message.event == "purchase.updated"]

    return write


@pytest.fixture
def body_of():
    """What a message says."""
    return lambda message: orjson.loads(message.body)


@pytest.fixture
def started():
    """When a timeline begins."""
    return datetime(2026, 1, 15, 10, tzinfo=UTC)
