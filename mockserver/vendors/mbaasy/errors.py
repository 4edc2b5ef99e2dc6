"""Mbaasy's refusals: `{"error": …}`, with the complaints by field for a body that is invalid.

The statuses are documented (mbaasy.md §8), the form of the body is not: this is the plainest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.vendors.contract import Answer, Refusal, VendorError

JSON = ("content-type", "application/json")
Complaints = Mapping[str, Sequence[str]]


class MbaasyError(VendorError):
    """A refusal in a sentence; children set `status` and `message`."""

    status = 422
    message = "The body is invalid."

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)

    def answer(self) -> Answer:
        """The refusal as Mbaasy sends it."""
        return refused(self.status, {"error": str(self)})


class UnauthorizedError(MbaasyError):
    """No access token, or nobody's."""

    status = 401
    message = "The access token is missing or invalid."


class InvalidBodyError(MbaasyError):
    """The body is no JSON object, or not of the form that is wanted."""

    def __init__(self, complaints: Complaints | None = None) -> None:
        super().__init__()
        self.complaints = complaints or {"base": ["A JSON object is wanted."]}

    def answer(self) -> Answer:
        """The sentence, and the complaints by field."""
        return refused(self.status, {"error": str(self), "errors": self.complaints})


def refused(status: int, body: Mapping[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer that refuses."""
    return Answer(status, orjson.dumps(body), (JSON, *headers))


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses on Mbaasy's behalf."""
    return refused(refusal.status, {"error": refusal.message}, refusal.all_headers)
