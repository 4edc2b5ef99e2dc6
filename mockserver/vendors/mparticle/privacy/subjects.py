"""Whose data a request is about: the user whom the Identity API would find, and no new one (mparticle.md §§4.4, 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.identity.names import mpid_in
from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.identity.resolution import Asked, config_of, find
from mockserver.vendors.mparticle.privacy import words
from mockserver.vendors.mparticle.words import ENVIRONMENTS


def mpids_of(identities: Mapping[str, str], documents: Documents, settings: Mapping[str, Any]) -> list[int]:
    """The users by OpenDSR's types of identities: one, or one of each environment, as a request names none."""
    people, config = People(documents), config_of(settings)
    mpid = mpid_in(identities.get(words.MPID))
    if mpid is not None:
        return [mpid] if people.get(mpid) is not None else []
    named = named_as_batches(identities)
    found = (find(people, Asked(environment, named), config) for environment in ENVIRONMENTS)
    return list(dict.fromkeys(person.mpid for person in found if person is not None))


def named_as_batches(identities: Mapping[str, str]) -> dict[str, str]:
    """Identities under the names of batches; unknown types lead to nobody."""
    return {words.NAMES[name]: value for name, value in identities.items() if name in words.NAMES}
