"""The official Python SDK (PyPI mparticle 0.16.1) posts every kind of event that its models know (mparticle.md §11)."""

import warnings
from decimal import Decimal

import orjson
import pytest

with warnings.catch_warnings(action="ignore", category=SyntaxWarning):  # its files say `is` with a literal
    import mparticle
    from mparticle.models.user_attribute_change_event import UserAttributeChangeEvent  # the package does not export it

CUSTOM_TYPES = "navigation location search transaction user_content user_preference social other attribution unknown"
PRODUCT = mparticle.Product(id="sku-1", name="Mug", price=10.75, quantity=2, total_product_amount=21.5)
STATE = mparticle.DeviceCurrentState(battery_level=0.95, cpu="4", gps_state=True, device_orientation="portrait")
COMMON = {
    "timestamp_unixtime_ms": 1_768_467_600_000,
    "source_message_id": "e8335d31",
    "custom_attributes": {"a": "b", "n": 5, "t": True, "z": None},
    "location": mparticle.GeoLocation(latitude=40.7, longitude=74.0, accuracy=195.0),
    "device_current_state": STATE,
}


def commerce(**members):
    return mparticle.CommerceEvent(currency_code="USD", **COMMON, **members)


def flagged(event):
    event.custom_flags = {"foo": "bar", "answer": 42, "arrays": ["foo", "bar", "baz"]}
    return event


EVENTS = {
    "custom_event": mparticle.AppEvent("Hello", "navigation", **COMMON),
    "custom_event with flags": flagged(mparticle.AppEvent("Hello", "other", **COMMON)),
    "custom_event with media": mparticle.AppEvent(
        "Play", "other", media_info=mparticle.MediaInfo(action="play", channel="audio", quality="hd")
    ),
    "screen_view": flagged(mparticle.ScreenViewEvent(screen_name="Home", **COMMON)),
    "session_start": mparticle.SessionStartEvent(session_id=12_345_678, **COMMON),
    "session_end": mparticle.SessionEndEvent(session_id=12_345_678, session_duration_ms=10_000, **COMMON),
    "application_state_transition": mparticle.ApplicationStateTransitionEvent(
        application_transition_type="application_initialized", is_first_run=True, **COMMON
    ),
    "push_registration": mparticle.PushRegistrationEvent(register=False, registration_token="t", **COMMON),
    "push_message": mparticle.PushMessageEvent(push_message_type="received", push_message_token="t", **COMMON),
    "opt_out": mparticle.OptOutEvent(is_opted_out=True, **COMMON),
    "network_performance": mparticle.NetworkPerformanceEvent(
        http_verb="GET", url="https://shop.example", response_code=200, **COMMON
    ),
    "breadcrumb": mparticle.BreadcrumbEvent(label="cart opened", session_number=3, **COMMON),
    "first_run": mparticle.FirstRunEvent(**COMMON),
    "profile": mparticle.ProfileEvent(
        profile_name="b", previous_profile_name="a", profile_event_type="login", **COMMON
    ),
    "user_attribute_change": UserAttributeChangeEvent(user_attribute_name="tier", new="gold", old="silver", **COMMON),
    "user_attribute_change of a new one": UserAttributeChangeEvent(
        user_attribute_name="tier", new="gold", old=None, is_new_attribute=True, **COMMON
    ),
    "commerce_event with promotion": commerce(
        promotion_action=mparticle.PromotionAction("view", [mparticle.Promotion(id="p", name="Summer")])
    ),
    "commerce_event with impression": commerce(
        product_impressions=[mparticle.ProductImpression("Suggested", [PRODUCT])]
    ),
} | {
    f"commerce_event {action}": commerce(
        product_action=mparticle.ProductAction(action, transaction_id="t-9", total_amount=21.5, products=[PRODUCT])
    )
    for action in [
        "add_to_cart",
        "remove_from_cart",
        "checkout",
        "checkout_option",
        "click",
        "view_detail",
        "purchase",
        "refund",
        "add_to_wishlist",
        "remove_from_wish_list",
        "unknown",
    ]
}


def batch_of(*events):
    batch = mparticle.Batch()
    batch.environment = "development"
    batch.events = list(events)
    return batch


