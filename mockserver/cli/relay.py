"""One thread at a time answers, and whoever is held up is relieved: throughput of one thread, patience of many.

Python runs one thread at a time. When several of a server's threads answer calls they only hand the interpreter to and
fro, which costs half of the throughput; with a single one, a client that is slow to send its body, or a question that
is held open for a minute, stops everybody. So all of a server's threads but one are parked, each inside the call that
brought it here, whose answer the one that runs gives in its place. A watchman looks every few milliseconds whether that
one is still at the same call, and if so sends a parked one to take its place.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

logger = logging.getLogger("mockserver")

Answering = Callable[[Any, dict[str, Any]], Any]
PATIENCE = 0.02
_ROUNDS_BEFORE_SLEEP = 50


class Call:
    """One call, and the thread that came with it."""

    __slots__ = ("answered", "gate", "protocol", "scope")

    def __init__(self, protocol: Any, scope: dict[str, Any]) -> None:
        self.protocol = protocol
        self.scope = scope
        self.answered = False
        self.gate: Lock | None = None


class Relay:
    """Takes calls from any number of threads and has them answered by one.

    Args:
        answer: Answers a call, from any thread.
        takes_time: Whether a call is expected to be held up, by its path; it is not waited for.
    """

    def __init__(self, answer: Answering, takes_time: Callable[[str], bool]) -> None:
        self._answer = answer
        self._takes_time = takes_time
        self._lock = Lock()
        self._runner: Call | None = None
        self._waiting: deque[Call] = deque()
        self._spare: list[Call] = []
        self._count = 0
        self._asleep = True
        self._rise = Event()
        Thread(target=self._watch, name="watchman", daemon=True).start()

    def __call__(self, protocol: Any, scope: dict[str, Any]) -> None:
        """Have a call answered; the thread that brings it may be kept for as long as it is not needed."""
        call = Call(protocol, scope)
        if self._takes_time(scope["PATH_INFO"]):
            self._send_spare()
            self._answer_one(call)
            return
        if self._asleep:
            self._asleep = False
            self._rise.set()
        with self._lock:
            runs = self._runner is None
            if runs:
                self._runner = call
                self._count += 1
            else:
                call.gate = Lock()
                call.gate.acquire()
                self._waiting.append(call)
        if not runs:
            call.gate.acquire()  # type: ignore[union-attr]  # made a moment ago
        if not call.answered:
            self._run(call)

    def relieve(self) -> None:
        """Let another thread run in place of the one that does."""
        with self._lock:
            self._runner = heir = self._waiting.popleft() if self._waiting else None
            if heir is None and self._spare:
                heir = self._spare.pop()
            self._count += 1
        _wake(heir)

    def _send_spare(self) -> None:
        """Have a parked thread take calls, if none does now."""
        with self._lock:
            heir = self._spare.pop() if self._runner is None and self._spare else None
        _wake(heir)

    def _run(self, own: Call) -> None:
        """Answer the thread's own call, then those of others, until there is none or another one runs."""
        call: Call | None = own
        while call is not None:
            self._answer_one(call)
            call = self._next(own, call)

    def _next(self, own: Call, done: Call) -> Call | None:
        with self._lock:
            done.answered = True
            if done is not own:
                self._spare.append(done)
            if self._runner is not own:
                return None
            if not self._waiting:
                self._runner = None
                return None
            self._count += 1
            return self._waiting.popleft()

    def _answer_one(self, call: Call) -> None:
        try:
            self._answer(call.protocol, call.scope)
        except Exception:
            logger.exception("A bug of ours while answering %s", call.scope["PATH_INFO"])
            call.protocol.response_bytes(500, [], b"")

    def _watch(self) -> None:
        """Relieve who is at the same call as at the last look; sleep when nobody comes."""
        seen, quiet = -1, 0
        while True:
            if quiet > _ROUNDS_BEFORE_SLEEP:
                self._asleep = True
                self._rise.wait()
                self._rise.clear()
                quiet = 0
            time.sleep(PATIENCE)
            if self._runner is not None and self._count == seen:
                self.relieve()
            quiet = quiet + 1 if self._runner is None and self._count == seen else 0
            seen = self._count


def _wake(call: Call | None) -> None:
    if call is not None and call.gate is not None:
        call.gate.release()
