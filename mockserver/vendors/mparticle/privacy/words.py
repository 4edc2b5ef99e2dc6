"""What data subject requests call things, as plain values (mparticle.md §8)."""

from __future__ import annotations

from typing import Final

from mockserver.vendors.mparticle.words import DEVICE_IDENTITIES, USER_IDENTITIES

DOMAIN: Final = "opendsr.mparticle.com"
API_VERSION: Final = "3.0"
REGULATIONS: Final = ("gdpr", "ccpa")
ACCESS, ERASURE, PORTABILITY = "access", "erasure", "portability"
TYPES: Final = (ACCESS, ERASURE, PORTABILITY)
ENCODING: Final = "raw"
IDENTITIES_MOST: Final = 50
MPID: Final = "mpid"

_GENERIC: Final = {
    "android_advertising_id": "android_advertising_id",
    "android_id": "android_uuid",
    "controller_customer_id": "customer_id",
    "email": "email",
    "fire_advertising_id": "fire_advertising_id",
    "ios_advertising_id": "ios_advertising_id",
    "ios_vendor_id": "ios_idfv",
    "microsoft_advertising_id": "microsoft_advertising_id",
    "microsoft_publisher_id": "microsoft_publisher_id",
    "roku_advertising_id": "roku_advertising_id",
    "roku_publisher_id": "roku_publisher_id",
}
_OWN: Final = {
    "other": "other",
    **{f"other{number}": f"other_id_{number}" for number in range(2, 11)},
    **{name: name for name in ("mobile_number", "phone_number_2", "phone_number_3")},
}
DISCOVERED: Final = tuple(_GENERIC)
"""The types that discovery lists: those of every processor, without the ones of mParticle's extension."""

NAMES: Final = {"roku_publishing_id": "roku_publisher_id", **_GENERIC, **_OWN}
"""Every type with the name by which batches and the store of users have it; the manual spells one of them twice."""

MEANT: Final = {"customer_id": "controller_customer_id", "customerid": "controller_customer_id"} | {
    name: own for own, name in NAMES.items() if name in (*USER_IDENTITIES, *DEVICE_IDENTITIES) and own != name
}
"""Names of other APIs that are no types here, with the type that was probably meant."""
