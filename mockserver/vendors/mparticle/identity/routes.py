"""The Identity API and alias: whom a request means is looked up at once, the log's fold writes it (mparticle.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from mockserver.vendors.contract import Answer, Call, Grant, Handler, Keyring, Operation
from mockserver.vendors.mparticle.api import BROWSERS
from mockserver.vendors.mparticle.identity import bodies, findings, state
from mockserver.vendors.mparticle.identity.bodies import Alias
from mockserver.vendors.mparticle.identity.erasures import remembered_by
from mockserver.vendors.mparticle.identity.errors import (
    JSON,
    BadRequestError,
    IdentityError,
    InvalidAliasError,
    NobodyFoundError,
    UnauthorizedError,
)
from mockserver.vendors.mparticle.identity.names import OF_API
from mockserver.vendors.mparticle.identity.people import People, Person
from mockserver.vendors.mparticle.identity.resolution import Asked, Config, config_of, find, is_known, new_mpid
from mockserver.vendors.mparticle.settings import remembered
from mockserver.vendors.mparticle.signatures import identity_caller, path_key, signed_path_key

MODIFY = "/v1/<mpid>/modify"
WEB_ALIAS, NATIVE_ALIAS = "/v1/identity/<key>/Alias", "/v1/identity/<key>/alias"
_YES = ("true", "1")


def identified(operation: str) -> Handler:
    """Identify, login or logout: the user, found or made."""

    def handle(call: Call) -> Answer:
        said = bodies.check_request(call.content)
        people, config, settings = _known(call)
        asked = bodies.asked(call.content, operation)
        person = find(people, asked, config)
        said += tuple(findings.of_request(people, asked, person, config))
        mpid = str(new_mpid(people, asked, config) if person is None else person.mpid)
        types = (*asked.identities, *(person.identities if person else ()))
        body = _user(mpid, _matched(asked, person), is_logged_in=is_known(types, config))
        details = {} if _switch(call, "read_only") else {"mpid": mpid}
        return _found(call, body, settings)._replace(findings=said, details=details)

    return handle


def search(call: Call) -> Answer:
    """Search: the user, if there is one; nothing is made or changed."""
    said = bodies.check_request(call.content)
    people, config, settings = _known(call)
    asked = bodies.asked(call.content, "search")
    person = find(people, asked, config)
    said += tuple(findings.of_request(people, asked, person, config))
    if person is None:
        raise NobodyFoundError(findings=said)
    body = _user(str(person.mpid), _matched(asked, person), is_logged_in=is_known(person.identities, config))
    return _found(call, body, settings)._replace(findings=said)


def modify(call: Call) -> Answer:
    """Change identities of the user in the path; there must be one (mparticle.md §§4.3, 14)."""
    said = bodies.check_modify(call.content)
    people, config, _ = _known(call)
    mpid = state.mpid_of_path(call.path)
    person = people.get(mpid) if mpid is not None else None
    if person is None:
        raise BadRequestError(f"There is no user {call.args['mpid'][:40]}.")
    body = bodies.loaded(call.content)
    said += tuple(findings.of_modify(person, body["environment"], bodies.changes(call.content), config))
    results = [
        {"identity_type": one["identity_type"], "modified_mpid": str(person.mpid)} for one in body["identity_changes"]
    ]
    return Answer(200, orjson.dumps({"change_results": results}), (JSON,), findings=said)


def alias(call: Call) -> Answer:
    """Ask that the events of one user are copied to another, a day later."""
    said = bodies.check_alias(call.content)
    request = bodies.alias(call.content)
    documents = remembered_by(call)
    source, destination = _aliased(request, People(documents))
    now_ms, window = round(call.tenant.now().timestamp() * 1000), int(remembered(documents)["alias_max_window"])
    said += tuple(findings.of_alias(request, source, destination, documents, now_ms, window))
    said += tuple(findings.of_api_key(str(bodies.loaded(call.content)["api_key"]), call.args["key"]))
    return Answer(202, findings=said)


def _aliased(request: Alias, people: People) -> tuple[Person, Person]:
    """Both users, if they are two, are known, and the times are in order."""
    if request.source == request.destination:
        raise InvalidAliasError(f"Source and destination are the same user, {request.source}.")
    if request.start_ms is not None and request.end_ms is not None and request.start_ms > request.end_ms:
        raise InvalidAliasError(f"The end, {request.end_ms}, is before the start, {request.start_ms}.")
    source, destination = people.get(request.source), people.get(request.destination)
    if source is None or destination is None:
        raise InvalidAliasError(f"There is no user {request.source if source is None else request.destination}.")
    return source, destination


def _known(call: Call) -> tuple[People, Config, Mapping[str, Any]]:
    """All users, and the owner's choices as the fold has them."""
    documents = remembered_by(call)
    settings = remembered(documents)
    return People(documents), config_of(settings), settings


