"""All of mParticle's APIs on one origin (mparticle.md §1): which of them answers, refuses, reads and remembers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mockserver.journal.entry import Entry, Part, Verdict
from mockserver.vendors.contract import Answer, Documents, Operation, Reading, Refusal
from mockserver.vendors.mparticle import (
    dialect,
    errors,
    identity,
    native,
    oauth,
    outbound,
    plans,
    privacy,
    profiles,
    routes,
    seeding,
    web,
)
from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.identity.erasures import carry_out

EVENTS = Api(
    operations=routes.OPERATIONS,
    refuse=errors.refuse,
    reads=dict.fromkeys((dialect.SINGLE, dialect.BULK, dialect.HISTORICAL), dialect.read),
)
APIS = (
    EVENTS,
    identity.API,
    web.API,
    native.API,
    oauth.API,
    profiles.API,
    plans.API,
    privacy.API,
    seeding.API,
    outbound.API,
)
OPERATIONS = tuple(operation for api in APIS for operation in api.operations)

_READS = {name: read for api in APIS for name, read in api.reads.items()}
_FOLDS = {
    name: tuple(api.folds[name] for api in APIS if name in api.folds)
    for name in dict.fromkeys(name for api in APIS for name in api.folds)
}
_OWNERS = {operation.name: api for api in APIS for operation in api.operations}


def read(entry: Entry, reading: Reading) -> Sequence[Part]:
    """What an entry says, by the operation that was called."""
    found = _READS.get(entry.operation)
    return () if found is None else found(entry, reading)


def remember(entry: Entry, documents: Documents) -> None:
    """Fold an entry into what is known: only what was accepted changes anything, after whatever was due before it."""
    folds = _FOLDS.get(entry.operation, ()) if entry.verdict is Verdict.ACCEPTED else ()
    if folds:
        carry_out(documents, entry.at)
    for fold in folds:
        fold(entry, documents)


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses, in the words of the API whose operation or path it was."""
    owner = _OWNERS.get(refusal.operation) or _owner_of(refusal.path)
    return (owner.refuse or errors.refuse)(refusal)


def _owner_of(path: str) -> Api:
    """Whose a path is that no operation was called by: a known one with another method, or one that begins alike."""
    known = (api for api in APIS for operation in api.operations if _matches(operation, path))
    alike = (api for api in APIS if api.prefixes and path.startswith(api.prefixes))
    return next(known, None) or next(alike, None) or EVENTS


def _matches(operation: Operation, path: str) -> bool:
    return any(re.fullmatch(re.sub(r"<[^>]*>", "[^/]+", rule), path) for rule in operation.paths)
