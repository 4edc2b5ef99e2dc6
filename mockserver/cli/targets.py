"""`mockserver targets`: where each channel's messages go."""

from __future__ import annotations

import click

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.client import Client


@click.group(cls=Sub)
def command() -> None:
    """Where messages go: list, set VENDOR CHANNEL URL, clear VENDOR CHANNEL."""


@command.command("list")
@json_option
@asks_server
def list_(client: Client, *, as_json: bool) -> None:
    """List the targets that were set."""
    _print(client, as_json=as_json)


@command.command("set")
@click.argument("vendor")
@click.argument("channel")
@click.argument("url")
@click.option("--header", "headers", metavar="NAME:VALUE", multiple=True, help="Sent with every message.")
@json_option
@asks_server
def set_(client: Client, vendor: str, channel: str, url: str, headers: tuple[str, ...], *, as_json: bool) -> None:
    """Send a channel's messages to an address."""
    client.targets.set(vendor, channel, url, headers=dict(map(_header, headers)))
    _print(client, as_json=as_json)


@command.command()
@click.argument("vendor")
@click.argument("channel")
@asks_server
def clear(client: Client, vendor: str, channel: str) -> None:
    """Send them where they went before."""
    client.targets.clear(vendor, channel)
    print_line("As before.")


def _header(text: str) -> tuple[str, str]:
    name, sign, value = text.partition(":")
    if not sign or not name.strip():
        raise click.BadParameter(f"{text!r} is no NAME:VALUE.")
    return name.strip(), value.strip()


def _print(client: Client, *, as_json: bool) -> None:
    found = client.targets.all()
    if as_json:
        print_json({"targets": found})
    elif not found:
        print_line("No targets are set: feeds enter this mock, webhooks are only recorded.")
    else:
        print_table(("vendor", "channel", "address"), ((one["vendor"], one["channel"], one["url"]) for one in found))
