"""What the Profile API calls identities: users' as the Events API does, devices' by its own names (mparticle.md §7)."""

from __future__ import annotations

from typing import Final

from mockserver.vendors.mparticle import words

DEVICE_TYPES: Final = {
    "android_id": "android_uuid",
    "google_advertising_id": "android_advertising_id",
    "ios_advertising_id": "ios_advertising_id",
    "ios_vendor_id": "ios_idfv",
    "roku_advertising_id": "roku_advertising_id",
    "roku_publisher_id": "roku_publisher_id",
    "fire_advertising_id": "fire_advertising_id",
    "microsoft_advertising_id": "microsoft_advertising_id",
    "microsoft_publisher_id": "microsoft_publisher_id",
}
"""The Profile API's types of devices' identities, and the names by which batches and the store of users have them."""

UNKNOWN: Final = "unknown"
"""The type of an identity of a device that the Profile API has no name for."""

TYPES_OF_DEVICES: Final = {name: kind for kind, name in DEVICE_TYPES.items()}
KNOWN: Final = (*words.USER_IDENTITIES, words.SDK_CUSTOMER_ID, *DEVICE_TYPES)
