"""What a server says when it is ready: where it is, what to paste into an app, where the pages are."""

from __future__ import annotations

from pathlib import Path

from mockserver.cli.showing import print_line
from mockserver.cli.tenants import print_access
from mockserver.client import Client


def print_listening(url: str) -> None:
    """Where it is; the first line of all."""
    print_line(f"mockserver listens on {url}", "bold green")


def print_banner(client: Client, *, guarded: bool) -> None:
    """Where the pages are, and what to paste into an app."""
    print_line(f"Pages: {client.url}/_mock/{'  (they ask for the control token)' if guarded else ''}\n")
    print_access(client.describe()["vendors"], inputs=False)
    print_line("")


def print_tls(url: str, authority: Path) -> None:
    """Where the same is served with TLS, and what to trust for it."""
    print_line(f"With TLS: {url}, and any host's name that leads there. Have clients trust {authority}\n")
