"""Bodies of identity requests: checked by their schemas once, and read as plain values wherever they are needed.

Reading takes a checked body for granted, so that the fold of the log needs no schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from mockserver.journal.entry import Finding
from mockserver.vendors.mparticle.identity.changes import Change
from mockserver.vendors.mparticle.identity.errors import (
    BadRequestError,
    IdentityError,
    InvalidAliasError,
    LookupFailedError,
)
from mockserver.vendors.mparticle.identity.names import CANONICAL, mpid_in, of_request, text_of
from mockserver.vendors.mparticle.identity.resolution import Asked
from mockserver.vendors.mparticle.routes import kind_of

if TYPE_CHECKING:
    from mockserver.vendors.mparticle.shapes import Shape

Findings = tuple[Finding, ...]


class Alias(NamedTuple):
    """An alias request: the events of one user are to be copied to another."""

    request_id: str
    environment: str
    source: int
    destination: int
    start_ms: int | None
    end_ms: int | None
    scope: str


def check_request(content: bytes) -> Findings:
    """What is to be said of the body of identify, login, logout or search.

    Raises:
        IdentityError: it is refused.
    """
    from mockserver.vendors.mparticle.identity.schemas import IdentityRequest

    return _checked(content, IdentityRequest, BadRequestError)


def check_modify(content: bytes) -> Findings:
    """Likewise for modify."""
    from mockserver.vendors.mparticle.identity.schemas import ModifyRequest

    return _checked(content, ModifyRequest, BadRequestError)


def check_alias(content: bytes) -> Findings:
    """Likewise for alias."""
    from mockserver.vendors.mparticle.identity.schemas import AliasRequest

    return _checked(content, AliasRequest, InvalidAliasError)


def asked(content: bytes, operation: str) -> Asked:
    """Who is asked for. A search is about nobody's login, so the user before does not count."""
    body = loaded(content)
    previous = None if operation == "search" else mpid_in(body.get("previous_mpid"))
    return Asked(body["environment"], of_request(body["known_identities"]), previous, operation == "logout")


def changes(content: bytes) -> list[Change]:
    """The changes of modify."""
    return [
        Change(CANONICAL[one["identity_type"]], text_of(one.get("old_value")), text_of(one.get("new_value")))
        for one in loaded(content)["identity_changes"]
    ]


def alias(content: bytes) -> Alias:
    """The alias request."""
    body = loaded(content)
    data = body["data"]
    return Alias(
        str(body["request_id"]),
        body["environment"],
        mpid_in(data["source_mpid"]) or 0,
        mpid_in(data["destination_mpid"]) or 0,
        _millis(data.get("start_unixtime_ms")),
        _millis(data.get("end_unixtime_ms")),
        data.get("scope") or "device",
    )


def loaded(content: bytes) -> dict[str, Any]:
    """The body as JSON; empty where it is no object."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _checked(content: bytes, shape: type[Shape], error: type[IdentityError]) -> Findings:
    from mockserver.vendors.mparticle import judgement
    from mockserver.vendors.mparticle.shapes import instance

    said = list(judgement.flat(instance(shape).validate(_parsed(content, error)), ""))
    found = tuple(judgement.finding(path, remark) for path, remark in said)
    for _, remark in said:
        if remark.refuses:
            raise (LookupFailedError if remark.rule == LookupFailedError.rule else error)(str(remark), found)
    return found


def _parsed(content: bytes, error: type[IdentityError]) -> Mapping[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as wrong:
        raise error(f"The request JSON is malformed: {wrong}.") from wrong
    if not isinstance(body, dict):
        raise error(f"A JSON object is expected, not {kind_of(body)}.")
    return body


def _millis(value: Any) -> int | None:
    return None if value is None else int(value)
