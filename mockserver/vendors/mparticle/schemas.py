"""The batch: the one shape that everything speaks, and what a feed into mParticle needs (mparticle.md §3.3).

A feed of another vendor posts its batches to `EVENTS_PATH` with `basic_authorization`.
"""

from __future__ import annotations

from typing import Any, cast

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.credentials import basic_authorization
from mockserver.vendors.mparticle.event_data import Location
from mockserver.vendors.mparticle.events import EVENT_TYPES
from mockserver.vendors.mparticle.fields import (
    Address,
    Choice,
    Flag,
    Id64,
    Member,
    Messages,
    Millis,
    Number,
    Remark,
    Text,
    Uuid,
    Whole,
    nearest,
    refusal,
    shown,
)
from mockserver.vendors.mparticle.maps import ByPurpose, Names, PartnerIdentities, TextsByName, UserAttributes
from mockserver.vendors.mparticle.required import Environment
from mockserver.vendors.mparticle.shapes import Shape, Within, instance

__all__ = ["EVENTS_PATH", "BatchSchema", "Events", "basic_authorization"]

EVENTS_PATH = "/v2/events"


class DeviceInfo(Shape):
    """The device, and the identities it has (mparticle.md §3.5)."""

    brand = Text()
    product = Text()
    device = Text()
    android_uuid = Text()
    device_manufacturer = Text()
    platform = Choice(*words.PLATFORMS)
    os_version = Text()
    device_model = Text()
    screen_height = Whole()
    screen_width = Whole()
    screen_dpi = Whole()
    device_country = Text()
    locale_language = Text()
    locale_country = Text()
    network_country = Text()
    network_carrier = Text()
    network_code = Text()
    network_mobile_country_code = Text()
    timezone_offset = Number()
    build_identifier = Text()
    http_header_user_agent = Text()
    ios_advertising_id = Uuid()
    ios_idfv = Uuid()
    android_advertising_id = Uuid()
    roku_advertising_id = Uuid()
    fire_advertising_id = Uuid()
    roku_publisher_id = Text()
    microsoft_advertising_id = Text()
    microsoft_publisher_id = Text()
    att_authorization_status = Choice(*words.ATT_STATUSES)
    att_timestamp_unixtime_ms = Millis()
    push_token = Text()
    cpu_architecture = Text()
    is_tablet = Flag()
    push_notification_sound_enabled = Flag()
    push_notification_vibrate_enabled = Flag()
    radio_access_technology = Text()
    supports_telephony = Flag()
    has_nfc = Flag()
    bluetooth_enabled = Flag()
    bluetooth_version = Text()
    build_version_release = Text()
    limit_ad_tracking = Flag()
    amp_id = Text()
    is_dst = Flag()


class ApplicationInfo(Shape):
    """The app; `sideloaded_kits_count` is the web SDK's."""

    application_name = Text()
    application_version = Text()
    application_build_number = Text()
    install_referrer = Text()
    package = Text()
    os = Text()
    apple_search_ads_attributes = TextsByName()
    sideloaded_kits_count = Whole()


class Identities(Shape):
    """Who the user is: texts by the Events API's names (mparticle.md §3.6)."""

    def stranger(self, name: str) -> Remark:
        """An unknown name is an identity lost; the Identity API's names are the likely slips."""
        meant = words.IDENTITY_API_NAMES.get(name) or nearest(name, words.USER_IDENTITIES)
        hint = f'; the Events API has it as "{meant}"' if meant else f"; known are {', '.join(words.USER_IDENTITIES)}"
        return Remark(f'"{name}" is no identity of the Events API{hint}.', "unknown-identity", Severity.ERROR)


# The SDKs' `customerid` is as good as `customer_id`; findings.py says that it was sent.
_IDENTITIES = {name: Text() for name in (*words.USER_IDENTITIES, words.SDK_CUSTOMER_ID)}
UserIdentities = cast("type[Shape]", Identities.from_dict(dict(_IDENTITIES), name="UserIdentities"))


class Consent(Shape):
    """One purpose's consent; over HTTP its time is required (mparticle.md §3.3)."""

    consented = Flag(needed=True)
    timestamp_unixtime_ms = Millis(needed=True)
    document = Text()
    location = Text()
    hardware_id = Text()


class Ccpa(Shape):
    """CCPA has one purpose; `consented: true` records the opt-out."""

    data_sale_opt_out = Within(Consent)


class ConsentState(Shape):
    """Consent by regulation and purpose."""

    gdpr = ByPurpose(Consent)
    ccpa = Within(Ccpa)


class DataPlan(Shape):
    """Against which plan the batch is checked."""

    plan_id = Text(needed=True)
    plan_version = Whole()


class Context(Shape):
    """Data plan and location of the batch."""

    data_plan = Within(DataPlan)
    location = Within(Location)


