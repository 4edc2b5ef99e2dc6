"""A subscriber's timeline for people: when, what happened, and below it who was told what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from mockserver.cli.showing import OUTCOMES, money, print_line, short_instant

Row = Mapping[str, Any]


def print_timeline(rows: Iterable[Row], *, told: bool) -> None:
    """A line for each step and each message; with `told`, what came of it."""
    known = list(rows)
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*map(_cells, known), strict=True)]
    for (at, step, subject), messages in groupby(known, lambda row: (row["at"], row["step"], row["subject"])):
        print_line(f"{short_instant(at)}  {step}  ({subject})", "bold")
        for row in messages:
            outcome, style = outcome_of(row) if told else ("", "")
            print_line(f"    {_aligned(_cells(row), widths)}  {outcome}".rstrip(), style)


def outcome_of(row: Row) -> tuple[str, str]:
    """What came of a message, and in which colour to say it."""
    outcome = row.get("outcome") or "waiting"
    status, attempts = row.get("status"), row.get("attempts") or 1
    words = [outcome, str(status) if status else "", f"({attempts} attempts)" if attempts > 1 else ""]
    return " ".join(word for word in words if word), OUTCOMES.get(outcome, "")


def _cells(row: Row) -> tuple[str, str, str]:
    return f"{row['vendor']} → {row['channel']}", str(row["event"]), money(row["amount"], row["currency"])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    speaker, event, amount = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"{speaker}  {event}  {amount.strip().rjust(widths[2])}"
