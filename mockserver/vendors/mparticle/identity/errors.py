"""The Identity API's refusals, and those of alias, which are flat (mparticle.md §§4.2, 4.5)."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

JSON = ("content-type", "application/json")
_MALFORMED_ALIAS = "The payload was malformed JSON or had missing fields."


class IdentityError(VendorError):
    """A refusal under a code of the Identity API. `findings` are for the journal, `about` is the refused request."""

    code = "BAD_REQUEST"
    rule = "refused"
    text = "The request was refused."

    def __init__(self, text: str = "", findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(text or self.text)
        self.findings = findings or (Finding("", self.rule, str(self), Severity.ERROR),)
        self.about = b""

    def answer(self) -> Answer:
        """The refusal as mParticle sends it."""
        return answer_of(self.status, self.code, str(self), self.about)._replace(findings=self.findings)


class BadRequestError(IdentityError):
    """Malformed JSON, a required member missing, a word that is none."""

    rule = "malformed-request"
    text = "The request JSON is malformed."


class LookupFailedError(IdentityError):
    """No identity is left to look up."""

    code = "LOOKUP_ERROR"
    rule = "no-identities"
    text = "knownIdentities is empty."


class NobodyFoundError(IdentityError):
    """A search without a match."""

    status = 404
    code = "NOT_FOUND_ERROR"
    rule = "nobody-found"
    text = "No user has these identities."

    def __init__(self, text: str = "", findings: tuple[Finding, ...] = ()) -> None:
        nobody = Finding("/known_identities", self.rule, text or self.text, Severity.INFO)
        super().__init__(text, (nobody, *findings))


class UnauthorizedError(IdentityError):
    """Credentials of any kind that are nobody's: always 401, and no body (mparticle.md §§4.2, 14)."""

    status = 401
    rule = "credentials-wrong"
    text = "The credentials are nobody's."

    def answer(self) -> Answer:
        """Its status alone."""
        return Answer(self.status, findings=self.findings)


class InvalidAliasError(IdentityError):
    """Whatever is wrong with an alias request is told in one sentence; the findings say what it was."""

    code = "INVALID_DATA"
    rule = "invalid-alias"
    text = _MALFORMED_ALIAS

    def answer(self) -> Answer:
        """The flat shape."""
        return _flat(self.status, self.code, _MALFORMED_ALIAS)._replace(findings=self.findings)


_CODES = {Problem.UNKNOWN_PATH: "NOT_FOUND_ERROR", Problem.INTERNAL: "INTERNAL_ERROR"}
_BODILESS = frozenset({401, 403, 429})


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses; what has no documented body has none (mparticle.md §§4.2, 14)."""
    answer = _worded(refusal)
    return answer._replace(headers=(*answer.headers, *refusal.all_headers))


def _worded(refusal: Refusal) -> Answer:
    status, message = refusal.status, refusal.message
    if refusal.problem is Problem.FAULT and (status in _BODILESS or not 400 <= status < 500):
        return Answer(status)
    if refusal.operation == "alias" or refusal.path.lower().endswith("/alias"):
        return _flat(status, InvalidAliasError.code, message)
    code = NobodyFoundError.code if status == 404 else _CODES.get(refusal.problem, BadRequestError.code)
    return answer_of(status, code, message, refusal.path.encode())


def answer_of(status: int, code: str, message: str, about: bytes) -> Answer:
    """The capitalised shape, with the list under its documented name too; the same request has the same `RequestId`."""
    errors = [{"code": code, "message": message}]
    body = {"Errors": errors, "errors": errors, "ErrorCode": code, "StatusCode": status, "RequestId": _id(about)}
    return Answer(status, orjson.dumps(body), (JSON,))


def _flat(status: int, code: str, message: str) -> Answer:
    return Answer(status, orjson.dumps({"code": code, "message": message}), (JSON,))


def _id(about: bytes) -> str:
    return str(UUID(bytes=blake2b(about, digest_size=16).digest(), version=4))
