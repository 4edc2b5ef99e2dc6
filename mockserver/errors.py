"""What can go wrong on our side, one sentence each.

The command line prints the sentence, the control API answers it as problem+json. A vendor's own errors are
not here: they are children of `mockserver.vendors.contract.VendorError`, in the vendor's folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MockServerError(Exception):
    """Anything a user can be told in one sentence; `status` is what the control API answers."""

    status = 400
    title = "Bad request"


class NotFoundError(MockServerError):
    """The thing asked for does not exist; the sentence names the nearest one that does."""

    status = 404
    title = "Not found"


class ConflictError(MockServerError):
    """The thing exists already, or is in a state that forbids the request."""

    status = 409
    title = "Conflict"


class InvalidError(MockServerError):
    """A value of the right form that cannot be meant."""

    status = 422
    title = "Unprocessable"


class ForbiddenTargetError(MockServerError):
    """A message was to go somewhere it must never go (a vendor's real host, an address not allowed)."""

    status = 422
    title = "Target not allowed"


class SettingsError(MockServerError):
    """The server was started with settings that contradict each other or are unsafe."""


class ImpossibleStepError(MockServerError):
    """A lifecycle step that cannot happen: the sentence names the day, the state and what is allowed."""

    status = 422
    title = "Impossible step"


class StorageError(MockServerError):
    """The log or the index cannot be written or read."""

    status = 507
    title = "Storage"


def nearest(word: str, known: Iterable[str]) -> str:
    """What to say after "There is no …": the known word that was probably meant, else all of them if they are few."""
    words = sorted(map(str, known))
    close = get_close_matches(word, words, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return f" There are {', '.join(words)}." if 0 < len(words) <= 12 else ""
