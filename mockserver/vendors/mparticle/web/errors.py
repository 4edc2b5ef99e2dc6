"""The refusals of what browsers call: their shape is not documented, so it is the Events API's (mparticle.md §14)."""

from __future__ import annotations

from mockserver.vendors.mparticle.errors import BadRequestError, EventsApiError

__all__ = ["BadRequestError", "KeyUnknownError"]


class KeyUnknownError(EventsApiError):
    """A key that no input has: 401, on which browsers drop what 400 would make them send for ever (§12)."""

    status = 401
    rule = "credentials-wrong"
    path = "key"
    text = "No input has the key in the path."
