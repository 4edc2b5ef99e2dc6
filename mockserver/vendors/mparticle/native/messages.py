"""The shorthand of Android's and iOS's messages, as tables by their `dt` (mparticle.md §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.native.shorthand import identity
from mockserver.vendors.mparticle.native.spelling import (
    Spelled,
    Table,
    as_flag,
    as_number,
    lower,
    single,
    table,
    word,
)

_CUSTOM_TYPES: Final = {
    **{"".join(part.capitalize() for part in name.split("_")): name for name in words.CUSTOM_EVENT_TYPES},
    "Unknown": words.UNKNOWN,
}
_COMMERCE_TYPES: Final = {
    "ProductAddToCart": "add_to_cart",
    "ProductRemoveFromCart": "remove_from_cart",
    "ProductCheckout": "checkout",
    "ProductCheckoutOption": "checkout_option",
    "ProductClick": "click",
    "ProductViewDetail": "view_detail",
    "ProductPurchase": "purchase",
    "ProductRefund": "refund",
    "ProductAddToWishlist": "add_to_wishlist",
    "ProductRemoveFromWishlist": words.WISH_LIST_SPELLING,
    "PromotionView": "promotion_view",
    "PromotionClick": "promotion_click",
    "ProductImpression": "impression",
}
_TRANSITIONS: Final = {
    "app_init": "application_initialized",
    "app_exit": "application_exit",
    "app_fore": "application_foreground",
    "app_back": "application_background",
}
_ACTIONS: Final = {words.WISH_LIST_SPELLING: "remove_from_wish_list"}


def _identity_or_value(value: Any) -> Any:
    return identity(value) or value


_LOCATION: Final = table(
    *("vacc", "alt", "dst", "fg", "act"),
    lat=as_number("latitude"),
    lng=as_number("longitude"),
    acc=as_number("accuracy"),
)
_STATE: Final = table(
    cpu="cpu",
    bl=as_number("battery_level"),
    tss=as_number("time_since_start_ms"),
    dct=Spelled("data_connection_type", lower),
    ant="data_connection_type_detail",
    gps="gps_state",
    tsm=as_number("total_system_memory_usage_bytes"),
    fds=as_number("disk_space_free_bytes"),
    efds=as_number("external_disk_space_free_bytes"),
    sma=as_number("system_memory_available_bytes"),
    sml=as_flag("system_memory_low"),
    smt=as_number("system_memory_threshold_bytes"),
    ama=as_number("application_memory_available_bytes"),
    amm=as_number("application_memory_max_bytes"),
    amt=as_number("application_memory_total_bytes"),
    so="device_orientation",
    sbo="status_bar_orientation",
)
_COMMON: Final = table(
    *("dt", "smpids", "psl", "pid", "pss", "ltv", "iltv", "el", "mpid", "cn", "tags"),
    id="source_message_id",
    ct=as_number("timestamp_unixtime_ms"),
    sid="session_uuid",
    sct=as_number("session_start_unixtime_ms"),
    est=as_number("event_start_unixtime_ms"),
    en=as_number("event_num"),
    attrs="custom_attributes",
    flags=Spelled("custom_flags", single),
    lc=Spelled("location", table=_LOCATION),
    cs=Spelled("device_current_state", table=_STATE, open=True),
    dct="data_connection_type",
    vc="view_controller",
    mt=as_flag("is_main_thread"),
)
_PRODUCT: Final = table(
    id="id",
    nm="name",
    br="brand",
    ca="category",
    va="variant",
    ps=as_number("position"),
    pr=as_number("price"),
    qt=as_number("quantity"),
    cc="coupon_code",
    act=as_number("added_to_cart_time_ms"),
    tpa=as_number("total_product_amount"),
    attrs="custom_attributes",
)
_PRODUCT_ACTION: Final = table(
    an=Spelled("action", word(_ACTIONS)),
    cs=as_number("checkout_step"),
    co="checkout_options",
    pal="product_action_list",
    pls="product_list_source",
    ti="transaction_id",
    ta="affiliation",
    tr=as_number("total_amount"),
    tt=as_number("tax_amount"),
    ts=as_number("shipping_amount"),
    tcc="coupon_code",
    pl=Spelled("products", table=_PRODUCT),
)
_PROMOTION: Final = table(id="id", nm="name", cr="creative", ps="position")
_PROMOTION_ACTION: Final = table(an="action", pl=Spelled("promotions", table=_PROMOTION))
_IMPRESSION: Final = table(pil="product_impression_list", pl=Spelled("products", table=_PRODUCT))
_IDENTITY: Final = table(
    n=Spelled("identity_type", _identity_or_value),
    i="identity",
    dfs=as_number("timestamp_unixtime_ms"),
    f=as_flag("created_this_batch"),
)


class Kind(NamedTuple):
    """What a message's `dt` means. `always` are members that the Events API requires, if only as null."""

    event_type: str
    table: Table
    always: tuple[str, ...] = ()


