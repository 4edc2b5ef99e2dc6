"""Options that several commands have: which server, whose tenant, and JSON instead of a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mockserver.client import Client

URL = "http://127.0.0.1:4600"
Command = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
tenant_option = click.option(
    "--tenant", default="default", show_default=True, envvar="MOCKSERVER_TENANT", help="Whose world."
)
token_option = click.option("--token", envvar="MOCKSERVER_CONTROL_TOKEN", help="The server's control token.")


def server_option(default: str | None = URL) -> Callable[[Command], Command]:
    """`--server`, from MOCKSERVER_URL unless given."""
    return click.option(
        "--server",
        metavar="URL",
        default=default,
        show_default=default or False,
        envvar="MOCKSERVER_URL",
        help="Where.",
    )


def asks_server(command: Command) -> Command:
    """Give a command `--server`, `--tenant` and `--token`, and call it with a client made of them."""

    @wraps(command)
    def asking(*args: Any, server: str, tenant: str, token: str | None, **options: Any) -> Any:
        with client_of(server, tenant, token) as client:
            return command(client, *args, **options)

    return server_option()(tenant_option(token_option(asking)))


def client_of(server: str, tenant: str, token: str | None) -> Client:
    """A client of a server elsewhere; the address may be written without `http://`."""
    from mockserver.client import Client

    return Client(server if "://" in server else f"http://{server}", tenant=tenant, token=token)
