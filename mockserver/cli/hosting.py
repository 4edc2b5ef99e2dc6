"""Hosting by granian, so that a call costs microseconds and a question may be held open for a minute.

Python runs one thread at a time: measured on two cores, one granian thread answers about twice as many calls a second
as several, which only hand the interpreter to and fro. So each worker has one thread for the vendors' calls, and what
may take its time (all below `/_mock/`, and everything while some answer is ordered to be late) is answered by threads
of our own: granian takes an answer from any thread, whenever it comes.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from mockserver.errors import MockServerError

if TYPE_CHECKING:
    from mockserver.settings import Settings
    from mockserver.tenants import Tenants

OURS = "/_mock/"
logger = logging.getLogger("mockserver")
_THREADS = 64
_LAST_WORDS = 3
_PARENT_CHECK = 1.0
Answering = Callable[[Any, dict[str, Any]], Any]
WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def host(settings: Settings) -> int:
    """Serve until interrupted; the exit code is 0 then, and 1 when a worker died."""
    gc.disable()  # nothing made while loading is garbage: looking for some costs a tenth of the start
    server = _server(settings)
    try:
        server.serve(target_loader=partial(_load, settings, os.getpid()), wrap_loader=False)
    except SystemExit as end:
        return 0 if server.interrupt_signal else int(end.code or 0)
    return 0


def _server(settings: Settings) -> Any:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, RuntimeModes

    return Granian(
        "mockserver",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=1,
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=_LAST_WORDS,
    )


def _load(settings: Settings, parent: int) -> WSGI:
    """The application, in a worker's process, which from now on listens."""
    loading = Loading(partial(_create, settings))
    _hand_over(lambda path: path.startswith(OURS) or loading.takes_time(), Crew())
    Thread(target=_leave_with, args=(parent,), daemon=True).start()
    return loading


def _create(settings: Settings) -> tuple[WSGI, Tenants]:
    from mockserver.app import create_app, parts_of

    app = create_app(settings)
    gc.freeze()
    gc.enable()
    return app.wsgi_app, parts_of(app).tenants


class Loading:
    """An application that is still being loaded when the first requests come: they are not refused, but wait for it."""

    def __init__(self, create: Callable[[], tuple[WSGI, Tenants]]) -> None:
        self._create = create
        self._app: WSGI | None = None
        self._tenants: Tenants | None = None
        self._done = Event()
        Thread(target=self._load, daemon=True).start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, once there is an application."""
        if self._app is None:
            self._done.wait()
        return self._app(environ, start_response)  # type: ignore[misc]  # it is there once it is done

    def takes_time(self) -> bool:
        """Whether any request may have to wait: for the application, or for an answer that is ordered to be late."""
        return self._tenants is None or self._tenants.delays

    def _load(self) -> None:
        try:
            self._app, self._tenants = self._create()
        except MockServerError as error:
            sys.stderr.write(f"{error}\n")
        except Exception:
            logger.exception("A bug of ours while starting")
        else:
            self._done.set()
            return
        os._exit(1)  # nothing else ends a worker from a thread


def _leave_with(parent: int) -> None:
    """End the worker when the process that started it was killed, so that the port is free again."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK)
    os.kill(os.getpid(), signal.SIGTERM)


def _hand_over(takes_time: Callable[[str], bool], crew: Crew) -> None:
    """Have granian's calls of this process answered at once, or by the crew."""
    from granian.server import mp

    module: Any = mp  # granian has no public place between its protocol and WSGI
    wrap = module._wsgi_call_wrap

    def wrapped(*options: Any) -> Answering:
        at_once: Answering = wrap(*options)

        def answer(protocol: Any, scope: dict[str, Any]) -> Any:
            if takes_time(scope["PATH_INFO"]):
                return crew.take(partial(_answer_later, at_once, protocol, scope))
            return at_once(protocol, scope)

        return answer

    module._wsgi_call_wrap = wrapped


def _answer_later(at_once: Answering, protocol: Any, scope: dict[str, Any]) -> None:
    try:
        at_once(protocol, scope)
    except Exception:
        logger.exception("A bug of ours while answering %s", scope["PATH_INFO"])
        protocol.response_bytes(500, [], b"")


class Crew:
    """Threads that are there when work is, up to a number; more work waits for them. They hold nobody up at the end."""

    def __init__(self, most: int = _THREADS) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._most = most
        self._count = 0
        self._idle = 0
        self._lock = Lock()

    def take(self, work: Callable[[], None]) -> None:
        """Have it done soon, by another thread."""
        with self._lock:
            another = self._idle <= self._work.qsize() and self._count < self._most
            self._count += another
        self._work.put(work)
        if another:
            Thread(target=self._toil, daemon=True).start()

    def _toil(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            work = self._work.get()
            with self._lock:
                self._idle -= 1
            work()
