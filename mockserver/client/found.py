"""What a mock has seen and done, as values: events, exchanges, runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

_ARRIVED = "arrived "  # how a line about what is as it should be begins: the timeline has it already


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event found in an exchange. `payload` is the vendor's own JSON of it, `entry` the exchange's id."""

    name: str
    vendor: str
    direction: str
    kind: str
    entry: str
    at: datetime | None
    received: datetime | None
    subjects: Mapping[str, str]
    amount: Decimal | None
    currency: str | None
    verdict: str
    dropped: str
    findings: Sequence[Mapping[str, Any]] = ()
    payload: Any = field(default=None, repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The event in a row of the control API."""
        get = row.get
        return cls(
            name=row["name"],
            vendor=get("vendor", ""),
            direction=get("direction", "in"),
            kind=get("kind", ""),
            entry=get("entry", ""),
            at=_instant(get("at")),
            received=_instant(get("received")),
            subjects=_subjects(get("subjects")),
            amount=None if get("amount") is None else Decimal(str(row["amount"])),
            currency=get("currency"),
            verdict=get("verdict", "accepted"),
            dropped=get("dropped") or "",
            findings=tuple(get("findings") or ()),
            payload=get("payload"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, in or out; `raw` has all that the control API tells of it."""

    id: str
    seq: int
    direction: str
    vendor: str
    operation: str
    method: str
    path: str
    status: int
    verdict: str
    received: datetime | None
    at: datetime | None
    events: Sequence[str]
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The exchange in an entry of the control API."""
        texts = {
            name: row.get(name) or "" for name in ("direction", "vendor", "operation", "method", "path", "verdict")
        }
        return cls(
            id=row["id"],
            seq=row.get("seq", 0),
            status=row.get("status") or 0,
            received=_instant(row.get("received")),
            at=_instant(row.get("at")),
            events=tuple(row.get("events") or ()),
            raw=row,
            **texts,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario as it was played: what was told, what came of each message, and whether all of it arrived.

    `raw` has all that the control API tells of it.
    """

    raw: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """Its id, by which its entries can be searched (`run:ID`)."""
        return str(self.raw["id"])

    @property
    def key(self) -> str:
        """The scenario's key."""
        return str(self.raw["scenario"])

    @property
    def title(self) -> str:
        """The scenario's title."""
        return str(self.raw["title"])

    @property
    def seed(self) -> int:
        """What people, ids and devices were made from."""
        return int(self.raw["seed"])

    @property
    def state(self) -> str:
        """playing, played or failed."""
        return str(self.raw["state"])

    @property
    def timeline(self) -> Sequence[Mapping[str, Any]]:
        """A row for each message: `at`, `step`, `vendor`, `channel`, `event`, `amount`, `subject`, `outcome`."""
        return tuple(self.raw["timeline"])

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom it is about, in order of first mention."""
        return tuple(dict.fromkeys(row["subject"] for row in self.timeline))

    @property
    def holds(self) -> bool:
        """Whether everything arrived as it should, once, in time, and nothing else did."""
        return self.state == "played" and bool(self.raw["verdict"]["holds"])

    @property
    def text(self) -> str:
        """The verdict in words: what is missing, extra, doubled, late or different."""
        lines = str(self.raw.get("error") or self.raw["verdict"]["text"]).splitlines()
        return "\n".join(line for line in lines if not line.startswith(_ARRIVED))

    def events(self, vendor: str | None = None, channel: str | None = None) -> list[str]:
        """The names of what was told, in order."""
        return [
            row["event"]
            for row in self.timeline
            if vendor in {None, row["vendor"]} and channel in {None, row["channel"]}
        ]

    def __str__(self) -> str:
        lines = [f"{self.title} ({self.key}, seed {self.seed}), {self.state}"]
        lines += [_line(row) for row in self.timeline]
        return "\n".join([*lines, self.text])


def _line(row: Mapping[str, Any]) -> str:
    amount = "" if row.get("amount") is None else f" {row['amount']} {row.get('currency') or ''}"
    status = f" {row['status']}" if row.get("status") else ""
    return (
        f"  {row['at']}  {row['step']:<24} {row['vendor']} → {row['channel']}  {row['event']}{amount}"
        f"  {row.get('outcome') or 'waiting'}{status}"
    )


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _subjects(given: Sequence[Mapping[str, str]] | None) -> Mapping[str, str]:
    return {subject["kind"]: subject["value"] for subject in given or ()}
