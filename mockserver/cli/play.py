"""`mockserver play`: scenarios sent, watched and judged."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import FAILS, HOLDS
from mockserver.cli.options import client_of, json_option, server_option, tenant_option, token_option
from mockserver.cli.scenarios import folders_option
from mockserver.cli.showing import console, print_json, print_line
from mockserver.cli.timeline import print_timeline

if TYPE_CHECKING:
    from mockserver.client import Client, Run

_LOOK = 0.1


@click.command()
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@server_option(default=None)
@tenant_option
@token_option
@click.option("--vendor", "vendors", multiple=True, help="Only this vendor tells; may be given again.")
@click.option("--channel", "channels", multiple=True, help="Only on this channel; may be given again.")
@click.option("--target", "targets", metavar="VENDOR.CHANNEL=URL", multiple=True, help="Where a channel's messages go.")
@click.option("--allow-target", "allow_targets", metavar="HOST", multiple=True, help="A host messages may go to.")
@click.option(
    "--pace", metavar="SECONDS", default="instant", help="Seconds for a day of the story.  [default: instant]"
)
@click.option(
    "--seed", type=int, help="People, ids and devices come from it.  [default: the first not played yet, from 0 on]"
)
@folders_option
@json_option
def command(
    keys: tuple[str, ...],
    server: str | None,
    tenant: str,
    token: str | None,
    targets: tuple[str, ...],
    allow_targets: tuple[str, ...],
    folders: tuple[Path, ...],
    *,
    as_json: bool,
    **how: Any,
) -> int:
    """Play scenarios, print who was told what and when, and judge what arrived.

    Without --server a mock is started for the run, whose feeds go to its own mParticle. A server's clock stays at the
    end of the story (`mockserver clock reset`), and so do the targets.
    """
    how["pace"] = _pace(how["pace"])
    aims = [_aim(text) for text in targets]
    with _client(server, tenant, token, folders, allow_targets) as client:
        for vendor, channel, url in aims:
            client.targets.set(vendor, channel, url)
        runs = [play_one(client, key, quiet=as_json, **how) for key in keys]
    if as_json:
        print_json(runs[0].raw if len(runs) == 1 else [run.raw for run in runs])
    return HOLDS if all(run.holds for run in runs) else FAILS


def play_one(client: Client, key: str, *, quiet: bool = False, **how: Any) -> Run:
    """Play one scenario and print its timeline and verdict; on a terminal, how far it is meanwhile."""
    run = _watched(client, client.start(key, **how), show=not quiet)
    if not quiet:
        print_line(f"{run.title} ({run.key}, seed {run.seed})\n", "bold")
        print_timeline(run.timeline, told=True)
        print_line(f"\n{run.text}\n", "green" if run.holds else "red")
    return run


def _watched(client: Client, run: Run, *, show: bool) -> Run:
    """A run, once it has ended."""
    with _progress(run, show=show) as tell:
        while run.state == "playing":
            time.sleep(_LOOK)
            run = client.run(run.id)
            tell(run)
    return run


@contextmanager
def _progress(run: Run, *, show: bool) -> Iterator[Any]:
    """What tells how far a run is: a bar on a terminal, nothing elsewhere."""
    if not (show and console().is_terminal):
        yield lambda run: None  # noqa: ARG005  there is nobody to tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(), transient=True) as progress:
        task = progress.add_task(run.title, total=len(run.timeline))

        def tell(run: Run) -> None:
            done = [row for row in run.timeline if row.get("outcome")]
            progress.update(task, completed=len(done), description=done[-1]["step"] if done else run.title)

        yield tell


@contextmanager
def _client(
    server: str | None, tenant: str, token: str | None, folders: Iterable[Path], allowed: tuple[str, ...]
) -> Iterator[Client]:
    """A client of the server named, or of one that lives as long as this."""
    if server is not None:
        if tuple(folders):
            raise click.UsageError(
                "A server plays its own scenarios: start it with --scenarios, or play without --server."
            )
        with client_of(server, tenant, token) as client:
            yield client
        return
    from mockserver.client import Client
    from mockserver.server import MockServer
    from mockserver.settings import load_settings

    settings = load_settings({"scenarios": tuple(folders) or None, "allow_targets": allowed or None})
    with MockServer(scenarios=settings.scenarios, allow_targets=settings.allow_targets) as own:
        client = Client.of(own)
        yield client if tenant == "default" else client.new_tenant(tenant)


def _aim(text: str) -> tuple[str, str, str]:
    """A target as it is written: revenuecat.webhook=http://127.0.0.1:8000/hook."""
    name, equals, url = text.partition("=")
    vendor, dot, channel = name.partition(".")
    if not (equals and dot and vendor and channel and url):
        raise click.UsageError(f"{text!r} is no target; VENDOR.CHANNEL=URL is.")
    return vendor, channel, url


def _pace(text: str) -> str | float:
    if text == "instant":
        return text
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise click.UsageError(f"{text!r} is no pace; instant is, or seconds for a day of the story.")
    return seconds
