"""The way into Flask, and the lane past it.

A WSGI layer that (1) mounts a vendor at the root when the `Host` header names one of its real hosts, its name below
`localhost`, or a host that the settings say is its, and (2) hands calls to operations without path variables straight
to the front desk. Whatever it is not certain of goes on to Flask, which comes to the same front desk by its own
routing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from mockserver.frontdesk import FrontDesk
from mockserver.vendors.contract import Answer, Call

OURS = "_mock"
Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]


class Lane:
    """Wraps Flask's WSGI application. `mounts` are further hosts, as patterns, by vendor."""

    def __init__(self, inner: WSGI, desk: FrontDesk, mounts: Mapping[str, Sequence[str]]) -> None:
        self._inner = inner
        self._desk = desk
        real, own = {name: one.hosts for name, one in desk.vendors.items()}, own_hosts(desk.vendors, mounts)
        self._real = lru_cache(maxsize=1024)(partial(vendor_of, real))
        self._own = lru_cache(maxsize=1024)(partial(vendor_of, own))
        self._ours = {OURS, *desk.vendors}
        self._known = {
            (method, f"/{name}{path}"): (name, operation, path)
            for name, vendor in desk.vendors.items()
            for operation in vendor.operations
            for path in operation.paths
            if "<" not in path
            for method in operation.methods
        }

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer here what is certain; pass on the rest."""
        vendor = self._vendor_at(environ.get("HTTP_HOST", ""), environ["PATH_INFO"])
        if vendor is not None:
            mount(environ, vendor)
        found = self._known.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        size = environ.get("CONTENT_LENGTH") or ""
        if found is None or not size.isdigit() or int(size) > self._desk.body_limit:
            return self._inner(environ, start_response)
        name, operation, path = found
        call = call_from(environ, name, environ["wsgi.input"].read(int(size)), path)
        return respond(self._desk.serve(operation, call), start_response)

    def _vendor_at(self, host: str, path: str) -> str | None:
        """The vendor at the root of a host; on a host of ours everything else stays where it is."""
        return self._real(host) or (None if first_of(path) in self._ours else self._own(host))


def mount(environ: Environ, vendor: str) -> None:
    """Make a request to a vendor's real host one to its mount here."""
    path = environ["PATH_INFO"]
    if "://" in path:  # a proxy's absolute-form request line, where the server left it whole
        path = urlsplit(path).path or "/"
    environ["PATH_INFO"] = f"/{vendor}{path}"


def own_hosts(vendors: Iterable[str], mounts: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Patterns of the hosts of this machine at whose root each vendor is, beside everything else that is there."""
    return {name: (f"{name}.localhost", *mounts.get(name, ())) for name in vendors}


def first_of(path: str) -> str:
    """The first directory of a path."""
    return path[1:].partition("/")[0]


def vendor_of(hosts: Mapping[str, Sequence[str]], host: str) -> str | None:
    """The vendor one of whose hosts this is; a port does not matter."""
    name = host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host
    return next((key for key, own in hosts.items() if any(fnmatchcase(name, pattern) for pattern in own)), None)


def call_from(environ: Environ, vendor: str, body: bytes, path: str = "") -> Call:
    """A call from a WSGI environment whose path starts with the vendor's mount, if there is a vendor.

    `path` is the vendor's own one, where it is known already.
    """
    return Call(
        vendor=vendor,
        method=environ["REQUEST_METHOD"],
        path=path or own_path(environ, vendor),
        query=environ.get("QUERY_STRING", ""),
        headers=headers_of(environ),
        body=body,
        remote=environ.get("REMOTE_ADDR", ""),
    )


def own_path(environ: Environ, vendor: str) -> str:
    """The path below a vendor's mount as text; WSGI hands over its bytes as Latin-1."""
    path: str = environ["PATH_INFO"].removeprefix(f"/{vendor}" if vendor else "") or "/"
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str | None:
    if key.startswith("HTTP_"):
        return key[5:].replace("_", "-").lower()
    return key.replace("_", "-").lower() if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else None


def headers_of(environ: Environ) -> dict[str, str]:
    """The request's headers by lower-case name."""
    return {name: value for key, value in environ.items() if value and (name := _header_name(key)) is not None}


@lru_cache(maxsize=64)
def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def respond(answer: Answer, start_response: Any) -> Iterable[bytes]:
    """Send an answer by WSGI."""
    headers = [*answer.headers]
    if answer.status not in {204, 304}:
        headers.append(("Content-Length", str(len(answer.body))))
    start_response(_status_line(answer.status), headers)
    return [answer.body]  # a list: granian sends it whole
