"""What becomes of users' identities: a request's are added, modify's changes are made (mparticle.md §§4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from mockserver.vendors.mparticle.identity.people import Identity, People, Person, is_of_user
from mockserver.vendors.mparticle.identity.resolution import BEST_MATCH, Config

_EARLIER = 100
"""How many values a type keeps beside the current one, so that a user of ever new devices stays readable."""


class Change(NamedTuple):
    """One change of modify: without an old value it adds, without a new one it removes."""

    identity_type: str
    old: str
    new: str


def added(person: Person, identities: Mapping[str, str], config: Config, at_ms: int) -> Person:
    """The user with the identities of a request; an immutable one stays as it is."""
    new = {
        identity_type: _extended(person, identity_type, value, config, at_ms)
        for identity_type, value in identities.items()
        if not is_current(person, identity_type, value) and is_free(person, identity_type, value, config)
    }
    return _holding(person, new) if new else person


def changed(person: Person, changes: Iterable[Change], config: Config, at_ms: int) -> Person:
    """The user after modify. An old value that the user has not does not matter (mparticle.md §4.3)."""
    for identity_type, old, new in changes:
        if not is_free(person, identity_type, new, config):
            continue
        if old and person.holds(identity_type, old):
            person = _without(person, identity_type, old)
        elif not new:
            person = _holding(person, {identity_type: []})
        if new:
            person = added(person, {identity_type: new}, config, at_ms)
    return person


def is_current(person: Person, identity_type: str, value: str) -> bool:
    """Whether this is the user's value already."""
    held = person.identities.get(identity_type)
    return held is not None and held.value == value


def is_free(person: Person, identity_type: str, value: str, config: Config) -> bool:
    """Whether an identity may take this value: one that is immutable and held may not."""
    held = person.identities.get(identity_type)
    return held is None or identity_type not in config.immutable or held.value == value


def store(people: People, person: Person, config: Config) -> None:
    """Store a user; nobody else keeps a unique ID of theirs. Who is left with none is an orphan, not deleted."""
    scope = config.scope(person.environment)
    for identity_type, held in person.held():
        if identity_type not in config.unique:
            continue
        for mpid in people.holders(identity_type, held.value, scope):
            if mpid != person.mpid and (other := people.get(mpid)) is not None:
                people.put(_without(other, identity_type, held.value))
    people.put(person)


def _extended(person: Person, identity_type: str, value: str, config: Config, at_ms: int) -> list[Identity]:
    """A user has several devices; values of the user's own identities pile up under best match alone."""
    piles = not is_of_user(identity_type) or config.strategy == BEST_MATCH
    values = _values(person, identity_type) if piles else []
    since = next((one.timestamp_ms for one in values if one.value == value), at_ms)
    kept = [one for one in values if one.value != value][-_EARLIER:]
    return [*kept, Identity(value, since)]


def _without(person: Person, identity_type: str, value: str) -> Person:
    left = [one for one in _values(person, identity_type) if one.value != value]
    return _holding(person, {identity_type: left})


def _values(person: Person, identity_type: str) -> list[Identity]:
    held = person.identities.get(identity_type)
    return [] if held is None else [*person.earlier.get(identity_type, ()), held]


def _holding(person: Person, new: Mapping[str, list[Identity]]) -> Person:
    """The user with these values of some types, the current one of each last; without values, without the type."""
    identities = dict(person.identities)
    earlier = dict(person.earlier)
    for identity_type, values in new.items():
        identities.pop(identity_type, None)
        earlier.pop(identity_type, None)
        if values:
            identities[identity_type] = values[-1]
        if values[:-1]:
            earlier[identity_type] = tuple(values[:-1])
    return replace(person, identities=identities, earlier=earlier)