class AttributionInfo(Shape):
    """Whom the install is owed to: all three or nothing."""

    service_provider = Text(needed=True)
    publisher = Text(needed=True)
    campaign = Text(needed=True)


class Mpid(Id64):
    """The user's number; sent as text by the web SDK and by feeds, which findings.py remarks on."""

    def remarks(self, value: Any) -> list[Remark]:
        """Zero is nobody."""
        if value in (0, "0") and not isinstance(value, bool):
            return [Remark("An mpid is a signed 64-bit integer other than 0, 0 sent.", "not-int64", Severity.ERROR)]
        said = super().remarks(value)
        return [Remark(f"{one} No user has it.", "not-int64", Severity.ERROR) for one in said]

    def clean(self) -> dict[str, Any]:
        """Without zero."""
        return super().clean() | {"pattern": "^-?([1-9][0-9]{0,17}|[1-8][0-9]{18})$", "not": {"const": 0}}


class ServerSet(Member):
    """A member that only mParticle sets."""

    def __init__(self, effect: str, severity: Severity) -> None:
        super().__init__()
        self.effect = effect
        self.severity = severity

    def remarks(self, value: Any) -> list[Remark]:  # noqa: ARG002  any value is too much
        """That it was sent at all."""
        return [Remark(f'"{self.name}" is set by mParticle; {self.effect}.', "server-set-member", self.severity)]

    def clean(self) -> dict[str, Any]:
        """Null alone."""
        return {"type": "null"}


class Events(Member):
    """The events, each by its type. This is where batches are refused (mparticle.md §3.11)."""

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """What each event's type says of it."""
        if not isinstance(value, list):
            raise refusal('Batch field "events" must be a list of objects.', "wrong-type")
        said = {at: self.about(event) for at, event in enumerate(value)}
        return {at: messages for at, messages in said.items() if messages}

    def about(self, event: Any) -> list[Remark] | Messages:
        """What is to be said of one event."""
        if not isinstance(event, dict):
            return [Remark('Batch field "events" must be a list of objects.', "wrong-type", refuses=True)]
        shape = EVENT_TYPES.get(kind) if isinstance(kind := event.get("event_type"), str) else None
        if shape is None:
            return {"event_type": [_no_type(kind)]}
        said: Messages = {name: [_beside_data(name)] for name in event if name not in ("event_type", "data")}
        data = event.get("data")
        if data is not None and not isinstance(data, dict):
            return said | {"data": [Remark('Event field "data" must be an object.', "wrong-type", refuses=True)]}
        if inner := instance(shape).validate(data or {}):
            said["data"] = inner
        return said


class BatchSchema(Shape):
    """A batch: data about one user. Every member is optional (mparticle.md §3.3)."""

    environment = Environment()
    events = Events()
    source_request_id = Text()
    mpid = Mpid()
    mp_deviceid = Uuid()
    user_identities = Within(UserIdentities)
    user_attributes = UserAttributes()
    deleted_user_attributes = Names()
    partner_identities = PartnerIdentities()
    partner_identity = Text()
    integration_attributes = TextsByName()
    consent_state = Within(ConsentState)
    context = Within(Context)
    device_info = Within(DeviceInfo)
    application_info = Within(ApplicationInfo)
    ip = Address()
    api_key = Text()
    api_keys = Names()
    attribution_info = Within(AttributionInfo)
    source_info = ServerSet("it is ignored", Severity.INFO)
    schema_version = Whole()
    timestamp_unixtime_ms = Millis()
    batch_id = ServerSet("remove it before replaying a batch, or the pipeline drops it as a repeat", Severity.WARNING)
    sdk_version = Text()
    job_id = Text()
    origin_mpid = Id64()
    modified = Flag()

    def stranger(self, name: str) -> Remark:
        """Only the OpenAPI file has `batch_context` (mparticle.md §14)."""
        if name == "batch_context":
            text = '"context" is what mParticle reads; "batch_context" stands in its OpenAPI file only and is ignored.'
            return Remark(text, "batch-context")
        return super().stranger(name)


def _no_type(kind: Any) -> Remark:
    if kind is None or kind == "":
        return Remark('Required event field "event_type" is missing or empty.', "required-member", refuses=True)
    near = nearest(kind, tuple(EVENT_TYPES)) if isinstance(kind, str) else None
    hint = f' Did you mean "{near}"?' if near else ""
    text = f'Event field "event_type" has the unknown value {shown(kind)}.{hint}'
    return Remark(text, "unknown-value", refuses=True)


def _beside_data(name: str) -> Remark:
    text = f'An event is event_type and data; "{name}" beside them is ignored, it was probably meant inside data.'
    return Remark(text, "unknown-member")
