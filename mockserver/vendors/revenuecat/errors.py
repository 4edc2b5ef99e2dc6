"""RevenueCat's refusals: backend codes in v1's body, error types in v2's (revenuecat.md §12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from mockserver.vendors.contract import Answer, Problem, Refusal, VendorError

JSON = ("content-type", "application/json")
_DOCUMENTATION = "https://errors.rev.cat/"
RATE_LIMITS = tuple(  # calls a minute in v2's domain of customers
    (f"revenuecat-rate-limit-current-{name}", "480") for name in ("usage", "limit")
)


class RevenueCatError(VendorError):
    """A refusal under a backend code; children set `code` and `status`."""

    code = 7000
    message = "There was a problem with the platform."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)

    def answer(self) -> Answer:
        """The refusal as RevenueCat sends it."""
        return answer(self.status, self.code, str(self))


class MisconfiguredError(RevenueCatError):
    """A setting of the tenant's cannot be what it is; the sentence says which."""

    status = 500


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
    """The key is nobody's, or a public one where the secret one is wanted."""

    status = 401
    code = 7225
    message = "Invalid API Key."


class NotFoundError(RevenueCatError):
    """There is no such thing, or no such path."""

    status = 404
    code = 7259
    message = "Not found."


class EmptyIdError(RevenueCatError):
    """The App User ID is empty."""

    code = 7220
    message = "App User ID is empty."


class InvalidIdError(RevenueCatError):
    """The App User ID is blocked or too long."""

    code = 7256
    message = "App User ID is not valid."


class ReceiptInUseError(RevenueCatError):
    """The purchase is somebody else's and stays there."""

    code = 7102
    message = "This receipt is in use by another customer."


class InvalidReceiptError(RevenueCatError):
    """The receipt is empty."""

    code = 7103
    message = "The receipt is not valid."


class AttributesBodyError(RevenueCatError):
    """The attributes do not have the form of attributes."""

    code = 7264
    message = "The body of attributes is not valid."


class AttributesError(RevenueCatError):
    """Some attributes cannot be kept; the others are."""

    code = 7263
    message = "Some subscriber attributes keys were unable to be saved."

    def __init__(
        self, remarks: Sequence[tuple[str, str]] = (("$email", "Value is not a valid email address."),)
    ) -> None:
        super().__init__()
        self.remarks = tuple(remarks)

    @property
    def body(self) -> dict[str, Any]:
        """What the answer says; a receipt's answer has it inside."""
        errors = [{"key_name": key, "message": message} for key, message in self.remarks]
        return {"code": self.code, "message": self.message, "attribute_errors": errors}

    def answer(self) -> Answer:
        """The refusal with each key."""
        return Answer(self.status, orjson.dumps(self.body), (JSON,))


class DeveloperError(VendorError):
    """A refusal of API v2; children set `type`."""

    type = "parameter_error"
    message = "The parameter is not valid."

    def __init__(self, message: str = "", *, param: str | None = None) -> None:
        super().__init__(message or self.message)
        self.param = param

    def answer(self) -> Answer:
        """The refusal as v2 sends it; a parameter is named where it is about one."""
        return developer_answer(self.status, self.type, str(self), param=self.param)


class ParameterError(DeveloperError):
    """A part of the body or of the path is not valid."""


class InvalidRequestError(DeveloperError):
    """The body is no JSON."""

    type = "invalid_request"
    message = "The body is not valid JSON."


class AuthenticationError(DeveloperError):
    """The key is nobody's."""

    status = 401
    type = "authentication_error"
    message = "Invalid API key"


class AuthorizationError(DeveloperError):
    """The key is of another project, or a public one."""

    status = 403
    type = "authorization_error"
    message = "You're not authorized to access this resource"


class ServerError(DeveloperError):
    """A setting of the tenant's cannot be what it is; the sentence says which."""

    status = 500
    type = "server_error"
    message = "There was an internal server error"


class ResourceMissingError(DeveloperError):
    """There is no such customer, or no such integration."""

    status = 404
    type = "resource_missing"
    message = "Resource not found"


def answer(status: int, code: int, message: str, headers: tuple[tuple[str, str], ...] = (), **more: Any) -> Answer:
    """An error body under a backend code."""
    return Answer(status, orjson.dumps({"code": code, "message": message, **more}), (JSON, *headers))


def developer_answer(
    status: int,
    type_: str,
    message: str,
    headers: tuple[tuple[str, str], ...] = (),
    *,
    param: str | None = None,
    backoff_ms: int | None = None,
) -> Answer:
    """An error body of v2; one that may be tried again says after what time."""
    body = {
        "object": "error",
        "type": type_,
        **({"param": param} if param is not None else {}),
        "message": message,
        "retryable": type_ in _RETRYABLE,
        "doc_url": f"{_DOCUMENTATION}{type_.replace('_', '-')}",
        **({"backoff_ms": backoff_ms or _BACKOFF} if type_ in _RETRYABLE else {}),
    }
    return Answer(status, orjson.dumps(body), (JSON, *headers))


_CODES = {
    Problem.UNKNOWN_PATH: NotFoundError.code,
    Problem.METHOD_NOT_ALLOWED: BadRequestError.code,
    Problem.TOO_LARGE: BadRequestError.code,
    Problem.BAD_ENCODING: BadRequestError.code,
    Problem.FAULT: RevenueCatError.code,
    Problem.INTERNAL: RevenueCatError.code,
}
_BACKOFF = 1000
_RETRYABLE = frozenset({"rate_limit_error", "resource_locked_error", "server_error"})
_TYPES = {  # of v2, by status; other statuses are a server_error from 500 on, and below that an invalid_request
    401: AuthenticationError.type,
    403: AuthorizationError.type,
    404: ResourceMissingError.type,
    409: "resource_already_exists",
    422: "unprocessable_entity_error",
    423: "resource_locked_error",
    429: "rate_limit_error",
}


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses, in RevenueCat's words: v2's for what was to go there."""
    headers = refusal.all_headers
    wait = None if refusal.retry_after is None else refusal.retry_after * 1000
    if refusal.status == 429:
        headers = (*headers, *RATE_LIMITS)
    if refusal.path.startswith("/v2/"):
        other = ServerError.type if refusal.status >= 500 else InvalidRequestError.type
        type_ = _TYPES.get(refusal.status, other)
        return developer_answer(refusal.status, type_, refusal.message, headers, backoff_ms=wait)
    more = {} if wait is None else {"backoff_ms": wait}
    return answer(refusal.status, _CODES[refusal.problem], refusal.message, headers, **more)
