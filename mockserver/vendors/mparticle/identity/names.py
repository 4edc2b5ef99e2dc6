"""What the Identity API calls identities, and what a batch calls them (mparticle.md §3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.vendors.mparticle import words

DEVICE_STAMP: Final = "mp_deviceid"

_OTHERWISE: Final = {
    words.SDK_CUSTOMER_ID: "customer_id",
    "facebookcustomaudienceid": "facebook_custom_audience_id",
    **{f"other{number}": f"other_id_{number}" for number in range(2, 11)},
    "ios_idfa": "ios_advertising_id",
    "android_aaid": "android_advertising_id",
    "fire_aid": "fire_advertising_id",
    "roku_aid": "roku_advertising_id",
    "microsoft_aid": "microsoft_advertising_id",
    "device_application_stamp": DEVICE_STAMP,
}
"""Where the Identity API has a name of its own."""

CANONICAL: Final[Mapping[str, str]] = {
    **_OTHERWISE,
    **{name: name for name in (*words.USER_IDENTITIES, *words.DEVICE_IDENTITIES) if name not in _OTHERWISE.values()},
}
"""Every name of the Identity API with that of a batch."""

OF_API: Final[Mapping[str, str]] = {canonical: name for name, canonical in CANONICAL.items()}
"""The other way round."""

PRIORITY: Final = (
    "customer_id", "mobile_number", "phone_number_2", "phone_number_3", "email",
    "other", *(f"other_id_{number}" for number in range(2, 11)),
    "facebook", "google", "twitter", "microsoft", "yahoo",
    "ios_advertising_id", "ios_idfv", "android_advertising_id", "android_uuid", "roku_advertising_id",
    "roku_publisher_id", "microsoft_publisher_id", "microsoft_advertising_id", DEVICE_STAMP,
    # The manual's list ends here. What it leaves out is tried last, or such a user could never be found again.
    "fire_advertising_id", "amp_id", "push_token", "facebook_custom_audience_id", "alias",
)  # fmt: skip
"""In which order identities are looked up (mparticle.md §4.4)."""

_INT64 = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_NO_ADVERTISING_ID = "00000000-0000-0000-0000-000000000000"
"""What devices report in place of an advertising id that the user keeps to themselves."""


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """Names in either vocabulary as those of a batch; unknown ones are left out."""
    found = (CANONICAL.get(name) or (name if name in OF_API else None) for name in names)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def text_of(value: Any) -> str:
    """The text of an identity; empty when there is none."""
    if isinstance(value, str):
        return "" if value == _NO_ADVERTISING_ID else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def of_request(known: Mapping[str, Any]) -> dict[str, str]:
    """The identities of `known_identities`, under a batch's names."""
    return {CANONICAL[name]: text for name, value in known.items() if name in CANONICAL and (text := text_of(value))}


def of_batch(batch: Mapping[str, Any]) -> dict[str, str]:
    """The identities of a batch, the user's and the devices'; of two customer ids the documented name's counts."""
    found: dict[str, str] = {}
    user, device = batch.get("user_identities"), batch.get("device_info")
    if isinstance(user, dict):
        if text := text_of(user.get(words.SDK_CUSTOMER_ID)):
            found["customer_id"] = text
        found |= _named(words.USER_IDENTITIES, user)
    if isinstance(device, dict):
        found |= _named(words.DEVICE_IDENTITIES, device)
    if text := text_of(batch.get(DEVICE_STAMP)):
        found[DEVICE_STAMP] = text
    return found


def _named(names: Iterable[str], holder: Mapping[str, Any]) -> dict[str, str]:
    return {name: text for name in names if name in holder and (text := text_of(holder[name]))}


def mpid_in(value: Any) -> int | None:
    """The number of a user, sent as a number or as its text; None for whatever can be nobody's."""
    if isinstance(value, str) and _INT64.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if value and words.INT64_LEAST <= value <= words.INT64_MOST else None
