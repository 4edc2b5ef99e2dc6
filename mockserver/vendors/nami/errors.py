"""Nami's refusals: `{"detail": "…"}`. No manual shows one; the key is a proposal, kept here."""

from __future__ import annotations

import orjson

from mockserver.vendors.contract import Answer, Refusal, VendorError

JSON = ("content-type", "application/json")


class NamiError(VendorError):
    """A refusal; children set `status` and `message`."""

    message = "The request is invalid."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)

    def answer(self) -> Answer:
        """The refusal as a body."""
        return answer(self.status, str(self))


class InvalidKeyError(NamiError):
    """The key is nobody's."""

    status = 401
    message = "Authentication credentials are missing or invalid."


class NotFoundError(NamiError):
    """There is no such path."""

    status = 404
    message = "Not found."


def answer(status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error body."""
    return Answer(status, orjson.dumps({"detail": message}), (JSON, *headers))


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses, in Nami's words."""
    return answer(refusal.status, refusal.message, refusal.all_headers)
