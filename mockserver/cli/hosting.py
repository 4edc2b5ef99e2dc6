"""Hosting by granian: as many workers as wanted, each listening at once and loading the application meanwhile."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from mockserver.cli.relay import Relay
from mockserver.errors import MockServerError

if TYPE_CHECKING:
    from mockserver.settings import Settings

OURS = "/_mock/"
logger = logging.getLogger("mockserver")
_THREADS = 64
_LAST_WORDS = 1  # a question held open does not hold the end up
_PARENT_CHECK = 1.0
WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def host(settings: Settings) -> int:
    """Serve until interrupted; the exit code is 0 then, and 1 when a worker died."""
    _allow_open_files()
    gc.disable()  # nothing made while loading is garbage: looking for some costs a tenth of the start
    server = _server(settings)
    if settings.workers > 1:
        import mockserver.app  # noqa: F401  once for all workers, which are forked
    try:
        server.serve(target_loader=partial(_load, settings, os.getpid()), wrap_loader=False)
    except SystemExit as end:
        return 0 if server.interrupt_signal else int(end.code or 0)
    return 0


def _allow_open_files() -> None:
    """As many as the system lets us have: each tenant's log is one, for as long as the server runs."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _server(settings: Settings) -> Any:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, RuntimeModes

    return Granian(
        "mockserver",
        address=_address(settings.host),
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=_THREADS,
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=_LAST_WORDS,
    )


def _address(host: str) -> str:
    """The number of a host, which granian wants: `localhost` is 127.0.0.1."""
    return host if ":" in host else socket.gethostbyname(host)


def _load(settings: Settings, parent: int) -> WSGI:
    """The application, in a worker's process, which from now on listens."""
    loading = Loading(partial(_create, settings))
    _relay_calls()
    Thread(target=_leave_with, args=(parent,), daemon=True).start()
    return loading


def _create(settings: Settings) -> WSGI:
    from mockserver.app import create_app

    app = create_app(settings)
    gc.freeze()
    gc.enable()
    return app.wsgi_app


class Loading:
    """An application that is still being loaded when the first requests come: they are not refused, but wait for it."""

    def __init__(self, create: Callable[[], WSGI]) -> None:
        self._create = create
        self._app: WSGI | None = None
        self._done = Event()
        Thread(target=self._load, daemon=True).start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, once there is an application."""
        if self._app is None:
            self._done.wait()
        return self._app(environ, start_response)  # type: ignore[misc]  # it is there once it is done

    def _load(self) -> None:
        try:
            self._app = self._create()
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


def _relay_calls() -> None:
    """Have granian's calls of this process answered by one thread at a time (`relay.py`)."""
    from granian.server import mp

    module: Any = mp  # granian has no public place between its protocol and WSGI
    wrap = module._wsgi_call_wrap
    module._wsgi_call_wrap = lambda *options: Relay(wrap(*options), lambda path: path.startswith(OURS))
