"""The store of users: what is known of each mpid, and who holds an identity (mparticle.md §§3.6, 3.7, 7).

Identities have the names of a batch: those of `user_identities`, those of `device_info`, and `mp_deviceid`. Documents:
`user` by mpid, `state` by mpid and number (what the user was like before, for a clock that is turned back), `holder` by
a digest of an identity's type and value, so that hostile texts never become a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import words

USER, STATE, HOLDER = "user", "state", "holder"
_DELETED, _COUNT = "deleted", "states"
_STATES = 200
"""How many earlier states of a user are kept."""
_APART_MS = 60_000
"""How far apart they are, so that whoever is told of often costs no more; a sandbox's month has five minutes."""
_USER_IDENTITIES = frozenset(words.USER_IDENTITIES)


class Identity(NamedTuple):
    """One value of an identity, and since when the user has it."""

    value: str
    timestamp_ms: int


Identities = Mapping[str, Identity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user. `identities` are the current values by type.

    `earlier` are further values that the user still holds: the devices of before and, where values pile up, whatever
    else was replaced. An attribute without a value (None) is a tag. `consent` is by regulation and purpose, as a batch
    has it.
    """

    mpid: int
    environment: str = words.DEFAULT_ENVIRONMENT
    created_ms: int
    last_stored_ms: int
    identities: Identities = field(default_factory=dict)
    earlier: Mapping[str, tuple[Identity, ...]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    is_opted_out: bool = False
    limit_ad_tracking: bool | None = None

    def holds(self, identity_type: str, value: str) -> bool:
        """Whether the user has this identity."""
        current = self.identities.get(identity_type)
        if current is not None and current.value == value:
            return True
        return any(one.value == value for one in self.earlier.get(identity_type, ()))

    def held(self) -> Iterator[tuple[str, Identity]]:
        """Every identity, the current one of each type before its earlier ones."""
        for identity_type, current in self.identities.items():
            yield identity_type, current
            for one in reversed(self.earlier.get(identity_type, ())):
                yield identity_type, one

    @property
    def user_identities(self) -> list[tuple[str, Identity]]:
        """Customer id, email and the like."""
        return [one for one in self.held() if is_of_user(one[0])]

    @property
    def device_identities(self) -> list[tuple[str, Identity]]:
        """Those of the user's devices, `mp_deviceid` among them."""
        return [one for one in self.held() if not is_of_user(one[0])]


def is_of_user(identity_type: str) -> bool:
    """Whether an identity is the user's, not a device's."""
    return identity_type in _USER_IDENTITIES


class People:
    """All users of a tenant, over its documents; only a fold may `put` and `delete`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def get(self, mpid: int) -> Person | None:
        """The user, None when there is none."""
        document = self._documents.get(USER, str(mpid))
        return None if document is None or _DELETED in document else _person(mpid, document)

    def at(self, mpid: int, now_ms: int) -> Person | None:
        """The user as of an instant, None when there was none yet; to the minute, as far back as states are kept."""
        document = self._documents.get(USER, str(mpid))
        if document is None or _DELETED in document or document["created_ms"] > now_ms:
            return None
        count = document.get(_COUNT, 0)
        earlier = (self._documents.get(STATE, f"{mpid}/{number}") for number in _numbers(count))
        states = (document, *(state for state in earlier if state is not None))
        return _person(mpid, next((state for state in states if state["last_stored_ms"] <= now_ms), states[-1]))

    def all(self) -> list[Person]:
        """Every user, in order of making."""
        found = self._documents.all(USER)
        return [_person(int(mpid), document) for mpid, document in found if _DELETED not in document]

    def holders(self, identity_type: str, value: str, environment: str | None = None) -> list[int]:
        """The mpids of those who hold an identity, in order of getting it; of one environment where it is given."""
        document = self._documents.get(HOLDER, _key(identity_type, value))
        found = document["mpids"] if document is not None else ()
        return [mpid for mpid, where in found if environment in (None, where)]

    def is_taken(self, mpid: int) -> bool:
        """Whether there is or was such a user: the number of one who was deleted is nobody else's."""
        return self._documents.get(USER, str(mpid)) is not None

    def put(self, person: Person) -> None:
        """Store or replace a user."""
        document = self._documents.get(USER, str(person.mpid)) or {}
        before = _pairs(document)
        after = {(identity_type, one.value) for identity_type, one in person.held()}
        for pair in sorted(before - after):
            self._unhold(person.mpid, pair)
        for pair in sorted(after - before):
            self._hold(person, pair)
        count = self._kept(person, document)
        self._documents.put(USER, str(person.mpid), {**_document(person), **({_COUNT: count} if count else {})})

    def delete(self, mpid: int) -> None:
        """Forget a user; unknown ones are fine."""
        document = self._documents.get(USER, str(mpid))
        if document is None:
            return
        for pair in sorted(_pairs(document)):
            self._unhold(mpid, pair)
        for number in _numbers(document.get(_COUNT, 0)):
            self._documents.delete(STATE, f"{mpid}/{number}")
        self._documents.put(USER, str(mpid), {_DELETED: True})

    def _kept(self, person: Person, before: Mapping[str, Any]) -> int:
        """Keep the state before, if it lasted; how many there are."""
        count: int = before.get(_COUNT, 0)
        stored = before.get("last_stored_ms")
        if stored is None or abs(person.last_stored_ms - stored) < _APART_MS:
            return count
        self._documents.put(STATE, f"{person.mpid}/{count}", before)
        if count >= _STATES:
            self._documents.delete(STATE, f"{person.mpid}/{count - _STATES}")
        return count + 1

    def _hold(self, person: Person, pair: tuple[str, str]) -> None:
        key = _key(*pair)
        document = self._documents.get(HOLDER, key) or {"mpids": []}
        document["mpids"].append([person.mpid, person.environment])
        self._documents.put(HOLDER, key, document)

    def _unhold(self, mpid: int, pair: tuple[str, str]) -> None:
        key = _key(*pair)
        document = self._documents.get(HOLDER, key) or {"mpids": []}
        left = [one for one in document["mpids"] if one[0] != mpid]
        if left:
            self._documents.put(HOLDER, key, {"mpids": left})
        else:
            self._documents.delete(HOLDER, key)


def _numbers(count: int) -> range:
    """The numbers of the states that are kept, the newest first."""
    return range(count - 1, max(count - _STATES, 0) - 1, -1)


def _pairs(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The identities of a user as they are stored."""
    stored: Mapping[str, list[tuple[str, int]]] = document.get("identities", {})
    return {(identity_type, value) for identity_type, held in stored.items() for value, _ in held}


def _key(identity_type: str, value: str) -> str:
    return blake2b(f"{identity_type}\x1f{value}".encode(), digest_size=16).hexdigest()


def _document(person: Person) -> dict[str, Any]:
    """A user as JSON: the values of a type in one list, the current one last."""
    earlier = person.earlier
    return {
        "environment": person.environment,
        "created_ms": person.created_ms,
        "last_stored_ms": person.last_stored_ms,
        "identities": {
            identity_type: [list(one) for one in (*earlier.get(identity_type, ()), current)]
            for identity_type, current in person.identities.items()
        },
        "attributes": person.attributes,
        "consent": person.consent,
        "is_opted_out": person.is_opted_out,
        "limit_ad_tracking": person.limit_ad_tracking,
    }


def _person(mpid: int, document: Mapping[str, Any]) -> Person:
    stored = {name: tuple(Identity(*one) for one in held) for name, held in document["identities"].items()}
    return Person(
        mpid=mpid,
        environment=document["environment"],
        created_ms=document["created_ms"],
        last_stored_ms=document["last_stored_ms"],
        identities={name: held[-1] for name, held in stored.items()},
        earlier={name: held[:-1] for name, held in stored.items() if len(held) > 1},
        attributes=document["attributes"],
        consent=document["consent"],
        is_opted_out=document["is_opted_out"],
        limit_ad_tracking=document["limit_ad_tracking"],
    )
