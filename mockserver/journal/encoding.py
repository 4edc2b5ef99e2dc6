"""Undoing a content encoding, with a limit: a small gzip body must not become a large one in memory."""

from __future__ import annotations

import zlib

BODY_LIMIT = 8 * 1024 * 1024
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class EncodingError(ValueError):
    """The body is not what its `Content-Encoding` says; the text says how."""


class TooLargeError(ValueError):
    """The body is, or would become, larger than the limit."""


def decode(body: bytes, encoding: str, limit: int = BODY_LIMIT) -> bytes:
    """The body with its content encoding undone.

    An empty body is returned as it is whatever the header says (mparticle.md §5.2: iOS marks a GET as gzip).

    Raises:
        EncodingError: unknown encoding, or bytes that do not fit it.
        TooLargeError: more than `limit` bytes, before or after.
    """
    if len(body) > limit:
        raise TooLargeError(f"The body has {len(body)} bytes, more than {limit}.")
    coding = encoding.strip().lower()
    if not body or coding in {"", "identity"}:
        return body
    if coding not in _WINDOWS:
        raise EncodingError(f"Content-Encoding {coding!r} is not supported; send gzip, deflate or none.")
    return _inflate(body, coding, limit)


def _inflate(body: bytes, coding: str, limit: int) -> bytes:
    machine = zlib.decompressobj(_WINDOWS[coding])
    try:
        plain = machine.decompress(body, limit + 1)
    except zlib.error as error:
        raise EncodingError(f"The body is not valid {coding}: {error}.") from error
    if len(plain) > limit:
        raise TooLargeError(f"The body unpacks to more than {limit} bytes.")
    if not machine.eof:
        raise EncodingError(f"The {coding} body ends too early.")
    return plain


def decoded(body: bytes, encoding: str) -> bytes:
    """Like `decode`, but a body that cannot be decoded is returned as it came."""
    try:
        return decode(body, encoding)
    except (EncodingError, TooLargeError):
        return body