@pytest.fixture
def api(server):
    configuration = mparticle.Configuration()
    configuration.host = f"{server.url}/v2"
    configuration.api_key = server.key
    configuration.api_secret = server.secret
    api = mparticle.EventsApi(configuration)
    yield api
    api.api_client.rest_client.pool_manager.clear()


@pytest.mark.parametrize("name", EVENTS)
def test_event_is_accepted(api, server, name):
    api.upload_events(batch_of(EVENTS[name]))
    (entry,) = server.entries()
    (part,) = server.parts()
    assert (entry.status, entry.path) == (202, "/v2/events")
    assert [event.kind for event in part.events] == [name.split()[0]]


@pytest.mark.parametrize("kind", CUSTOM_TYPES.split())
def test_custom_type_is_accepted(api, server, kind):
    api.upload_events(batch_of(mparticle.AppEvent("Hello", kind)))
    assert server.entries()[0].status == 202


def test_all_events_in_one_batch(api, server):
    api.upload_events(batch_of(*EVENTS.values()))
    assert len(server.parts()[0].events) == len(EVENTS)


def test_bulk_is_accepted(api, server):
    api.bulk_upload_events([batch_of(event) for event in EVENTS.values()])
    assert server.entries()[0].path == "/v2/bulkevents"
    assert len(server.parts()) == len(EVENTS)


def test_whole_batch_is_accepted(api, server):
    batch = batch_of(EVENTS["custom_event"])
    batch.source_request_id = "r-1"
    batch.mpid = 600_868_121_729_048_600
    batch.mp_deviceid = "59780f39-d7a0-4ebe-9950-280f937c29e2"
    batch.user_identities = mparticle.UserIdentities(customerid="123456", email="a@example.com")
    batch.user_attributes = {"Account type": "trial", "tags": ["a"], "age": 5}
    batch.deleted_user_attributes = ["old"]
    batch.device_info = mparticle.DeviceInformation(platform="iOS", ios_idfv="8c61383f-2216-4713-8c1c-1cb0a5d7a4cc")
    batch.application_info = mparticle.ApplicationInformation(application_name="App", application_version="1.0")
    batch.context = mparticle.BatchContext(data_plan=mparticle.DataPlanContext(plan_id="plan", plan_version=1))
    batch.integration_attributes = {"123": {"k": "v"}}
    consent = mparticle.ConsentState()
    consent.gdpr = {"agreement": mparticle.GDPRConsentState(consented=True, timestamp_unixtime_ms=1_768_467_600_000)}
    consent.ccpa = {
        "data_sale_opt_out": mparticle.CCPAConsentState(consented=True, timestamp_unixtime_ms=1_768_467_600_000)
    }
    batch.consent_state = consent
    api.upload_events(batch)
    (part,) = server.parts()
    assert (server.entries()[0].status, part.dedupe, part.environment) == (202, "r-1", "development")
    assert dict(part.subjects)["customer_id"] == "123456"
    assert [finding.rule for finding in part.findings] == ["customer-id-spelling"]


def test_decimal_comes_as_text(api, server):
    action = mparticle.ProductAction("purchase", total_amount=Decimal("21.50"))
    api.upload_events(batch_of(commerce(product_action=action)))
    (event,) = server.parts()[0].events
    assert (event.amount, event.currency) == ("21.50", "USD")


def test_crash_report_comes_as_commerce_event(api, server):
    """The SDK's own slip: its map of types has `commerce_event` for crash reports. mParticle must take it."""
    api.upload_events(batch_of(mparticle.CrashReportEvent(message="gone", **COMMON)))
    assert server.entries()[0].status == 202
    (event,) = server.parts()[0].events
    assert "commerce-kind" in [finding.rule for finding in event.findings]


def test_refusal_raises_with_sentence(api, server):
    with pytest.raises(Exception, match="400") as caught:
        api.upload_events(batch_of(mparticle.AppEvent("", "other")))
    message = orjson.loads(caught.value.body)["errors"][0]["message"]
    assert message == 'Required event field "event_name" is missing or empty.'


@pytest.mark.parametrize("key", ["wrong", ""])
def test_wrong_key_is_forbidden(api, server, key):
    """The SDK sends its header always, even without a key."""
    api.api_client.config.api_key = key
    with pytest.raises(Exception, match="403"):
        api.upload_events(batch_of(EVENTS["custom_event"]))
