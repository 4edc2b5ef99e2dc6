"""Events as outputs get them: completed by mParticle, without what is switched off (mparticle.md §§3.4, 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.vendors.contract import Ids
from mockserver.vendors.mparticle import names, words
from mockserver.vendors.mparticle.findings import is_millis
from mockserver.vendors.mparticle.outbound.sources import Origin

SOURCE_FEED: Final = "mParticle Source Feed"
_SWITCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "webhook_crash_events": ("crash_report",),
    "webhook_custom_events": ("custom_event",),
    "webhook_lifecycle_events": (
        "session_start", "session_end", "application_state_transition", "first_run", "uninstall",
    ),
    "webhook_network_events": ("network_performance",),
    "webhook_push_events": ("push_registration", "push_message", "push_reaction"),
    "webhook_screen_events": ("screen_view",),
    "webhook_commerce_events": ("commerce_event",),
    "webhook_attribute_changes": ("user_attribute_change",),
    "webhook_identity_changes": ("user_identity_change",),
}  # fmt: skip
"""Types of events by their switch; those that have none, as opt-outs, are always told."""
_SWITCH_OF = {kind: switch for switch, kinds in _SWITCHES.items() for kind in kinds}

Event = Mapping[str, Any]


class Circumstances(NamedTuple):
    """What the events of a batch are completed with: which batch it is, when it came and from where."""

    ids: Ids
    settings: Mapping[str, Any]
    came: str
    at: int
    origin: Origin


def is_told(event: Event, settings: Mapping[str, Any]) -> bool:
    """Whether the webhook is told of events of that type."""
    switch = _SWITCH_OF.get(str(event.get("event_type")))
    return switch is None or bool(settings[switch])


class _When(NamedTuple):
    """When an event happened, and in which session."""

    time: int
    session: str
    session_start: int


def completed(events: Sequence[Event], come: Circumstances) -> list[dict[str, Any]]:
    """The events of a batch; those without a session share one."""
    found = [_when(data_of(event), come) for event in events]
    starts: dict[str, int] = {}
    for one in found:
        starts[one.session] = min(one.session_start, starts.get(one.session, one.session_start))
    return [
        {
            "event_type": event["event_type"],
            "data": _completed(event, at, come, one._replace(session_start=starts[one.session])),
        }
        for at, (event, one) in enumerate(zip(events, found, strict=True))
    ]


def _when(data: Mapping[str, Any], come: Circumstances) -> _When:
    """As it was sent; what has no time of its own happened when it came (mparticle.md §3.4)."""
    time = _millis(data.get("timestamp_unixtime_ms"), come.at)
    return _When(time, _session(data, come), _millis(data.get("session_start_unixtime_ms"), time))


def _completed(event: Event, at: int, come: Circumstances, when: _When) -> dict[str, Any]:
    data = dict(data_of(event))
    if not come.settings["webhook_location"]:
        data.pop("location", None)
    if not come.origin.is_sdk:
        _truncate(data)
    if kind := _commerce_type(event):
        data["custom_event_type"] = kind
    given = data.get("custom_attributes")
    attributes = dict(given) if isinstance(given, dict) else {}
    if come.origin.feed:
        attributes[SOURCE_FEED] = come.origin.feed
    return {
        **data,
        "event_id": _number(data.get("event_id"), come.ids, "event", come.came, at),
        "timestamp_unixtime_ms": when.time,
        "event_start_unixtime_ms": _millis(data.get("event_start_unixtime_ms"), when.time),
        "session_id": _number(data.get("session_id"), come.ids, "session", when.session),
        "session_uuid": when.session,
        "session_start_unixtime_ms": when.session_start,
        "custom_attributes": attributes,
    }


def data_of(event: Event) -> Mapping[str, Any]:
    """The data of an event, empty when it has none."""
    data = event.get("data")
    return data if isinstance(data, dict) else {}


def _session(data: Mapping[str, Any], come: Circumstances) -> str:
    """The session's UUID: the one that was sent, one made of the number that was sent, or one for the batch."""
    given = data.get("session_uuid")
    if isinstance(given, str) and given:
        return given
    number = data.get("session_id")
    return come.ids.uuid("session", come.came if number is None else number)


def _millis(given: Any, otherwise: int) -> int:
    return int(given) if is_millis(given) else otherwise


def _number(given: Any, ids: Ids, *words_of_it: object) -> int:
    """A number of 64 bits: the one that was sent, also as text, or one made of words."""
    if isinstance(given, str) and given.removeprefix("-").isdecimal():
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool) and words.INT64_LEAST <= given <= words.INT64_MOST:
        return given
    return ids.number(words.INT64_LEAST, words.INT64_MOST, *words_of_it)


def _commerce_type(event: Event) -> str:
    """The read-only `custom_event_type` of a commerce event, in its own spelling (mparticle.md §3.4)."""
    if event.get("event_type") != "commerce_event":
        return ""
    name = names.event_name("commerce_event", data_of(event), ())
    return words.WISH_LIST_SPELLING if name == "remove_from_wish_list" else name


def _truncate(data: dict[str, Any]) -> None:
    """Long names are cut when a server sends them (mparticle.md §3.9)."""
    if isinstance(name := data.get("event_name"), str):
        data["event_name"] = name[: words.NAME_LENGTH]
    if isinstance(attributes := data.get("custom_attributes"), dict):
        data["custom_attributes"] = {name[: words.NAME_LENGTH]: value for name, value in attributes.items()}
