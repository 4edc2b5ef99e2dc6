"""Which batches an entry has brought to the outputs, and where they came from (mparticle.md §§2, 3.7, 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import dialect, findings
from mockserver.vendors.mparticle.credentials import DEFAULT_INPUT
from mockserver.vendors.mparticle.identity.batches import batches_of, is_repeat
from mockserver.vendors.mparticle.native import dialect as native
from mockserver.vendors.mparticle.web import dialect as web

SERVER, PARTNER, WEB, NATIVE = "server_to_server", "partner", "javascript", "native"
"""The channels of `source_info` that there are inputs for here."""
OPERATIONS = (dialect.SINGLE, dialect.BULK, web.EVENTS, web.OLD_EVENTS, native.EVENTS)
"""What brings batches to the outputs: history is not forwarded (mparticle.md §3.10)."""


class Origin(NamedTuple):
    """By which channel a batch came, and the name of the feed, if it was one."""

    channel: str
    feed: str = ""

    @property
    def is_partner(self) -> bool:
        """Whether it came by a partner's feed."""
        return self.channel == PARTNER

    @property
    def is_sdk(self) -> bool:
        """Whether an app's SDK has sent it."""
        return self.channel in (WEB, NATIVE)


class Brought(NamedTuple):
    """A batch in the Events API's words. `came` names it among all, as folds do."""

    came: str
    batch: Mapping[str, Any]
    origin: Origin


def brought(entry: Entry, documents: Documents, settings: Mapping[str, Any]) -> Iterator[Brought]:
    """The batches of an accepted entry that were not sent before."""
    for one in _sent(entry, settings):
        repeated = is_repeat(one.batch, documents, entry.at, input_name=entry.input, came=one.came)
        if not repeated and not _is_own(one.batch):
            yield one


def _sent(entry: Entry, settings: Mapping[str, Any]) -> Iterator[Brought]:
    if entry.operation == native.EVENTS:
        from mockserver.vendors.mparticle.native.translation import translate

        if (raw := native.raw_of(entry.content)) is not None:
            yield Brought(entry.id, translate(raw).batch, Origin(NATIVE))
    elif entry.operation in (web.EVENTS, web.OLD_EVENTS):
        if (batch := web.batch_of(entry.content)) is not None and not web.is_old(batch):
            yield Brought(entry.id, batch, Origin(WEB))
    elif entry.operation in OPERATIONS:
        origin = _origin(entry, settings)
        yield from (Brought(f"{entry.id}{path}", batch, origin) for path, batch in batches_of(entry))


def _origin(entry: Entry, settings: Mapping[str, Any]) -> Origin:
    feed = findings.circumstances(entry, 0).partner_feed
    if feed:
        return Origin(PARTNER, feed)
    return Origin(SERVER, settings["custom_feed"] if entry.input in ("", DEFAULT_INPUT) else "")


def _is_own(batch: Mapping[str, Any]) -> bool:
    """Whether it is what this webhook has sent: aimed at its own inputs, it would go round for ever."""
    return "message_id" in batch and "message_type" in batch
