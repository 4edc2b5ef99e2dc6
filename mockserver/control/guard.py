"""Who may come in below /_mock/: whoever has the control token, where there is one, and no page of another origin."""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Flask, request

from mockserver.control.errors import ForbiddenError, UnauthorizedError
from mockserver.settings import Settings, is_loopback

COOKIE = "mockserver_control"
OPEN = frozenset({"/_mock/health", "/_mock/login"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BODY_LIMIT = 64 * 1024 * 1024


def guard(app: Flask, settings: Settings) -> None:
    """Check every request below /_mock/ before it is looked at."""

    def check() -> None:
        if request.path != "/_mock" and not request.path.startswith("/_mock/"):
            return
        request.max_content_length = _BODY_LIMIT
        _check_host(settings)
        _check_origin()
        if settings.control_token and request.path not in OPEN and not _has_token(settings.control_token):
            raise UnauthorizedError("The control token is wanted: Authorization: Bearer TOKEN, or X-Mock-Token: TOKEN.")

    app.before_request(check)


def is_token(given: str, token: str) -> bool:
    """Whether a text is the token, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def cookie_of(token: str) -> str:
    """What a browser keeps to show that its user knew the token."""
    return hmac.new(token.encode(), b"mockserver pages", sha256).hexdigest()


def _has_token(token: str) -> bool:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    shown = [request.headers.get("X-Mock-Token", ""), bearer.strip() if scheme.lower() == "bearer" else ""]
    if any(is_token(_as_sent(text), token) for text in shown):
        return True
    return is_token(request.cookies.get(COOKIE, ""), cookie_of(token))


def _as_sent(header: str) -> str:
    """A header's text, which WSGI hands over as Latin-1 whatever it was."""
    return header.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _check_host(settings: Settings) -> None:
    """A name that somebody points at 127.0.0.1 must not open the API to the pages served under that name."""
    name = _name_of(f"//{request.headers.get('Host', '')}")
    if is_loopback(settings.host) and name is not None and not is_loopback(name) and name != settings.host:
        raise ForbiddenError(f"The mock is at {settings.url}; it answers no requests for {name}.")


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    if origin is None or request.method in _SAFE:
        return
    if origin.partition("://")[2].lower() != request.headers.get("Host", "").lower():
        raise ForbiddenError(f"A page of {origin} may not change anything here.")


def _name_of(address: str) -> str | None:
    """The host's name in an address, None where there is none to be spoofed (HTTP/1.0)."""
    if address == "//":
        return None
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
