"""The knobs of a tenant: its clock, the addresses of its messages, commanded failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.client.connection import Connection
from mockserver.client.transport import UnreachableError

_LONG = 600.0


class Clock:
    """The tenant's clock: lifecycles, the journal and the vendors' answers go by it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self) -> datetime:
        """What it shows, in UTC."""
        return _instant(self.show())

    def show(self) -> dict[str, Any]:
        """What it shows, whether it stands still, and how far it is from real time."""
        shown: dict[str, Any] = self._connection.get("clock")
        return shown

    def set(self, to: datetime | str, *, frozen: bool | None = None) -> datetime:
        """Show another instant (an aware datetime, or ISO 8601); `frozen` stops it there, or lets it run."""
        wanted = to.isoformat() if isinstance(to, datetime) else to
        return self._put({"now": wanted, **({} if frozen is None else {"frozen": frozen})})

    def freeze(self) -> datetime:
        """Stop it."""
        return self._put({"frozen": True})

    def resume(self) -> datetime:
        """Let it run on from what it shows."""
        return self._put({"frozen": False})

    def advance(
        self,
        by: timedelta | None = None,
        /,
        *,
        progress: Callable[[int, int, datetime], None] | None = None,
        **amounts: float,
    ) -> datetime:
        """Turn it on: by a timedelta, or `years`, `months`, `weeks`, `days`, `hours`, `minutes`, `seconds`.

        Everything that falls due until then happens first, in order, and is delivered. There is no limit; `progress`
        is told now and then how many of how many things have happened, and the instant of the last one.
        """
        if by is not None:
            amounts = {"seconds": by.total_seconds(), **amounts}
        for said in self._connection.follow("clock", "advance", body=amounts):
            if "result" in said:
                return _instant(said["result"])
            if progress is not None:
                progress(said["done"], said["total"], datetime.fromisoformat(said["at"]))
        raise UnreachableError("The server has gone away while it was turning the clock.")

    def reset(self) -> None:
        """Go back to real time."""
        self._connection.delete("clock")

    def _put(self, wanted: Mapping[str, Any]) -> datetime:
        return _instant(self._connection.call("PUT", ("clock",), body=wanted, patience=_LONG))


def _instant(shown: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["now"])


class Targets:
    """Where each channel's messages go."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(
        self,
        vendor: str,
        channel: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """Send a channel's messages to an address; `credentials` are what the receiver knows the vendor by."""
        body = {"url": url, "headers": dict(headers or {}), "credentials": dict(credentials or {})}
        self._connection.put("targets", vendor, channel, body=body)

    def all(self) -> list[dict[str, Any]]:
        """Every target that was set."""
        found: list[dict[str, Any]] = self._connection.get("targets")["targets"]
        return found

    def clear(self, vendor: str, channel: str) -> None:
        """Send them where they went before."""
        self._connection.delete("targets", vendor, channel)


class Faults:
    """Failures ordered of a vendor's operations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def order(self, vendor: str, operation: str = "*", **orders: Any) -> None:
        """Have an operation fail.

        Args:
            vendor: Whose operation.
            operation: Its name, as `mockserver vendors NAME` lists it; `*` is any.
            **orders: `status` (400 to 599), `delay` in seconds, or both; `times` (until cleared unless said),
                `retry_after` in seconds, and `after=True` to do the work first and lose only the answer.
        """
        self._connection.put("faults", vendor, operation, body=orders)

    def standing(self) -> list[dict[str, Any]]:
        """The orders that stand, with the times that are left."""
        found: list[dict[str, Any]] = self._connection.get("faults")["faults"]
        return found

    def clear(self, vendor: str | None = None, operation: str | None = None) -> None:
        """Take orders back: one, a vendor's, or all."""
        if vendor is None:
            return self._connection.delete("faults")
        if operation is not None:
            return self._connection.delete("faults", vendor, operation)
        for order in self.standing():
            if order["vendor"] == vendor:
                self._connection.delete("faults", vendor, order["operation"])
        return None
