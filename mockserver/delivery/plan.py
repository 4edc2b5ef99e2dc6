"""What the vendors would tell of a lifecycle, in order, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from mockserver.delivery.mishaps import delay_of
from mockserver.delivery.pasts import Pasts
from mockserver.errors import NotFoundError, nearest
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.folds import Folds
from mockserver.lifecycle.ids import ids_of
from mockserver.lifecycle.scenario import Scenario
from mockserver.lifecycle.trouble import Trouble
from mockserver.vendors.contract import Channel, Documents, Message, Vendor, Writing

Settings = Callable[[str], Mapping[str, Any]]


class StoredDocuments(Documents, Protocol):
    """Documents that can be asked whether there are any."""

    def has(self, kind: str) -> bool:
        """Whether there is any document of the kind."""


Memories = Callable[[str], StoredDocuments]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message on its channel. `delay` is how much later than its time it is sent."""

    message: Message
    channel: Channel
    delay: timedelta = timedelta()

    @property
    def due(self) -> datetime:
        """When it is sent first."""
        return self.message.at + self.delay

    @property
    def details(self) -> Mapping[str, Any]:
        """What the journal keeps with each attempt beside what it keeps of any message."""
        return self.message.details


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling(Sending):
    """One message that a vendor tells of one lifecycle event."""

    event: LifecycleEvent

    @property
    def details(self) -> Mapping[str, Any]:
        """With the step of the story."""
        return {"step": self.event.step, **self.message.details}

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


EVERYBODY = Choice()
_NONE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """One channel of one vendor, with what it writes by."""

    vendor: str
    name: str
    channel: Channel
    settings: Mapping[str, Any]
    memory: Documents | None
    folds: Folds = field(default_factory=Folds)


class Tellers:
    """The vendors' dialects over one history, in which they tell of each event as it comes.

    Args:
        vendors: Who may speak.
        settings: Their settings; the defaults unless said.
        memories: What they remember, asked for when a dialect wants to know.
        trouble: What makes them learn late.
        pasts: The history so far.
    """

    def __init__(
        self,
        vendors: Mapping[str, Vendor],
        settings: Settings | None = None,
        memories: Memories | None = None,
        trouble: Sequence[Trouble] = (),
        pasts: Pasts | None = None,
    ) -> None:
        self.pasts = pasts or Pasts()
        self._trouble = trouble
        values = settings or (lambda vendor: vendors[vendor].settings)
        self._voices = [
            _Voice(vendor=name, name=key, channel=channel, settings=own, memory=memory)
            for name, vendor in vendors.items()
            for own, memory in [(values(name), _memory(name, vendor, memories))]
            for key, channel in vendor.channels.items()
        ]

    def tell(self, event: LifecycleEvent, seed: int, choice: Choice = EVERYBODY) -> list[Telling]:
        """What is told of an event, in order of the vendors; it is part of the history afterwards."""
        told, tellings = self.pasts.before(event), list[Telling]()
        for voice in self._voices:
            if choice.includes(voice.vendor, voice.name):
                tellings += self._of(voice, event, seed, told)
        self.pasts.add(event)
        return tellings

    def _of(self, voice: _Voice, event: LifecycleEvent, seed: int, told: Sequence[LifecycleEvent]) -> list[Telling]:
        channel = voice.channel
        delay = delay_of(event.kind, channel, self._trouble) if self._trouble else _NONE
        ids = ids_of(seed, f"{voice.vendor}/{voice.name}")
        writing = Writing(
            ids=ids, settings=voice.settings, told=told, delay=delay, documents=voice.memory, folds=voice.folds
        )
        written = channel.write(event, writing)
        return [Telling(event=event, message=message, channel=channel, delay=delay) for message in written]


def _memory(name: str, vendor: Vendor, memories: Memories | None) -> Documents | None:
    return None if memories is None or vendor.remember is None else LateDocuments(lambda: memories(name))


class LateDocuments:
    """A vendor's memory as it is when somebody first asks it something; it is asked the same over and over."""

    def __init__(self, load: Callable[[], StoredDocuments]) -> None:
        self._load = load
        self._loaded: StoredDocuments | None = None
        self._kinds: dict[str, bool] = {}
        self._absent: set[tuple[str, str]] = set()

    @property
    def _documents(self) -> StoredDocuments:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def get(self, kind: str, id: str) -> dict[str, Any] | None:  # noqa: A002  the word every document store uses
        """A copy of the document, or None."""
        if (kind, id) in self._absent or not self._has(kind):
            return None
        found = self._documents.get(kind, id)
        if found is None:
            self._absent.add((kind, id))
        return found

    def _has(self, kind: str) -> bool:
        if kind not in self._kinds:
            self._kinds[kind] = self._documents.has(kind)
        return self._kinds[kind]

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002  as above
        """Store or replace it, where that is allowed."""
        self._documents.put(kind, id, value)

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Forget it, where that is allowed."""
        self._documents.delete(kind, id)

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every document of the kind as (id, value), in order of first storing."""
        return self._documents.all(kind)


def plan(
    events: Iterable[LifecycleEvent],
    vendors: Mapping[str, Vendor],
    seed: int,
    choice: Choice | None = None,
    settings: Settings | None = None,
    *,
    memories: Memories | None = None,
    trouble: Sequence[Trouble] = (),
) -> list[Telling]:
    """Everything told of the events, in the order of the truth: by instant, then as it happened, then by vendor."""
    tellers = Tellers(vendors, settings, memories, trouble)
    tellings = [telling for event in events for telling in tellers.tell(event, seed, choice or EVERYBODY)]
    return sorted(tellings, key=lambda telling: telling.message.at)


def plan_scenario(
    scenario: Scenario,
    vendors: Mapping[str, Vendor],
    seed: int,
    choice: Choice | None = None,
    settings: Settings | None = None,
    *,
    memories: Memories | None = None,
) -> list[Telling]:
    """Everything told of a scenario, its trouble in mind.

    Raises:
        ImpossibleStepError: the scenario's timeline cannot happen.
    """
    events, trouble = scenario.unfold(seed), scenario.trouble
    return plan(events, vendors, seed, choice, settings, memories=memories, trouble=trouble)


def rows(tellings: Iterable[Telling], *, payloads: bool = False) -> Iterator[dict[str, Any]]:
    """Rows of what is really sent: a message that its vendor withholds has none."""
    return (telling.as_row(payloads=payloads) for telling in tellings if not telling.message.skipped)
