"""Where a channel's messages may go: loopback and hosts named on purpose, never a vendor's real host (design.md §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from mockserver.errors import ForbiddenTargetError
from mockserver.settings import is_loopback
from mockserver.vendors.contract import Vendor


def check_target(url: str, vendors: Mapping[str, Vendor], allowed: Sequence[str]) -> None:
    """Let a target pass.

    Raises:
        ForbiddenTargetError: not an HTTP address, a vendor's real host, or a host that nobody allowed.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError as error:
        raise ForbiddenTargetError(f"{url!r} is no address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ForbiddenTargetError(f"{url!r} is no http:// or https:// address.")
    for name, vendor in vendors.items():
        if any(fnmatchcase(host, pattern) for pattern in vendor.hosts):
            raise ForbiddenTargetError(f"{host} is a real host of {name}; a mock never sends there.")
    if not is_loopback(host) and not any(fnmatchcase(host, pattern) for pattern in allowed):
        raise ForbiddenTargetError(f"{host} is not on this machine; start the server with --allow-target {host}.")