def _kind(event_type: str, own: Table | None = None, always: tuple[str, ...] = ()) -> Kind:
    return Kind(event_type, {**_COMMON, **(own or {})}, always)


_CUSTOM: Final = table(n="event_name", et=Spelled("custom_event_type", word(_CUSTOM_TYPES)))
_COMMERCE: Final = table(
    "sc",
    n="event_name",
    et=Spelled("custom_event_type", word(_COMMERCE_TYPES)),
    pd=Spelled("product_action", table=_PRODUCT_ACTION),
    pm=Spelled("promotion_action", table=_PROMOTION_ACTION),
    pi=Spelled("product_impressions", table=_IMPRESSION),
    cu="currency_code",
    sn="screen_name",
    ni=as_flag("is_non_interactive"),
)
_CRASH: Final = table(
    "csg",
    c="class_name",
    s="severity",
    m="message",
    st="stack_trace",
    eh=as_flag("exception_handled"),
    tc="topmost_context",
    plc="pl_crash_report_file_base64",
    iba=as_number("ios_image_base_address"),
    ims=as_number("ios_image_size"),
    sn=as_number("session_number"),
    bc="breadcrumbs",
)
_PUSH: Final = table(
    *("an", "acid", "cntid"),
    t="push_message_type",
    to="push_message_token",
    n="network",
    pay="push_notification_payload",
    aid="action_identifier",
    bhv="push_message_behavior",
    **{"as": "application_state"},
)
_TRANSITION: Final = table(
    *("lpr", "srp", "pft", "tls", "nsi", "src", "sf"),
    t=Spelled("application_transition_type", word(_TRANSITIONS)),
    ifr=as_flag("is_first_run"),
    iu=as_flag("is_upgrade"),
    sc=as_flag("successfully_closed"),
    pay="push_notification_payload",
    lr="launch_referral",
)
_NETWORK: Final = table(
    v="http_verb",
    url="url",
    te=as_number("time_elapsed"),
    bi=as_number("bytes_in"),
    bo=as_number("bytes_out"),
    rc="response_code",
    d="data",
)
_ATTRIBUTE_CHANGE: Final = table(
    n="user_attribute_name", nv="new", ov="old", d=as_flag("deleted"), na=as_flag("is_new_attribute")
)
_IDENTITY_CHANGE: Final = table(ni=Spelled("new", table=_IDENTITY), oi=Spelled("old", table=_IDENTITY))

KINDS: Final[Mapping[str, Kind]] = {
    "ss": _kind("session_start"),
    "se": _kind("session_end", table("slx", sl=as_number("session_duration_ms"))),
    "e": _kind("custom_event", _CUSTOM),
    "v": _kind("screen_view", table("et", n="screen_name", t="activity_type")),
    "cm": _kind("commerce_event", _COMMERCE),
    "x": _kind("crash_report", _CRASH),
    "o": _kind("opt_out", table(s=as_flag("is_opted_out"))),
    "pr": _kind("push_registration", table("tot", to="registration_token", r=as_flag("register"))),
    "pm": _kind("push_message", _PUSH),
    "fr": _kind("first_run"),
    "ast": _kind("application_state_transition", _TRANSITION),
    "bc": _kind("breadcrumb", table(l="label", sn=as_number("session_number"))),
    "npe": _kind("network_performance", _NETWORK),
    "pro": _kind("profile", table(t="profile_event_type", n="profile_name", o="previous_profile_name")),
    "uac": _kind("user_attribute_change", _ATTRIBUTE_CHANGE, always=("new", "old")),
    "uic": _kind("user_identity_change", _IDENTITY_CHANGE, always=("new", "old")),
}
"""Messages by their `dt`."""
