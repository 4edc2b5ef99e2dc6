"""Erasures that fall due: from the instant at which one is completed on, its users are gone (mparticle.md §8).

A fold has no clock. So an erasure is kept with its instant, and whoever comes later carries it out first: a fold at the
instant of its entry, for good; a reader at the tenant's present one, in a draft. Documents: `erasures`, all in one.
"""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.tenants import milliseconds
from mockserver.vendors.contract import Call, Documents
from mockserver.vendors.drafts import Draft
from mockserver.vendors.mparticle.identity.people import People

ERASURES, ALL = "erasures", "all"
_OF_USERS = ("alias", "seeds", "consents")
"""Kinds of documents that are kept of a user beside the user, by mpid."""


def schedule(documents: Documents, request_id: str, due_ms: int, mpids: Iterable[int]) -> None:
    """Have users erased at an instant."""
    kept = (documents.get(ERASURES, ALL) or {"pending": []})["pending"]
    documents.put(ERASURES, ALL, {"pending": [*kept, {"request": request_id, "due": due_ms, "mpids": list(mpids)}]})


def withdraw(documents: Documents, request_id: str) -> None:
    """Do not carry out a request's erasure."""
    kept = (documents.get(ERASURES, ALL) or {"pending": []})["pending"]
    documents.put(ERASURES, ALL, {"pending": [one for one in kept if one["request"] != request_id]})


def carry_out(documents: Documents, at_ms: int) -> None:
    """Erase everybody whose erasure is due at an instant."""
    kept = (documents.get(ERASURES, ALL) or {"pending": []})["pending"]
    due = [one for one in kept if one["due"] <= at_ms]
    if not due:
        return
    people = People(documents)
    for mpid in dict.fromkeys(mpid for one in due for mpid in one["mpids"]):
        people.delete(mpid)
        for kind in _OF_USERS:
            documents.delete(kind, str(mpid))
    documents.put(ERASURES, ALL, {"pending": [one for one in kept if one["due"] > at_ms]})


def remembered_by(call: Call) -> Draft:
    """What is remembered of a call's tenant at this instant, to be written to without anything being stored."""
    draft = Draft(call.tenant.documents(call.vendor))
    carry_out(draft, milliseconds(call.tenant.now()))
    return draft
