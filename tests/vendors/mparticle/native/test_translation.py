"""Every key of the native wire in the Events API's words, and no body that makes the translation fail (§5.3)."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.journal.jsonpath import pointed
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.compiled import compiled
from mockserver.vendors.mparticle.native.messages import KINDS
from mockserver.vendors.mparticle.native.shorthand import BATCH
from mockserver.vendors.mparticle.native.translation import in_both_words, translate

AT = 1768471200000
COMMON = {"id": "m-1", "ct": AT, "sid": "S-1", "sct": AT - 5, "est": AT - 1, "en": 3, "dct": "wifi"}
TOLD = {
    "source_message_id": "m-1",
    "timestamp_unixtime_ms": AT,
    "session_uuid": "S-1",
    "session_start_unixtime_ms": AT - 5,
    "event_start_unixtime_ms": AT - 1,
    "event_num": 3,
    "data_connection_type": "wifi",
}
PRODUCT = {
    "id": "sku-1", "nm": "Mug", "br": "B", "ca": "Cups", "va": "red", "ps": 1, "pr": 10.75, "qt": 2, "cc": "SALE",
    "act": AT, "tpa": 21.5, "attrs": {"a": "b"},
}  # fmt: skip
PRODUCT_TOLD = {
    "id": "sku-1", "name": "Mug", "brand": "B", "category": "Cups", "variant": "red", "position": 1, "price": 10.75,
    "quantity": 2, "coupon_code": "SALE", "added_to_cart_time_ms": AT, "total_product_amount": 21.5,
    "custom_attributes": {"a": "b"},
}  # fmt: skip
MESSAGES = {
    "session start": ({"dt": "ss"}, "session_start", {}),
    "session end": ({"dt": "se", "sl": 10000, "slx": 12000}, "session_end", {"session_duration_ms": 10000}),
    "custom event": (
        {"dt": "e", "n": "Hi", "et": "UserContent", "attrs": {"a": "b"}, "flags": {"f": ["x"]}},
        "custom_event",
        {
            "event_name": "Hi",
            "custom_event_type": "user_content",
            "custom_attributes": {"a": "b"},
            "custom_flags": {"f": "x"},
        },
    ),
    "screen": (
        {"dt": "v", "n": "Home", "t": "activity_started"},
        "screen_view",
        {"screen_name": "Home", "activity_type": "activity_started"},
    ),
    "location and state": (
        {"dt": "fr", "lc": {"lat": 1.5, "lng": 2.5, "acc": 3}, "cs": {"bl": 0.5, "tss": 7, "fds": 9, "dct": "WIFI"}},
        "first_run",
        {
            "location": {"latitude": 1.5, "longitude": 2.5, "accuracy": 3},
            "device_current_state": {
                "battery_level": 0.5,
                "time_since_start_ms": 7,
                "disk_space_free_bytes": 9,
                "data_connection_type": "wifi",
            },
        },
    ),
    "product action": (
        {
            "dt": "cm", "cu": "USD", "sn": "Cart", "ni": True, "et": "ProductPurchase",
            "pd": {
                "an": "purchase", "cs": 2, "co": "card", "pal": "List", "pls": "Web", "ti": "t-9", "ta": "Shop",
                "tr": 21.5, "tt": 1, "ts": 2, "tcc": "X", "pl": [PRODUCT],
            },
        },
        "commerce_event",
        {
            "currency_code": "USD",
            "screen_name": "Cart",
            "is_non_interactive": True,
            "custom_event_type": "purchase",
            "product_action": {
                "action": "purchase", "checkout_step": 2, "checkout_options": "card", "product_action_list": "List",
                "product_list_source": "Web", "transaction_id": "t-9", "affiliation": "Shop", "total_amount": 21.5,
                "tax_amount": 1, "shipping_amount": 2, "coupon_code": "X", "products": [PRODUCT_TOLD],
            },
        },
    ),
    "promotion": (
        {"dt": "cm", "pm": {"an": "view", "pl": [{"id": "p", "nm": "Sale", "cr": "banner", "ps": "top"}]}},
        "commerce_event",
        {
            "promotion_action": {
                "action": "view",
                "promotions": [{"id": "p", "name": "Sale", "creative": "banner", "position": "top"}],
            }
        },
    ),
    "impression": (
        {"dt": "cm", "pi": [{"pil": "Suggested", "pl": [PRODUCT]}]},
        "commerce_event",
        {"product_impressions": [{"product_impression_list": "Suggested", "products": [PRODUCT_TOLD]}]},
    ),
    "wish list": (
        {"dt": "cm", "pd": {"an": "remove_from_wishlist"}},
        "commerce_event",
        {"product_action": {"action": "remove_from_wish_list"}},
    ),
    "crash": (
        {"dt": "x", "c": "TypeError", "s": "fatal", "m": "gone", "st": "at main", "eh": "false", "sn": 4},
        "crash_report",
        {
            "class_name": "TypeError",
            "severity": "fatal",
            "message": "gone",
            "stack_trace": "at main",
            "exception_handled": False,
            "session_number": 4,
        },
    ),
    "opt-out of Android": ({"dt": "o", "s": True}, "opt_out", {"is_opted_out": True}),
    "opt-out of iOS": ({"dt": "o", "s": "true"}, "opt_out", {"is_opted_out": True}),
    "push registration": (
        {"dt": "pr", "to": "token", "r": "true", "tot": "google"},
        "push_registration",
        {"registration_token": "token", "register": True},
    ),
    "push message": (
        {"dt": "pm", "t": "received", "to": "token", "n": "apn", "pay": "{}", "as": "background", "aid": "1", "bhv": 1},
        "push_message",
        {
            "push_message_type": "received",
            "push_message_token": "token",
            "network": "apn",
            "push_notification_payload": "{}",
            "application_state": "background",
            "action_identifier": "1",
            "push_message_behavior": 1,
        },
    ),
    "app start": (
        {"dt": "ast", "t": "app_init", "ifr": True, "iu": False, "sc": True, "lr": "https://shop.example"},
        "application_state_transition",
        {
            "application_transition_type": "application_initialized",
            "is_first_run": True,
            "is_upgrade": False,
            "successfully_closed": True,
            "launch_referral": "https://shop.example",
        },
    ),
    "breadcrumb": ({"dt": "bc", "l": "cart", "sn": 2}, "breadcrumb", {"label": "cart", "session_number": 2}),
    "network": (
        {"dt": "npe", "v": "GET", "url": "https://shop.example", "te": 5, "bi": 1, "bo": 2, "rc": 200},
        "network_performance",
        {
            "http_verb": "GET",
            "url": "https://shop.example",
            "time_elapsed": 5,
            "bytes_in": 1,
            "bytes_out": 2,
            "response_code": 200,
        },
    ),
    "profile": (
        {"dt": "pro", "t": "login", "n": "b", "o": "a"},
        "profile",
        {"profile_event_type": "login", "profile_name": "b", "previous_profile_name": "a"},
    ),
    "attribute change": (
        {"dt": "uac", "n": "tier", "nv": ["a", "b"], "ov": None, "d": False, "na": True},
        "user_attribute_change",
        {"user_attribute_name": "tier", "new": ["a", "b"], "old": None, "deleted": False, "is_new_attribute": True},
    ),
    "attribute change without its sides": (
        {"dt": "uac", "n": "tier"},
        "user_attribute_change",
        {"user_attribute_name": "tier", "new": None, "old": None},
    ),
    "identity change": (
        {"dt": "uic", "ni": {"n": 7, "i": "a@shop.example", "dfs": AT, "f": True}, "oi": None},
        "user_identity_change",
        {
            "new": {
                "identity_type": "email",
                "identity": "a@shop.example",
                "timestamp_unixtime_ms": AT,
                "created_this_batch": True,
            },
            "old": None,
        },
    ),
}  # fmt: skip


def batch_of(**members):
    return translate({"dt": "h", **members}).batch


@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_an_event(name):
    message, event_type, data = MESSAGES[name]
    found = translate({"dt": "h", "msgs": [{**COMMON, **message}]})
    assert found.batch["events"] == [{"event_type": event_type, "data": {**TOLD, **data}}]
    assert found.findings == ()


@pytest.mark.parametrize("name", MESSAGES)
def test_event_is_clean(name):
    """What an SDK sends has nothing for the judge of batches to remark on."""
    assert compiled().is_clean(batch_of(msgs=[{**COMMON, **MESSAGES[name][0]}]))


def test_every_kind_is_tested():
    assert {message["dt"] for message, *_ in MESSAGES.values()} == KINDS.keys()


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("Navigation", "navigation"), ("Location", "location"), ("Search", "search"), ("Transaction", "transaction"),
        ("UserContent", "user_content"), ("UserPreference", "user_preference"), ("Social", "social"),
        ("Other", "other"), ("Media", "media"), ("Unknown", "unknown"), ("sightseeing", "sightseeing"),
    ],
)  # fmt: skip
def test_custom_event_type_is_spelled_out(word, type_):
    (event,) = batch_of(msgs=[{"dt": "e", "n": "x", "et": word}])["events"]
    assert event["data"]["custom_event_type"] == type_


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("app_init", "application_initialized"), ("app_exit", "application_exit"),
        ("app_fore", "application_foreground"), ("app_back", "application_background"),
    ],
)  # fmt: skip
def test_transition_is_spelled_out(word, type_):
    (event,) = batch_of(msgs=[{"dt": "ast", "t": word}])["events"]
    assert event["data"]["application_transition_type"] == type_


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"id": "b-1"}, {"source_request_id": "b-1"}),
        ({"ct": AT}, {"timestamp_unixtime_ms": AT}),
        ({"sdk": "5.60.0"}, {"sdk_version": "5.60.0"}),
        ({"mpid": "-55"}, {"mpid": "-55"}),
        ({"das": "x"}, {"mp_deviceid": "x"}),
        ({"ua": {"tier": "gold", "tag": None}}, {"user_attributes": {"tier": "gold", "tag": None}}),
        ({"uad": ["tier"]}, {"deleted_user_attributes": ["tier"]}),
        ({"ia": {"123": {"k": "v"}}}, {"integration_attributes": {"123": {"k": "v"}}}),
        ({"ctx": {"dpln": {"id": "p", "v": 2}}}, {"context": {"data_plan": {"plan_id": "p", "plan_version": 2}}}),
        ({"mb": True}, {"modified": True}),
        (
            {"con": {"gdpr": {"ads": {"c": True, "d": "v2", "ts": AT, "l": "here", "h": "x"}},
                     "ccpa": {"data_sale_opt_out": {"c": False, "ts": AT}}}},
            {"consent_state": {
                "gdpr": {"ads": {"consented": True, "document": "v2", "timestamp_unixtime_ms": AT, "location": "here",
                                 "hardware_id": "x"}},
                "ccpa": {"data_sale_opt_out": {"consented": False, "timestamp_unixtime_ms": AT}},
            }},
        ),
        (
            {"ai": {"an": "Shop", "av": "1.2", "abn": "7", "apn": "example.shop", "ir": "r", "lcu": 9}},
            {"application_info": {"application_name": "Shop", "application_version": "1.2",
                                  "application_build_number": "7", "package": "example.shop", "install_referrer": "r"}},
        ),
        (
            {"di": {"dp": "iOS", "dsh": "2556", "dsw": "1179", "aid": "A", "vid": "V", "lat": "true", "tz": "-5",
                    "jb": {"cydia": False}}},
            {"device_info": {"platform": "iOS", "screen_height": 2556, "screen_width": 1179,
                             "ios_advertising_id": "A", "ios_idfv": "V", "limit_ad_tracking": True,
                             "timezone_offset": -5}},
        ),
        (
            {"di": {"dp": "Android", "gaid": "G", "anid": "N", "dpi": 420, "dosv": "15", "dma": "Google"}},
            {"device_info": {"platform": "Android", "android_advertising_id": "G", "android_uuid": "N",
                             "screen_dpi": 420, "os_version": "15", "device_manufacturer": "Google"}},
        ),
    ],
)  # fmt: skip
def test_batch_is_spelled_out(raw, told):
    assert batch_of(**raw) == {**told, "environment": "production", "events": []}


@pytest.mark.parametrize(("debug", "environment"), [(True, "development"), (False, "production"), (None, "production")])
def test_debug_is_development(debug, environment):
    assert batch_of(dbg=debug)["environment"] == environment


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "other"), (1, "customer_id"), (2, "facebook"), (3, "twitter"), (4, "google"), (5, "microsoft"),
        (6, "yahoo"), (7, "email"), (8, "alias"), (9, "facebook_custom_audience_id"), (10, "other_id_2"),
        (18, "other_id_10"), (19, "mobile_number"), (20, "phone_number_2"), (21, "phone_number_3"), ("7", "email"),
    ],
)  # fmt: skip
def test_identity_has_a_number(number, name):
    """§3.6: the number on the native wire."""
    assert batch_of(ui=[{"n": number, "i": "x", "dfs": AT, "f": False}])["user_identities"] == {name: "x"}


def test_identity_without_value_is_none():
    assert batch_of(ui=[{"n": 1, "i": None}])["user_identities"] == {}


def test_flags_of_one_text_are_that_text():
    """The SDKs send lists, even of one."""
    (event,) = batch_of(msgs=[{"dt": "e", "flags": {"one": ["x"], "two": ["x", "y"], "text": "x"}}])["events"]
    assert event["data"]["custom_flags"] == {"one": "x", "two": ["x", "y"], "text": "x"}


def test_start_of_session_is_its_session():
    """§3.4: SDKs use the session's UUID as the id of its start."""
    (event,) = batch_of(msgs=[{"dt": "ss", "id": "S-1"}])["events"]
    assert event["data"]["session_uuid"] == "S-1"


