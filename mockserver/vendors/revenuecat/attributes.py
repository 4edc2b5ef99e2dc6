"""Subscriber attributes: which may be set, and what is kept of those that are (revenuecat.md §12, Rules)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from mockserver.vendors.revenuecat.errors import AttributesBodyError

CUSTOM_LIMIT = 50
LONGEST_KEY = 40
LONGEST_VALUE = 500
BY_CALLER = "true"  # what the SDK sends for what only the backend can see: `$ip`, `$deviceVersion` (revenuecat.md §7)
RESERVED = frozenset(
    {
        *("$ad", "$adGroup", "$adjustId", "$airbridgeDeviceId", "$airshipChannelId", "$amazonAdId", "$androidId"),
        *("$amplitudeDeviceId", "$amplitudeUserId", "$apnsTokens", "$appleAdsAdGroupId", "$appleAdsCampaignId"),
        *("$appleAdsKeywordId", "$appleRefundHandlingPreference", "$appsflyerId", "$appsflyerSharingFilter"),
        *("$appstackId", "$attConsentStatus", "$branchId", "$brazeAliasLabel", "$brazeAliasName", "$campaign"),
        *("$clevertapId", "$creative", "$customerioId", "$deviceVersion", "$displayName", "$email", "$fbAnonId"),
        *("$fcmTokens", "$firebaseAppInstanceId", "$gpsAdId", "$idfa", "$idfv", "$ip", "$iterableCampaignId"),
        *("$iterableTemplateId", "$iterableUserId", "$keyword", "$kochavaDeviceId", "$mediaSource"),
        *("$mixpanelDistinctId", "$mparticleId", "$onesignalId", "$onesignalUserId", "$phoneNumber"),
        *("$posthogUserId", "$segmentId", "$solarEngineAccountId", "$solarEngineDistinctId"),
        *("$solarEngineVisitorId", "$telemetryDeckAppId", "$telemetryDeckUserId", "$tenjinId"),
    }
)
IMMUTABLE = frozenset(
    {
        *("$idfa", "$idfv", "$gpsAdId", "$ip"),  # ids of the device
        *("$mediaSource", "$campaign", "$adGroup", "$ad", "$keyword", "$creative"),  # attribution
    }
)
BAD_KEY = "Key name format is not valid."
UNKNOWN_KEY = "Key name is reserved and not known."
LONG_KEY = "Key name is too long."
BAD_VALUE = "Value is not text."
LONG_VALUE = "Value is too long."
BAD_EMAIL = "Value is not a valid email address."
TOO_MANY = "There are too many custom attributes."
SET_FOR_GOOD = "is set already and cannot change"
OLDER = "was updated later than this, so this is passed over"
_CUSTOM_KEY = re.compile("[A-Za-z][A-Za-z0-9_-]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LAST_MILLISECOND = 253_402_300_799_999  # of the year 9999


class Sent(NamedTuple):
    """An attribute as it comes in: null or empty deletes it; without a time of its own it is of now."""

    value: Any
    updated_at_ms: int | None = None


class Kept(NamedTuple):
    """An attribute as it is kept: None when it was deleted. `write` counts the calls that changed anything."""

    value: str | None
    updated_at_ms: int
    write: int = 0


class Remark(NamedTuple):
    """What is to be said of one key."""

    key_name: str
    message: str


class Outcome(NamedTuple):
    """What is kept afterwards, which keys were refused, and which were passed over without a word."""

    kept: dict[str, Kept]
    refused: tuple[Remark, ...]
    passed_over: tuple[Remark, ...]


def sent_attributes(value: Any) -> dict[str, Sent]:
    """The attributes of a body.

    Raises:
        AttributesBodyError: they have another form.
    """
    if not isinstance(value, dict):
        raise AttributesBodyError("The attributes are no object of keys and values.")
    return {key: _sent(key, one) for key, one in value.items()}


def _sent(key: str, one: Any) -> Sent:
    if not isinstance(one, dict) or "value" not in one:
        raise AttributesBodyError(f"The attribute {key} is no object with a value.")
    updated = one.get("updated_at_ms")
    if isinstance(updated, float) and updated.is_integer():
        updated = int(updated)
    if updated is not None and (
        isinstance(updated, bool) or not isinstance(updated, int) or not 0 <= updated <= _LAST_MILLISECOND
    ):
        raise AttributesBodyError(f"The attribute {key} has no time in milliseconds as its updated_at_ms.")
    return Sent(one["value"], updated)


def changed(
    known: Mapping[str, Kept], sent: Mapping[str, Sent], at: int, *, write: int = 0, own: Collection[str] = ()
) -> Outcome:
    """What becomes of attributes when some are sent; `own` are keys that the customer has from elsewhere."""
    kept, refused, passed_over = dict(known), [], []
    custom = _custom({*shown(known), *(key for key in own if key not in known)})
    for key, one in sent.items():
        is_more = bool(one.value) and bool(_custom({key} - custom))
        reason = fault(key, one.value) or (TOO_MANY if is_more and len(custom) >= CUSTOM_LIMIT else None)
        if reason is not None:
            refused.append(Remark(key, reason))
        elif (why := _obstacle(key, one, kept.get(key))) is not None:
            passed_over.append(Remark(key, why))
        else:
            kept[key] = Kept(one.value or None, _time_of(one, kept.get(key), at), write)
            custom = custom | _custom({key}) if one.value else custom - {key}
    return Outcome(kept, tuple(refused), tuple(passed_over))


def fault(key: str, value: Any) -> str | None:
    """Why an attribute cannot be kept, whatever the customer has."""
    if key.startswith("$"):
        wrong = None if key in RESERVED else UNKNOWN_KEY
    elif len(key) > LONGEST_KEY:
        wrong = LONG_KEY
    else:
        wrong = None if _CUSTOM_KEY.fullmatch(key) else BAD_KEY
    return wrong or (_fault_of_value(key, value) if value is not None else None)


def merged(records: Iterable[Mapping[str, Kept]]) -> dict[str, Kept]:
    """The attributes of one customer whose ids were written under one by one: as if all had gone to one id."""
    found: dict[str, Kept] = {}
    for record in records:
        for key, one in record.items():
            found[key] = _winner(key, found[key], one) if key in found else one
    return found


def shown(kept: Mapping[str, Kept]) -> dict[str, Kept]:
    """Those that are set."""
    return {key: one for key, one in kept.items() if one.value is not None}


def _fault_of_value(key: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return BAD_VALUE
    if len(value) > LONGEST_VALUE:
        return LONG_VALUE
    return BAD_EMAIL if key == "$email" and value and not _EMAIL.fullmatch(value) else None


def _custom(keys: set[str]) -> set[str]:
    return {key for key in keys if not key.startswith("$")}


def _obstacle(key: str, one: Sent, known: Kept | None) -> str | None:
    """Why what is kept stays as it is; an empty text where it is the same anyway."""
    if known is None:
        return None
    is_same = known.value == (one.value or None)
    if key in IMMUTABLE and known.value is not None:
        return "" if is_same else SET_FOR_GOOD
    if one.updated_at_ms is not None and one.updated_at_ms <= known.updated_at_ms:
        return "" if is_same else OLDER
    return None


def _time_of(one: Sent, known: Kept | None, at: int) -> int:
    """Its own time; one without a time is newer than all before."""
    if one.updated_at_ms is not None:
        return one.updated_at_ms
    return at if known is None else max(at, known.updated_at_ms + 1)


def _winner(key: str, one: Kept, other: Kept) -> Kept:
    if key in IMMUTABLE and (one.value is None) != (other.value is None):
        return one if one.value is not None else other
    if key in IMMUTABLE:
        return min(one, other, key=lambda kept: kept.write)
    return max(one, other, key=lambda kept: (kept.updated_at_ms, -kept.write))
