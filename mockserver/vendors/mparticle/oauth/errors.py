"""Refusals of the token endpoint: their shape is a guess, that of services of the same make (mparticle.md §7)."""

from __future__ import annotations

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Refusal, VendorError

JSON = ("content-type", "application/json")
DENIED = "access_denied"
UNAUTHORIZED = "Unauthorized"

_CODES = {401: DENIED, 403: DENIED, 404: "not_found", 405: "method_not_allowed", 429: "too_many_requests"}


class TokenRefusedError(VendorError):
    """No token; `reason` is for the journal alone, the answer tells everybody the same."""

    status = 401
    code = DENIED
    rule = "client-refused"

    def __init__(self, reason: str = "The client or its secret is wrong.", path: str = "") -> None:
        super().__init__(reason)
        self.path = path

    def answer(self) -> Answer:
        """The refusal, and in words for the journal."""
        finding = Finding(self.path, self.rule, str(self), Severity.ERROR)
        return _answer(self.status, self.code, self.description())._replace(findings=(finding,))

    def description(self) -> str:
        """What the client is told."""
        return UNAUTHORIZED


class NotAllowedError(TokenRefusedError):
    """The client is known, but may not ask for this."""

    status = 403
    rule = "grant-refused"


class UnreadableError(TokenRefusedError):
    """The body is neither JSON nor a form."""

    status = 400
    code = "invalid_request"
    rule = "malformed-request"

    def description(self) -> str:
        """Nothing secret in it."""
        return str(self)


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses."""
    answer = _answer(refusal.status, *_words(refusal))
    return answer._replace(headers=(*answer.headers, *refusal.all_headers))


def _words(refusal: Refusal) -> tuple[str, str]:
    code = _CODES.get(refusal.status, "invalid_request" if refusal.status < 500 else "server_error")
    return code, UNAUTHORIZED if code == DENIED else refusal.message


def _answer(status: int, code: str, description: str) -> Answer:
    return Answer(status, orjson.dumps({"error": code, "error_description": description}), (JSON,))
