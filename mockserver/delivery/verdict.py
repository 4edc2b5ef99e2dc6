"""What came of a run: who was told what and when, in how many attempts, and whether it arrived as it should.

All of it is read from the tenant's log, so that a run can be judged after a restart, and after its scenario's file or
the vendors' settings have changed. Where a feed leads to a vendor of ours, arrival is what that vendor accepted and
kept; where a message leaves for somebody else's server, it is what that server answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.delivery.plan import Telling, as_number
from mockserver.delivery.playback import RUN
from mockserver.delivery.sender import GIVEN_UP, NO_TARGET, SKIPPED
from mockserver.errors import NotFoundError, nearest
from mockserver.journal.compare import TOLERANCE, Comparison, Expected, compare
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.journal import Journal
from mockserver.journal.query import Cursor, FoundEvent, Question, millis
from mockserver.vendors.contract import Vendor

ENDED = "run-ended"
_OURS = frozenset(
    {"event", "subject", "amount", "currency", "message", "run", "attempt", "outcome", "step", "skipped", "channel"}
)
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run as the log has it: `details` are those of its note, `seq` that note's number, `until` the next run's.

    `error` says why it ended early and is empty if it did not; None means that no end was noted.
    """

    details: Mapping[str, Any]
    seq: int
    until: int | None = None
    error: str | None = None

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.details["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message that was told: its attempts, and what its sender knew at the last of them."""

    attempts: tuple[FoundEvent, ...]
    details: Mapping[str, Any] = field(repr=False)

    @property
    def pair(self) -> Pair:
        """Who told it, and on which channel."""
        return self.attempts[0].vendor, self.attempts[0].channel

    @property
    def is_skipped(self) -> bool:
        """Whether its vendor withholds it."""
        return self.details.get("outcome") == SKIPPED

    @property
    def is_to_arrive(self) -> bool:
        """Whether it should arrive: not if it is withheld, or given up because the scenario says so."""
        return not self.is_skipped and not (self.details.get("outcome") == GIVEN_UP and self.details.get("made_up"))

    @property
    def deliveries(self) -> tuple[FoundEvent, ...]:
        """The attempts until one was accepted; whatever follows was sent again by hand."""
        accepted = (number for number, event in enumerate(self.attempts, 1) if event.verdict is Verdict.ACCEPTED)
        return self.attempts[: next(accepted, None)]

    def as_row(self) -> dict[str, Any]:
        """The row of a timeline: that of `scenarios show`, and what came of it."""
        first, last = self.attempts[0], self.attempts[-1]
        return {
            "at": first.when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "step": self.details.get("step", ""),
            "vendor": first.vendor,
            "channel": first.channel,
            "event": first.name,
            "amount": None if first.amount is None else as_number(first.amount),
            "currency": first.currency or None,
            "subject": _subject(first),
            **{name: value for name, value in self.details.items() if name not in _OURS},
            "outcome": self.details.get("outcome", ""),
            "status": last.status or None,
            "attempts": len(self.attempts),
            "entry": last.entry,
        }

    def as_expected(self) -> Expected:
        """What should have arrived."""
        first = self.attempts[0]
        return Expected(
            vendor=first.vendor,
            channel=first.channel,
            event=first.name,
            subject=_subject(first),
            at=first.at,
            amount=first.amount,
            currency=first.currency or None,
            id=first.id,
            body=first.body,
        )


class Runs:
    """The runs of all tenants."""

    def __init__(self, journal: Journal, vendors: Mapping[str, Vendor], url: str) -> None:
        self._journal = journal
        self._vendors = vendors
        self._port = urlsplit(url).port
        self._hosts = _HERE | {urlsplit(url).hostname or ""}

    def all(self, tenant: str) -> list[Kept]:
        """Every run since the journal was last cleared, oldest first."""
        asked = Question(direction=Direction.NOTE, operation=RUN)
        seqs = [entry.seq for entry in self._journal.find_entries(tenant, asked, limit=None, newest=False)]
        ends = {note["run"]: str(note["error"]) for note in self._journal.notes(tenant, ENDED)}
        notes = zip(self._journal.notes(tenant, RUN), seqs, (*seqs[1:], None), strict=False)
        return [Kept(details=note, seq=seq, until=until, error=ends.get(note["id"])) for note, seq, until in notes]

    def get(self, tenant: str, id: str) -> Kept:  # noqa: A002  the word the control API uses
        """The run of that id, or the latest.

        Raises:
            NotFoundError: there is none.
        """
        runs = {run.id: run for run in self.all(tenant)}
        if id == "latest" and runs:
            return list(runs.values())[-1]
        if id not in runs:
            raise NotFoundError(f"Tenant {tenant!r} has no run {id!r}.{nearest(id, runs)}")
        return runs[id]

    def told(self, tenant: str, run: str) -> list[Told]:
        """What a run has told so far, in order, withheld messages included."""
        asked = Question(direction=Direction.OUT, run=run)
        attempts: dict[tuple[str, ...], list[FoundEvent]] = {}
        for event in self._journal.find_events(tenant, asked, limit=None, newest=False):
            attempts.setdefault((event.vendor, event.channel, event.id or event.entry), []).append(event)
        return [
            Told(attempts=tuple(tries), details=self._journal.entry(tenant, tries[-1].entry).details)
            for tries in attempts.values()
        ]

    def judge(self, tenant: str, run: Kept, told: Iterable[Told], untold: Iterable[Telling] = ()) -> Comparison:
        """Whether everything told, and everything that should have been, arrived."""
        sent: dict[Pair, list[Told]] = {}
        expected: dict[Pair, list[Expected]] = {}
        for one in told:
            if one.is_to_arrive:
                sent.setdefault(one.pair, []).append(one)
                expected.setdefault(one.pair, []).append(one.as_expected())
        for telling in untold:
            message = telling.message
            expected.setdefault((message.vendor, message.channel), []).append(expected_of(telling))
        compared = [
            compare(wanted, self._arrived(tenant, run, pair, sent.get(pair, ())), self._tolerance(pair))
            for pair, wanted in expected.items()
        ]
        rows = sorted((row for one in compared for row in one.rows), key=lambda row: row.expected.at)
        return Comparison(rows=tuple(rows), extra=tuple(event for one in compared for event in one.extra))

    def _arrived(self, tenant: str, run: Kept, pair: Pair, sent: Sequence[Told]) -> list[FoundEvent]:
        attempts = [event for one in sent for event in one.deliveries]
        if pair[1] in self._vendors and all(self._is_here(event.path) for event in attempts):
            return self._taken(tenant, run, pair)
        return [replace(event, dropped="") if event.dropped.endswith(NO_TARGET) else event for event in attempts]

    def _taken(self, tenant: str, run: Kept, pair: Pair) -> list[FoundEvent]:
        """What came in at the vendor that a feed leads to, by its inputs, stamped with when it came."""
        found: list[FoundEvent] = []
        for name in self._inputs(pair):
            asked = Question(direction=Direction.IN, vendor=pair[1], input=name)
            came = {
                entry.seq: entry.at
                for entry in self._journal.find_entries(tenant, asked, limit=None, after=run.seq, newest=False)
            }
            events = self._journal.find_events(tenant, asked, limit=None, after=Cursor(run.seq, 0), newest=False)
            found += [replace(event, at=came[event.seq]) for event in events if event.seq in came]
        return [event for event in found if run.until is None or event.seq < run.until]

    def _inputs(self, pair: Pair) -> list[str]:
        speaker, fed = pair
        feeds = [feed for feed in self._vendors[speaker].feeds if feed.vendor == fed]
        return [f"{speaker}-{platform}" for feed in feeds for platform in feed.platforms]

    def _tolerance(self, pair: Pair) -> int:
        """How late a message may be, in milliseconds: as late as the last retry of its channel."""
        channel = self._vendors[pair[0]].channels.get(pair[1]) if pair[0] in self._vendors else None
        gaps = channel.gaps(self._vendors[pair[0]].settings) if channel else ()
        return TOLERANCE + sum(gaps, timedelta()) // timedelta(milliseconds=1)

    def _is_here(self, url: str) -> bool:
        """Whether an address is that of this server; a message that could not be posted has none."""
        parts = urlsplit(url)
        return not parts.netloc or (parts.port == self._port and parts.hostname in self._hosts)


def expected_of(telling: Telling) -> Expected:
    """What should have been told."""
    message = telling.message
    return Expected(
        vendor=message.vendor,
        channel=message.channel,
        event=message.event,
        subject=message.subject,
        at=millis(message.at),
        amount=message.amount,
        currency=message.currency,
        id=message.id,
        body=orjson.loads(message.body),
    )


def untold(planned: Iterable[Telling], told: Iterable[Told]) -> list[Telling]:
    """What was planned and has not been told."""
    known = {(*one.pair, one.attempts[0].id) for one in told}
    return [
        telling
        for telling in planned
        if not telling.message.skipped
        and (telling.message.vendor, telling.message.channel, telling.message.id) not in known
    ]


def _subject(event: FoundEvent) -> str:
    return event.subjects[0][1] if event.subjects else ""
