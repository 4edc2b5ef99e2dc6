"""Printing for people: tables, signs and money; plain text where no terminal is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 250
SIGNS = {"accepted": "✓", "rejected": "✗", "unmatched": "?"}
COLOURS = {"accepted": "green", "rejected": "red", "unmatched": "yellow"}
OUTCOMES = {
    "delivered": "green",
    "failed": "red",
    "forbidden": "red",
    "given up": "red",
    "no target": "dim",
    "skipped": "dim",
}


@cache
def console(*, stderr: bool = False) -> Console:
    """Where to print. What is no terminal gets long lines as they are, and no colours."""
    from rich.console import Console

    given = Console(stderr=stderr, highlight=False, emoji=False, markup=False, soft_wrap=True)
    return (
        given if given.is_terminal else Console(stderr=stderr, highlight=False, emoji=False, markup=False, width=_WIDE)
    )


def print_json(value: Any) -> None:
    """A value as JSON, to be read by programs."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str))


def print_line(text: str, style: str = "") -> None:
    """A line, coloured on a terminal."""
    console().print(text, style=style or None)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Iterable[str] = ()) -> None:
    """A table; columns named in `right` are numbers. A cell is text, or text with a colour."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    console().print(table)


def _cell(cell: Any) -> Any:
    from rich.text import Text

    text, style = cell if isinstance(cell, tuple) else (cell, "")
    return Text("" if text is None else str(text), style=style)


def short_instant(instant: str | None) -> str:
    """An ISO instant to the second, without the T and Z that a person does not need."""
    if not instant:
        return ""
    return datetime.fromisoformat(instant).strftime("%Y-%m-%d %H:%M:%S")


def money(amount: Any, currency: str | None) -> str:
    """An amount with its currency; empty when nothing was paid."""
    return "" if amount is None else f"{amount} {currency or ''}".rstrip()


def verdict_cell(verdict: str, *, short: bool = True) -> tuple[str, str]:
    """A verdict in its colour, as a sign or as a word."""
    return (SIGNS.get(verdict, verdict) if short else verdict), COLOURS.get(verdict, "")


def subjects_text(subjects: Iterable[Mapping[str, str]]) -> str:
    """Whom something is about: `customer_id=u-1`."""
    return " ".join(f"{subject['kind']}={subject['value']}" for subject in subjects)
