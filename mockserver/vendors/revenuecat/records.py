"""What the API has written about customers, as documents, and what of it is true of one customer.

Documents: `customer` by App User ID, `deleted` (when, by App User ID), `claim` by the id of a transaction (who brought
its receipt last), `webhook` (an integration, by its id), `counter`. A customer may have several ids; what was written
under each of them is put together here, because only the tenant's history knows which belong together. Instants are
milliseconds in documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mockserver.lifecycle.subscriber import Device, Person
from mockserver.vendors.contract import Documents
from mockserver.vendors.revenuecat.attributes import Kept, merged
from mockserver.vendors.revenuecat.customer import ANONYMOUS, aliases

CUSTOMER, DELETED, CLAIM, COUNTER = "customer", "deleted", "claim", "counter"
WEBHOOK = "webhook"
WEBHOOKS = "webhooks"  # the counter of webhooks, absent while there was none
CLAIMS = "claims"  # the counter of claims, absent while there is none
EXPERIMENT = ("experiment_id", "experiment_variant", "enrolled_at_ms")
Document = dict[str, Any]


class Grant(NamedTuple):
    """A promotional entitlement, until a time or for good."""

    id: str
    entitlement: str
    product_id: str
    granted_at: int
    expires_at: int | None
    write: int = 0


class Revocation(NamedTuple):
    """All grants of an entitlement until then were taken back."""

    entitlement: str
    at: int
    write: int = 0


class Claim(NamedTuple):
    """Who brought a receipt, and when. `forced`: a developer has moved the purchase; `person`: who, in the history."""

    app_user_id: str
    at: int
    write: int = 0
    forced: bool = False
    person: Document | None = None

    def holder(self) -> Person:
        """Whose the purchase is."""
        return stranger(self.app_user_id) if self.person is None else person_of(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was written about one customer.

    `last_seen` is by an app that named its platform; `platform` is the last of them, `ios` or `android`.
    """

    first_seen: datetime
    last_seen: datetime | None = None
    platform: str | None = None
    attributes: Mapping[str, Kept] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    experiments: tuple[Mapping[str, Any], ...] = ()


class Known(NamedTuple):
    """A person as RevenueCat tells of them: with the attributes that the API has set, and when those were updated."""

    person: Person
    updated: Mapping[str, datetime]
    experiments: Sequence[Mapping[str, Any]] = ()


def blank(at: int, write: int) -> Document:
    """A customer of whom nothing has been written yet; `since` and `write` are its first and last write."""
    return {
        "first_seen": at,
        "last_seen": None,
        "platform": None,
        "attributes": {},
        "grants": [],
        "revocations": [],
        "experiments": [],
        "since": write,
        "write": write,
        "written": at,
    }


def record_of(documents: Documents, ids: Iterable[str]) -> Record | None:
    """What was written about the customer with these ids since a deletion, None if nothing was."""
    known = tuple(ids)
    deleted = deletion_of(documents, known)
    since = deleted["write"] if deleted is not None else 0
    found = [one for id_ in known if (one := documents.get(CUSTOMER, id_)) is not None and one["write"] > since]
    if not found:
        return None
    return Record(
        first_seen=instant(min(one["first_seen"] if one["since"] > since else one["written"] for one in found)),
        last_seen=_last_seen(found),
        platform=_platform(found, since),
        attributes=merged(_attributes(one, since) for one in found),
        grants=tuple(one for one in _grants(found) if one.write > since),
        revocations=tuple(one for one in _revocations(found) if one.write > since),
        experiments=tuple(_experiments(found, since)),
    )


def deletion_of(documents: Documents, ids: Iterable[str]) -> Document | None:
    """The last deletion of a customer under any of these ids."""
    marks = [mark for id_ in ids if (mark := documents.get(DELETED, id_)) is not None]
    return max(marks, key=lambda mark: mark["write"], default=None)


def claim_of(documents: Documents, word: str) -> Claim | None:
    """The last claim of a transaction, unless its customer was deleted since."""
    found = documents.get(CLAIM, word)
    if found is None:
        return None
    claim = Claim(**found)
    deletion = deletion_of(documents, (claim.app_user_id,))
    return claim if deletion is None or deletion["write"] < claim.write else None


def stranger(app_user_id: str) -> Person:
    """A customer of whom the history knows nothing."""
    anonymous_id = app_user_id.removeprefix(ANONYMOUS) if app_user_id.startswith(ANONYMOUS) else ""
    return Person(
        key=app_user_id,
        customer_id=None if anonymous_id else app_user_id,
        anonymous_id=anonymous_id,
        known_ids=(anonymous_id or app_user_id,),
    )


def snapshot(person: Person) -> Document:
    """A person as a document has them."""
    return {**asdict(person), "attributes": dict(person.attributes)}


def person_of(document: Mapping[str, Any]) -> Person:
    """The person of a snapshot."""
    devices = tuple(Device(**one) for one in document["devices"])
    return Person(**{**document, "devices": devices, "known_ids": tuple(document["known_ids"])})


def known_to(person: Person, documents: Documents | None) -> Known:
    """A person with what an app has set by API in place of their own values; what it has deleted is empty."""
    record = record_of(documents, aliases(person)) if documents is not None else None
    if record is None:
        return Known(person, {})
    texts = {key: one.value or "" for key, one in record.attributes.items()}
    seen = (Device(id="last seen", platform=record.platform),) if record.platform is not None else ()
    known = replace(
        person,
        mpid=texts.get("$mparticleId", person.mpid) or None,
        devices=(*person.devices, *seen),
        attributes={**person.attributes, **texts},
    )
    updated = {key: instant(one.updated_at_ms) for key, one in record.attributes.items()}
    return Known(known, updated, record.experiments)


def instant(milliseconds: int) -> datetime:
    """An instant of the documents'."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def millis(at: datetime) -> int:
    """An instant as documents have it."""
    return round(at.timestamp() * 1000)


def _attributes(document: Document, since: int) -> dict[str, Kept]:
    found = {key: Kept(**one) for key, one in document["attributes"].items()}
    return {key: one for key, one in found.items() if one.write > since}


def _grants(found: Iterable[Document]) -> Iterator[Grant]:
    return (Grant(**one) for document in found for one in document["grants"])


def _revocations(found: Iterable[Document]) -> Iterator[Revocation]:
    return (Revocation(**one) for document in found for one in document["revocations"])


def _last_seen(found: Iterable[Document]) -> datetime | None:
    last = max((one["last_seen"] for one in found if one["last_seen"] is not None), default=None)
    return None if last is None else instant(last)


def _platform(found: Iterable[Document], since: int) -> str | None:
    seen = [one["platform"] for one in found if one["platform"] is not None and one["platform"]["write"] > since]
    last = max(seen, key=lambda one: one["write"], default=None)
    return last["name"] if last is not None else None


def _experiments(found: Iterable[Document], since: int) -> Iterator[Mapping[str, Any]]:
    """Of two enrollments in one experiment the later."""
    told = (one for document in found for one in document.get("experiments", ()) if one["write"] > since)
    last = {one["experiment_id"]: one for one in sorted(told, key=lambda one: int(one["write"]))}
    return ({key: one[key] for key in EXPERIMENT} for one in last.values())
