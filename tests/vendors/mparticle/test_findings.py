"""What is said of bodies that are accepted although the manual says otherwise (mparticle.md §§3.3-3.9, 12, 14)."""

import pytest

from mockserver.journal.entry import Severity

DAY = 24 * 3_600_000
LONG = "x" * 257
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
CUSTOM = {"event_name": "Click", "custom_event_type": "other"}
CONSENT = {"consented": True, "timestamp_unixtime_ms": 1_768_467_600_000}


def custom(**data):
    return {"events": [{"event_type": "custom_event", "data": {**CUSTOM, **data}}]}


def other(kind, **data):
    return {"events": [{"event_type": kind, "data": data}]}


def purchase(**data):
    return other("commerce_event", product_action={"action": "purchase", **data.pop("action", {})}, **data)


TABLE = [
    # who it is about (§§3.3, 3.6)
    ({"user_identities": {"customerid": "c"}}, "/user_identities/customerid", "customer-id-spelling", INFO),
    (
        {"user_identities": {"customerid": "c", "customer_id": "d"}},
        "/user_identities/customerid", "customer-id-twice", WARNING,
    ),
    ({"user_identities": {"e_mail": "a"}}, "/user_identities/e_mail", "unknown-identity", ERROR),
    ({"user_identities": {"other2": "a"}}, "/user_identities/other2", "unknown-identity", ERROR),
    ({"user_identities": {"ios_idfa": "a"}}, "/user_identities/ios_idfa", "unknown-identity", ERROR),
    ({"user_identities": {"email": 5}}, "/user_identities/email", "wrong-type", WARNING),
    ({"user_identities": ["email"]}, "/user_identities", "wrong-type", WARNING),
    ({"mpid": "12345678"}, "/mpid", "mpid-as-text", INFO),
    ({"mpid": 0}, "/mpid", "not-int64", ERROR),
    ({"mpid": 2**63}, "/mpid", "not-int64", ERROR),
    ({"mpid": 1.5}, "/mpid", "not-int64", ERROR),
    ({"mpid": True}, "/mpid", "not-int64", ERROR),
    ({"mp_deviceid": "my-phone"}, "/mp_deviceid", "wrong-type", WARNING),
    ({"partner_identities": {"nami": "1"}}, "/partner_identities/nami", "unregistered-partner-identity", WARNING),
    # user attributes (§§3.3, 3.7, 3.9)
    ({"user_attributes": {"tier": None}}, "/user_attributes/tier", "null-attribute", INFO),
    ({"user_attributes": {"$contry": "DE"}}, "/user_attributes/$contry", "not-reserved", WARNING),
    ({"user_attributes": {"a": {"b": 1}}}, "/user_attributes/a", "nested-attribute", WARNING),
    ({"user_attributes": {"a": [1, 2]}}, "/user_attributes/a", "wrong-type", WARNING),
    ({"user_attributes": {"a": ["x" * 513]}}, "/user_attributes/a", "list-entry-too-long", WARNING),
    ({"user_attributes": {"a": ["x"] * 1001}}, "/user_attributes/a", "list-too-long", WARNING),
    ({"user_attributes": {"a": "x" * 4097}}, "/user_attributes/a", "value-too-long", WARNING),
    ({"user_attributes": {LONG: "a"}}, f"/user_attributes/{LONG}", "name-too-long", WARNING),
    ({"user_attributes": {str(n): "a" for n in range(101)}}, "/user_attributes", "too-many-attributes", WARNING),
    ({"user_attributes": "tier"}, "/user_attributes", "wrong-type", WARNING),
    ({"user_attributes": {"a/b~c": None}}, "/user_attributes/a~1b~0c", "null-attribute", INFO),
    ({"deleted_user_attributes": "tier"}, "/deleted_user_attributes", "wrong-type", WARNING),
    ({"deleted_user_attributes": ["tier", 5]}, "/deleted_user_attributes/1", "wrong-type", WARNING),
    # consent (§3.3)
    (
        {"consent_state": {"gdpr": {"a": {"consented": True}}}},
        "/consent_state/gdpr/a/timestamp_unixtime_ms", "missing-member", WARNING,
    ),
    (
        {"consent_state": {"gdpr": {"a": {**CONSENT, "consented": None}}}},
        "/consent_state/gdpr/a/consented", "missing-member", WARNING,
    ),
    (
        {"consent_state": {"gdpr": {"document": "flat"}}},
        "/consent_state/gdpr/document", "consent-not-by-purpose", ERROR,
    ),
    ({"consent_state": {"ccpa": {"sale": CONSENT}}}, "/consent_state/ccpa/sale", "unknown-member", INFO),
    ({"consent_state": {"lgpd": {}}}, "/consent_state/lgpd", "unknown-member", INFO),
    # context, device, app, address (§§3.3, 3.5)
    ({"context": {"data_plan": {"plan_version": 2}}}, "/context/data_plan/plan_id", "missing-member", WARNING),
    ({"batch_context": {}}, "/batch_context", "batch-context", WARNING),
    ({"device_info": {"platform": "ios"}}, "/device_info/platform", "unknown-value", WARNING),
    (
        {"device_info": {"ios_advertising_id": "613ff528-afd1"}},
        "/device_info/ios_advertising_id", "wrong-type", WARNING,
    ),
    ({"device_info": {"screen_width": "1024"}}, "/device_info/screen_width", "wrong-type", WARNING),
    ({"device_info": {"is_tablet": "no"}}, "/device_info/is_tablet", "wrong-type", WARNING),
    ({"application_info": {"versoin": "1"}}, "/application_info/versoin", "unknown-member", INFO),
    ({"application_info": {"application_nam": "1"}}, "/application_info/application_nam", "unknown-member", WARNING),
    ({"integration_attributes": {"123": {"k": 5}}}, "/integration_attributes/123/k", "wrong-type", WARNING),
    (
        {"attribution_info": {"publisher": "p", "campaign": "c"}},
        "/attribution_info/service_provider", "missing-member", WARNING,
    ),
    ({"ip": "300.1.1.1"}, "/ip", "wrong-type", WARNING),
    ({"ip": 5}, "/ip", "wrong-type", WARNING),
    ({"source_info": {}}, "/source_info", "server-set-member", INFO),
    ({"batch_id": 5}, "/batch_id", "server-set-member", WARNING),
    ({"user_atributes": {}}, "/user_atributes", "unknown-member", WARNING),
    ({"something": 1}, "/something", "unknown-member", INFO),
    ({"source_request_id": 5}, "/source_request_id", "wrong-type", WARNING),
    ({"events": [{"event_type": "media", "data": {}, "when": 1}]}, "/events/0/when", "unknown-member", WARNING),
]  # fmt: skip
EVENTS = [  # paths below the data of the only event (§§3.4, 3.9)
    (custom(event_name=LONG), "/event_name", "name-too-long", WARNING),
    (custom(custom_event_type="unknown"), "/custom_event_type", "unusual-value", INFO),
    (custom(custom_attributes={"a": {}}), "/custom_attributes/a", "nested-attribute", WARNING),
    (custom(custom_attributes={"a": ["b"]}), "/custom_attributes/a", "nested-attribute", WARNING),
    (custom(custom_attributes={"a": "x" * 4097}), "/custom_attributes/a", "value-too-long", WARNING),
    (custom(custom_attributes={LONG: 1}), f"/custom_attributes/{LONG}", "name-too-long", WARNING),
    (custom(custom_attributes={str(n): n for n in range(101)}), "/custom_attributes", "too-many-attributes", WARNING),
    (custom(custom_flags={"a": ["b"]}), "/custom_flags/a", "list-flag", INFO),
    (custom(custom_flags={"a": {"b": "c"}}), "/custom_flags/a", "nested-flag", WARNING),
    (custom(timestamp_unixtime_ms=1_768_467_600), "/timestamp_unixtime_ms", "not-milliseconds", ERROR),
    (custom(timestamp_unixtime_ms=1_768_467_600_000_000), "/timestamp_unixtime_ms", "not-milliseconds", ERROR),
    (custom(timestamp_unixtime_ms="2026-01-15"), "/timestamp_unixtime_ms", "wrong-type", WARNING),
    (custom(timestamp_unixtime_ms=1_768_471_200_000 - 31 * DAY), "/timestamp_unixtime_ms", "old-event", WARNING),
    (custom(timestamp_unixtime_ms=1_768_471_200_000 + 3 * DAY), "/timestamp_unixtime_ms", "future-event", WARNING),
    (custom(location={"latitude": 140}), "/location/latitude", "out-of-range", WARNING),
    (custom(event_names="x"), "/event_names", "unknown-member", WARNING),
    (
        custom(custom_event_type="attribution", event_name="attribution"),
        "/custom_attributes", "attribution-incomplete", WARNING,
    ),
    ({"events": [{"event_type": "commerce_event"}]}, "", "commerce-kind", WARNING),
    (purchase(currency_code="usd"), "/currency_code", "currency-code", WARNING),
    (purchase(currency_code="EURO"), "/currency_code", "currency-code", WARNING),
    (purchase(action={"products": [{"name": "Mug"}]}), "/product_action/products/0/id", "missing-member", WARNING),
    (purchase(action={"total_amount": "21.50"}), "/product_action/total_amount", "number-as-text", INFO),
    (purchase(action={"total_amount": "much"}), "/product_action/total_amount", "wrong-type", WARNING),
    (purchase(action={"products": {}}), "/product_action/products", "wrong-type", WARNING),
    (other("screen_view", screen_name=LONG), "/screen_name", "too-long", WARNING),
    (other("push_message", push_message_type="sent", network="fcm"), "/network", "unknown-value", WARNING),
    (
        other("push_message", push_message_type="action", action_identifier="x" * 101),
        "/action_identifier", "too-long", WARNING,
    ),
    (other("profile", profile_event_type="signin"), "/profile_event_type", "unknown-value", WARNING),
    (other("opt_out", is_opted_out="yes"), "/is_opted_out", "wrong-type", WARNING),
    (other("push_registration", register="true", registration_token="t"), "/register", "wrong-type", WARNING),
    (
        other("user_identity_change", old=None, new={"identity_type": "customerid"}),
        "/new/identity_type", "unknown-value", WARNING,
    ),
]  # fmt: skip


