"""What apps sent, as recorded events: the translation is read, findings and events point into what was sent (§5.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Finding, Part, Verdict
from mockserver.vendors.contract import Documents, Reading
from mockserver.vendors.mparticle import dialect, findings
from mockserver.vendors.mparticle.native.translation import in_both_words, translate

EVENTS = "native_events"
"""The name of the operation that carries events."""


def raw_of(content: bytes) -> dict[str, Any] | None:
    """The batch in a body, None when there is none."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def read(entry: Entry, reading: Reading) -> Sequence[Part]:
    """The one batch of an upload."""
    content = entry.content
    if (raw := raw_of(content)) is None:
        return ()
    translation = translate(raw)
    come = findings.circumstances(entry, len(content), by_sdk=True)
    refused = entry.verdict is not Verdict.ACCEPTED
    part = _placed(dialect.part_of(translation.batch, "", come, reading, refused=refused), translation.place)
    said = (*translation.findings, *part.findings)
    return (part._replace(findings=said, body=in_both_words(raw, translation)),)


def remember(entry: Entry, documents: Documents) -> None:
    """What a batch does to its user (mparticle.md §3.7)."""
    from mockserver.vendors.mparticle.identity.batches import SDK, fold_batch

    if (raw := raw_of(entry.content)) is not None:
        batch = translate(raw).batch
        fold_batch(batch, documents, entry.at, source=SDK, input_name=entry.input, came=entry.id)


def _placed(part: Part, place: Callable[[str], str]) -> Part:
    """The part with pointers into what was sent in place of those into its translation."""

    def moved(said: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(finding._replace(path=place(finding.path)) for finding in said)

    events = (event._replace(path=place(event.path), findings=moved(event.findings)) for event in part.events)
    return part._replace(events=tuple(events), findings=moved(part.findings))
