"""MockServer: the application in a thread on a free port, ready in a few milliseconds and gone as fast."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from flask import Flask

from mockserver.app import create_app, parts_of
from mockserver.errors import SettingsError
from mockserver.parts import Parts
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.tls import TlsFront

_THREADS = 16


class MockServer:
    """A mock of its own, on a port of its own, with its data in a temporary folder unless told otherwise.

    Use it as a context manager, or call `start` and `stop`. Port 0 means any free one.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        chosen = settings or Settings(port=0, raise_bugs=True)
        if settings is None and "storage" not in overrides:
            self._folder = tempfile.TemporaryDirectory(prefix="mockserver-")
            overrides["storage"] = Path(self._folder.name)
        self._settings = replace(chosen, **overrides)
        self._waitress: Any = None
        self._thread: Thread | None = None
        self.tls: TlsFront | None = None
        self.app: Flask

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return self._settings.url

    @property
    def tls_url(self) -> str:
        """The same with TLS (`tls_port`); `tls.authority` is the certificate to trust.

        Raises:
            SettingsError: there is no TLS here.
        """
        if self.tls is None:
            raise SettingsError("This server has no TLS: start it with tls_port=0, or a port of your choice.")
        return f"https://{self._settings.host}:{self.tls.port}"

    @property
    def parts(self) -> Parts:
        """What the server is made of."""
        return parts_of(self.app)

    def url_for(self, vendor: str) -> str:
        """The address of a vendor's mount."""
        return f"{self.url}/{vendor}"

    def start(self) -> Self:
        """Bind the port and serve; when this returns, requests are answered."""
        from waitress.server import create_server

        self._waitress = create_server(
            lambda environ, start_response: self.app.wsgi_app(environ, start_response),  # noqa: PLW0108  made below
            host="127.0.0.1" if self._settings.host == "localhost" else self._settings.host,  # one socket, one port
            port=self._settings.port,
            threads=_THREADS,
            max_request_body_size=1 << 30,  # the front desk has its own limit, with the vendor's answer
            ident=None,
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,  # select() breaks off at the 1,024th open file, and each tenant's log is one
        )
        self._settings = replace(self._settings, port=self._waitress.effective_port)
        try:
            self.app = create_app(self._settings)
        except BaseException:
            self._waitress.asyncore.close_all(self._waitress._map)
            raise
        self._thread = Thread(target=self._waitress.run, name="mockserver", daemon=True)
        self._thread.start()
        if self._settings.tls_port is not None:
            self._start_tls(self._settings.tls_port)
        return self

    def _start_tls(self, port: int) -> None:
        from mockserver.tls import TlsFront

        host = self._settings.host
        self.tls = TlsFront((host, self._settings.port), self._settings.tls_folder, host=host, port=port).start()

    def stop(self) -> None:
        """Stop serving, close the logs and forget the temporary folder."""
        if self.tls is not None:
            self.tls.stop()
            self.tls = None
        if self._waitress is not None:
            server, self._waitress = self._waitress, None
            server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))  # in its own thread, at once
            if self._thread is not None:
                self._thread.join(timeout=5)
            server.task_dispatcher.shutdown()
            self.parts.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
