"""The Events API's refusals, in its one body shape (mparticle.md §3.2)."""

from __future__ import annotations

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

JSON = ("content-type", "application/json")
_BODILESS = frozenset({401, 403, 429})


class EventsApiError(VendorError):
    """A refusal under a code of the Events API; `rule` names it among the journal's findings.

    Only `BAD_REQUEST` is published (mparticle.md §3.2): refusals without a code have no body.
    """

    code = ""
    rule = "refused"
    path = ""
    text = "The request was refused."

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.text)

    def answer(self) -> Answer:
        """The refusal as mParticle sends it, and in words for the journal."""
        finding = Finding(self.path, self.rule, self.explanation(), Severity.ERROR)
        return _answer(self.status, self.code, str(self))._replace(findings=(finding,))

    def explanation(self) -> str:
        """What the journal says of it."""
        return str(self)


class BadRequestError(EventsApiError):
    """Malformed JSON, another top-level type, or too many batches."""

    code = "BAD_REQUEST"
    rule = "malformed-request"
    text = "The request JSON is malformed."


class BatchRefusedError(BadRequestError):
    """A batch lacks something required: the dialect finds again where, so that nothing is said of it here."""

    text = 'Required event field "event_type" is missing or empty.'

    def answer(self) -> Answer:
        """The refusal alone."""
        return super().answer()._replace(findings=())


class CredentialsMissingError(EventsApiError):
    """No `Authorization` header, or an empty one."""

    status = 401
    rule = "credentials-missing"
    path = "Authorization"
    text = "The header Authorization: Basic base64(key:secret) is expected, none was sent."


class CredentialsWrongError(EventsApiError):
    """An `Authorization` header of nobody's."""

    status = 403
    rule = "credentials-wrong"
    path = "Authorization"
    text = "no input has this key and secret"

    def explanation(self) -> str:
        """Which part of the header cannot be used."""
        return f"The Authorization header names no input of this server: {self}."


class RequestTooLargeError(EventsApiError):
    """More than 256 kB; the status is not documented, nor is a code (mparticle.md §14)."""

    status = 413
    code = "BAD_REQUEST"
    rule = "request-too-large"
    text = "The request is larger than 256 kB."


_CODES = {
    Problem.UNKNOWN_PATH: "NOT_FOUND",
    Problem.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    Problem.TOO_LARGE: "BAD_REQUEST",
    Problem.BAD_ENCODING: "BAD_REQUEST",
    Problem.INTERNAL: "INTERNAL_ERROR",
}


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses: 401, 403, 429 and ordered 5xx have no body, as documented (mparticle.md §3.2, §13)."""
    answer = _answer(refusal.status, _code(refusal), refusal.message)
    headers = (*answer.headers, *refusal.all_headers)
    if refusal.status == 429 and all(name.lower() != "x-mp-rate-limit-exceeded" for name, _ in headers):
        headers = (*headers, ("x-mp-rate-limit-exceeded", "app"))
    return answer._replace(headers=headers)


def _code(refusal: Refusal) -> str:
    if refusal.problem is not Problem.FAULT:
        return _CODES[refusal.problem]
    return "BAD_REQUEST" if 400 <= refusal.status < 500 and refusal.status not in _BODILESS else ""


def _answer(status: int, code: str, message: str) -> Answer:
    if not code:
        return Answer(status)
    return Answer(status, orjson.dumps({"errors": [{"code": code, "message": message}]}), (JSON,))
