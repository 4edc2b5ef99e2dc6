"""A subscriber's timeline as a table: who was told what, when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockserver.cli.showing import OUTCOMES, money, print_table, short_instant

_HEADS = ("when", "what happens", "who tells", "event", "amount", "about")


def print_plan(rows: Iterable[Mapping[str, Any]]) -> None:
    """What would be told."""
    print_table(
        _HEADS, ((*_told(row, before), row["subject"]) for row, before in _with_previous(rows)), right=("amount",)
    )


def print_timeline(rows: Iterable[Mapping[str, Any]]) -> None:
    """What was told and what came of it."""
    cells = ((*_told(row, before), row["subject"], outcome_of(row)) for row, before in _with_previous(rows))
    print_table((*_HEADS, "outcome"), cells, right=("amount",))


def outcome_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What came of a message, in its colour."""
    outcome = row.get("outcome") or "waiting"
    status, attempts = row.get("status"), row.get("attempts") or 1
    words = [outcome, str(status) if status else "", f"({attempts} attempts)" if attempts > 1 else ""]
    return " ".join(word for word in words if word), OUTCOMES.get(outcome, "")


def _told(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[Any, ...]:
    same = before is not None and (before["at"], before["step"]) == (row["at"], row["step"])
    return (
        "" if same else short_instant(row["at"]),
        "" if same else (row["step"], "bold"),
        f"{row['vendor']} → {row['channel']}",
        row["event"],
        money(row["amount"], row["currency"]),
    )


def _with_previous(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    before: Mapping[str, Any] | None = None
    for row in rows:
        yield row, before
        before = row
