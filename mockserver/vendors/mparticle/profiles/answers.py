"""A user as the Profile API shows one: mpid a number, scalars as text, identities by their types (mparticle.md §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.identity.people import Identity, Person
from mockserver.vendors.mparticle.profiles.types import TYPES_OF_DEVICES, UNKNOWN
from mockserver.vendors.mparticle.seeding.state import calculated_attributes

FIELDS: Final = ("device_identities", "user_identities", "user_attributes", "audience_memberships", "attribution")
"""What a caller names to have it; everything else is always shown."""


def profile(
    person: Person, documents: Documents, settings: Mapping[str, Any], fields: Iterable[str] = FIELDS
) -> dict[str, Any]:
    """The user, with the fields that are named."""
    whole = {
        "mpid": person.mpid,
        "created_timestamp_ms": person.created_ms,
        "last_stored_timestamp_ms": person.last_stored_ms,
        "is_opted_out": person.is_opted_out,
        "limit_ad_tracking": person.limit_ad_tracking,
        "account_userattributes": None,
        "device_identities": [
            _identity(TYPES_OF_DEVICES.get(name, UNKNOWN), one) for name, one in person.device_identities
        ],
        "user_identities": [_identity(name, one) for name, one in person.user_identities],
        "user_attributes": {
            name: _shown(value)
            for name, value in {**person.attributes, **calculated_attributes(documents, person.mpid)}.items()
        },
        "audience_memberships": [_membership(one) for one in _audiences(settings["audiences"], person.mpid)],
        "attribution": None,  # its shape is not documented, and nothing is known of it
    }
    wanted = set(fields)
    return {name: value for name, value in whole.items() if name not in FIELDS or name in wanted}


def _identity(kind: str, one: Identity) -> dict[str, Any]:
    return {"type": kind, "encoding": "none", "value": one.value}


def _shown(value: Any) -> Any:
    """Scalars as text, lists as lists of it; a tag stays without a value."""
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _audiences(chosen: Mapping[str, Any], mpid: int) -> Iterable[Any]:
    """Everybody's audiences and the user's, as the setting has them."""
    for name in ("*", str(mpid)):
        found = chosen.get(name, ())
        yield from found if isinstance(found, list | tuple) else (found,)


def _membership(audience: Any) -> dict[str, Any]:
    """An audience with what the setting leaves out: a name, and that the membership does not end."""
    told = audience if isinstance(audience, Mapping) else {"audience_id": audience}
    name = f"Audience {told.get('audience_id')}"
    return {"audience_id": None, "audience_name": name, "expiration_timestamp_ms": None, **told}
