"""The shorthand of Android's and iOS's batches but for their messages, as tables (mparticle.md §§3.6, 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.vendors.mparticle.native.spelling import Spelled, as_flag, as_number, number, table

REQUEST: Final = "h"
"""The `dt` of a batch."""

IDENTITIES: Final[Mapping[int, str]] = dict(
    enumerate(
        (
            "other", "customer_id", "facebook", "twitter", "google", "microsoft", "yahoo", "email", "alias",
            "facebook_custom_audience_id", *(f"other_id_{number}" for number in range(2, 11)),
            "mobile_number", "phone_number_2", "phone_number_3",
        )
    )
)  # fmt: skip
"""Identities have numbers on this wire (mparticle.md §3.6)."""


def identity(value: Any) -> str | None:
    """The name of an identity's number, None when there is none."""
    known = number(value)
    return IDENTITIES.get(known) if isinstance(known, int) and not isinstance(known, bool) else None


_CONSENT: Final = table(
    c=as_flag("consented"),
    d="document",
    ts=as_number("timestamp_unixtime_ms"),
    l="location",
    h="hardware_id",
)
_APPLICATION: Final = table(
    an="application_name",
    av="application_version",
    abn="application_build_number",
    apn="package",
    ir="install_referrer",
    asaa="apple_search_ads_attributes",
)
_DEVICE: Final = table(
    b="brand",
    p="product",
    dn="device",
    anid="android_uuid",
    dma="device_manufacturer",
    dp="platform",
    dosv="os_version",
    dmdl="device_model",
    dsh=as_number("screen_height"),
    dsw=as_number("screen_width"),
    dpi=as_number("screen_dpi"),
    dc="device_country",
    dll="locale_language",
    dlc="locale_country",
    nc="network_country",
    nca="network_carrier",
    mnc="network_code",
    mcc="network_mobile_country_code",
    tz=as_number("timezone_offset"),
    bid="build_identifier",
    aid="ios_advertising_id",
    vid="ios_idfv",
    gaid="android_advertising_id",
    faid="fire_advertising_id",
    atts="att_authorization_status",
    attt=as_number("att_timestamp_unixtime_ms"),
    to="push_token",
    arc="cpu_architecture",
    it=as_flag("is_tablet"),
    se=as_flag("push_notification_sound_enabled"),
    ve=as_flag("push_notification_vibrate_enabled"),
    dr="radio_access_technology",
    dst=as_flag("supports_telephony"),
    dsnfc=as_flag("has_nfc"),
    dbe=as_flag("bluetooth_enabled"),
    dbv="bluetooth_version",
    vr="build_version_release",
    lat=as_flag("limit_ad_tracking"),
    idst=as_flag("is_dst"),
)
BATCH: Final = table(
    *("dt", "dbg", "oo", "uitl", "stl", "mpcv", "ck", "cms", "msgs", "fsr", "sh", "ui", "ltv", "pb", "cntid"),
    *("echo", "smpids", "fsu", "lsu", "en"),
    id="source_request_id",
    ct=as_number("timestamp_unixtime_ms"),
    sdk="sdk_version",
    mpid="mpid",
    das="mp_deviceid",
    ua="user_attributes",
    uad="deleted_user_attributes",
    ia="integration_attributes",
    con=Spelled(
        "consent_state",
        table=table(
            gdpr=Spelled("gdpr", table=_CONSENT, by_name=True), ccpa=Spelled("ccpa", table=_CONSENT, by_name=True)
        ),
    ),
    ctx=Spelled(
        "context", table=table(dpln=Spelled("data_plan", table=table(id="plan_id", v=as_number("plan_version"))))
    ),
    ai=Spelled("application_info", table=_APPLICATION, open=True),
    di=Spelled("device_info", table=_DEVICE, open=True),
    mb=as_flag("modified"),
)
"""A batch. `msgs`, `ui` and `dbg` need more than a name (translation.py)."""
