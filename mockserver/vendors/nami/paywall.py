"""Paywalls: what an impression says of one, and which one a purchase was made on (nami.md §1, §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.vendors.nami.events import Event, Name, id_of
from mockserver.vendors.nami.settings import choice, table, value

_BOUGHT = frozenset(
    {
        Kind.TRIAL_STARTED,
        Kind.SUBSCRIPTION_STARTED,
        Kind.RESUBSCRIBED,
        Kind.PRODUCT_CHANGED,
        Kind.ONE_TIME_PURCHASED,
        Kind.TOPPED_UP,
        Kind.ACCESS_GRANTED_IN_OUTAGE,
    }
)


def attributes(told: Event, settings: Mapping[str, Any]) -> dict[str, str]:
    """What an impression says beside its category; what the app has not set is left out."""
    known = {name: text for name, text in table(settings, "paywall").items() if text}
    return {
        "app_env": choice(settings, "app_env"),
        "app_platform_id": table(settings, "app_platform_ids")[told.platform],
        **known,
        "initiator": choice(settings, "paywall_initiator"),
        "id": told.id,
    }


def impression_of(event: LifecycleEvent, told: Sequence[LifecycleEvent], settings: Mapping[str, Any]) -> str | None:
    """The impression that a purchase came of: of the last paywall that led to no purchase before, or its own."""
    own = id_of(event.id, Name.IMPRESSION) if value(settings, "on_paywall") else None
    for one in reversed(told):
        if one.person.key != event.person.key:
            continue
        if one.kind is Kind.PAYWALL_SHOWN:
            return id_of(one.id, Name.IMPRESSION)
        if one.kind in _BOUGHT:
            return own
    return own
