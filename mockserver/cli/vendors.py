"""`mockserver vendors`: who is imitated, how far, and with which switches; no server is asked unless one is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mockserver.cli.options import json_option
from mockserver.cli.scenarios import speakers
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.errors import NotFoundError, nearest
from mockserver.vendors.contract import Vendor


@click.command()
@click.argument("name", required=False)
@json_option
def command(name: str | None, *, as_json: bool) -> None:
    """Who is imitated; with NAME its operations, channels and switches."""
    known = speakers()
    if name is not None and name not in known:
        raise NotFoundError(f"There is no vendor {name!r}.{nearest(name, known)}")
    if as_json:
        print_json(describe(name, known[name]) if name else {"vendors": [describe(*item) for item in known.items()]})
    elif name:
        _print_one(name, known[name])
    else:
        _print_all(known)


def describe(name: str, vendor: Vendor) -> dict[str, Any]:
    """A vendor as JSON."""
    return {
        "name": name,
        "title": vendor.title,
        "hosts": vendor.hosts,
        "operations": [
            {"name": one.name, "methods": one.methods, "path": one.path, "aliases": one.aliases, "title": one.title}
            for one in vendor.operations
        ],
        "channels": [{"name": key, "title": channel.title} for key, channel in vendor.channels.items()],
        "settings": dict(vendor.settings),
        "wanted": {switch: wanted.text.rstrip(",") for switch, wanted in vendor.wanted.items()},
        "imitated": vendor.imitated,
        "not_imitated": vendor.not_imitated,
    }


def _print_all(vendors: Mapping[str, Vendor]) -> None:
    heads = ("name", "vendor", "operations", "speaks", "real hosts")
    rows = (
        (name, one.title, len(one.operations), ", ".join(one.channels), ", ".join(one.hosts))
        for name, one in vendors.items()
    )
    print_table(heads, rows, right=("operations",))


def _print_one(name: str, vendor: Vendor) -> None:
    print_line(f"{vendor.title} ({name}), instead of {', '.join(vendor.hosts)}\n", "bold")
    _print_lines("Imitated", vendor.imitated)
    _print_lines("Not imitated", vendor.not_imitated)
    if vendor.operations:
        rows = ((one.name, ", ".join(one.methods), f"/{name}{one.path}", one.title) for one in vendor.operations)
        print_table(("operation", "method", "path", "what"), rows)
        print_line("")
    if vendor.channels:
        print_table(("channel", "what"), ((key, channel.title) for key, channel in vendor.channels.items()))
        print_line("")
    if vendor.settings:
        print_table(("setting", "default"), ((key, repr(value)) for key, value in vendor.settings.items()))


def _print_lines(head: str, lines: tuple[str, ...]) -> None:
    if lines:
        print_line(f"{head}:")
        for line in lines:
            print_line(f"  {line}")
        print_line("")
