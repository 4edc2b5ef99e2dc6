"""What is remembered of data subject requests, and where one stands at an instant (mparticle.md §8).

Documents: `subject_request` by id in lower case, `subject_requests_alike` by what must not be asked for twice at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.identity import erasures
from mockserver.vendors.mparticle.privacy import words

PENDING, IN_PROGRESS, COMPLETED, CANCELLED = "pending", "in_progress", "completed", "cancelled"
REQUEST, ALIKE = "subject_request", "subject_requests_alike"
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS

Document = Mapping[str, Any]


def created(entry: Entry, documents: Documents) -> None:
    """A request was accepted: kept with its instants and users, which stand in the details; an erasure will be due."""
    from mockserver.vendors.mparticle.privacy.schemas import request_of

    request, decided = request_of(orjson.loads(entry.content)), entry.details
    key = request.id.lower()
    kept = {
        "id": request.id,
        "kind": request.kind,
        "group_id": request.group_id,
        "callbacks": request.callbacks,
        "received": decided["received"],
        "begins": decided["begins"],
        "completes": decided["completes"],
        "mpids": decided["mpids"],
        "origin": decided["origin"],
        "cancelled": None,
    }
    documents.put(REQUEST, key, kept)
    documents.put(ALIKE, request.likeness, {"id": key})
    if request.kind == words.ERASURE:
        erasures.schedule(documents, key, kept["completes"], kept["mpids"])


def cancelled(entry: Entry, documents: Documents) -> None:
    """A request was cancelled while it was pending."""
    key = key_of_path(entry.path)
    kept = documents.get(REQUEST, key)
    if kept is not None:
        documents.put(REQUEST, key, {**kept, "cancelled": entry.details["received"]})
        erasures.withdraw(documents, key)


def plan(kind: str, received_ms: int, settings: Mapping[str, Any], *, skips_waiting: bool) -> dict[str, int]:
    """When a request that comes now begins to be processed and is done."""
    waiting = "erasure_waiting_hours" if kind == words.ERASURE else "access_waiting_hours"
    begins = received_ms + round(settings["skipped_waiting_hours" if skips_waiting else waiting] * _HOUR_MS)
    completes = begins + round(settings["request_processing_hours"] * _HOUR_MS)
    return {"received": received_ms, "begins": begins, "completes": completes}


def status(kept: Document, now_ms: int) -> str:
    """Where a request stands."""
    if kept["cancelled"] is not None:
        return CANCELLED
    if now_ms < kept["begins"]:
        return PENDING
    return IN_PROGRESS if now_ms < kept["completes"] else COMPLETED


def key_of_path(path: str) -> str:
    """The id at the end of a path, in lower case."""
    return path.strip("/").rpartition("/")[2].lower()


def find(documents: Documents, request_id: str) -> Document | None:
    """The request of that id."""
    return documents.get(REQUEST, request_id.lower())


def in_group(documents: Documents, group_id: str) -> list[Document]:
    """The requests of a group, in order of coming."""
    return [kept for _, kept in documents.all(REQUEST) if kept["group_id"] == group_id]


def is_alike_active(documents: Documents, likeness: str, now_ms: int) -> bool:
    """Whether a request with the same identities, extension and type is not done yet."""
    found = documents.get(ALIKE, likeness)
    kept = None if found is None else find(documents, found["id"])
    return kept is not None and status(kept, now_ms) in (PENDING, IN_PROGRESS)


def has_results(kept: Document, now_ms: int) -> bool:
    """Whether there is something to be fetched: erasures have no results."""
    return kept["kind"] != words.ERASURE and status(kept, now_ms) == COMPLETED


def are_gone(kept: Document, now_ms: int, days: float) -> bool:
    """Whether results could be fetched, but not any more."""
    return bool(now_ms > kept["completes"] + days * _DAY_MS)
