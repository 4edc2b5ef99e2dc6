"""What mParticle calls things and where it draws limits, as plain values (mparticle.md §§3.3-3.9)."""

from __future__ import annotations

from typing import Final

ENVIRONMENTS: Final = ("production", "development")
DEFAULT_ENVIRONMENT: Final = "production"

UNKNOWN: Final = "unknown"
"""A value that the SDKs' models add to mParticle's enumerations: taken, and remarked on."""

CUSTOM_EVENT_TYPES: Final = (
    "navigation", "location", "search", "transaction", "user_content", "user_preference", "social", "other", "media",
    "attribution",
)  # fmt: skip
PRODUCT_ACTIONS: Final = (
    "add_to_cart", "remove_from_cart", "checkout", "checkout_option", "click", "view_detail", "purchase", "refund",
    "add_to_wishlist", "remove_from_wish_list",
)  # fmt: skip
PROMOTION_ACTIONS: Final = ("view", "click")

WISH_LIST_SPELLING: Final = "remove_from_wishlist"
"""How mParticle spells the action in the read-only `custom_event_type`, though not in `action`."""

COMMERCE_EVENT_TYPES: Final = (
    "add_to_cart", "remove_from_cart", "checkout", "checkout_option", "click", "view_detail", "purchase", "refund",
    "add_to_wishlist", WISH_LIST_SPELLING, "promotion_view", "promotion_click", "impression",
)  # fmt: skip
TRANSITIONS: Final = (
    "application_initialized", "application_exit", "application_background", "application_foreground",
)  # fmt: skip
PUSH_MESSAGE_TYPES: Final = ("sent", "received", "action")
APPLICATION_STATES: Final = ("not_running", "background", "foreground")
PROFILE_EVENT_TYPES: Final = ("signup", "login", "logout", "update", "delete")
PLATFORMS: Final = (
    "iOS", "Android", "web", "tvOS", "roku", "out_of_band", "alexa", "smart_tv", "fire_tv", "xbox", "desktop",
)  # fmt: skip
ATT_STATUSES: Final = ("authorized", "denied", "not_determined", "restricted")

USER_IDENTITIES: Final = (
    "customer_id", "email", "facebook", "twitter", "google", "microsoft", "yahoo", "alias",
    "facebook_custom_audience_id", "other", "other_id_2", "other_id_3", "other_id_4", "other_id_5", "other_id_6",
    "other_id_7", "other_id_8", "other_id_9", "other_id_10", "mobile_number", "phone_number_2", "phone_number_3",
)  # fmt: skip
SDK_CUSTOMER_ID: Final = "customerid"
"""The Identity API's spelling; the Python, Node and Ruby SDKs send it to the Events API too (§3.6)."""

IDENTITY_API_NAMES: Final = {
    "facebookcustomaudienceid": "facebook_custom_audience_id",
    **{f"other{number}": f"other_id_{number}" for number in range(2, 11)},
    "ios_idfa": "device_info.ios_advertising_id",
    "ios_idfv": "device_info.ios_idfv",
    "android_aaid": "device_info.android_advertising_id",
    "android_uuid": "device_info.android_uuid",
    "fire_aid": "device_info.fire_advertising_id",
    "roku_aid": "device_info.roku_advertising_id",
    "roku_publisher_id": "device_info.roku_publisher_id",
    "microsoft_aid": "device_info.microsoft_advertising_id",
    "microsoft_publisher_id": "device_info.microsoft_publisher_id",
    "amp_id": "device_info.amp_id",
    "push_token": "device_info.push_token",
    "device_application_stamp": "mp_deviceid",
    "mpid": "mpid at the top of the batch",
}
"""Names of the Identity API that the Events API spells otherwise or expects elsewhere (§3.6)."""

DEVICE_IDENTITIES: Final = (
    "ios_advertising_id", "ios_idfv", "android_advertising_id", "android_uuid", "fire_advertising_id",
    "roku_advertising_id", "roku_publisher_id", "microsoft_advertising_id", "microsoft_publisher_id", "amp_id",
    "push_token",
)  # fmt: skip
RESERVED_ATTRIBUTES: Final = (
    "$age", "$gender", "$country", "$zip", "$city", "$state", "$address", "$firstname", "$lastname", "$mobile",
)  # fmt: skip

REQUEST_BYTES: Final = 256 * 1024
BATCH_BYTES: Final = 128 * 1024
BULK_BATCHES: Final = 100
NAME_LENGTH: Final = 256
VALUE_LENGTH: Final = 4096
ATTRIBUTES: Final = 100
LIST_ENTRIES: Final = 1000
LIST_ENTRY_LENGTH: Final = 512
ACTION_IDENTIFIER_LENGTH: Final = 100

INT64_LEAST: Final = -(2**63)
INT64_MOST: Final = 2**63 - 1

MILLIS_LEAST: Final = 100_000_000_000
"""March 1973 in milliseconds: a smaller number is taken for seconds (as seconds it is the year 5138)."""
MILLIS_MOST: Final = 100_000_000_000_000
"""The year 5138: a larger number is taken for micro- or nanoseconds."""

HOUR_MS: Final = 3_600_000
OLD_MS: Final = 30 * 24 * HOUR_MS
HISTORICAL_MS: Final = 72 * HOUR_MS
FUTURE_MS: Final = 48 * HOUR_MS
"""Stores renew up to a day early, so a renewal may lie ahead of its own delivery; twice that is remarkable."""

DEDUPE_DAYS: Final = 30

REMARKS: Final = 100
"""How many members of one object are remarked on, so that a hostile body costs no more than a bad one."""
