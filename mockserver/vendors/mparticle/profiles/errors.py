"""The Profile API's refusals: documented statuses, bodies like the Events API's, as none is (mparticle.md §§7, 14)."""

from __future__ import annotations

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Refusal, VendorError

JSON = ("content-type", "application/json")

_BODILESS = frozenset({401, 403})
_CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BAD_REQUEST",
    429: "TOO_MANY_REQUESTS",
    503: "SERVICE_UNAVAILABLE",
}


class ProfileError(VendorError):
    """A refusal: what is wrong with the call."""

    rule = "malformed-request"

    def __init__(self, text: str = "The request is malformed.", path: str = "") -> None:
        super().__init__(text)
        self.path = path

    def answer(self) -> Answer:
        """The refusal, and for the journal where it lies."""
        finding = Finding(self.path, self.rule, str(self), Severity.ERROR)
        return _answer(self.status, str(self))._replace(findings=(finding,))


class UnknownProfileError(ProfileError):
    """There is no such user, or not any more; 400 as documented, not 404 (mparticle.md §7)."""

    rule = "unknown-profile"


class UnauthorizedError(ProfileError):
    """No token, or one that does not hold."""

    status = 401
    rule = "token-refused"


class ForbiddenError(ProfileError):
    """The organization, account or workspace is not the client's."""

    status = 403
    rule = "not-the-clients"


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses."""
    answer = _answer(refusal.status, refusal.message)
    return answer._replace(headers=(*answer.headers, *refusal.all_headers))


def _answer(status: int, message: str) -> Answer:
    if status in _BODILESS:
        return Answer(status)
    code = _CODES.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL_ERROR")
    return Answer(status, orjson.dumps({"errors": [{"code": code, "message": message}]}), (JSON,))