TABLE += [(batch, f"/events/0/data{path}", rule, severity) for batch, path, rule, severity in EVENTS]


@pytest.mark.parametrize(
    ("batch", "path", "rule", "severity"), TABLE, ids=[f"{rule} {path[:60]}" for _, path, rule, _ in TABLE]
)
def test_deviation_is_accepted_and_said(service, batch, path, rule, severity):
    assert service.post("/v2/events", batch).status == 202
    assert [(said.path, said.rule, said.severity) for said in service.findings()] == [(path, rule, severity)]
    assert all(said.message.endswith(".") and len(said.message) < 500 for said in service.findings())


@pytest.mark.parametrize(
    "batch",
    [
        {"mpid": -(2**63)},
        {"mpid": 9_223_372_036_854_775_807},
        {"ip": "2001:db8::1"},
        {"ip": ""},
        {"user_identities": {"customer_id": "c", "google": None}},
        {"user_attributes": {"tags": [], "n": 1.5, "b": True, "$age": "18"}},
        {"consent_state": {"gdpr": {"a": CONSENT, "b": None}, "ccpa": {"data_sale_opt_out": CONSENT}}},
        {"context": {"data_plan": {"plan_id": "p"}}},
        {"device_info": {"android_advertising_id": "", "supports_telephony": "", "platform": None}},
        custom(timestamp_unixtime_ms=1_768_471_200_000 - 30 * DAY),
        custom(timestamp_unixtime_ms=1_768_471_200_000 + 2 * DAY),
        custom(event_id="6004677780660780000", custom_attributes={"a": None}),
        custom(custom_event_type="attribution", event_name="re-engagement"),
        custom(
            custom_event_type="attribution",
            event_name="attribution",
            custom_attributes={"publisher": "p", "campaign": "c"},
        ),
        purchase(currency_code=None, action={"total_amount": 1, "transaction_id": None}),
        {"events": [{"event_type": "session_start"}]},
    ],
    ids=lambda batch: str(batch)[:60],
)
def test_nothing_is_said_of_good_batch(service, batch):
    service.post("/v2/events", batch)
    assert service.findings() == []


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"user_identities": {"customerid": "c"}}, "customer_id expected, customerid sent"),
        ({"user_identities": {"other2": "a"}}, '"other_id_2"'),
        ({"user_identities": {"ios_idfa": "a"}}, '"device_info.ios_advertising_id"'),
        ({"user_identities": {"e_mail": "a"}}, '"email"'),
        ({"user_atributes": {}}, '"user_attributes" was probably meant'),
        ({"device_info": {"platform": "Androd"}}, 'did you mean "Android"?'),
        ({"user_attributes": {"$contry": "DE"}}, '"$country" was probably meant'),
        (custom(event_name=LONG), "At most 256 characters expected, 257 sent; mParticle truncates it"),
        (custom(timestamp_unixtime_ms=1_768_467_600), "looks like seconds"),
        (custom(timestamp_unixtime_ms=1_700_000_000_000), "/v2/bulkevents/historical"),
    ],
)
def test_message_says_what_was_meant(service, batch, words):
    service.post("/v2/events", batch)
    (finding,) = service.findings()
    assert words in finding.message


