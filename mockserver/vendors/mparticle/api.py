"""The shape of one of mParticle's APIs: operations, refusals, what is read in its calls and remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mockserver.journal.entry import Entry, Part
from mockserver.vendors.contract import Answer, Cors, Documents, Operation, Reading, Refusal

Read = Callable[[Entry, Reading], Sequence[Part]]
Fold = Callable[[Entry, Documents], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API. `prefixes` are beginnings of paths whose refusals it words though no operation of its has the path.

    `reads` and `folds` are by the name of an operation, of this API or another.
    """

    operations: tuple[Operation, ...] = ()
    refuse: Callable[[Refusal], Answer] | None = None
    prefixes: tuple[str, ...] = ()
    reads: Mapping[str, Read] = field(default_factory=dict)
    folds: Mapping[str, Fold] = field(default_factory=dict)


BROWSERS = Cors(
    headers=("content-type", "x-mp-key", "authorization", "accept"), exposed=("x-mp-max-age",), max_age=86400
)
"""Pages of any origin may call what the web SDK calls, and read what it answers, errors too (mparticle.md §5.5)."""

PLATFORM = Cors(
    methods=("GET", "POST", "PATCH", "DELETE", "OPTIONS"),
    headers=("authorization", "content-type", "accept"),
    max_age=86400,
)
"""Pages of any origin may call the platform's APIs too (mparticle.md §5.5)."""
