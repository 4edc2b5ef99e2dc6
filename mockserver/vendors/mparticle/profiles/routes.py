"""The Profile API: a user by mpid, or by an identity that never changes (mparticle.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from mockserver.journal.entry import Finding
from mockserver.tenants import instant, milliseconds
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.drafts import Draft
from mockserver.vendors.mparticle.identity.erasures import remembered_by
from mockserver.vendors.mparticle.identity.names import canonical, mpid_in, text_of
from mockserver.vendors.mparticle.identity.people import People, Person
from mockserver.vendors.mparticle.identity.resolution import config_of
from mockserver.vendors.mparticle.oauth import bearer
from mockserver.vendors.mparticle.oauth.tokens import shows
from mockserver.vendors.mparticle.profiles.answers import FIELDS, profile
from mockserver.vendors.mparticle.profiles.errors import (
    JSON,
    ForbiddenError,
    ProfileError,
    UnauthorizedError,
    UnknownProfileError,
)

PROFILE = "/userprofile/v1/<org>/<account>/<workspace>/<mpid>"
RESOLVE = "/userprofile/v1/resolve/<org>/<account>/<workspace>"
IMMUTABLE = ("customer_id",)
"""The types that a user can be asked for by where the setting `immutable_ids` names none: usually this one (§7)."""

_DAY_MS = 24 * 3_600_000


def get_profile(call: Call) -> Answer:
    """A user by mpid."""
    _check_owner(call)
    fields = _fields(call)
    mpid = mpid_in(call.args["mpid"])
    if mpid is None:
        raise ProfileError(f"The mpid must be a signed 64-bit integer, not {call.args['mpid'][:40]!r}.")
    documents = remembered_by(call)
    person = People(documents).at(mpid, milliseconds(call.tenant.now()))
    if person is None:
        raise UnknownProfileError(f"There is no profile {mpid}.")
    return _answer(call, person, documents, fields)


def resolve_profile(call: Call) -> Answer:
    """A user by an immutable identity."""
    _check_owner(call)
    fields = _fields(call)
    body, said = _body(call)
    documents, settings = remembered_by(call), call.tenant.settings(call.vendor)
    config = config_of(settings)
    kind, value = body["identity"]["type"], text_of(body["identity"]["value"])
    names = canonical((str(kind),))
    if not set(names) & set(config.immutable or IMMUTABLE):
        known = ", ".join(config.immutable or IMMUTABLE)
        raise ProfileError(f"An immutable identity is expected ({known}), not {kind!r}.", "/identity/type")
    people, now_ms = People(documents), milliseconds(call.tenant.now())
    held = [people.at(mpid, now_ms) for mpid in people.holders(names[0], value, config.scope(body["environment_type"]))]
    found = [person for person in held if person is not None and person.holds(names[0], value)]
    if not found:
        raise UnknownProfileError(f"No profile has this {kind}.", "/identity/value")
    person = max(found, key=lambda one: one.last_stored_ms)
    return _answer(call, person, documents, fields)._replace(findings=said)


def _check_owner(call: Call) -> None:
    """The path names the client's own organization, account and workspace; where any client is accepted, any do."""
    own = call.tenant.credentials(call.vendor)
    if not shows(call, own["client_id"]):
        return
    for name, kept in (("org", "org_id"), ("account", "account_id"), ("workspace", "workspace_id")):
        if call.args[name] != own[kept]:
            raise ForbiddenError(f"The {name} in the path is not the client's own, {own[kept]}.")


def _fields(call: Call) -> tuple[str, ...]:
    """The fields that are asked for: each has to be named, and one at least."""
    given = ",".join(parse_qs(call.query).get("fields", ()))
    fields = tuple(name for one in given.split(",") if (name := one.strip()))
    if not fields:
        raise ProfileError(f"The parameter fields is required: any of {', '.join(FIELDS)}.")
    for name in fields:
        if name not in FIELDS:
            raise ProfileError(f"The parameter fields names any of {', '.join(FIELDS)}, not {name[:40]!r}.")
    return fields


def _body(call: Call) -> tuple[Mapping[str, Any], tuple[Finding, ...]]:
    from mockserver.vendors.mparticle import judgement
    from mockserver.vendors.mparticle.profiles import schemas

    try:
        body = orjson.loads(call.content)
    except orjson.JSONDecodeError as error:
        raise ProfileError(f"The request JSON is malformed: {error}.") from error
    remarks = list(schemas.remarks(body))
    for path, remark in remarks:
        if remark.refuses:
            raise ProfileError(str(remark), path)
    return body, tuple(judgement.finding(path, remark) for path, remark in remarks)


def _answer(call: Call, person: Person, documents: Draft, fields: tuple[str, ...]) -> Answer:
    """The user, unless nothing was heard of them for too long."""
    settings = call.tenant.settings(call.vendor)
    end = person.last_stored_ms + settings["profile_days"] * _DAY_MS
    if settings["profile_days"] and milliseconds(call.tenant.now()) > end:
        text = (
            f"The profile {person.mpid} has expired on {instant(end):%Y-%m-%d}, after {settings['profile_days']} days"
        )
        raise UnknownProfileError(f"{text} without activity.")
    return Answer(200, orjson.dumps(profile(person, documents, settings, fields)), (JSON,))


OPERATIONS = (
    Operation(
        name="profile",
        path=PROFILE,
        methods=("GET", "POST"),
        handle=get_profile,
        authenticate=bearer(UnauthorizedError),
        title="A user's profile by mpid",
        changes=True,
    ),
    Operation(
        name="resolve_profile",
        path=RESOLVE,
        handle=resolve_profile,
        authenticate=bearer(UnauthorizedError),
        title="A user's profile by an immutable identity",
        changes=True,
    ),
)
