"""`mockserver clock`: reading and turning a tenant's clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import console, print_json, print_line
from mockserver.client import Client

_UNITS = {
    "y": "years",
    "mo": "months",
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
}
_AMOUNT = re.compile(r"([+-]?\d+(?:\.\d+)?)(y|mo|w|d|h|m|s)")


@click.group(cls=Sub, default="show")
def command() -> None:
    """The clock that lifecycles, the journal and the vendors' answers go by: show, set, advance, reset."""


@command.command()
@json_option
@asks_server
def show(client: Client, *, as_json: bool) -> None:
    """Show what it shows."""
    _print(client, as_json=as_json)


@command.command("set")
@click.argument("instant")
@click.option("--frozen/--running", default=None, help="Stop it there, or let it run from there.")
@json_option
@asks_server
def set_(client: Client, instant: str, *, frozen: bool | None, as_json: bool) -> None:
    """Show another instant: 2026-02-15T10:00:00Z."""
    client.clock.set(instant, frozen=frozen)
    _print(client, as_json=as_json)


@command.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("amounts", nargs=-1, required=True)
@json_option
@asks_server
def advance(client: Client, amounts: tuple[str, ...], *, as_json: bool) -> None:
    """Turn it on: 7d, 1mo, 36h, 1d 12h, -30m. What falls due happens first, in order, and is delivered."""
    by = dict(_amount(text) for text in amounts)
    with _progress(show=not as_json) as tell:
        client.clock.advance(progress=tell, **by)
    _print(client, as_json=as_json)


@command.command()
@json_option
@asks_server
def reset(client: Client, *, as_json: bool) -> None:
    """Go back to real time."""
    client.clock.reset()
    _print(client, as_json=as_json)


@contextmanager
def _progress(*, show: bool) -> Iterator[Callable[[int, int, datetime], None] | None]:
    """What tells how far the clock is: a bar on a terminal, nothing elsewhere."""
    if not (show and console().is_terminal):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True) as bar:
        task = bar.add_task("")
        yield lambda done, total, at: bar.update(task, completed=done, total=total, description=f"{at:%Y-%m-%d %H:%M}")


def _amount(text: str) -> tuple[str, float]:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise click.UsageError(f"{text!r} is no length of time; 7d, 1mo, 36h, 90s or 1y is.")
    number = float(match[1])
    return _UNITS[match[2]], int(number) if number.is_integer() else number


def _print(client: Client, *, as_json: bool) -> None:
    shown = client.clock.show()
    if as_json:
        print_json(shown)
    else:
        state = "stands still" if shown["frozen"] else "runs"
        off = round(shown["offset_seconds"])
        print_line(f"{shown['now']}  {state}{f', {off:+d} s from real time' if off and not shown['frozen'] else ''}")
