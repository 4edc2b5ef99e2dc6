"""What Adapty remembers of a tenant, and a profile's answer at an instant.

Documents: `profile` by profile id, `customer` (customer user id to profile id), `deleted` (when, by either id). They
are folded from the log by `remember`; handlers compute their answers with the same pure `CHANGES` and write nothing.
A person known from a lifecycle has a profile even if nobody created it: the app's SDK would have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import orjson

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle.subscriber import Person
from mockserver.vendors.adapty import schemas, writes
from mockserver.vendors.adapty.objects import Profile, Purchase, access_levels
from mockserver.vendors.adapty.purchases import profile_id_of, profile_of
from mockserver.vendors.adapty.sharing import Ledger, fold
from mockserver.vendors.contract import Documents, TenantView, VendorError

Record = dict[str, Any]
Change = Callable[[Record, Mapping[str, Any], datetime], Record]
CUSTOMER_HEADER = "adapty-customer-user-id"
PROFILE_HEADER = "adapty-profile-id"


class Identity(NamedTuple):
    """Whom a call is about; with both ids outside of create, the profile id decides (adapty.md §3: not known)."""

    customer_user_id: str | None
    profile_id: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Identity:
        """The identity headers; an empty one counts as not sent."""
        profile_id = headers.get(PROFILE_HEADER, "").strip().lower()
        return cls(headers.get(CUSTOMER_HEADER, "").strip() or None, profile_id or None)


class Found(NamedTuple):
    """A profile: what the API has written about it, and the person of a lifecycle that it belongs to."""

    record: Record
    person: Person | None = None


class Memory:
    """All profiles of a tenant at the tenant's instant."""

    def __init__(self, tenant: TenantView) -> None:
        self.at = tenant.now()
        self._documents = tenant.documents("adapty")
        self._settings = tenant.settings("adapty")
        self._app_id = str(uuid5(NAMESPACE_URL, f"adapty-app:{tenant.name}"))
        past = [event for event in tenant.history() if event.at <= self.at]
        self._ledger: Ledger = fold(past, self._settings["sharing"])

    def find(self, identity: Identity) -> Found | None:
        """The profile of that identity, or None."""
        if identity.profile_id is not None:
            return self._by_profile(identity.profile_id)
        return self._by_customer(identity.customer_user_id or "")

    def create(self, identity: Identity) -> Found | None:
        """The profile to create or update; both ids attach the customer user id to that profile, which must exist."""
        found = self.find(identity)
        if identity.profile_id is not None:
            if found is None or identity.customer_user_id is None:
                return found
            return Found({**found.record, "customer_user_id": identity.customer_user_id}, found.person)
        customer = identity.customer_user_id or ""
        return found or Found(fresh(self._documents, customer), self._ledger.by_customer(customer))

    def knows_level(self, level: str, found: Found) -> bool:
        """Whether the app has such an access level: `premium` always, the settings', and what the profile has."""
        has = {one.access_level_id for one in access_levels(self.purchases(found), self.at)}
        return level == writes.PREMIUM or level in self._settings["access_levels"] or level in has

    def purchases(self, found: Found) -> tuple[Purchase, ...]:
        """Everything the profile has, revocations applied."""
        planned = self._planned(found)
        known = {one.store_original_transaction_id for one in planned}
        written = writes.purchases(found.record, self._settings["products"], self.at)
        added = (one for one in written if one.store_original_transaction_id not in known)
        return tuple(writes.revoked(one, found.record) for one in (*planned, *added))

    def watches(self, found: Found, chain: str) -> bool:
        """Whether a store tells of a chain of the profile's."""
        return any(one.store_original_transaction_id == chain for one in self._planned(found))

    def installed(self, found: Found) -> datetime | None:
        """When the app was installed, as far as a lifecycle tells."""
        return self._ledger.first.get(found.person.key) if found.person is not None else None

    def answer(self, found: Found) -> Profile:
        """The profile as Adapty answers it at this instant."""
        record, purchases = found.record, self.purchases(found)
        return Profile(
            app_id=self._app_id,
            profile_id=record["profile_id"],
            customer_user_id=record["customer_user_id"],
            total_revenue_usd=float(self._revenue(found)),
            segment_hash=hashlib.sha256(record["profile_id"].encode()).hexdigest()[:16],
            timestamp=round(self.at.timestamp() * 1000),
            custom_attributes=record["attributes"],
            access_levels=access_levels(purchases, self.at),
            subscriptions=tuple(one for one in purchases if one.kind == "subscription"),
            non_subscriptions=tuple(one for one in purchases if one.kind == "non_subscription"),
        )

    def _planned(self, found: Found) -> tuple[Purchase, ...]:
        return self._ledger.purchases(found.person.key) if found.person is not None else ()

    def _revenue(self, found: Found) -> Decimal:
        planned = self._ledger.money.get(found.person.key, Decimal(0)) if found.person is not None else Decimal(0)
        known = {one.store_original_transaction_id for one in self._planned(found)}
        return planned + writes.revenue(found.record, known)

    def _by_profile(self, profile_id: str) -> Found | None:
        record = self._documents.get("profile", profile_id)
        person = self._ledger.by_profile(profile_id)
        if record is not None:
            customer = record["customer_user_id"]
            return self._known(record, person or (self._ledger.by_customer(customer) if customer else None))
        return self._from_life(person) if person is not None else None

    def _by_customer(self, customer_id: str) -> Found | None:
        index = self._documents.get("customer", customer_id)
        if index is not None:
            return self._by_profile(index["profile_id"])
        person = self._ledger.by_customer(customer_id)
        return self._by_profile(profile_of(person)) if person is not None else None

    def _known(self, record: Record, person: Person | None) -> Found:
        customer = record["customer_user_id"] or (person.customer_id if person is not None else None)
        return Found({**record, "customer_user_id": customer}, person)

    def _from_life(self, person: Person) -> Found | None:
        """A person's profile; one that was deleted comes back with the next thing that happens to the person."""
        profile_id = profile_of(person)
        marks = [self._documents.get("deleted", mark) for mark in _marks(profile_id, person.customer_id)]
        if any(mark is not None and self._ledger.latest[person.key] <= instant(mark["at"]) for mark in marks):
            return None
        return Found(blank(profile_id, person.customer_id), person)


