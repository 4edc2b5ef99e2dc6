"""A batch as outputs get it (mparticle.md §9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.identity.names import of_batch
from mockserver.vendors.mparticle.identity.people import Person, is_of_user
from mockserver.vendors.mparticle.outbound.events import Circumstances

SCHEMA_VERSION: Final = 2
MESSAGE_TYPE: Final = "events"
_AS_SENT = (
    "partner_identities", "integration_attributes", "consent_state", "attribution_info", "sdk_version",
)  # fmt: skip
"""Members that come out as they came in; `ip` and keys are for the way in alone."""


class Told(NamedTuple):
    """Whom a batch is about (None: nobody), what has changed of their consent, and what they are called in lists."""

    mpid: int | None
    person: Person | None
    notifications: list[dict[str, Any]]
    subject: str


def outbound(
    batch: Mapping[str, Any], events: list[dict[str, Any]], told: Told, come: Circumstances, message_id: str
) -> dict[str, Any]:
    """The batch with these of its events, completed already."""
    environment = batch.get("environment")
    return {
        "message_type": MESSAGE_TYPE,
        "schema_version": SCHEMA_VERSION,
        "message_id": message_id,
        "batch_id": come.ids.number(words.INT64_LEAST, words.INT64_MOST, "batch", come.came),
        "mpid": told.mpid,
        "environment": environment if environment in words.ENVIRONMENTS else words.DEFAULT_ENVIRONMENT,
        "timestamp_unixtime_ms": come.at,
        **_optional(batch, come),
        "user_identities": list(_identities(batch, told, come.at)),
        "user_attributes": _object(batch.get("user_attributes")),
        "deleted_user_attributes": batch.get("deleted_user_attributes") or [],
        **_metadata(batch, come),
        "events": events,
        "system_notifications": told.notifications,
    }


def _optional(batch: Mapping[str, Any], come: Circumstances) -> dict[str, Any]:
    """What is there only if it was sent or is switched on."""
    settings = come.settings
    found = {name: batch[name] for name in ("source_request_id", *_AS_SENT) if batch.get(name) is not None}
    if come.origin.is_partner:
        found.pop("consent_state", None)  # partners' consent does not count (mparticle.md §3.3)
    if settings["webhook_unique_id"]:
        found["unique_id"] = settings["webhook_unique_id"]
    if settings["webhook_deviceid"] and batch.get("mp_deviceid") is not None:
        found["mp_deviceid"] = batch["mp_deviceid"]
    if context := _context(batch, settings):
        found["context"] = context
    return found


def _context(batch: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The data plan, and where it is switched on the batch's location: the first event's that has one (§3.7)."""
    given = _object(batch.get("context"))
    found = {name: value for name, value in given.items() if name != "location"}
    if not settings["webhook_batch_location"]:
        return found
    events = batch.get("events")
    data = (_object(event.get("data")) for event in events or () if isinstance(event, dict))
    places = (place for one in data if _is_place(place := one.get("location")))
    place = next(places, given.get("location"))
    return {**found, "location": place} if _is_place(place) else found


def _is_place(place: Any) -> bool:
    return isinstance(place, dict) and all(isinstance(place.get(one), int | float) for one in ("latitude", "longitude"))


def _identities(batch: Mapping[str, Any], told: Told, at: int) -> Iterator[dict[str, Any]]:
    """The identities that were sent, in a list, each with the time since when the user has it."""
    for name, text in of_batch(batch).items():
        if is_of_user(name):
            known = None if told.person is None else told.person.identities.get(name)
            since = known.timestamp_ms if known is not None and known.value == text else at
            yield {"identity_type": name, "identity": text, "timestamp_unixtime_ms": since}


def _metadata(batch: Mapping[str, Any], come: Circumstances) -> dict[str, Any]:
    if not come.settings["webhook_metadata"]:
        return {}
    source = {
        "channel": come.origin.channel,
        "partner": come.origin.feed if come.origin.is_partner else None,
        "replay_request_id": None,
        "replay_job_id": None,
        "is_historical": False,
    }
    return {
        "application_info": _object(batch.get("application_info")),
        "device_info": _object(batch.get("device_info")),
        "source_info": source,
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
