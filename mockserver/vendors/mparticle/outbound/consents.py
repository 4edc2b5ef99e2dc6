"""Changes of consent, which outputs are told of: what it was before a batch is only known when the batch is folded.

Documents: `consents` by mpid, with the consent that outputs know of and what the last batches have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.identity.batches import mpid_of
from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.outbound.sources import brought
from mockserver.vendors.mparticle.settings import remembered

CONSENTS: Final = "consents"
_KEPT = 20
"""So many batches of a user may wait to be told of."""

Consent = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""By regulation and purpose."""


def fold(entry: Entry, documents: Documents) -> None:
    """Keep what the batches of an entry have changed; the users are up to date already."""
    content = entry.content
    if b'"consent_state"' not in content and b'"con"' not in content:
        return
    settings = remembered(documents)
    for one in brought(entry, documents, settings):
        if not isinstance(one.batch.get("consent_state"), dict):
            continue
        mpid = mpid_of(one.batch, documents, settings)
        person = None if mpid is None else People(documents).get(mpid)
        if person is not None:
            _keep(documents, person.mpid, one.came, person.consent)


def notifications(documents: Documents, mpid: int | None, came: str) -> list[dict[str, Any]]:
    """The system notifications of a batch."""
    kept = documents.get(CONSENTS, str(mpid)) or {"changes": {}}
    found: list[dict[str, Any]] = kept["changes"].get(came, [])
    return found


def _keep(documents: Documents, mpid: int, came: str, consent: Consent) -> None:
    kept = documents.get(CONSENTS, str(mpid)) or {"known": {}, "changes": {}}
    changed = list(_changes(kept["known"], consent))
    if changed:
        last = dict(list(kept["changes"].items())[1 - _KEPT :])
        documents.put(CONSENTS, str(mpid), {"known": consent, "changes": {**last, came: changed}})


def _changes(before: Consent, after: Consent) -> Iterator[dict[str, Any]]:
    """A notification for each purpose; only that of GDPR is documented, CCPA's is named alike."""
    for regulation, purposes in after.items():
        for purpose, current in purposes.items():
            old = before.get(regulation, {}).get(purpose)
            if current != old:
                told = None if old is None else {"regulation": regulation, **old}
                data = {"purpose": purpose, "current": {"regulation": regulation, **current}, "old": told}
                yield {"type": f"{regulation}_change", "data": data}
