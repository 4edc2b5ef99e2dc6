"""What a batch does to its user, whichever way it came (mparticle.md §§3.7, 3.8).

It runs for every batch when somebody asks about users, so it reads plain JSON and takes nothing for granted: what was
accepted may still be of any type where mParticle refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

import orjson

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import dialect, findings, words
from mockserver.vendors.mparticle.identity import changes
from mockserver.vendors.mparticle.identity.names import mpid_in, of_batch
from mockserver.vendors.mparticle.identity.people import People, Person
from mockserver.vendors.mparticle.identity.resolution import Asked, Config, config_of, find, new_mpid
from mockserver.vendors.mparticle.plans.tagging import passed
from mockserver.vendors.mparticle.settings import remembered

SERVER, SDK, FEED = "server", "sdk", "feed"
"""Who sent a batch: a server, an app's SDK, or a partner's feed."""

REQUEST: Final = "request"
_DAY_MS: Final = 24 * words.HOUR_MS
_CONSENT = ("consented", "timestamp_unixtime_ms", "document", "location", "hardware_id")


def fold_batch(
    batch: Mapping[str, Any], documents: Documents, at_ms: int, *, source: str, input_name: str, came: str
) -> int | None:
    """Fold a batch into its user: the mpid, None for a repeat and for a batch about nobody.

    `came` names the batch among all (entry and place in it), so that it is not its own repeat.
    """
    if is_repeat(batch, documents, at_ms, input_name=input_name, came=came):
        return None
    _see(batch, documents, at_ms, input_name, came)
    settings = remembered(documents)
    batch = passed(batch, documents, settings)
    config, people = config_of(settings), People(documents)
    person = _user(batch, people, config, at_ms, source)
    if person is None:
        return None
    changes.store(people, _told(person, batch, at_ms, source), config)
    return person.mpid


def mpid_of(batch: Mapping[str, Any], documents: Documents, settings: Mapping[str, Any]) -> int | None:
    """Whose a batch is, or whose it will be; None when it is about nobody. Nothing is written."""
    if (mpid := mpid_in(batch.get("mpid"))) is not None:
        return mpid
    asked = _asked(batch)
    if not asked.identities:
        return None
    config, people = config_of(settings), People(documents)
    person = find(people, asked, config)
    return new_mpid(people, asked, config) if person is None else person.mpid


def is_repeat(batch: Mapping[str, Any], documents: Documents, at_ms: int, *, input_name: str, came: str) -> bool:
    """Whether another batch with the same `source_request_id` came by the same input within the window."""
    request_id = batch.get("source_request_id")
    if not isinstance(request_id, str) or not request_id:
        return False
    seen = documents.get(REQUEST, _request_key(request_id, input_name))
    return seen is not None and seen["came"] != came and at_ms - seen["at"] <= words.DEDUPE_DAYS * _DAY_MS


def fold_events(entry: Entry, documents: Documents) -> None:
    """Fold what the Events API accepted: of a bulk request the good batches, of history what is processed."""
    come = findings.circumstances(entry, 0, historical=entry.operation == dialect.HISTORICAL)
    source = FEED if come.partner_feed else SERVER
    for path, batch in batches_of(entry):
        events = batch.get("events")
        if come.historical and findings.of_history(events if isinstance(events, list) else (), path, come):
            continue
        fold_batch(batch, documents, entry.at, source=source, input_name=entry.input, came=f"{entry.id}{path}")


def batches_of(entry: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    """The batches of an accepted request that mParticle takes, each with its JSON pointer."""
    try:
        body = orjson.loads(entry.content)
    except orjson.JSONDecodeError:  # accepted by other rules than today's: an imported log
        return
    if entry.operation == dialect.SINGLE:
        if isinstance(body, dict):
            yield "", body
        return
    batches = body[: words.BULK_BATCHES] if isinstance(body, list) else ()
    yield from ((f"/{at}", batch) for at, batch in enumerate(batches) if _is_good(batch))


def _is_good(batch: Any) -> bool:
    from mockserver.vendors.mparticle.compiled import compiled

    if compiled().accepts(batch):
        return True
    from mockserver.vendors.mparticle import judgement

    return judgement.refusal(batch) is None


def _see(batch: Mapping[str, Any], documents: Documents, at_ms: int, input_name: str, came: str) -> None:
    request_id = batch.get("source_request_id")
    if isinstance(request_id, str) and request_id:
        documents.put(REQUEST, _request_key(request_id, input_name), {"at": at_ms, "came": came})


def _request_key(request_id: str, input_name: str) -> str:
    return blake2b(f"{input_name}\x1f{request_id}".encode(), digest_size=16).hexdigest()


def _asked(batch: Mapping[str, Any]) -> Asked:
    environment = batch.get("environment")
    known = isinstance(environment, str) and environment in words.ENVIRONMENTS
    return Asked(str(environment) if known else words.DEFAULT_ENVIRONMENT, of_batch(batch))


def _user(batch: Mapping[str, Any], people: People, config: Config, at_ms: int, source: str) -> Person | None:
    """The user of a batch, with its identities; made when unknown.

    An SDK has told the Identity API of every identity before, and its batches may be older than the last change: they
    add none to a user who is known.
    """
    asked, mpid = _asked(batch), mpid_in(batch.get("mpid"))
    if mpid is not None:
        person = people.get(mpid)
        if person is not None and source == SDK:
            return person
    elif asked.identities:
        person = find(people, asked, config)
        mpid = new_mpid(people, asked, config) if person is None else person.mpid
    else:
        return None
    if person is None:
        person = Person(mpid=mpid, environment=asked.environment, created_ms=at_ms, last_stored_ms=at_ms)
    return changes.added(person, asked.identities, config, at_ms)


def _told(person: Person, batch: Mapping[str, Any], at_ms: int, source: str) -> Person:
    """The user with everything else that a batch says of them."""
    device = batch.get("device_info")
    limited = device.get("limit_ad_tracking") if isinstance(device, dict) else None
    events = [one for one in _list(batch.get("events")) if isinstance(one, dict)]
    return replace(
        person,
        last_stored_ms=at_ms,
        attributes=_attributes(person.attributes, batch, events, source),
        consent=person.consent if source == FEED else _consent(person.consent, batch.get("consent_state")),
        is_opted_out=_opted_out(person.is_opted_out, events),
        limit_ad_tracking=limited if isinstance(limited, bool) else person.limit_ad_tracking,
    )


def _attributes(
    known: Mapping[str, Any], batch: Mapping[str, Any], events: list[dict[str, Any]], source: str
) -> Mapping[str, Any]:
    """Servers write attributes directly, SDKs by events of their change alone; null is a tag (mparticle.md §3.7)."""
    if source == SDK:
        changed = _changed_by_events(known, events)
    else:
        given = batch.get("user_attributes")
        told = {name: value for name, value in given.items() if _is_value(value)} if isinstance(given, dict) else {}
        changed = {**known, **told}
    for name in _list(batch.get("deleted_user_attributes")):
        if isinstance(name, str):
            changed.pop(name, None)
    return changed


def _changed_by_events(known: Mapping[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    changed = dict(known)
    for event in events:
        data = event.get("data")
        if event.get("event_type") != "user_attribute_change" or not isinstance(data, dict):
            continue
        name, value = data.get("user_attribute_name"), data.get("new")
        if not isinstance(name, str):
            continue
        if data.get("deleted") is True:
            changed.pop(name, None)
        elif _is_value(value):
            changed[name] = value
    return changed


def _is_value(value: Any) -> bool:
    """Scalars, null and lists of them; what mParticle makes of nested attributes is not documented."""
    return not isinstance(value, dict) and (
        not isinstance(value, list) or not any(isinstance(one, dict | list) for one in value)
    )


def _consent(
    known: Mapping[str, Mapping[str, Mapping[str, Any]]], state: Any
) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The consent with what a batch says of single purposes."""
    if not isinstance(state, dict):
        return known
    told = {
        regulation: {
            purpose: {member: one[member] for member in _CONSENT if _is_scalar(one.get(member))}
            for purpose, one in purposes.items()
            if isinstance(one, dict)
        }
        for regulation in ("gdpr", "ccpa")
        if isinstance(purposes := state.get(regulation), dict)
    }
    return {**known, **{name: {**known.get(name, {}), **purposes} for name, purposes in told.items() if purposes}}


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _opted_out(known: bool, events: list[dict[str, Any]]) -> bool:
    for event in events:
        if event.get("event_type") == "opt_out":
            data = event.get("data")
            known = isinstance(data, dict) and data.get("is_opted_out") is True
    return known


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
