"""`mockserver tenants`: isolated worlds, with what to paste into an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.client import Client


@click.group(cls=Sub)
def command() -> None:
    """Isolated worlds on one server: list, show NAME, new [NAME], delete NAME."""


@command.command("list")
@json_option
@asks_server
def list_(client: Client, *, as_json: bool) -> None:
    """List the tenants."""
    found = client.tenants()
    if as_json:
        print_json({"tenants": found})
    else:
        print_table(("tenant", "vendors"), ((one["name"], ", ".join(one["vendors"])) for one in found))


@command.command()
@click.argument("name", required=False)
@json_option
@asks_server
def show(client: Client, name: str | None, *, as_json: bool) -> None:
    """Show a tenant's addresses and credentials."""
    _print((client.with_tenant(name) if name else client).describe(), as_json=as_json)


@command.command()
@click.argument("name", required=False)
@json_option
@asks_server
def new(client: Client, name: str | None, *, as_json: bool) -> None:
    """Make a tenant with fresh credentials."""
    _print(client.new_tenant(name).describe(), as_json=as_json)


@command.command()
@click.argument("name")
@asks_server
def delete(client: Client, name: str) -> None:
    """Delete a tenant with everything it has seen."""
    client.with_tenant(name).delete()
    print_line(f"The tenant {name} is deleted.")


def _print(tenant: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(tenant)
    else:
        print_line(f"{tenant['name']}\n", "bold")
        print_access(tenant["vendors"])


def print_access(vendors: Mapping[str, Any], *, inputs: bool = True) -> None:
    """What to paste into an app: each vendor's address and credentials, a line each, never broken."""
    for name, access in vendors.items():
        print_line(f"{name}  {access['url']}", "bold")
        _print_credentials(access["credentials"])
        for input_name, values in access["inputs"].items() if inputs else ():
            print_line(f"  as {input_name}:")
            _print_credentials(values)


def _print_credentials(values: Mapping[str, str]) -> None:
    for key, value in values.items():
        print_line(f"    {key}={value}")
