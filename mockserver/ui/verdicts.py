"""Verdicts for the list of runs: judging one reads much of the journal, so what was found is kept for a while."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mockserver.control import runs
from mockserver.tenants import Tenant

_JUDGED = 10  # the newest runs; older ones have their verdict on their own pages
_FRESH = 10.0  # seconds for which the latest run's verdict stands while the journal goes on
_KEPT = 1_000


class Judged(NamedTuple):
    """Whether a run held when the log ended there; what comes after the next run began is no more about it."""

    holds: bool
    end: int
    when: float
    is_last: bool


Known = dict[str, Judged]


def with_verdicts(tenant: Tenant, listed: Sequence[Mapping[str, Any]], known: Known) -> list[dict[str, Any]]:
    """The rows of the list, newest first, each with `holds`: None where nobody has judged it yet.

    `known` keeps what was found by the ids of runs, which no two have in common.
    """
    rows = []
    for number, run in enumerate(listed):
        is_judged = number < _JUDGED and run["state"] == "played"
        rows.append({**run, "holds": _holds(tenant, run["id"], known, is_last=not number) if is_judged else None})
    return rows


def _holds(tenant: Tenant, run: str, known: Known, *, is_last: bool) -> bool:
    end, now = tenant.log.end(), time.monotonic()
    seen = known.get(run)
    if seen is not None and (seen.end == end or not seen.is_last or (is_last and now - seen.when < _FRESH)):
        return seen.holds
    if len(known) >= _KEPT:
        known.clear()
    known[run] = Judged(bool(runs.view_of(tenant, run)["verdict"]["holds"]), end, now, is_last)
    return known[run].holds
