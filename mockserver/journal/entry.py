"""One exchange as the journal keeps it, and what was found in it.

Instants are integers here, milliseconds since 1970 in UTC: they are only stored and compared, a million at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from mockserver.journal.encoding import decoded


class Direction(StrEnum):
    """Who spoke: a client to us, we to a target, or we to ourselves (a run began, the journal was cleared)."""

    IN = "in"
    OUT = "out"
    NOTE = "note"


class Verdict(StrEnum):
    """What became of it. A refused credential is a rejection; an unknown path is unmatched."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNMATCHED = "unmatched"


class Severity(StrEnum):
    """How much a deviation from the vendor's manual matters: data is lost, will surprise, or is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(NamedTuple):
    """A deviation from the vendor's manual: where (JSON pointer into the body, or a header), which rule, in words."""

    path: str
    rule: str
    message: str
    severity: Severity = Severity.WARNING


class RecordedEvent(NamedTuple):
    """One event found in a body.

    `name` is what one asks for (`trial_started`), `kind` the vendor's own type (`custom_event`), `path` its JSON
    pointer in the body, `id` the sender's id of it, `at` its own time. `amount` is the text of a decimal. `dropped`
    says why the vendor would accept and yet not keep it (empty: kept).
    """

    name: str
    kind: str = ""
    path: str = ""
    id: str = ""
    at: int | None = None
    amount: str | None = None
    currency: str | None = None
    verdict: Verdict = Verdict.ACCEPTED
    dropped: str = ""
    findings: tuple[Finding, ...] = ()


class Part(NamedTuple):
    """What a body says about one user: an mParticle batch, a webhook's envelope.

    `subjects` are pairs (`customer_id`, `u-1`). A part whose `dedupe` key (with the entry's input) was seen before
    within `dedupe_days` days is a repeat: its events are kept as dropped. `body`, of the first part, is JSON that
    questions look into in place of what was sent, where that is in an app's shorthand: what paths point into.
    """

    path: str = ""
    subjects: tuple[tuple[str, str], ...] = ()
    events: tuple[RecordedEvent, ...] = ()
    findings: tuple[Finding, ...] = ()
    environment: str = ""
    verdict: Verdict = Verdict.ACCEPTED
    dedupe: str = ""
    dedupe_days: int = 30
    body: bytes = b""


class Entry(NamedTuple):
    """One exchange, as read back from the log.

    `content` is the body after any content encoding was undone (the raw bytes if that failed); `input` names the
    credentials that were used; `details` is what the sender knew of an outgoing message, or what a note is about.
    `received` is real time, `at` the tenant's clock.
    """

    id: str
    tenant: str
    direction: Direction
    vendor: str
    operation: str
    input: str
    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    status: int
    answer_headers: Sequence[tuple[str, str]]
    answer: bytes
    verdict: Verdict
    received: int
    at: int
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = {}

    @property
    def content(self) -> bytes:
        """The body as its sender meant it: a gzip body undone, anything else as it came."""
        encoding = self.header("content-encoding")
        return decoded(self.body, encoding) if encoding else self.body

    def header(self, name: str) -> str:
        """The value of a request header by its lower-case name, empty when it was not sent."""
        for key, value in self.headers:  # read for every entry that is indexed: a generator costs three times as much
            if key == name:
                return value
        return ""
