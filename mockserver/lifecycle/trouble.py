"""Delivery trouble that a scenario declares: what endpoints answer, what comes late, twice, or in another order.

A scenario names no vendor, so trouble is about a channel: `webhook`, or `feed` for what vendors send to one another.
Who plays a scenario obeys it (`delivery/`); the lifecycle itself is not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mockserver.errors import InvalidError
from mockserver.lifecycle.events import Kind

WEBHOOK, FEED = "webhook", "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the endpoint of a channel answers to the messages about a kind, attempt by attempt; the last one goes on."""

    about: Kind
    channel: str
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An endpoint that answers 503 from the moment of a kind on, for so long."""

    about: Kind
    channel: str
    lasts: timedelta
    status: int = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """Messages about a kind that are sent once more by hand after they were accepted, the same in every byte."""

    about: Kind
    channel: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """Messages about a kind that come so long after the truth; `fetched` is the delay of who learns by fetching."""

    about: Kind
    by: timedelta
    fetched: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The order in which messages reach an endpoint: each is a kind and which of the messages about it (from 1)."""

    channel: str
    order: tuple[tuple[Kind, int], ...]


Trouble = Answers | Outage | Resent | Delayed | Arrival


def answers(about: str, *, webhook: Sequence[int] = (), feed: Sequence[int] = ()) -> tuple[Answers, ...]:
    """What endpoints answer to the messages about a kind of event, attempt by attempt."""
    given = ((WEBHOOK, webhook), (FEED, feed))
    return tuple(
        Answers(about=_kind(about), channel=name, statuses=tuple(statuses)) for name, statuses in given if statuses
    )


def down(about: str, *, hours: float, channel: str = WEBHOOK) -> tuple[Outage, ...]:
    """An endpoint that is down when a kind of event is told, for some hours."""
    return (Outage(about=_kind(about), channel=channel, lasts=timedelta(hours=hours)),)


def resent(about: str, *, times: int = 1, channel: str = WEBHOOK) -> tuple[Resent, ...]:
    """Messages sent again by hand."""
    return (Resent(about=_kind(about), channel=channel, times=times),)


def late(
    about: str, *, hours: float = 0, days: float = 0, fetched_after_days: float | None = None
) -> tuple[Delayed, ...]:
    """Messages that come late."""
    fetched = None if fetched_after_days is None else timedelta(days=fetched_after_days)
    return (Delayed(about=_kind(about), by=timedelta(hours=hours, days=days), fetched=fetched),)


def arriving(*order: str, channel: str = WEBHOOK) -> tuple[Arrival, ...]:
    """Messages in an order of arrival; `billing_issue_detected:3` is the third of those about that event."""
    pairs = (one.partition(":") for one in order)
    return (Arrival(channel=channel, order=tuple((_kind(kind), int(which or 1)) for kind, _, which in pairs)),)


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise InvalidError(f"{name!r} is not a kind of event; the kinds are {', '.join(Kind)}.") from None