def blank(profile_id: str, customer_user_id: str | None) -> Record:
    """A profile of which nothing has been written yet."""
    return {
        "profile_id": profile_id,
        "customer_user_id": customer_user_id,
        "fields": {},
        "attributes": {},
        "installation_meta": {},
        "grants": {},
        "revocations": {},
        "chains": {},
    }


def fresh(documents: Documents, customer_user_id: str) -> Record:
    """A new profile for a customer user id: the same after a deletion, another if somebody else has it by now."""
    number, profile_id = 1, profile_id_of(customer_user_id)
    while documents.get("profile", profile_id) is not None:
        number += 1
        profile_id = profile_id_of(f"{customer_user_id}#{number}")
    return blank(profile_id, customer_user_id)


def with_fields(record: Record, body: Mapping[str, Any], at: datetime) -> Record:  # noqa: ARG001  the shape of a change
    """Create or update: only what is sent changes; an attribute of null or "" goes (adapty.md §4.1, §7)."""
    pairs = body.get("custom_attributes", ())
    sent = {pair["key"]: pair["value"] for pair in pairs}
    merged = {**record["attributes"], **sent}
    personal = {key: value for key, value in body.items() if key not in {"custom_attributes", "installation_meta"}}
    return {
        **record,
        "fields": {**record["fields"], **personal},
        "attributes": {key: value for key, value in merged.items() if value not in (None, "")},
        "installation_meta": {**record["installation_meta"], **body.get("installation_meta", {})},
    }


