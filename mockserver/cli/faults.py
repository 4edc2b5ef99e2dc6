"""`mockserver faults`: having a vendor's operations fail, answer late, or lose an answer."""

from __future__ import annotations

from typing import Any

import click

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.client import Client


@click.group(cls=Sub)
def command() -> None:
    """Commanded failures: list, order VENDOR [OPERATION], clear [VENDOR [OPERATION]]."""


@command.command("list")
@json_option
@asks_server
def list_(client: Client, *, as_json: bool) -> None:
    """List the faults that stand."""
    _print(client, as_json=as_json)


@command.command()
@click.argument("vendor")
@click.argument("operation", default="*")
@click.option("--status", type=int, help="The status to answer with, 400 to 599.")
@click.option("--times", type=int, help="How often; until cleared unless said.")
@click.option("--delay", type=float, help="Seconds to wait before answering.")
@click.option("--retry-after", type=int, help="Seconds, for the header Retry-After.")
@click.option("--after", is_flag=True, default=None, help="Do the work first and lose only the answer.")
@json_option
@asks_server
def order(client: Client, vendor: str, operation: str, *, as_json: bool, **orders: Any) -> None:
    """Have an operation fail; without OPERATION all of the vendor's."""
    client.faults.order(vendor, operation, **{name: value for name, value in orders.items() if value is not None})
    _print(client, as_json=as_json)


@command.command()
@click.argument("vendor", required=False)
@click.argument("operation", required=False)
@asks_server
def clear(client: Client, vendor: str | None, operation: str | None) -> None:
    """Take faults back."""
    client.faults.clear(vendor, operation)
    print_line("Well again.")


def _print(client: Client, *, as_json: bool) -> None:
    found = client.faults.standing()
    if as_json:
        print_json({"faults": found})
    elif not found:
        print_line("No faults stand.")
    else:
        print_table(("vendor", "operation", "answers", "times left"), (_row(fault) for fault in found))


def _row(fault: dict[str, Any]) -> tuple[Any, ...]:
    words = [
        str(fault["status"]) if fault["status"] else "as ever",
        f"after {fault['delay']:g} s" if fault["delay"] else "",
        f"Retry-After: {fault['retry_after']}" if fault["retry_after"] is not None else "",
        "work done, answer lost" if fault["after"] else "",
    ]
    return fault["vendor"], fault["operation"], ", ".join(filter(None, words)), fault["times"] or "always"