@pytest.mark.parametrize("key", ["oo", "uitl", "stl", "mpcv", "ck", "cms", "fsr", "sh"])
def test_key_without_a_word_is_no_mistake(key):
    assert translate({"dt": "h", key: {}}).findings == ()


def test_place_of_anything_is_found():
    found = translate({"dt": "h", "ui": [{"n": 7, "i": "x"}], "msgs": [1, {"dt": "cm", "pd": {"pl": [{"pr": 1}]}}]})
    assert found.place("/events/0/data/product_action/products/0/price") == "/msgs/1/pd/pl/0/pr"
    assert found.place("/events/0/data/product_action/products/0/name") == "/msgs/1/pd/pl/0/name"
    assert found.place("/events/0/data/timestamp_unixtime_ms") == "/msgs/1/timestamp_unixtime_ms"
    assert found.place("/events/0/event_type") == "/msgs/1/dt"
    assert found.place("/user_identities/email") == "/ui/0/i"
    assert found.place("") == ""


KEYS = sorted(BATCH.keys() | {key for kind in KINDS.values() for key in kind.table} | {"an", "pl", "gdpr", "dpln", "i"})
WORDS = st.sampled_from(sorted(KINDS)) | st.sampled_from(["h", "true", "-1", "1.5", "9" * 30, "Navigation"]) | st.text()
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=6),
    max_leaves=25,
)
BATCHES = st.dictionaries(st.sampled_from([*BATCH]) | st.text(), VALUES, max_size=10)
MESSAGES_OF = st.lists(st.fixed_dictionaries({"dt": st.sampled_from(sorted(KINDS))}) | VALUES, max_size=4)


