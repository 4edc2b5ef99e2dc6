"""What happens to a subscriber: a pure model of the stores. No Flask, no SQL, no vendor's word.

These are the words of scenario files; `catalogue` has products to sell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.lifecycle.acts import developer, store, user
    from mockserver.lifecycle.calendar import Calendar, MonthEnd
    from mockserver.lifecycle.events import Kind, LifecycleEvent
    from mockserver.lifecycle.scenario import Scenario, someone
    from mockserver.lifecycle.subscriber import Offer, Product, ProductKind
    from mockserver.lifecycle.timeline import after, at, before_period_end, day, left_out, period_end, period_ends
    from mockserver.lifecycle.trouble import answers, arriving, down, late, resent

__all__ = [
    "Calendar",
    "Kind",
    "LifecycleEvent",
    "MonthEnd",
    "Offer",
    "Product",
    "ProductKind",
    "Scenario",
    "after",
    "answers",
    "arriving",
    "at",
    "before_period_end",
    "day",
    "developer",
    "down",
    "late",
    "left_out",
    "period_end",
    "period_ends",
    "resent",
    "someone",
    "store",
    "user",
]
_HOMES = {
    "acts": ("developer", "store", "user"),
    "calendar": ("Calendar", "MonthEnd"),
    "events": ("Kind", "LifecycleEvent"),
    "scenario": ("Scenario", "someone"),
    "subscriber": ("Offer", "Product", "ProductKind"),
    "timeline": ("after", "at", "before_period_end", "day", "left_out", "period_end", "period_ends"),
    "trouble": ("answers", "arriving", "down", "late", "resent"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A word, from its module; dialects that need the frozen values alone load nothing else."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
