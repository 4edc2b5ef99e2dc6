"""What identity calls say: one event each, about the user and the identities that were sent (mparticle.md §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.journal.entry import Entry, Part, RecordedEvent
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.identity import bodies, state
from mockserver.vendors.mparticle.identity.names import CANONICAL, mpid_in, text_of

_MPIDS = ("source_mpid", "destination_mpid")


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """A part for the call, its subjects under the names that batches have, whatever the answer was."""
    body = bodies.loaded(entry.content)
    environment = body.get("environment")
    event = RecordedEvent(entry.operation, entry.operation, at=entry.at, verdict=entry.verdict)
    return [
        Part(
            subjects=tuple(dict.fromkeys(_subjects(entry, body))),
            events=(event,),
            environment=environment if isinstance(environment, str) else words.DEFAULT_ENVIRONMENT,
            verdict=entry.verdict,
        )
    ]


def _subjects(entry: Entry, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("mpid", str(mpid)) for mpid in _mpids(entry, body))
    known = body.get("known_identities")
    if isinstance(known, dict):
        yield from _named(known.items())
    changes = body.get("identity_changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, dict):
            name = change.get("identity_type")
            yield from _named((name, change.get(side)) for side in ("old_value", "new_value"))


def _named(identities: Any) -> Iterator[tuple[str, str]]:
    """Identities by a batch's names, also where the request used those."""
    for name, value in identities:
        if isinstance(name, str) and (text := text_of(value)):
            yield CANONICAL.get(name, name), text


def _mpids(entry: Entry, body: Mapping[str, Any]) -> Iterator[int]:
    """Who was answered, who stands in the path, or both users of an alias."""
    data = body.get("data") if entry.operation == state.ALIAS else None
    told = [
        entry.details.get("mpid"),
        bodies.loaded(entry.answer).get("mpid"),
        state.mpid_of_path(entry.path),
        *((data.get(name) for name in _MPIDS) if isinstance(data, dict) else ()),
    ]
    yield from (mpid for value in told if (mpid := mpid_in(value)) is not None)
