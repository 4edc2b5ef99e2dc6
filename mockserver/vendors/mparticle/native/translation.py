"""Batches of Android and iOS in the Events API's words, so that one judge and one store serve all (mparticle.md §5.3).

Nothing in a body makes this fail. What has no translation is left out and told by a finding; what is not what it should
be passes through, for the judge of batches to remark on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.native.messages import KINDS
from mockserver.vendors.mparticle.native.shorthand import BATCH, IDENTITIES, REQUEST, identity
from mockserver.vendors.mparticle.native.spelling import Spelled, Table

Object = Mapping[str, Any]


class Translation(NamedTuple):
    """A batch in the Events API's words.

    `places` say where in the raw body each of its members came from, both as JSON pointers; `messages` which of `msgs`
    each of its events is.
    """

    batch: dict[str, Any]
    messages: tuple[int, ...]
    places: Mapping[str, str]
    findings: tuple[Finding, ...]

    def place(self, pointer: str) -> str:
        """Where something of the batch stands in the raw body."""
        known, rest = pointer, ""
        while known and known not in self.places:
            known, _, last = known.rpartition("/")
            rest = f"/{last}{rest}"
        return self.places.get(known, known) + rest


def translate(raw: Object) -> Translation:
    """A raw batch, translated."""
    scribe = _Scribe()
    batch = scribe.spelled(raw, BATCH, "", "")
    batch["environment"] = "development" if raw.get("dbg") is True else words.DEFAULT_ENVIRONMENT
    if (identities := scribe.identities(raw.get("ui"))) is not None:
        batch["user_identities"] = identities
    batch["events"], messages = scribe.events(raw.get("msgs"))
    if raw.get("dt") != REQUEST:
        scribe.note("/dt", "batch-type", f'A batch has "dt": "{REQUEST}".')
    return Translation(batch, messages, scribe.places, tuple(scribe.findings))


def in_both_words(raw: Object, translation: Translation) -> bytes:
    """The raw batch with its translation beside each part, for questions; empty where it is nested too deeply."""
    messages = raw.get("msgs")
    both = {**raw, **{name: value for name, value in translation.batch.items() if name != "events"}}
    if isinstance(messages, list):
        both["msgs"] = spelled = [*messages]
        for at, event in zip(translation.messages, translation.batch["events"], strict=True):
            spelled[at] = {**messages[at], **event}
    try:
        return orjson.dumps(both)
    except orjson.JSONEncodeError:
        return b""


class _Scribe:
    """Translates one batch and keeps what came from where, and what is to be said of it."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.findings: list[Finding] = []

    def note(self, place: str, rule: str, text: str, severity: Severity = Severity.WARNING) -> None:
        """Say something of a place in the raw body."""
        if len(self.findings) < words.REMARKS:
            self.findings.append(Finding(place, rule, text, severity))

    def spelled(self, raw: Object, table: Table, place: str, pointer: str, *, is_open: bool = False) -> dict[str, Any]:
        """An object by its table; `place` is where it stands, `pointer` where its translation will."""
        found: dict[str, Any] = {}
        for key, value in raw.items():
            own = f"{place}/{_escaped(key)}"
            if (meant := table.get(key)) is None:
                if not is_open:
                    self.note(own, "unknown-key", f'"{key}" is no key here; it is ignored.', Severity.INFO)
            elif meant.name:
                self.places[f"{pointer}/{meant.name}"] = own
                found[meant.name] = self.value(value, meant, own, f"{pointer}/{meant.name}")
        return found

    def value(self, value: Any, meant: Spelled, place: str, pointer: str) -> Any:
        """A value by what its key means."""
        if meant.table is None:
            return meant.make(value)
        if isinstance(value, dict) and meant.by_name:
            inner = Spelled(table=meant.table)
            steps = ((name, _escaped(name)) for name in value)
            return {name: self.value(value[name], inner, f"{place}/{at}", f"{pointer}/{at}") for name, at in steps}
        if isinstance(value, dict):
            return self.spelled(value, meant.table, place, pointer, is_open=meant.open)
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return [
                self.spelled(one, meant.table, f"{place}/{at}", f"{pointer}/{at}", is_open=meant.open)
                for at, one in enumerate(value)
            ]
        return value

    def identities(self, raw: Any) -> Any:
        """The user's identities, by the names of their numbers."""
        self.places["/user_identities"] = "/ui"
        if not isinstance(raw, list):
            return raw
        found: dict[str, Any] = {}
        for at, one in enumerate(raw):
            number, value = (one.get("n"), one.get("i")) if isinstance(one, dict) else (None, None)
            if (name := identity(number)) is None:
                known = f"0 to {max(IDENTITIES)}"
                self.note(f"/ui/{at}", "unknown-identity", f"An identity has a number from {known}; it is ignored.")
            elif value is not None:
                self.places[f"/user_identities/{name}"] = f"/ui/{at}/i"
                found[name] = value
        return found

    def events(self, raw: Any) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
        """The events, and which message each of them is."""
        if not isinstance(raw, list):
            if raw is not None:
                self.note("/msgs", "wrong-type", "A list of messages expected; there are none in it.", Severity.ERROR)
            return [], ()
        events: list[dict[str, Any]] = []
        messages: list[int] = []
        for at, message in enumerate(raw):
            if (event := self.event(message, f"/msgs/{at}", f"/events/{len(events)}")) is not None:
                events.append(event)
                messages.append(at)
        return events, tuple(messages)

    def event(self, message: Any, place: str, pointer: str) -> dict[str, Any] | None:
        """A message as an event, None when it is none."""
        kind = message.get("dt") if isinstance(message, dict) else None
        known = KINDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            text = f'A message is an object whose "dt" is one of {", ".join(KINDS)}; this one is ignored.'
            self.note(f"{place}/dt" if isinstance(message, dict) else place, "message-type", text, Severity.ERROR)
            return None
        self.places |= {pointer: place, f"{pointer}/event_type": f"{place}/dt", f"{pointer}/data": place}
        data = self.spelled(message, known.table, place, f"{pointer}/data")
        data = dict.fromkeys(known.always) | data
        if kind == "ss" and "session_uuid" not in data and "source_message_id" in data:
            data["session_uuid"] = data[
                "source_message_id"
            ]  # a session start's id is the session's (mparticle.md §3.4)
        return {"event_type": known.event_type, "data": data}


def _escaped(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
