"""App User IDs that may be used, and what a receipt says it is of (revenuecat.md §§8, 9, 12)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

from mockserver.vendors.revenuecat.errors import EmptyIdError, InvalidIdError

LONGEST_ID = 100
BLOCKED = frozenset(
    {
        *("no_user", "null", "none", "nil", "(null)", "NaN", "unidentified", "undefined", "unknown"),
        *("anonymous", "guest", "-1", "0", "[]", "{}", "[object Object]"),
    }
)
_LONGEST_WORD = 255
_APP_STORE_ID = re.compile(rb"(?<!\d)\d{15,16}(?!\d)")


def checked_id(app_user_id: str) -> str:
    """The same id.

    Raises:
        EmptyIdError: there is nothing in it.
        InvalidIdError: it is blocked or too long.
    """
    if not app_user_id.strip():
        raise EmptyIdError
    if app_user_id in BLOCKED or "/" in app_user_id or "\0" in app_user_id:
        raise InvalidIdError(f"App User ID {app_user_id!r} is blocked.")
    if len(app_user_id) > LONGEST_ID:
        raise InvalidIdError(f"App User ID has more than {LONGEST_ID} characters.")
    return app_user_id


def words_of(fetch_token: str) -> tuple[str, ...]:
    """The ids of transactions that a receipt may be of: the token itself, and the App Store's ids inside it."""
    plain = [fetch_token] if len(fetch_token) <= _LONGEST_WORD and "\0" not in fetch_token else []
    return tuple(dict.fromkeys([*plain, *_inside(fetch_token)]))


def _inside(fetch_token: str) -> Iterator[str]:
    """Of a signed transaction its payload, of a receipt all of it."""
    parts = fetch_token.split(".")
    text = parts[1] if len(parts) == 3 else fetch_token
    for found in _APP_STORE_ID.findall(_decoded(text)):
        yield found.decode()


def _decoded(text: str) -> bytes:
    """What a text in either kind of base64 means; nothing when it is in neither."""
    try:
        plain = text.encode("ascii").translate(bytes.maketrans(b"+/", b"-_"), b"\r\n")
        return urlsafe_b64decode(plain + b"=" * (-len(plain) % 4))
    except ValueError:
        return b""
