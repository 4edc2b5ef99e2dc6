"""Which data point an event belongs to: exact keys of type and criteria (mparticle.md §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.vendors.mparticle.plans.wording import as_json

USER_ATTRIBUTES: Final = "user_attributes"
USER_IDENTITIES: Final = "user_identities"

CRITERIA: Final[Mapping[str, tuple[str, ...]]] = {
    "custom_event": ("event_name", "custom_event_type"),
    "screen_view": ("screen_name",),
    "product_action": ("action",),
    "promotion_action": ("action",),
    "application_state_transition": ("application_transition_type",),
}
"""What the types of data points that have criteria go by; the others go by their bare type."""

BARE_EVENTS: Final = (
    "breadcrumb", "crash_report", "first_run", "network_performance", "opt_out", "session_start", "session_end",
    "uninstall",
)  # fmt: skip
BARE: Final = (*BARE_EVENTS, "product_impression", USER_ATTRIBUTES, USER_IDENTITIES)
IDLE: Final = (
    "unknown", "profile", "commerce", "user_attribute_change", "user_identity_change", "user_identity_chagne", "media",
)  # fmt: skip
"""Types that a plan may have and no event ever matches; one stands misspelt in mParticle's models."""

VALIDATED: Final = ("custom_event", "screen_view", "commerce_event")
"""Types of events that mParticle validates in reality (mparticle.md §6.2); the Node validator does more."""


def key_of_point(match: Mapping[str, Any]) -> str | None:
    """The key of a data point; None where no event can match."""
    kind, criteria = match.get("type"), match.get("criteria") or {}
    return _key(kind, criteria) if isinstance(kind, str) and (kind in CRITERIA or kind in BARE) else None


def key_of_event(event: Mapping[str, Any]) -> str | None:
    """The key under which an event's data point is looked up; None where the event cannot be planned."""
    kind, data = event.get("event_type"), event.get("data")
    if kind == "commerce_event":
        found = _commerce(data)
        return _key(*found) if found else None
    if kind == "custom_event":
        return _key(kind, data) if isinstance(data, dict) else None
    named = kind in ("screen_view", "application_state_transition")
    return _key(str(kind), data) if named or kind in BARE_EVENTS else None


def match_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The match of a data point that would plan the event."""
    kind, data = str(event.get("event_type")), event.get("data")
    if kind == "commerce_event":
        kind, data = _commerce(data) or ("unknown", {})
    criteria = _criteria(kind, data if isinstance(data, dict) else {"screen_name": ""})
    return {"type": kind} if criteria is None else {"type": kind, "criteria": criteria}


def _criteria(kind: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    if kind not in CRITERIA:
        return None
    found = {name: data.get(name) or _INSTEAD.get(name, data.get(name)) for name in CRITERIA[kind]}
    return {name: value for name, value in found.items() if value is not None}


_INSTEAD = {"event_name": "Custom Event", "custom_event_type": "other", "application_transition_type": "unknown"}
"""What the Node validator writes where an event does not say."""


def name_of(event: Mapping[str, Any]) -> str:
    """What an unplanned event is called in results: its name, else its type."""
    kind, data = event.get("event_type"), event.get("data")
    member = {"custom_event": "event_name", "screen_view": "screen_name"}.get(str(kind), "")
    name = data.get(member) if isinstance(data, dict) else None
    return name if isinstance(name, str) and name else str(kind)


def _commerce(data: Any) -> tuple[str, Any] | None:
    """The type of data point of a commerce event, and what its criteria are taken from."""
    data = data if isinstance(data, dict) else {}
    for kind, member in _COMMERCE.items():
        if data.get(member) not in (None, False, "", 0):
            return kind, data[member]
    return None


_COMMERCE = {
    "product_action": "product_action",
    "promotion_action": "promotion_action",
    "product_impression": "product_impressions",
}


def _key(kind: str, values: Any) -> str:
    """Type and criteria in one text, as the Node validator writes it."""
    values = values if isinstance(values, dict) else {}
    if kind == "custom_event":
        return f"{kind}:{_text(values.get('custom_event_type'))}:{_text(values.get('event_name'))}"
    if kind == "screen_view":
        return f"{kind}::{_text(values.get('screen_name'))}"
    return ":".join((kind, *(_text(values.get(name)) for name in CRITERIA.get(kind, ()))))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else as_json(value)
