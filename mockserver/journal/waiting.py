"""A question held open until the log has grown enough: whoever waits is woken by what arrives, and never polls."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition
from typing import TypeVar

_LOOK = 0.02  # seconds between looks at the log's size, where other processes append to it too

T = TypeVar("T")


class Bell:
    """Rung after each append to a tenant's log. Ringing costs nothing while nobody waits."""

    __slots__ = ("_condition", "_waiting")

    def __init__(self) -> None:
        self._condition = Condition()
        self._waiting = 0

    def ring(self) -> None:
        """Wake whoever waits. An append before this is seen by every later look at the log's end."""
        if self._waiting:
            with self._condition:
                self._condition.notify_all()

    def wait(self, end: Callable[[], int], known_end: int, timeout: float, *, shared: bool = False) -> bool:
        """Wait until the log has another end than the one known, at most `timeout` seconds; whether it has.

        With `shared` other processes append to the log as well, whose bells are not heard here: its size is looked at
        every 20 ms.
        """
        deadline = time.monotonic() + timeout
        with self._condition:
            self._waiting += 1  # before looking, so that an append after the look rings
            try:
                while end() == known_end:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return False
                    self._condition.wait(min(left, _LOOK) if shared else left)
                return True
            finally:
                self._waiting -= 1


Wait = Callable[[int, float], bool]
"""Waits for a log to grow beyond an end, so many seconds at most; whether it did."""


def until(look: Callable[[], tuple[int, T]], good: Callable[[T], bool], wait: Wait, within: float) -> T:
    """Look until what is seen is good or the time is up; what was seen last.

    `look` says up to which end of the log it has seen. It is asked at once, and again after each growth of the log.
    """
    deadline = time.monotonic() + within
    while True:
        end, seen = look()
        if good(seen) or not wait(end, deadline - time.monotonic()):
            return seen


def while_it_stays(look: Callable[[], tuple[int, T]], good: Callable[[T], bool], wait: Wait, stays: float) -> T:
    """Look until what is seen is no longer good or so many seconds have passed; what was seen last."""
    return until(look, lambda seen: not good(seen), wait, stays)
