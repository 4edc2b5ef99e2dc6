"""What the vendors would tell of a lifecycle, in order, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mockserver.errors import NotFoundError, nearest
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Channel, Message, Vendor, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message that a vendor tells of one lifecycle event, with the words for the step that caused it."""

    event: LifecycleEvent
    message: Message
    channel: Channel

    def as_row(self, *, payloads: bool = False) -> dict[str, Any]:
        """The row of `scenarios show --json` (design.md §5); instants in UTC to the second, amounts as numbers."""
        message = self.message
        row: dict[str, Any] = {
            "at": message.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "step": self.event.step,
            "vendor": message.vendor,
            "channel": message.channel,
            "event": message.event,
            "amount": None if message.amount is None else as_number(message.amount),
            "currency": message.currency,
            "subject": message.subject,
            **message.details,
        }
        return {**row, "request": as_request(message)} if payloads else row


def as_number(amount: Decimal) -> float | int:
    """A decimal as the JSON number that reads the same."""
    return int(amount) if amount == amount.to_integral_value() and amount.as_tuple().exponent == 0 else float(amount)


def as_request(message: Message) -> dict[str, Any]:
    """The request as it would be sent, its body as JSON."""
    import orjson

    return {
        "method": message.method,
        "path": message.path,
        "headers": dict(message.headers),
        "body": orjson.loads(message.body),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which vendors and channels are to speak; empty means all."""

    vendors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def checked(self, vendors: Mapping[str, Vendor]) -> Choice:
        """The same choice.

        Raises:
            NotFoundError: a vendor or channel that does not exist, with the nearest that does.
        """
        speaking = {name for name, vendor in vendors.items() if vendor.channels}
        known = {channel for vendor in vendors.values() for channel in vendor.channels}
        for wanted, names, word in ((self.vendors, speaking, "vendor that speaks"), (self.channels, known, "channel")):
            for name in wanted:
                if name not in names:
                    raise NotFoundError(f"There is no {word} {name!r}.{nearest(name, names)}")
        return self

    def includes(self, vendor: str, channel: str) -> bool:
        """Whether a channel of a vendor is to speak."""
        return (not self.vendors or vendor in self.vendors) and (not self.channels or channel in self.channels)


def plan(
    events: Sequence[LifecycleEvent],
    vendors: Mapping[str, Vendor],
    seed: int,
    choice: Choice | None = None,
    settings: Callable[[str], Mapping[str, Any]] | None = None,
) -> list[Telling]:
    """Everything told of the events, in the order of telling: by instant, then as it happened, then by vendor."""
    chosen = choice or Choice()
    voices = [
        (vendor, name, channel, (settings or (lambda key: vendors[key].settings))(vendor))
        for vendor, one in vendors.items()
        for name, channel in one.channels.items()
        if chosen.includes(vendor, name)
    ]
    tellings = [
        Telling(event=event, message=message, channel=channel)
        for index, event in enumerate(events)
        for vendor, name, channel, values in voices
        for message in channel.write(
            event, Writing(ids=SeededIds(f"{seed}/{vendor}/{name}"), settings=values, told=events[:index])
        )
    ]
    return sorted(tellings, key=lambda telling: telling.message.at)


def rows(tellings: Iterable[Telling], *, payloads: bool = False) -> Iterator[dict[str, Any]]:
    """Rows of what is really sent: a message that its vendor withholds has none."""
    return (telling.as_row(payloads=payloads) for telling in tellings if not telling.message.skipped)
