"""RevenueCat's refusals: its backend codes in its body, `{"code": 7xxx, "message": …}` (revenuecat.md §12)."""

from __future__ import annotations

import orjson

from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

JSON = ("content-type", "application/json")


class RevenueCatError(VendorError):
    """A refusal under a backend code; children set `code` and `status`."""

    code = 7000
    message = "There was a problem with the platform."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)

    def answer(self) -> Answer:
        """The refusal as RevenueCat sends it."""
        return answer(self.status, self.code, str(self))


class BadRequestError(RevenueCatError):
    """The body or the parameters cannot be understood."""

    code = 7226
    message = "The request body or parameters are invalid."


class InvalidTokenError(RevenueCatError):
    """There is no `Authorization: Bearer …`, or it is malformed."""

    status = 401
    code = 7224
    message = "Invalid authorization token."


class InvalidKeyError(RevenueCatError):
    """The key is nobody's."""

    status = 401
    code = 7225
    message = "Invalid API Key."


class NotFoundError(RevenueCatError):
    """There is no such thing, or no such path."""

    status = 404
    code = 7259
    message = "Not found."


def answer(status: int, code: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error body under a backend code."""
    return Answer(status, orjson.dumps({"code": code, "message": message}), (JSON, *headers))


_CODES = {
    Problem.UNKNOWN_PATH: NotFoundError.code,
    Problem.METHOD_NOT_ALLOWED: BadRequestError.code,
    Problem.TOO_LARGE: BadRequestError.code,
    Problem.BAD_ENCODING: BadRequestError.code,
    Problem.FAULT: RevenueCatError.code,
    Problem.INTERNAL: RevenueCatError.code,
}


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses, in RevenueCat's words."""
    headers = refusal.headers
    if refusal.retry_after is not None:
        headers = (*headers, ("retry-after", str(refusal.retry_after)))
    return answer(refusal.status, _CODES[refusal.problem], refusal.message, headers)
