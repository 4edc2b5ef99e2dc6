"""Whom a call of the Profile API was about: it tells no event, but questions about a user find it."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mockserver.journal.entry import Entry, Part
from mockserver.vendors.contract import Reading


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of a reader
    """The user who was shown, and the identity that was asked for."""
    asked, answer = _object(entry.content).get("identity"), _object(entry.answer)
    subjects: list[tuple[str, str]] = []
    if isinstance(answer.get("mpid"), int):
        subjects.append(("mpid", str(answer["mpid"])))
    if isinstance(asked, dict) and all(isinstance(asked.get(name), str) for name in ("type", "value")):
        subjects.append((asked["type"], asked["value"]))
    return (Part(subjects=tuple(subjects)),) if subjects else ()


def _object(content: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
