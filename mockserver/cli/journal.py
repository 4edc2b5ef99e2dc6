"""`mockserver journal`: what went over the wire, asked with the search line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import click
import orjson

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line, print_table, short_instant, subjects_text, verdict_cell
from mockserver.client import Client
from mockserver.tenants import NOBODY

_HELD = 30.0
_RECENT = 500  # entries that tell which kinds of subjects there are
_PIECE = 8 * 1024 * 1024
_HEADS = ("#", "received", "", "request", "status", "events", "about", "findings")

search_argument = click.argument("search", nargs=-1)


@click.group(cls=Sub)
def command() -> None:
    """What went over the wire: list [SEARCH], show ID, follow [SEARCH], export, import, clear.

    SEARCH is a line such as `vendor:adapty event:trial_started is:rejected`.
    """


@command.command("list")
@search_argument
@click.option("--limit", default=50, show_default=True, help="How many at most, the newest.")
@json_option
@asks_server
def list_(client: Client, search: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """List entries, the newest last."""
    page = client.page(" ".join(search), limit=limit)
    if as_json:
        print_json(page)
        return
    if page["total"]:
        print_table(_HEADS, (_row(entry) for entry in reversed(page["entries"])), right=("#", "findings"))
    else:
        print_line(_nothing(client, " ".join(search)))
    if page["total"] > len(page["entries"]):
        print_line(f"\n{page['total']} in all; --limit shows more.", "dim")
    _tell_of_nobody(client)


@command.command()
@click.argument("id", default="latest")
@json_option
@asks_server
def show(client: Client, id: str, *, as_json: bool) -> None:  # noqa: A002  the word the control API uses
    """Show an entry, whole, by its number or id; without one the latest."""
    entry = client.entry(id)
    if as_json:
        print_json(entry)
    else:
        _print_entry(entry)
        _tell_of_nobody(client)


def _nothing(client: Client, search: str) -> str:
    """What to say where nothing was found, and what was probably meant by a word that is no kind of subject."""
    from mockserver.journal.search import meant

    recent = client.page(limit=_RECENT)["entries"]
    if not recent:
        return "The journal is empty."
    kinds = {subject["kind"] for entry in recent for subject in entry["subjects"]}
    return f"Nothing found. {meant(search, kinds)}".rstrip()


def _tell_of_nobody(client: Client) -> None:
    """Say that requests came in which nobody's credentials were, so that their sender finds them."""
    if client.tenant == NOBODY:
        return
    refused = client.with_tenant(NOBODY).page(limit=0)["total"]
    if refused:
        print_line(f"\n{refused} with refused credentials, or for no vendor: --tenant {NOBODY}", "dim")


@command.command()
@search_argument
@json_option
@asks_server
def follow(client: Client, search: tuple[str, ...], *, as_json: bool) -> None:
    """Print entries as they come, until interrupted."""
    with suppress(KeyboardInterrupt):
        for entry in _coming(client, " ".join(search)):
            if as_json:
                click.echo(orjson.dumps(entry))
            else:
                print_line("  ".join(_text(cell) for cell in _row(entry) if _text(cell)))


@command.command()
@search_argument
@click.option("--output", "-o", type=click.File("wb"), default="-", help="Where to; standard output unless said.")
@asks_server
def export(client: Client, search: tuple[str, ...], output: BinaryIO) -> None:
    """Write entries with everything in them, one JSON object a line."""
    output.write(client.export(" ".join(search)))


@command.command("import")
@click.argument("file", type=click.File("rb"))
@asks_server
def import_(client: Client, file: BinaryIO) -> None:
    """Take in entries that were exported."""
    count = sum(client.take_in(piece) for piece in _pieces(file))
    print_line(f"{count} entries are in the journal now.")


@command.command()
@asks_server
def clear(client: Client) -> None:
    """Forget all entries of the tenant, and what the vendors made of them."""
    client.clear()
    print_line("The journal is empty.")


def _coming(client: Client, search: str) -> Iterator[Mapping[str, Any]]:
    """Entries from now on; the server holds the question open until there is one."""
    newest = client.page(limit=1)["entries"]
    after = newest[0]["seq"] if newest else 0
    while True:
        found = client.page(search, limit=500, after=after, order="oldest", within=_HELD)["entries"]
        yield from found
        after = found[-1]["seq"] if found else after


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines, so many as may go into one request."""
    lines: list[bytes] = []
    size = 0
    for line in file:
        lines.append(line)
        size += len(line)
        if size > _PIECE:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _row(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        entry["seq"],
        short_instant(entry["received"])[11:],
        verdict_cell(entry["verdict"]),
        _request(entry),
        entry["status"] or "",
        ", ".join(entry["events"]),
        subjects_text(entry["subjects"]),
        (entry["findings_count"], "yellow") if entry["findings_count"] else "",
    )


def _request(entry: Mapping[str, Any]) -> str:
    """The first line of a request; the path of one that went out is a whole URL."""
    if entry["direction"] == "out":
        return f"{entry['vendor']} → {entry['method']} {entry['path']}"
    mount = f"/{entry['vendor']}" if entry["vendor"] else ""
    return f"{entry['method']} {mount}{entry['path']}"


def _text(cell: Any) -> str:
    return str(cell[0] if isinstance(cell, tuple) else cell)


def _print_entry(entry: Mapping[str, Any]) -> None:
    head = (_request(entry), str(entry["status"] or "no answer"), entry["verdict"])
    print_line("  ".join(head), "bold")
    print_line(f"{entry['direction']}, received {entry['received']}, at {entry['at']} on the tenant's clock\n")
    _print_message(entry["headers"], entry)
    print_line(f"\nAnswered {entry['status']}" if entry["status"] else "\nNo answer came", "bold")
    _print_message(entry["answer"]["headers"], entry["answer"])
    for part in entry["parts"]:
        _print_part(part)
    _print_findings(entry["findings"])


def _print_message(headers: Iterable[Iterable[str]], message: Mapping[str, Any]) -> None:
    for name, value in headers:
        print_line(f"{name}: {value}", "dim")
    if "body" in message:
        print_json(message["body"])
    elif "body_text" in message:
        click.echo(message["body_text"])
    elif "body_base64" in message:
        print_line(f"(in base64) {message['body_base64']}")


def _print_part(part: Mapping[str, Any]) -> None:
    print_line(f"\nAbout {subjects_text(part['subjects']) or 'nobody known'}", "bold")
    for event in part["events"]:
        money = f"  {event['amount']} {event['currency'] or ''}" if event["amount"] is not None else ""
        dropped = f"  not kept: {event['dropped']}" if event["dropped"] else ""
        print_line(f"  {event['name']}  ({event['kind']}){money}{dropped}")


def _print_findings(findings: Iterable[Mapping[str, str]]) -> None:
    for finding in findings:
        where = f"{finding['path']}: " if finding["path"] else ""
        print_line(f"  {finding['severity']}  {where}{finding['message']}", "yellow")
    sys.stdout.flush()
