"""Plausible people with devices, all from one seed.

Faker costs a third of a second to import: it is asked for when the first person is made, never before.
"""

from __future__ import annotations

from dataclasses import replace

from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import Device, Person, Store

__all__ = ["SeededIds", "customer_id_of", "make_person", "mpid_of", "platform_of"]
_PLATFORMS = {Store.PLAY_STORE: "android", Store.AMAZON: "android"}


def platform_of(store: Store) -> str:
    """The platform of a person of whom only the store is known."""
    return _PLATFORMS.get(store, "ios")


def make_person(
    ids: SeededIds,
    key: str = "user",
    *,
    platforms: tuple[str, ...] = ("ios",),
    anonymous: bool = False,
    with_mpid: bool = True,
    customer_id: str | None = None,
) -> Person:
    """A person known by `key`, the same for the same ids; `with_mpid` False leaves mParticle's id unset in the app."""
    name, email, address = _portrait(ids, key)
    person = Person(
        key=key,
        customer_id=None,
        anonymous_id=ids.hex(32, "anonymous", key),
        mpid=mpid_of(ids, key) if with_mpid else None,
        email=email,
        name=name,
        devices=tuple(_device(ids, key, platform, address) for platform in platforms),
    )
    if anonymous:
        return replace(person, known_ids=(person.anonymous_id,))
    login = customer_id or customer_id_of(ids, key)
    return replace(person, customer_id=login, known_ids=(login,))


def customer_id_of(ids: SeededIds, key: str) -> str:
    """The app's own id of a person."""
    return f"user-{ids.hex(10, 'customer', key)}"


def mpid_of(ids: SeededIds, key: str) -> str:
    """The id of a person at mParticle: the text of a positive 64-bit integer."""
    return str(ids.number(10**18, 2**63 - 1, "mpid", key))


def _device(ids: SeededIds, key: str, platform: str, address: str) -> Device:
    words = ("device", key, platform)
    if platform == "ios":
        idfa, idfv = ids.uuid("idfa", *words).upper(), ids.uuid("idfv", *words).upper()
        return Device(id=ids.uuid(*words), platform=platform, idfa=idfa, idfv=idfv, ip=address)
    return Device(id=ids.uuid(*words), platform=platform, gaid=ids.uuid("gaid", *words), ip=address)


def _portrait(ids: SeededIds, key: str) -> tuple[str, str, str]:
    """Name, e-mail address in a domain that nobody owns, and an address of a documentation network.

    A generator of its own for each person: nothing is shared between threads, and none is slow to make.
    """
    from faker import Generator
    from faker.providers.internet import Provider as Internet
    from faker.providers.person.en_US import Provider as Names

    fake = Generator()
    fake.seed_instance(ids.number(0, 2**63 - 1, "portrait", key))
    names = Names(fake)
    first, last = names.first_name(), names.last_name()
    email = f"{first}.{last}@{Internet(fake).safe_domain_name()}".lower()
    return f"{first} {last}", email, f"203.0.113.{ids.number(1, 254, 'address', key)}"