@given(BATCHES, MESSAGES_OF)
def test_no_body_makes_it_fail(raw, messages):
    for body in (raw, {**raw, "msgs": messages}):
        found = translate(body)
        assert len(found.batch["events"]) == len(found.messages)
        assert orjson.loads(in_both_words(body, found))


@given(BATCHES, MESSAGES_OF)
def test_no_body_makes_the_judge_fail(raw, messages):
    from mockserver.vendors.mparticle import judgement

    batch = translate({**raw, "msgs": messages}).batch
    assert compiled().accepts(batch) <= (judgement.refusal(batch) is None)


def entry_of(body):
    """An upload of this body, accepted."""
    return Entry(
        id="1", tenant="default", direction=Direction.IN, vendor="mparticle", operation="native_events",
        input="android", method="POST", path="/v2/k/events", query="", headers=(), body=body, status=202,
        answer_headers=(), answer=b"", verdict=Verdict.ACCEPTED, received=AT, at=AT,
    )  # fmt: skip


@given(BATCHES, MESSAGES_OF)
def test_no_body_makes_reading_fail(raw, messages):
    """Every event stands in what questions look into, at the place that it names."""
    (part,) = VENDOR.read(entry_of(orjson.dumps({**raw, "msgs": messages})), Reading())
    searched = orjson.loads(part.body)
    for event in part.events:
        assert pointed(searched, event.path)["event_type"] == event.kind
