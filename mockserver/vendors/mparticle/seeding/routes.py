"""What comes in: seeds of one user, or of many; all of them are kept, or none (mparticle.md §8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.vendors.contract import Answer, Call, Grant, Keyring, Operation
from mockserver.vendors.mparticle import credentials
from mockserver.vendors.mparticle.credentials import DEFAULT_INPUT, WORKSPACE
from mockserver.vendors.mparticle.errors import BadRequestError
from mockserver.vendors.mparticle.routes import ACCEPTED, kind_of, parsed
from mockserver.vendors.mparticle.seeding.calculations import documented
from mockserver.vendors.mparticle.seeding.dialect import entries_of
from mockserver.vendors.mparticle.seeding.errors import SeedsRefusedError, WorkspaceExpectedError

SINGLE, BULK = "calculated_attributes", "bulk_calculated_attributes"
SINGLE_PATH, BULK_PATH = "/v2/calculatedattributes", "/v2/bulkcalculatedattributes"


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """The owner of the workspace's Basic credentials: none is 401, wrong ones 403, as at the Events API."""
    grant = credentials.authenticate(call, keyring)
    if grant.input not in (DEFAULT_INPUT, WORKSPACE):
        text = f"The credentials of the workspace are expected, those of the input {grant.input} were sent."
        raise WorkspaceExpectedError(text)
    return grant


def calculated_attributes(call: Call) -> Answer:
    """Seeds of one user."""
    user = parsed(call.content)
    if not isinstance(user, dict):
        raise BadRequestError(f"A JSON object is expected, one user, not {kind_of(user)}.")
    _check(call, [("", user)])
    return ACCEPTED


def bulk_calculated_attributes(call: Call) -> Answer:
    """Seeds of many users."""
    users = parsed(call.content)
    if not isinstance(users, list):
        raise BadRequestError(f"A JSON array of users is expected, not {kind_of(users)}.")
    _check(call, [(f"/{at}", user) for at, user in enumerate(users)])
    return ACCEPTED


def _check(call: Call, users: Sequence[tuple[str, Any]]) -> None:
    """Users with their JSON pointers: everything about all of them is right, or nothing is kept."""
    from mockserver.vendors.mparticle.seeding import schemas

    said = (one for path, user in users for one in schemas.remarks(user, path))
    reasons = [(path, str(remark)) for path, remark in said if remark.refuses]
    if reasons := reasons or list(_undefined(users, call.tenant.settings(call.vendor)["calculated_attributes"])):
        raise SeedsRefusedError(reasons)


def _undefined(users: Sequence[tuple[str, Any]], defined: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Seeds of attributes that the workspace has not, or calculates otherwise; where none is defined, all are fine."""
    if not defined:
        return
    for path, user in users:
        for place, entry in entries_of(user, "calculated_attributes"):
            name, kind = entry["attribute_name"], documented(entry["calculation_type"])
            if documented(defined.get(name, "")) != kind:
                yield path + place, f"{name}: No matching calculated attribute definition found"


OPERATIONS = (
    Operation(
        name=SINGLE,
        path=SINGLE_PATH,
        aliases=(f"{SINGLE_PATH}/",),
        handle=calculated_attributes,
        authenticate=authenticate,
        title="Seeds of a user's calculated attributes",
    ),
    Operation(
        name=BULK,
        path=BULK_PATH,
        aliases=(f"{BULK_PATH}/",),
        handle=bulk_calculated_attributes,
        authenticate=authenticate,
        title="Seeds of many users' calculated attributes",
    ),
)
