"""Delivery trouble, obeyed: what comes late, what an endpoint answers, what arrives twice or in another order.

A scenario declares it (`lifecycle/trouble.py`) about a kind of event and a kind of channel; here it becomes what
happens to each attempt of each message.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.trouble import FEED, WEBHOOK, Answers, Arrival, Delayed, Outage, Resent, Trouble
from mockserver.vendors.contract import Channel

if TYPE_CHECKING:
    from mockserver.delivery.plan import Telling

UNAVAILABLE, WELL = 503, 200


class Scripted(NamedTuple):
    """What an endpoint answers because the scenario says so; `received` says that it got the message all the same."""

    status: int
    received: bool = False


def delay_of(kind: Kind, channel: Channel, trouble: Sequence[Trouble]) -> timedelta:
    """How much later than usual a vendor learns of an event of that kind."""
    delays = [one for one in trouble if isinstance(one, Delayed) and one.about is kind]
    return max((one.fetched if channel.fetches and one.fetched else one.by for one in delays), default=timedelta())


class Mishaps:
    """What goes wrong with the messages of one run; they are named by their numbers in the plan."""

    def __init__(self, trouble: Sequence[Trouble], tellings: Sequence[Telling], vendors: Container[str]) -> None:
        self._trouble = trouble
        self._tellings = tellings
        self._vendors = vendors
        self._outages = [(one, self._began(one)) for one in trouble if isinstance(one, Outage)]
        self._ahead = self._arrivals()
        self._settled: set[int] = set()
        self._made_up: set[int] = set()

    def ranks(self) -> list[int]:
        """For each message its place among those that are due at the same instant."""
        ranks = list(range(len(self._tellings)))
        for order in self._orders():
            for number, rank in zip(order, sorted(order), strict=True):
                ranks[number] = rank
        return ranks

    def answer(self, number: int, attempt: int, at: datetime) -> Scripted | None:
        """What the endpoint answers to an attempt; None where nobody says.

        An endpoint that was made up for a message is well again once nothing troubles it.
        """
        found = self._down(number, at) or self._held_up(number, attempt) or self._said(number, attempt)
        if found is None:
            return Scripted(WELL) if number in self._made_up else None
        self._made_up.add(number)
        return found

    def settle(self, number: int) -> None:
        """A message has arrived, or never will: those that were to come after it may."""
        self._settled.add(number)

    def resends(self, number: int) -> int:
        """How often a message that was accepted is sent once more by hand."""
        return sum(one.times for one in self._trouble if isinstance(one, Resent) and self._is_about(one, number))

    def _began(self, outage: Outage) -> datetime | None:
        return min((one.event.at for one in self._tellings if one.event.kind is outage.about), default=None)

    def _down(self, number: int, at: datetime) -> Scripted | None:
        where = self._side(number)
        for outage, began in self._outages:
            if outage.channel == where and began is not None and began <= at < began + outage.lasts:
                return Scripted(outage.status)
        return None

    def _held_up(self, number: int, attempt: int) -> Scripted | None:
        """An attempt fails as long as what is to arrive before it has not, unless it is the last one."""
        waits = any(ahead not in self._settled for ahead in self._ahead.get(number, ()))
        has_more = attempt <= len(self._tellings[number].channel.retries)
        return Scripted(UNAVAILABLE) if waits and has_more else None

    def _said(self, number: int, attempt: int) -> Scripted | None:
        for one in self._trouble:
            if isinstance(one, Answers) and self._is_about(one, number):
                return Scripted(one.statuses[min(attempt, len(one.statuses)) - 1], received=True)
        return None

    def _is_about(self, one: Answers | Resent, number: int) -> bool:
        return self._tellings[number].event.kind is one.about and self._side(number) == one.channel

    def _side(self, number: int) -> str:
        """What kind of channel a message goes out on: a feed is named after the vendor that it leads to."""
        return FEED if self._tellings[number].message.channel in self._vendors else WEBHOOK

    def _arrivals(self) -> dict[int, tuple[int, ...]]:
        """For each message those that have to arrive before it."""
        return {number: tuple(order[:place]) for order in self._orders() for place, number in enumerate(order) if place}

    def _orders(self) -> list[list[int]]:
        """Each channel's messages in the order of their arrival, where one is declared."""
        arrivals = [one for one in self._trouble if isinstance(one, Arrival)]
        return [self._order(one, numbers) for one in arrivals for numbers in self._by_channel(one.channel)]

    def _order(self, arrival: Arrival, numbers: Sequence[int]) -> list[int]:
        of_kind = {
            kind: [number for number in numbers if self._tellings[number].event.kind is kind]
            for kind, _ in arrival.order
        }
        return [of_kind[kind][which - 1] for kind, which in arrival.order if which <= len(of_kind[kind])]

    def _by_channel(self, side: str) -> list[list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for number, telling in enumerate(self._tellings):
            if self._side(number) == side and not telling.message.skipped:
                found.setdefault((telling.message.vendor, telling.message.channel), []).append(number)
        return list(found.values())
