"""A tester's order that an operation fails, answers late, or loses its answer, so many times and then is well again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from mockserver.errors import InvalidError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One order. `operation` may be `*`. Without a `status` the operation answers as ever, only late.

    `times` is how often (None: until cleared), `retry_after` in seconds, `delay` in seconds. `after` lets the
    operation do its work first and loses only its answer.
    """

    vendor: str
    operation: str
    status: int | None = None
    times: int | None = None
    retry_after: int | None = None
    delay: float = 0.0
    after: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As the ledger keeps it and the control API shows it."""
        return {name: getattr(self, name) for name in Fault.__dataclass_fields__}


def fault_from(values: Mapping[str, Any]) -> Fault:
    """A fault from a plain mapping.

    Raises:
        InvalidError: a status that is no HTTP error, a negative number, or nothing ordered at all.
    """
    fault = Fault(**values)
    if fault.status is not None and not 400 <= fault.status <= 599:
        raise InvalidError(f"A fault answers with a status from 400 to 599; {fault.status} is none.")
    if (fault.times is not None and fault.times < 1) or fault.delay < 0 or (fault.retry_after or 0) < 0:
        raise InvalidError("times is at least 1; delay and retry_after are not negative.")
    if fault.delay > 60:
        raise InvalidError("A delay is at most 60 seconds.")
    if fault.status is None and fault.delay == 0:
        raise InvalidError("A fault needs a status, a delay, or both.")
    return fault


class Faults:
    """The orders that stand for one tenant."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, str], Fault] = {}
        self._lock = Lock()

    def order(self, fault: Fault) -> None:
        """Add an order; it replaces an earlier one for the same operation."""
        with self._lock:
            self._orders[fault.vendor, fault.operation] = fault

    def clear(self, vendor: str | None = None, operation: str | None = None) -> None:
        """Take back all orders, a vendor's, or one."""
        with self._lock:
            self._orders = {
                key: fault
                for key, fault in self._orders.items()
                if (vendor not in {None, key[0]}) or (operation not in {None, key[1]})
            }

    def standing(self) -> list[Fault]:
        """The orders as they stand, `times` counted down."""
        return list(self._orders.values())

    def next(self, vendor: str, operation: str) -> Fault | None:
        """The order that hits this call, counted down; None (and no lock) when there is none."""
        if not self._orders:
            return None
        with self._lock:
            fault = self._orders.get((vendor, operation)) or self._orders.get((vendor, "*"))
            if fault is None or fault.times is None:
                return fault
            key = (fault.vendor, fault.operation)
            if fault.times == 1:
                del self._orders[key]
            else:
                self._orders[key] = replace(fault, times=fault.times - 1)
            return fault
