"""What comes in: Adapty's server-side API v2 (adapty.md §3 to §8).

Checked in the order of §6.1: key, JSON, form, profile, rules.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from mockserver.vendors.adapty import calls, rules, schemas, state
from mockserver.vendors.adapty.errors import (
    AccessLevelUnknownError,
    AdaptyError,
    Fault,
    InvalidBodyError,
    MissingIdentityError,
    NotAuthenticatedError,
    ProfileNotFoundError,
    PurchaseProfileNotFoundError,
    headers,
)
from mockserver.vendors.adapty.objects import access_levels
from mockserver.vendors.adapty.state import CHANGES, LOADERS, Found, Identity, Memory
from mockserver.vendors.contract import Answer, Call, Grant, Inputs, Keyring, Operation

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
GRANT = f"{BASE}/purchase/profile/grant/access-level/"
REVOKE = f"{BASE}/purchase/profile/revoke/access-level/"
SET_TRANSACTION = f"{BASE}/purchase/set/transaction/"


def tokens(inputs: Inputs) -> Iterable[tuple[str, str]]:
    """The secret key as the `Authorization` header shows it; the public key opens nothing here."""
    for name, credentials in inputs.items():
        yield f"Api-Key {credentials['api_key']}", name


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """Whose key it is.

    Raises:
        NotAuthenticatedError: no key, a wrong one, or one of a wrong form: Adapty says the same to all.
    """
    grant = keyring.find(call.vendor, call.headers.get("authorization", ""))
    if grant is None:
        raise NotAuthenticatedError
    return grant


def get_profile(call: Call) -> Answer:
    """Get a profile with its access levels and purchases."""
    memory = Memory(call.tenant)
    return _answer(memory, _found(memory, call, ProfileNotFoundError))


def create_profile(call: Call) -> Answer:
    """Create a profile, or update the one that exists (adapty.md §18); 200 either way."""
    body = LOADERS["create_profile"](call.content)
    memory = Memory(call.tenant)
    found = memory.create(_identity(call))
    if found is None:
        raise ProfileNotFoundError
    return _answer(memory, _changed(memory, "create_profile", found, body))


def update_profile(call: Call) -> Answer:
    """Update a profile: only what is sent changes."""
    body = LOADERS["update_profile"](call.content)
    memory = Memory(call.tenant)
    found = _found(memory, call, ProfileNotFoundError)
    return _answer(memory, _changed(memory, "update_profile", found, body))


def delete_profile(call: Call) -> Answer:
    """Delete a profile; the answer is empty."""
    _found(Memory(call.tenant), call, ProfileNotFoundError)
    return Answer(204, headers=headers()[1:])


def grant_access_level(call: Call) -> Answer:
    """Grant an access level, from and until when one likes."""
    body = LOADERS["grant_access_level"](call.content)
    memory = Memory(call.tenant)
    found = _found(memory, call, PurchaseProfileNotFoundError)
    if not memory.knows_level(body["access_level_id"], found):
        raise AccessLevelUnknownError(body["access_level_id"])
    return _answer(memory, _changed(memory, "grant_access_level", found, body))


def revoke_access_level(call: Call) -> Answer:
    """Revoke an access level, now or at an instant before it ends."""
    body = LOADERS["revoke_access_level"](call.content)
    memory = Memory(call.tenant)
    found = _found(memory, call, PurchaseProfileNotFoundError)
    level = body["access_level_id"]
    if not memory.knows_level(level, found):
        raise AccessLevelUnknownError(level)
    levels = access_levels(memory.purchases(found), memory.at)
    rules.check_revocation(found.record["profile_id"], levels, level, body["revoke_at"], memory.at)
    return _answer(memory, _changed(memory, "revoke_access_level", found, body))


def set_transaction(call: Call) -> Answer:
    """Record a transaction of a store that Adapty does not watch."""
    body = LOADERS["set_transaction"](call.content)
    memory = Memory(call.tenant)
    found = _found(memory, call, PurchaseProfileNotFoundError)
    rules.check_transaction(body)
    watched = memory.watches(found, body["store_original_transaction_id"])
    answer = _answer(memory, _changed(memory, "set_transaction", found, body))
    return answer._replace(details=calls.stood(found.record, body, watched=watched))


def _identity(call: Call) -> Identity:
    identity = Identity.of(call.headers)
    if identity == (None, None):
        raise MissingIdentityError
    return identity


def _found(memory: Memory, call: Call, missing: type[AdaptyError]) -> Found:
    found = memory.find(_identity(call))
    if found is None:
        raise missing
    return found


def _changed(memory: Memory, operation: str, found: Found, body: state.Record) -> Found:
    record = CHANGES[operation](found.record, body, memory.at)
    if len(record["attributes"]) > schemas.ATTRIBUTE_LIMIT:
        text = f"ensure this value has at most {schemas.ATTRIBUTE_LIMIT} items"
        raise InvalidBodyError([Fault("custom_attributes", "list.max_items", text)])
    return found._replace(record=record)


def _answer(memory: Memory, found: Found) -> Answer:
    return Answer(200, orjson.dumps(schemas.profile_answer(memory.answer(found))), headers())


OPERATIONS = (
    Operation(
        name="get_profile",
        path=PROFILE,
        methods=("GET",),
        handle=get_profile,
        authenticate=authenticate,
        title="Get a profile",
        changes=True,
    ),
    Operation(
        name="create_profile",
        path=PROFILE,
        handle=create_profile,
        authenticate=authenticate,
        title="Create a profile",
        changes=True,
    ),
    Operation(
        name="update_profile",
        path=PROFILE,
        methods=("PATCH",),
        handle=update_profile,
        authenticate=authenticate,
        title="Update a profile",
        changes=True,
    ),
    Operation(
        name="delete_profile",
        path=PROFILE,
        methods=("DELETE",),
        handle=delete_profile,
        authenticate=authenticate,
        title="Delete a profile",
        changes=True,
    ),
    Operation(
        name="set_transaction",
        path=SET_TRANSACTION,
        handle=set_transaction,
        authenticate=authenticate,
        title="Set a transaction",
        changes=True,
    ),
    Operation(
        name="grant_access_level",
        path=GRANT,
        handle=grant_access_level,
        authenticate=authenticate,
        title="Grant an access level",
        changes=True,
    ),
    Operation(
        name="revoke_access_level",
        path=REVOKE,
        handle=revoke_access_level,
        authenticate=authenticate,
        title="Revoke an access level",
        changes=True,
    ),
)
