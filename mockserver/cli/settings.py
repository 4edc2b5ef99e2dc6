"""`mockserver settings`: a vendor's switches for a tenant."""

from __future__ import annotations

from typing import Any

import click
import orjson

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.client import Client


@click.group(cls=Sub, default="show")
def command() -> None:
    """A vendor's switches: show VENDOR, set VENDOR NAME=VALUE…, reset VENDOR."""


@command.command()
@click.argument("vendor")
@json_option
@asks_server
def show(client: Client, vendor: str, *, as_json: bool) -> None:
    """Show a vendor's switches as they stand."""
    _print(client, vendor, client.settings(vendor), as_json=as_json)


@command.command("set")
@click.argument("vendor")
@click.argument("switches", metavar="NAME=VALUE…", nargs=-1, required=True)
@json_option
@asks_server
def set_(client: Client, vendor: str, switches: tuple[str, ...], *, as_json: bool) -> None:
    """Change switches; the others stay. A VALUE is JSON, or else text."""
    _print(client, vendor, client.settings(vendor, **dict(map(_switch, switches))), as_json=as_json)


@command.command()
@click.argument("vendor")
@asks_server
def reset(client: Client, vendor: str) -> None:
    """Put a vendor's switches back to their defaults."""
    client.reset_settings(vendor)
    print_line("As they were.")


def _switch(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text!r} is no NAME=VALUE.")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _print(client: Client, vendor: str, switches: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(switches)
        return
    wanted = client.wanted(vendor)
    rows = ((name, orjson.dumps(value).decode(), wanted.get(name, "")) for name, value in switches.items())
    print_table(("setting", "value", "wanted"), rows)
