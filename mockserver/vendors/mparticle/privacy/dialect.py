"""What came in, as recorded events: a request that was submitted or cancelled, and whom it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Part, RecordedEvent
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle.privacy import words
from mockserver.vendors.mparticle.privacy.state import key_of_path

REQUEST, CANCELLATION = "data_subject_request", "data_subject_request_cancelled"
"""The kinds of events; a request's name is its type (`erasure`)."""


def read_request(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of a reader
    """A request, as far as its body can be read."""
    try:
        body = orjson.loads(entry.content)
    except orjson.JSONDecodeError:
        return ()
    if not isinstance(body, dict):
        return ()
    kind, id_ = body.get("subject_request_type"), body.get("subject_request_id")
    name = kind if isinstance(kind, str) and kind else REQUEST
    event = RecordedEvent(name, REQUEST, "", id_ if isinstance(id_, str) else "", entry.at)
    subjects = dict.fromkeys((*_subjects(body), *_texts(body, ("subject_request_id", "group_id"))))
    return (Part(subjects=tuple(subjects), events=(event,), verdict=entry.verdict),)


def read_cancellation(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  as above
    """The cancelling of a request."""
    key = key_of_path(entry.path)
    event = RecordedEvent(CANCELLATION, CANCELLATION, "", key, entry.at)
    return (Part(subjects=(("subject_request_id", key),), events=(event,), verdict=entry.verdict),)


def _subjects(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Whom it is about, under the names of batches."""
    extensions = body.get("extensions")
    own = extensions.get(words.DOMAIN) if isinstance(extensions, dict) else None
    found: list[tuple[str, str]] = []
    for holder in (body, own):
        identities = holder.get("subject_identities") if isinstance(holder, dict) else None
        for name, one in identities.items() if isinstance(identities, dict) else ():
            value = one.get("value") if isinstance(one, dict) else None
            if isinstance(value, str | int) and not isinstance(value, bool):
                found.append((words.NAMES.get(str(name), str(name)), str(value)))
    return found


def _texts(body: Mapping[str, Any], names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name in names if isinstance(value := body.get(name), str) and value]
