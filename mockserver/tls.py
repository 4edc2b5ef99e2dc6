"""A TLS front: clients that speak nothing but HTTPS reach the mock through it, under any host's name.

It ends TLS and passes the bytes on to the plain port. Its authority is made once for a storage folder, so that a
simulator or a browser that was told to trust it does so after the next start too; a certificate for each name that a
client asks for is made when it asks.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from mockserver.errors import SettingsError

if TYPE_CHECKING:
    import trustme

OWN_NAMES = ("localhost", "127.0.0.1", "::1")
_PIECE = 64 * 1024
_NAMES = 256  # certificates kept; a client that asks for more names than that has others made again


class Authority:
    """Who signs the certificates: two files in a folder, made when they are not there.

    Raises:
        SettingsError: the library for it is not installed, or the files are not what they should be.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._ca = self._kept() if self.file.exists() and self._key.exists() else self._made()
        self.context_for = lru_cache(maxsize=_NAMES)(self._context)

    def _kept(self) -> trustme.CA:
        try:
            kept: trustme.CA = _trustme().CA.from_pem(self.file.read_bytes(), self._key.read_bytes())
        except ValueError as error:
            raise SettingsError(f"{self.file} and {self._key} are no authority: {error}; delete both.") from error
        return kept

    def _made(self) -> trustme.CA:
        ca: trustme.CA = _trustme().CA(organization_name="mockserver", organization_unit_name="for tests only")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(ca.cert_pem.bytes())
        self._key.touch(mode=0o600)
        self._key.write_bytes(ca.private_key_pem.bytes())
        return ca

    def _context(self, *names: str) -> ssl.SSLContext:
        """What a server needs to be known by these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(*names).configure_cert(context)
        return context


def _trustme() -> Any:
    try:
        import trustme
    except ImportError as error:
        raise SettingsError("TLS needs the extra `tls`: pip install 'mockserver[tls]'.") from error
    return trustme


class TlsFront:
    """Listens with TLS on `port` (0: any free one) and passes everything on to a plain address of this machine.

    Raises:
        SettingsError: see `Authority`.
    """

    def __init__(self, plain: tuple[str, int], folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._authority = Authority(folder)
        self._plain = plain
        self._host = host
        self.port = port
        self._connections: set[asyncio.StreamWriter] = set()
        self._stop: Callable[[], object] = lambda: None
        self._thread: Thread | None = None

    @property
    def authority(self) -> Path:
        """The certificate that a client has to trust."""
        return self._authority.file

    def start(self) -> Self:
        """Listen; when this returns, connections are taken and `port` is the one.

        Raises:
            SettingsError: nothing can listen there.
        """
        listening: Future[int] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(listening)), name="tls-front", daemon=True)
        self._thread.start()
        try:
            self.port = listening.result()
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise SettingsError(f"Nothing can listen on {self._host}:{self.port} with TLS: {why}.") from error
        return self

    def stop(self) -> None:
        """Take no connection any more, and break off those that there are."""
        if self._thread is not None:
            self._stop()
            self._thread.join(timeout=5)
            self._thread = None

    async def _serve(self, listening: Future[int]) -> None:
        context = self._authority.context_for(*OWN_NAMES)
        context.sni_callback = self._choose
        try:
            server = await asyncio.start_server(self._take, self._host, self.port, ssl=context)
        except OSError as error:
            listening.set_exception(error)
            return
        stopped = asyncio.Event()
        self._stop = partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set)
        listening.set_result(server.sockets[0].getsockname()[1])
        await stopped.wait()
        server.close()
        for writer in self._connections:
            writer.transport.abort()
        while self._connections:
            await asyncio.sleep(0)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        """Be whom the client asks for."""
        if name and name not in OWN_NAMES:
            connection.context = self._authority.context_for(name)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self._connections.add(writer)
        with suppress(OSError):  # nobody there, or an end that the other side does not wait for
            onward, back = await asyncio.open_connection(*self._plain)
            await asyncio.gather(_pass(reader, back), _pass(onward, writer), return_exceptions=True)
            await _closed(back)
        await _closed(writer)
        self._connections.discard(writer)


async def _closed(sink: asyncio.StreamWriter) -> None:
    """End a connection, and wait until it has ended."""
    sink.close()
    with suppress(OSError):
        await sink.wait_closed()


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass bytes on as they come, and the end."""
    try:
        while piece := await source.read(_PIECE):
            sink.write(piece)
            await sink.drain()
    finally:
        sink.close()
