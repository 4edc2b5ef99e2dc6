"""The mock with no socket: an application called directly, and `requests` to the vendors' real hosts led into it.

Built on `responses`. Loopback passes through, so that an app under test and a server on this machine stay reachable;
any other host is refused, as `responses` does: a test does not reach the world by accident.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    import requests
    from requests import PreparedRequest
    from responses import BaseResponse
    from responses.registries import FirstMatchRegistry

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]
LOOPBACK = ("127.*", "localhost", "*.localhost", "::1")


class Reply(NamedTuple):
    """What an application answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def enter(app: WSGI, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """Call an application as a server would."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answer_headers: list[tuple[str, str]], error: Any = None) -> None:  # noqa: ARG001  WSGI's signature
        begun.append((status, answer_headers))

    chunks = app(environ_of(method, url, headers, body), start_response)
    try:
        answer = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, answer_headers = begun[-1]
    return Reply(int(status.split(" ", 1)[0]), tuple(answer_headers), answer)


def environ_of(method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A request as WSGI has it."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ


@contextmanager
def intercepted(app: WSGI, hosts: Iterable[str], passing: Iterable[str] = ()) -> Iterator[None]:
    """Lead requests to hosts of these patterns into the application; let loopback and `passing` patterns through."""
    import responses

    with responses.RequestsMock(assert_all_requests_are_fired=False, registry=_registry(app, hosts, passing)):
        yield


def _registry(app: WSGI, hosts: Iterable[str], passing: Iterable[str]) -> type[FirstMatchRegistry]:
    """What `responses` asks about each request: it decides by the host alone."""
    from responses import CallbackResponse, PassthroughResponse
    from responses.registries import FirstMatchRegistry

    ours = _any_of(hosts)
    others = _any_of((*LOOPBACK, *passing))
    led = CallbackResponse("ANY", "", partial(_answer, app), content_type=None)
    passed = PassthroughResponse("ANY", "")
    refused = CallbackResponse("ANY", "", _refuse)

    class Doorman(FirstMatchRegistry):
        def find(self, request: PreparedRequest) -> tuple[BaseResponse, list[str]]:
            host = urlsplit(request.url or "").hostname or ""
            return (led if ours(host) else passed if others(host) else refused), []

    return Doorman


def _any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    known = tuple(patterns)
    return lambda host: any(fnmatchcase(host, pattern) for pattern in known)


def _refuse(request: PreparedRequest) -> requests.RequestException:
    import requests

    host = urlsplit(request.url or "").netloc
    return requests.ConnectionError(
        f"{host} is no vendor's host, and the mock lets only loopback pass.", request=request
    )


def _answer(app: WSGI, request: PreparedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    began = time.monotonic()
    reply = enter(app, request.method or "GET", request.url or "", request.headers, _body(request.body))
    _check_timeout(request, time.monotonic() - began)
    return reply.status, list(reply.headers), reply.body


def _body(given: Any) -> bytes:
    """A request's body, which may be text, a file or pieces."""
    if given is None:
        return b""
    if hasattr(given, "read"):
        given = given.read()
    if isinstance(given, str):
        return given.encode()
    return bytes(given) if isinstance(given, bytes | bytearray) else b"".join(given)


def _check_timeout(request: PreparedRequest, took: float) -> None:
    """An answer that came later than the caller would have waited did not come."""
    import requests

    timeout = getattr(request, "req_kwargs", {}).get("timeout")
    patience = timeout[1] if isinstance(timeout, tuple) else timeout
    if patience is not None and took > patience:
        raise requests.ReadTimeout(f"No answer within {patience} s.", request=request)
