"""Who is meant: the lookup by priority, and how strategies treat a new login and a logout (mparticle.md §4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any, NamedTuple

from mockserver.vendors.mparticle.identity.names import PRIORITY, canonical
from mockserver.vendors.mparticle.identity.people import People, Person

CONVERSION, LINK, ISOLATION, BEST_MATCH = "profile_conversion", "profile_link", "profile_isolation", "best_match"
_FIXED = {  # unique IDs and login IDs; those of profile conversion are an owner's choice
    LINK: ("customer_id", "email"),
    ISOLATION: ("customer_id", "email"),
    BEST_MATCH: (),
}


class Config(NamedTuple):
    """An owner's choices. `apart` says that development and production share no user; names are those of a batch."""

    strategy: str
    priority: tuple[str, ...]
    unique: tuple[str, ...]
    login: tuple[str, ...]
    immutable: tuple[str, ...]
    apart: bool
    seed: int

    def scope(self, environment: str) -> str | None:
        """The environment that users are looked for in; None means either."""
        return environment if self.apart else None


class Asked(NamedTuple):
    """Who is asked for. `previous_mpid` is the user before, as far as it may count; `leaves` means a logout."""

    environment: str
    identities: Mapping[str, str]
    previous_mpid: int | None = None
    leaves: bool = False

    def holds_any(self, types: Iterable[str]) -> bool:
        """Whether there is an identity of one of these types."""
        return any(identity_type in self.identities for identity_type in types)


def config_of(settings: Mapping[str, Any]) -> Config:
    """A tenant's settings as an owner's choices; an unknown strategy is the default one."""
    chosen = ("unique_ids", "login_ids", "immutable_ids", "identity_priority")
    lists = (tuple(map(str, settings[name])) for name in chosen)
    return _config(settings["strategy"], *lists, bool(settings["environments_apart"]), int(settings["identity_seed"]))


@lru_cache(maxsize=64)
def _config(
    strategy: str,
    unique: tuple[str, ...],
    login: tuple[str, ...],
    immutable: tuple[str, ...],
    priority: tuple[str, ...],
    apart: bool,
    seed: int,
) -> Config:
    fixed = _FIXED.get(strategy)
    return Config(
        strategy if fixed is not None else CONVERSION,
        tuple(dict.fromkeys((*canonical(priority), *PRIORITY))),
        canonical(unique) if fixed is None else fixed,
        canonical(login) if fixed is None else fixed,
        canonical(immutable),
        apart,
        seed,
    )


def find(people: People, asked: Asked, config: Config) -> Person | None:
    """The user that a request means, None when there is none yet; nothing is changed."""
    if _starts_anew(people, asked, config):
        return None
    found: list[Person] = []
    for identity_type in config.priority:
        if identity_type not in asked.identities:
            continue
        holders = _holders(people, identity_type, asked, config)
        narrowed = [one for one in holders if one in found] if found else holders
        found = narrowed or found
        if len(found) == 1:
            return found[0]
    return _favourite(found, asked, config) if found else _converted(people, asked, config)


def new_mpid(people: People, asked: Asked, config: Config) -> int:
    """The number of a new user: the same for the same identities, unless somebody has or had it."""
    identities = (f"{name}={value}" for name, value in sorted(asked.identities.items()))
    basis = "\x1f".join((str(config.seed), asked.environment, *identities))
    for number in count():
        digest = blake2b(f"{basis}\x1f{number}".encode(), digest_size=8).digest()
        mpid = int.from_bytes(digest, "big", signed=True)
        if mpid and not people.is_taken(mpid):
            return mpid
    raise AssertionError  # there are more numbers than users


def is_known(identities: Iterable[str], config: Config) -> bool:
    """Whether these types of identities make a user a logged-in one."""
    return any(identity_type in config.login for identity_type in identities)


def _holders(people: People, identity_type: str, asked: Asked, config: Config) -> list[Person]:
    """Those who hold the identity and may be returned."""
    mpids = people.holders(identity_type, asked.identities[identity_type], config.scope(asked.environment))
    found = (people.get(mpid) for mpid in mpids)
    return [one for one in found if one is not None and _may_return(one, asked, config)]


def _may_return(person: Person, asked: Asked, config: Config) -> bool:
    """Login IDs and immutable IDs protect who holds one from requests without a matching one."""
    return _matches(person, asked, config.login) and _matches(person, asked, config.immutable)


def _matches(person: Person, asked: Asked, types: Iterable[str]) -> bool:
    held = [identity_type for identity_type in types if identity_type in person.identities]
    return not held or any(
        identity_type in asked.identities and person.holds(identity_type, asked.identities[identity_type])
        for identity_type in held
    )


def _starts_anew(people: People, asked: Asked, config: Config) -> bool:
    """Profile link and isolation keep the anonymous user apart from a new known one; link, each anonymous one."""
    if config.strategy not in (LINK, ISOLATION):
        return False
    if not asked.holds_any(config.login):
        return config.strategy == LINK and asked.leaves
    scope = config.scope(asked.environment)
    return not any(
        people.holders(identity_type, asked.identities[identity_type], scope)
        for identity_type in config.login
        if identity_type in asked.identities
    )


def _favourite(found: list[Person], asked: Asked, config: Config) -> Person:
    """Of those whom no identity tells apart: under conversion the user before (§14), else who was stored last."""
    if config.strategy == CONVERSION:
        for one in found:
            if one.mpid == asked.previous_mpid:
                return one
    return max(reversed(found), key=lambda one: one.last_stored_ms)


def _converted(people: People, asked: Asked, config: Config) -> Person | None:
    """Under conversion the anonymous user before becomes the known one, though no identity leads to them (§14)."""
    if config.strategy != CONVERSION or asked.previous_mpid is None or not asked.holds_any(config.login):
        return None
    before = people.get(asked.previous_mpid)
    if before is None or config.scope(before.environment) != config.scope(asked.environment):
        return None
    return before if _may_return(before, asked, config) else None