def _matched(asked: Asked, person: Person | None) -> dict[str, str]:
    """The request's identities by which the user is known."""
    if person is None:
        return {}
    return {OF_API[name]: value for name, value in asked.identities.items() if person.holds(name, value)}


def _user(mpid: str, matched: Mapping[str, str], *, is_logged_in: bool) -> dict[str, Any]:
    """A user as the four calls tell of one; a client may forget who is not logged in (mparticle.md §4.1)."""
    return {
        "context": None,
        "mpid": mpid,
        "matched_identities": matched,
        "is_ephemeral": not is_logged_in,
        "is_logged_in": is_logged_in,
    }


def _found(call: Call, body: Mapping[str, Any], settings: Mapping[str, Any]) -> Answer:
    """The answer, and how long a client may keep it. SDKs read the matches unasked: only `false` leaves them out."""
    if not _switch(call, "return_matches", otherwise="true"):
        body = {**body, "matched_identities": {}}
    return Answer(200, orjson.dumps(body), (JSON, ("x-mp-max-age", str(settings["identity_max_age"]))))


def _switch(call: Call, name: str, otherwise: str = "") -> bool:
    return parse_qs(call.query, keep_blank_values=True).get(name, [otherwise])[-1].strip().lower() in _YES


def _alias_caller(call: Call, keyring: Keyring) -> Grant:
    """The web SDK has the key alone, native ones sign; the path's last word tells them apart (mparticle.md §12.16)."""
    if call.path.endswith("/alias"):
        return _SIGNED(call, keyring)
    return _BARE(call, keyring)


_SIGNED, _BARE = signed_path_key(NATIVE_ALIAS, UnauthorizedError), path_key(UnauthorizedError)


def _answering(handle: Handler) -> Handler:
    """Refusals know the request that they are about."""

    def answering(call: Call) -> Answer:
        try:
            return handle(call)
        except IdentityError as refusal:
            refusal.about = call.path.encode() + call.content
            raise

    return answering


def _operation(name: str, path: str, handle: Handler, title: str) -> Operation:
    """An operation, also behind a custom domain's prefix and with the version directory taken out of the path."""
    short = path.removeprefix("/v1")
    return Operation(
        name=name,
        path=path,
        aliases=(f"/identity{path}", short, f"/identity{short}"),
        handle=_answering(handle),
        authenticate=identity_caller(path, UnauthorizedError),
        title=title,
        changes=True,
        cors=BROWSERS,
    )


OPERATIONS = (
    _operation("identify", "/v1/identify", identified("identify"), "Find or make the user of some identities"),
    _operation("login", "/v1/login", identified("login"), "Find or make the user who logs in"),
    _operation("logout", "/v1/logout", identified("logout"), "Find or make the user after a logout"),
    _operation("search", "/v1/search", search, "Find the user of some identities"),
    _operation("modify", MODIFY, modify, "Change identities of a user"),
    Operation(
        name="alias",
        path=WEB_ALIAS,
        aliases=(
            NATIVE_ALIAS,
            f"/webevents{WEB_ALIAS}",
            f"/nativeevents{NATIVE_ALIAS}",
            "/<key>/Alias",
            "/<key>/alias",
            "/webevents/<key>/Alias",
            "/nativeevents/<key>/alias",
        ),
        handle=_answering(alias),
        authenticate=_alias_caller,
        title="Copy a user's events to another user",
        changes=True,
        cors=BROWSERS,
    ),
)
