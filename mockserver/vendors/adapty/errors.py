"""Adapty's refusals: one envelope for all of them, each under its own code (adapty.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import orjson

from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

NON_FIELD = "non_field_errors"


class Fault(NamedTuple):
    """One complaint: the field it is about (None: none in particular), its code and its text."""

    source: str | None
    code: str
    text: str


def headers() -> tuple[tuple[str, str], ...]:
    """What every answer carries: its type, and an id of 32 hexadecimal digits (adapty.md §3)."""
    return (("content-type", "application/json"), ("request-id", uuid4().hex))


def envelope(status: int, faults: Sequence[Fault]) -> Answer:
    """A refusal in Adapty's form; the code is the first complaint's, complaints about one field stand together."""
    texts: dict[str | None, list[str]] = {}
    for fault in faults:
        texts.setdefault(fault.source, []).append(fault.text)
    body = {
        "errors": [{"source": source, "errors": said} for source, said in texts.items()],
        "error_code": faults[0].code,
        "status_code": status,
    }
    return Answer(status, orjson.dumps(body), headers())


class AdaptyError(VendorError):
    """A refusal with one complaint; children say which."""

    code = "base_error"
    source: str | None = None
    text = ""

    def __init__(self, text: str = "", *, source: str | None = None) -> None:
        super().__init__(text or self.text)
        self.text = text or self.text
        self.source = source or self.source

    def answer(self) -> Answer:
        """The envelope of adapty.md §6."""
        return envelope(self.status, [Fault(self.source, self.code, self.text)])


class NotAuthenticatedError(AdaptyError):
    """A missing, unknown and wrongly formed key are refused alike (adapty.md §3)."""

    status = 401
    code = "not_authenticated"
    source = NON_FIELD
    text = "Authentication credentials were not provided."


class ParseError(AdaptyError):
    """The body is no JSON."""

    code = "parse_error"

    def __init__(self, reason: str = "Expecting value: line 1 column 1 (char 0)") -> None:
        super().__init__(f"JSON parse error - {reason}")


class InvalidBodyError(AdaptyError):
    """The body is JSON, but not of the form that is wanted: one envelope for all complaints."""

    def __init__(self, faults: Sequence[Fault] = (Fault("first_name", "str", "str type expected"),)) -> None:
        super().__init__(faults[0].text, source=faults[0].source)
        self.faults = tuple(faults)

    def answer(self) -> Answer:
        """All complaints, under the code of the first."""
        return envelope(self.status, self.faults)


class MissingIdentityError(AdaptyError):
    """Neither identity header; Adapty's own code is not known (adapty.md §18: code free)."""

    code = "missing"
    source = NON_FIELD
    text = "Either adapty-customer-user-id or adapty-profile-id must be specified in the headers."


class ProfileNotFoundError(AdaptyError):
    """An unknown profile on the profile paths."""

    status = 404
    code = "profile_does_not_exist"
    text = "Profile not found"


class PurchaseProfileNotFoundError(AdaptyError):
    """An unknown profile on the purchase paths: 400 there (adapty.md §17)."""

    code = "profile_does_not_exist"
    source = NON_FIELD
    text = "Profile not found"


class AccessLevelUnknownError(AdaptyError):
    """The app has no such access level."""

    code = "paid_access_level_does_not_exist"
    source = NON_FIELD

    def __init__(self, level: str = "premium") -> None:
        super().__init__(f"Paid access level `{level}` does not exist")


class NoAccessLevelError(AdaptyError):
    """The profile does not have the access level that is to be revoked."""

    code = "profile_paid_access_level_does_not_exist"
    source = NON_FIELD

    def __init__(self, profile_id: str = "", level: str = "premium") -> None:
        super().__init__(f"Profile `{profile_id}` has no `{level}` access level")


class RevokedTooLateError(AdaptyError):
    """The revocation would prolong access."""

    code = "revocation_date_more_than_expiration_date"
    source = "revoke_at"

    def __init__(self, revoke_at: datetime | str = "", expires_at: datetime | str = "") -> None:
        text = f"Revocation date ({revoke_at}) is more than current expiration date ({expires_at})"
        super().__init__(text)


class RevokedInThePastError(AdaptyError):
    """A revocation cannot lie in the past."""

    code = "value_error"
    text = "Must be greater than the current time or null"


_CODES = {
    Problem.UNKNOWN_PATH: "not_found",
    Problem.METHOD_NOT_ALLOWED: "method_not_allowed",
    Problem.TOO_LARGE: "request_entity_too_large",
    Problem.BAD_ENCODING: "parse_error",
    Problem.INTERNAL: "error",
}
_FAULT_CODES = {401: "not_authenticated", 403: "permission_denied", 404: "not_found", 429: "rate_limited"}


def refuse(refusal: Refusal) -> Answer:
    """What the server refuses on Adapty's behalf, in the same envelope (adapty.md §10.8, §18)."""
    code = _CODES.get(refusal.problem) or _FAULT_CODES.get(refusal.status, "error")
    answer = envelope(refusal.status, [Fault(NON_FIELD, code, refusal.message)])
    return answer._replace(headers=(*answer.headers, *refusal.all_headers))
