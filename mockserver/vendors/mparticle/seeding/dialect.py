"""What came in, as recorded events: a part for each user, an event for each attribute that was seeded or set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Part, RecordedEvent, Verdict
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.identity.names import mpid_in
from mockserver.vendors.mparticle.profiles.types import DEVICE_TYPES

SEED, ATTRIBUTE = "calculated_attribute_seed", "user_attribute"
"""The kinds of events in a body."""
_OWN: Mapping[str, str] = {words.SDK_CUSTOMER_ID: "customer_id", **DEVICE_TYPES}
_KINDS = {"calculated_attributes": SEED, "user_attributes": ATTRIBUTE}


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of a reader
    """A part for each user of the body; none when there is no JSON of the right form in it."""
    try:
        body = orjson.loads(entry.content)
    except orjson.JSONDecodeError:
        return ()
    if isinstance(body, dict):
        return (_part(body, "", entry),)
    users = body if isinstance(body, list) else ()
    return [_part(user, f"/{at}", entry) for at, user in enumerate(users) if isinstance(user, dict)]


def _part(user: Mapping[str, Any], path: str, entry: Entry) -> Part:
    """One user; what was refused is told by the answer's findings already."""
    from mockserver.vendors.mparticle import judgement
    from mockserver.vendors.mparticle.seeding import schemas

    remarks = [(place, remark) for place, remark in schemas.remarks(user, path) if not remark.refuses]
    environment = user.get("environment")
    return Part(
        path,
        _subjects(user),
        tuple(_events(user, path, entry.at)),
        tuple(judgement.finding(place, remark) for place, remark in remarks),
        environment if isinstance(environment, str) else words.DEFAULT_ENVIRONMENT,
        Verdict.ACCEPTED if entry.verdict is Verdict.ACCEPTED else Verdict.REJECTED,
    )


def _subjects(user: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Whom the seeds are about, under the names of batches; with an mpid the identities are ignored."""
    mpid = mpid_in(user.get("mpid"))
    if mpid is not None:
        return (("mpid", str(mpid)),)
    given = user.get("identities")
    return tuple((name, str(value)) for name, value in identities_of(given).items())


def identities_of(given: Any) -> dict[str, Any]:
    """The identities of a body under the names of batches; null and empty texts mean that there is none."""
    if not isinstance(given, dict):
        return {}
    return {_OWN.get(name, name): value for name, value in given.items() if value and isinstance(value, str | int)}


def _events(user: Mapping[str, Any], path: str, at: int) -> Iterator[RecordedEvent]:
    for member, kind in _KINDS.items():
        for place, entry in entries_of(user, member):
            name = entry.get("attribute_name")
            yield RecordedEvent(name if isinstance(name, str) else kind, kind, path + place, at=at)


def entries_of(user: Mapping[str, Any], member: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries of a member, of every workspace in it, each with its JSON pointer."""
    holder = user.get(member)
    for name, entries in holder.items() if isinstance(holder, dict) else ():
        for at, entry in enumerate(entries) if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield f"/{member}/{name}/{at}", entry