CHANGES: Mapping[str, Change] = {
    "create_profile": with_fields,
    "update_profile": with_fields,
    "grant_access_level": writes.with_grant,
    "revoke_access_level": writes.with_revocation,
    "set_transaction": writes.with_transaction,
}
LOADERS: Mapping[str, Callable[[bytes], dict[str, Any]]] = {
    "create_profile": lambda content: schemas.load(schemas.PROFILE, content),
    "update_profile": lambda content: schemas.load(schemas.PROFILE, content),
    "grant_access_level": lambda content: schemas.load(schemas.GRANT, content),
    "revoke_access_level": lambda content: schemas.load(schemas.REVOKE, content),
    "set_transaction": schemas.load_transaction,
}


def remember(entry: Entry, documents: Documents) -> None:
    """Fold an entry into what is known: what was accepted, about the profile that was answered."""
    if entry.direction is not Direction.IN or entry.verdict is not Verdict.ACCEPTED:
        return
    if entry.operation == "delete_profile":
        _forget(entry, documents)
    elif entry.operation in CHANGES:
        _write(entry, documents)


def _write(entry: Entry, documents: Documents) -> None:
    try:
        body = LOADERS[entry.operation](entry.content)
    except VendorError:  # accepted under other rules than today's: an imported log
        return
    profile_id, customer, at = _answered(entry, documents)
    if profile_id is None:
        return
    record = documents.get("profile", profile_id) or blank(profile_id, customer)
    _attach(documents, record, customer)
    documents.put("profile", profile_id, CHANGES[entry.operation](record, body, at))


def _answered(entry: Entry, documents: Documents) -> tuple[str | None, str | None, datetime]:
    """Profile id, customer user id and instant as they were answered; from the request where the answer was lost."""
    if entry.status == 200:
        data = orjson.loads(entry.answer)["data"]
        return data["profile_id"], data["customer_user_id"], instant(data["timestamp"])
    identity = Identity.of(dict(entry.headers))
    profile_id = identity.profile_id or _indexed(identity, documents)
    if profile_id is None and identity.customer_user_id is not None:
        profile_id = fresh(documents, identity.customer_user_id)["profile_id"]
    attached = entry.operation == "create_profile" or identity.profile_id is None
    return profile_id, identity.customer_user_id if attached else None, instant(entry.at)


def _attach(documents: Documents, record: Record, customer: str | None) -> None:
    """Make the customer user id this profile's: another profile that had it goes on without."""
    if customer is None:
        return
    former = record["customer_user_id"]
    if former is not None and former != customer:
        documents.delete("customer", former)
    index = documents.get("customer", customer)
    if index is not None and index["profile_id"] != record["profile_id"]:
        other = documents.get("profile", index["profile_id"])
        if other is not None:
            documents.put("profile", index["profile_id"], {**other, "customer_user_id": None})
    documents.put("customer", customer, {"profile_id": record["profile_id"]})
    record["customer_user_id"] = customer


def _forget(entry: Entry, documents: Documents) -> None:
    """Forget a profile; marks keep a person of a lifecycle from having it still, whichever id was used."""
    identity = Identity.of(dict(entry.headers))
    profile_id = identity.profile_id or _indexed(identity, documents)
    record = documents.get("profile", profile_id) if profile_id is not None else None
    customer = record["customer_user_id"] if record is not None else identity.customer_user_id
    if profile_id is not None:
        documents.delete("profile", profile_id)
    if customer is not None:
        documents.delete("customer", customer)
    for mark in _marks(profile_id, customer):
        documents.put("deleted", mark, {"at": entry.at})


def _marks(profile_id: str | None, customer_user_id: str | None) -> tuple[str, ...]:
    ids = (("profile", profile_id), ("customer", customer_user_id))
    return tuple(f"{kind}:{id_}" for kind, id_ in ids if id_ is not None)


def _indexed(identity: Identity, documents: Documents) -> str | None:
    index = documents.get("customer", identity.customer_user_id) if identity.customer_user_id is not None else None
    return index["profile_id"] if index is not None else None


def instant(milliseconds: int) -> datetime:
    """An instant of the journal's."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
