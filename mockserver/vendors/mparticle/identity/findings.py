"""What mParticle says nothing of, though an app will be surprised: told by what is known of users (mparticle.md §4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.identity import state
from mockserver.vendors.mparticle.identity.bodies import Alias
from mockserver.vendors.mparticle.identity.changes import Change, is_free
from mockserver.vendors.mparticle.identity.names import OF_API
from mockserver.vendors.mparticle.identity.people import People, Person
from mockserver.vendors.mparticle.identity.resolution import Asked, Config

_DAY_MS = 24 * words.HOUR_MS


def of_request(people: People, asked: Asked, person: Person | None, config: Config) -> Iterator[Finding]:
    """What is to be said of identify, login, logout or search; `person` is who was found."""
    if asked.previous_mpid is not None and people.get(asked.previous_mpid) is None:
        text = f"There is no user {asked.previous_mpid}; it is passed over."
        yield Finding("/previous_mpid", "unknown-mpid", text, Severity.INFO)
    if person is None:
        yield from _elsewhere(people, asked, config)
        return
    for identity_type, value in asked.identities.items():
        if not is_free(person, identity_type, value, config):
            yield _kept(f"/known_identities/{OF_API[identity_type]}", identity_type)


def of_modify(person: Person, environment: str, changes: Sequence[Change], config: Config) -> Iterator[Finding]:
    """What is to be said of modify's changes of a user."""
    yield from _environment(person, environment)
    for at, (identity_type, old, new) in enumerate(changes):
        held = person.identities.get(identity_type)
        path = f"/identity_changes/{at}"
        if old == new:
            yield Finding(path, "no-change", "Old and new value are the same: nothing changes.", Severity.INFO)
        elif not is_free(person, identity_type, new, config):
            yield _kept(path, identity_type)
        elif old and not person.holds(identity_type, old):
            has = f'has "{held.value}"' if held else "has none"
            text = f'The user {has}, not the old value "{old}"; the new value is taken nevertheless.'
            yield Finding(f"{path}/old_value", "old-value-mismatch", text)
        elif not old and held is not None and held.value != new:
            text = f'Added as if there were none, but the user has "{held.value}".'
            yield Finding(f"{path}/old_value", "old-value-missing", text, Severity.INFO)


def of_alias(
    alias: Alias, source: Person, destination: Person, documents: Documents, now_ms: int, window_days: int
) -> Iterator[Finding]:
    """Rules that mParticle applies a day later and in silence (mparticle.md §4.5)."""
    yield from _environment(source, alias.environment, "source ")
    yield from _environment(destination, alias.environment, "destination ")
    if before := state.aliases_of(alias.source, documents):
        text = f"The source was aliased before, to {before[-1]['destination']}; mParticle drops this in silence."
        yield Finding("/data/source_mpid", "source-aliased-before", text, Severity.ERROR)
    earliest = now_ms - window_days * _DAY_MS
    for name, at_ms in (("start_unixtime_ms", alias.start_ms), ("end_unixtime_ms", alias.end_ms)):
        if at_ms is not None and at_ms < earliest:
            text = f"Only the last {window_days} days are copied (alias_max_window); {at_ms} is before them."
            yield Finding(f"/data/{name}", "outside-alias-window", text)
        if at_ms is not None and at_ms > now_ms + words.FUTURE_MS:
            yield Finding(f"/data/{name}", "future-event", f"{at_ms} lies far in the future.")


def of_api_key(sent: str, key: str) -> Iterator[Finding]:
    """The key in an alias request's body is another one than that in its path."""
    if sent != key:
        text = f"The path has another key, which counts; the one sent here begins {sent[:6]!r}."
        yield Finding("/api_key", "other-api-key", text)


def _elsewhere(people: People, asked: Asked, config: Config) -> Iterator[Finding]:
    """A login ID that only the other environment knows."""
    if not config.apart:
        return
    for identity_type in config.login:
        value = asked.identities.get(identity_type, "")
        if (
            value
            and people.holders(identity_type, value)
            and not people.holders(identity_type, value, asked.environment)
        ):
            (other,) = (one for one in words.ENVIRONMENTS if one != asked.environment)
            text = f'"{value}" is known in {other} only; {asked.environment} has users of its own.'
            yield Finding(f"/known_identities/{OF_API[identity_type]}", "other-environment", text)


def _environment(person: Person, environment: str, role: str = "") -> Iterator[Finding]:
    if person.environment != environment:
        text = f"The {role}user is one of {person.environment}, {environment} was sent."
        yield Finding("/environment", "other-environment", text)


def _kept(path: str, identity_type: str) -> Finding:
    text = f"{OF_API[identity_type]} is an immutable ID that the user has: it stays as it is."
    return Finding(path, "immutable-identity", text)
