"""Refusals of data subject requests in OpenDSR's body: code, message, a list of what was wrong (mparticle.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

JSON = ("content-type", "application/json")

_TOLD = 100
"""How many errors an answer lists at most, so that a hostile body costs no more than a bad one."""


class DsrError(VendorError):
    """A refusal; `domain` and `reason` say what kind of thing was wrong."""

    domain = "Validation"
    reason = "InvalidOperationException"
    rule = "request-refused"
    text = "Invalid data was detected."

    def __init__(self, text: str = "", path: str = "") -> None:
        super().__init__(text or self.text)
        self.path = path

    def answer(self) -> Answer:
        """The refusal, and for the journal where it lies."""
        finding = Finding(self.path, self.rule, str(self), Severity.ERROR)
        return _answer(self.status, str(self), self.domain, self.reason)._replace(findings=(finding,))


class InvalidDataError(DsrError):
    """The body is not that of a request; `reasons` are JSON pointers with sentences."""

    reason = "ArgumentException"
    rule = "malformed-request"

    def __init__(self, reasons: Sequence[tuple[str, str]] = (("", DsrError.text),)) -> None:
        super().__init__()
        self.reasons = tuple(reasons[:_TOLD])

    def answer(self) -> Answer:
        """Every reason, in the order of the body."""
        findings = tuple(Finding(path, self.rule, text, Severity.ERROR) for path, text in self.reasons)
        messages = [text for _, text in self.reasons]
        return _answer(self.status, str(self), self.domain, self.reason, messages)._replace(findings=findings)


class MpidNotAloneError(DsrError):
    """An mpid beside other identities (mparticle.md §8)."""

    text = "If an mpid is provided, it must be the only identity in the request."


class AlreadyExistsError(DsrError):
    """The `subject_request_id` was used before, for another request."""

    text = "Subject request already exists."


class UnauthorizedError(DsrError):
    """No credentials of a workspace: missing and wrong ones are 401 alike."""

    status = 401
    domain = "Authentication"
    reason = "UnauthorizedAccessException"
    rule = "credentials-refused"

    def answer(self) -> Answer:
        """Everybody is told the same; the journal knows what was wrong."""
        told = "The credentials provided in the request are not valid."
        finding = Finding("Authorization", self.rule, str(self), Severity.ERROR)
        return _answer(self.status, told, self.domain, self.reason)._replace(findings=(finding,))


class UnknownRequestError(DsrError):
    """There is no such request."""

    status = 404
    reason = "KeyNotFoundException"
    rule = "unknown-request"
    text = "The specified subject request id could not be found."


class InProgressError(DsrError):
    """A request for the same is not done yet (mparticle.md §8)."""

    status = 409
    rule = "request-in-progress"
    text = "There is an in progress request with the same identities, extensions and type."


class NotPendingError(DsrError):
    """Only what is pending can be cancelled; the status is not documented."""

    status = 409
    rule = "request-not-pending"
    text = "Only a pending request can be cancelled."


class NoResultsError(DsrError):
    """Nothing is known of the data subject, or it is not the time to ask."""

    status = 404
    reason = "KeyNotFoundException"
    rule = "no-results"
    text = "No records can be found matching the identities in the request."


class ResultsGoneError(DsrError):
    """The results could be fetched for some days alone."""

    status = 410
    rule = "results-gone"
    text = "The results of this request are not available any more."


_DOMAINS = {
    Problem.UNKNOWN_PATH: ("Routing", "KeyNotFoundException"),
    Problem.METHOD_NOT_ALLOWED: ("Routing", "NotSupportedException"),
    Problem.INTERNAL: ("Server", "Exception"),
}
_OF_STATUS = {
    401: ("Authentication", "UnauthorizedAccessException"),
    429: ("Throttling", "TooManyRequestsException"),
}


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses."""
    otherwise = ("Validation", "ArgumentException") if refusal.status < 500 else ("Server", "Exception")
    domain, reason = _DOMAINS.get(refusal.problem) or _OF_STATUS.get(refusal.status, otherwise)
    answer = _answer(refusal.status, refusal.message, domain, reason)
    return answer._replace(headers=(*answer.headers, *refusal.all_headers))


def _answer(status: int, message: str, domain: str, reason: str, messages: Sequence[str] = ()) -> Answer:
    errors = [{"domain": domain, "reason": reason, "message": text} for text in messages or (message,)]
    return Answer(status, orjson.dumps({"code": status, "message": message, "errors": errors}), (JSON,))