def test_finding_stands_with_its_event(service):
    service.post("/v2/events", {"events": [*custom()["events"], *custom(event_name=LONG)["events"]], "mpid": "1"})
    (part,) = service.parts()
    assert [[said.rule for said in event.findings] for event in part.events] == [[], ["name-too-long"]]
    assert [said.rule for said in part.findings] == ["mpid-as-text"]


@pytest.mark.parametrize(("feed", "rules"), [("revenuecat-ios", ["consent-by-partner-feed"]), ("default", [])])
def test_partner_feed_cannot_consent(service, feed, rules):
    service.post("/v2/events", {"consent_state": {"gdpr": {"a": CONSENT}}}, feed=feed)
    assert [said.rule for said in service.findings()] == rules


def test_batch_over_128_kb_may_fail(service):
    batch = custom(custom_attributes={str(n): "x" * 4000 for n in range(33)})
    assert service.post("/v2/events", batch).status == 202
    assert [(said.path, said.rule) for said in service.findings()] == [("", "batch-too-large")]


def test_only_large_batch_of_bulk_may_fail(service):
    large, small = (custom(custom_attributes={str(n): "x" * 4000 for n in range(count)}) for count in (33, 2))
    service.post("/v2/bulkevents", [small, large])
    assert [(said.path, said.rule) for said in service.findings()] == [("/1", "batch-too-large")]


def test_hostile_batch_costs_little(service):
    """However many members are unknown, only the first hundred are looked up among the known."""
    service.post("/v2/events", {f"user_attribute{number}": 1 for number in range(5000)})
    assert len(service.findings()) == 100


def test_several_things_are_said_at_once(service):
    batch = custom(custom_attributes={"a": {}, LONG: "x"}, custom_flags={"f": []}) | {"mpid": "1", "ip": "x"}
    service.post("/v2/events", batch)
    rules = {said.rule for said in service.findings()}
    assert rules == {"nested-attribute", "name-too-long", "list-flag", "mpid-as-text", "wrong-type"}
