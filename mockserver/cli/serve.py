"""`mockserver serve`: the mock on a port, until it is interrupted."""

from __future__ import annotations

import errno
import gc
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.options import client_of
from mockserver.cli.scenarios import folders_option
from mockserver.cli.showing import print_line
from mockserver.errors import MockServerError, SettingsError, StorageError
from mockserver.settings import Settings, load_settings

if TYPE_CHECKING:
    from mockserver.client import Client
    from mockserver.tls import TlsFront

_POLL = 0.005
_PATIENCE = 60.0


@click.command()
@click.option("--host", help="The address to bind to.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="0 is any free one.  [default: 4600]")
@click.option("--tls-port", type=int, help="Serve with TLS there too, under any host's name; 0 is any free one.")
@click.option("--storage", metavar="DIR", help="Where the journal lies.  [default: .mockserver]")
@click.option("--workers", type=int, help="Processes that share the storage.  [default: 1]")
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings.  [default: pyproject.toml]")
@click.option("--accept-any-credentials", is_flag=True, default=None, help="Let everybody in, as the default tenant.")
@click.option("--control-token", metavar="SECRET", help="What the control API and the pages then ask for.")
@folders_option
@click.option("--allow-target", "allow_targets", metavar="HOST", multiple=True, help="A host messages may go to.")
@click.option("--mount", "mounts", metavar="VENDOR=HOST", multiple=True, help="A host at whose root a vendor is.")
@click.option(
    "--play", "keys", metavar="KEY", multiple=True, help="A scenario to play first; then the clock is real time."
)
@click.option("--quiet", is_flag=True, help="No line for each request.")
def command(
    config: Path | None,
    folders: tuple[Path, ...],
    allow_targets: tuple[str, ...],
    mounts: tuple[str, ...],
    keys: tuple[str, ...],
    *,
    quiet: bool,
    **given: Any,
) -> int:
    """Serve the mock on a port.

    Every option is also a variable (MOCKSERVER_PORT=4700) or a line of [tool.mockserver] in pyproject.toml.
    """
    from mockserver.cli.hosting import host

    given |= {"scenarios": folders or None, "allow_targets": allow_targets or None, "mounts": mounts or None}
    settings = bound(load_settings(given, config=config))
    prepare_storage(settings.storage)
    stop = Event()
    tls = _tls_front(settings)
    herald = Thread(target=_herald, args=(settings, keys, stop, quiet, tls), daemon=True)
    herald.start()
    code = host(settings)
    stop.set()
    herald.join(timeout=1)
    if tls is not None:
        tls.stop()
    return code


def _tls_front(settings: Settings) -> TlsFront | None:
    if settings.tls_port is None:
        return None
    from mockserver.tls import TlsFront

    plain = (settings.host, settings.port)
    return TlsFront(plain, settings.tls_folder, host=settings.host, port=settings.tls_port).start()


def bound(settings: Settings) -> Settings:
    """The settings with a port that is free, and shared storage for several workers.

    Raises:
        SettingsError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(_bind_problem(settings, error)) from error
        port = probe.getsockname()[1]
    return replace(settings, port=port, shared=settings.shared or settings.workers > 1)


def _bind_problem(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} of {settings.host} is in use; choose another with --port, or 0 for any."
    return f"Nothing can listen on {settings.host}:{settings.port}: {error.strerror}."


def prepare_storage(folder: Path) -> None:
    """Make the folder.

    Raises:
        StorageError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The storage folder {folder} cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK):
        raise StorageError(f"The storage folder {folder} cannot be written to.")


def _herald(settings: Settings, keys: Sequence[str], stop: Event, quiet: bool, tls: TlsFront | None) -> None:
    """Once the server answers: say so, play what was asked for, say what to paste, then tell of each new request."""
    from mockserver.cli.banner import print_listening
    from mockserver.cli.follow import Tails, follow

    tails = Tails(settings.storage / "log")
    if not _wait(lambda: _answers(settings), stop):
        return
    gc.enable()
    with client_of(settings.url, "default", settings.control_token) as client, suppress(MockServerError):
        # all of it, unless the server is stopped meanwhile
        print_listening(client.url)
        if _play_all(client, keys):
            tails = Tails(settings.storage / "log")
        _tell_access(client, settings, tls)
    if not quiet:
        follow(tails, stop)


def _tell_access(client: Client, settings: Settings, tls: TlsFront | None) -> None:
    from mockserver.cli.banner import print_banner, print_tls

    print_banner(client, guarded=bool(settings.control_token))
    if tls is not None:
        print_tls(f"https://{settings.host}:{tls.port}", tls.authority)


def _play_all(client: Client, keys: Sequence[str]) -> bool:
    """Play and go back to real time, in which the app's requests come; whether anything was played."""
    played = [key for key in keys if _play(client, key)]
    if played:
        client.clock.reset()
        print_line("The clock is back at real time.\n")
    return bool(played)


def _play(client: Client, key: str) -> bool:
    """Play one; whether it could be."""
    from mockserver.cli.play import play_one
    from mockserver.client import UnreachableError

    try:
        play_one(client, key)
    except UnreachableError:
        raise
    except MockServerError as error:
        click.echo(str(error), err=True)
        return False
    return True


def _answers(settings: Settings) -> bool:
    """Whether the server answers; a connection is made earlier than that."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(settings.host, settings.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/_mock/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _wait(holds: Callable[[], bool], stop: Event) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        if stop.wait(_POLL) or time.monotonic() > deadline:
            return False
    return True
