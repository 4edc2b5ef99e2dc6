"""What identity calls leave behind: the fold of the log (mparticle.md §§4.3-4.5).

Whom a call is about was decided when it was answered, and stands in the entry's details: a dry run has none there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.identity import bodies, changes
from mockserver.vendors.mparticle.identity.names import mpid_in
from mockserver.vendors.mparticle.identity.people import People, Person
from mockserver.vendors.mparticle.identity.resolution import config_of
from mockserver.vendors.mparticle.settings import remembered
from mockserver.vendors.mparticle.words import HOUR_MS

ALIAS: Final = "alias"
_MPID = re.compile(r"/([^/]+)/modify")
_ALIASES = 100


def identified(entry: Entry, documents: Documents) -> None:
    """Identify, login, logout: the user who was answered has the request's identities."""
    mpid = mpid_in(entry.details.get("mpid"))
    if mpid is None:
        return
    config, people = config_of(remembered(documents)), People(documents)
    asked = bodies.asked(entry.content, entry.operation)
    person = people.get(mpid) or Person(
        mpid=mpid, environment=asked.environment, created_ms=entry.at, last_stored_ms=entry.at
    )
    person = changes.added(person, asked.identities, config, entry.at)
    changes.store(people, replace(person, last_stored_ms=entry.at), config)


def modified(entry: Entry, documents: Documents) -> None:
    """Modify: the user in the path has other identities."""
    config, people = config_of(remembered(documents)), People(documents)
    mpid = mpid_of_path(entry.path)
    person = people.get(mpid) if mpid is not None else None
    if person is not None:
        person = changes.changed(person, bodies.changes(entry.content), config, entry.at)
        changes.store(people, replace(person, last_stored_ms=entry.at), config)


def aliased(entry: Entry, documents: Documents) -> None:
    """Alias: kept until it is processed, a day later; nothing else comes of it (mparticle.md §4.5)."""
    alias = bodies.alias(entry.content)
    request = {**alias._asdict(), "at": entry.at, "processed_at": entry.at + 24 * HOUR_MS}
    before = aliases_of(alias.source, documents)
    documents.put(ALIAS, str(alias.source), {"requests": [*before, request][-_ALIASES:]})


def aliases_of(source: int, documents: Documents) -> list[dict[str, Any]]:
    """The alias requests with this source, in order."""
    requests: list[dict[str, Any]] = (documents.get(ALIAS, str(source)) or {"requests": []})["requests"]
    return requests


def mpid_of_path(path: str) -> int | None:
    """The user in a path of modify."""
    found = _MPID.search(path)
    return None if found is None else mpid_in(found[1])
