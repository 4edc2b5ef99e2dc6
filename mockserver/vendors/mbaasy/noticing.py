"""When Mbaasy notices what has happened (mbaasy.md §6): by an upload, by a store's notification, or by fetching."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.errors import SettingsError
from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.vendors.mbaasy.purchases import to_millis
from mockserver.vendors.mbaasy.settings import choice, value

_UPLOADED = frozenset(
    {
        Kind.TRIAL_STARTED,
        Kind.SUBSCRIPTION_STARTED,
        Kind.RESUBSCRIBED,
        Kind.ONE_TIME_PURCHASED,
        Kind.PRODUCT_CHANGED,
        Kind.TOPPED_UP,
        Kind.TRANSFERRED,
        Kind.LOGGED_IN,
        Kind.FAMILY_ACCESS_GRANTED,
    }
)
_UNNOTIFIED = frozenset({Kind.TRIAL_CANCELLED, Kind.RENEWAL_CANCELLED, Kind.RENEWAL_REACTIVATED})
_EVER = timedelta(days=365_000)
_LEVELS: Mapping[int, tuple[timedelta, timedelta]] = {  # how often, and how long before the period's end it begins
    1: (timedelta(days=28), _EVER),
    2: (timedelta(days=7), timedelta(days=28)),
    3: (timedelta(days=1), timedelta(days=7)),
}
_MILLISECOND = timedelta(milliseconds=1)


def noticed_at(
    event: LifecycleEvent,
    known_since: datetime | None,
    period_end: datetime | None,
    settings: Mapping[str, Any],
    delay: timedelta = timedelta(),
) -> datetime:
    """When a change is recorded; the versions of a purchase are recorded one after the other.

    `known_since` is when the version before was recorded, `period_end` what that one had as the end. `delay` is how
    late a story has it noticed: not on top of what fetching takes, but at least.
    """
    at = event.at
    if event.kind in _UPLOADED:
        at += timedelta(milliseconds=value(settings, "upload_delay_ms"))
    at = to_millis(at)
    if known_since is None:
        return at + delay
    told = at + delay
    if event.kind in _UNNOTIFIED and choice(settings, "detection") == "fetched":
        told = max(told, next_fetch(at, known_since, period_end, value(settings, "fetch_levels")))
    return max(told, known_since + _MILLISECOND)


def next_fetch(at: datetime, since: datetime, end: datetime | None, levels: Collection[int]) -> datetime:
    """The first fetch from an instant on, counted from the last one: at the period's end at the latest.

    Raises:
        SettingsError: a level that does not exist.
    """
    if not _LEVELS.keys() >= set(levels):
        raise SettingsError(f"Mbaasy's fetch_levels are {list(levels)}; of 1, 2 and 3 some are wanted.")
    if end is None or at >= end:
        return at
    fetch = since
    while fetch < at:
        left = end - fetch
        waits = [max(every, left - window) for every, window in (_LEVELS[level] for level in levels)]
        fetch += min([left, *waits])
    return fetch
