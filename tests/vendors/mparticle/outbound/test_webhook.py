"""The outbound webhook: which batches go out, in how many messages, with what in them (mparticle.md §9)."""

import gzip
from datetime import timedelta
from decimal import Decimal

import orjson
import pytest

NOW_MS = 1768471200000  # the clock of `world`
CLICK = {"event_type": "custom_event", "data": {"event_name": "Click", "custom_event_type": "navigation"}}
SCREEN = {"event_type": "screen_view", "data": {"screen_name": "Home"}}
CUSTOMER = {"customer_id": "c-1"}
INT64 = range(-(2**63), 2**63)


def batch(*events, **more):
    return {"environment": "development", "user_identities": CUSTOMER, "events": list(events), **more}


def send(world, *events, **more):
    assert world("POST", "/v2/events", batch(*events, **more)).status_code == 202


def test_batch_has_the_outbound_form(world, hook):
    send(world, CLICK, source_request_id="r-1", user_attributes={"tier": "gold"})
    body = hook.body
    assert body["message_type"] == "events"
    assert body["schema_version"] == 2
    assert body["timestamp_unixtime_ms"] == NOW_MS
    assert (body["environment"], body["source_request_id"]) == ("development", "r-1")
    assert (body["user_attributes"], body["deleted_user_attributes"]) == ({"tier": "gold"}, [])
    assert (body["application_info"], body["device_info"], body["system_notifications"]) == ({}, {}, [])
    assert isinstance(body["message_id"], str)
    assert body["batch_id"] in INT64


def test_identities_are_a_list(world, hook):
    """Trap 18."""
    send(world, CLICK)
    assert hook.body["user_identities"] == [
        {"identity_type": "customer_id", "identity": "c-1", "timestamp_unixtime_ms": NOW_MS}
    ]


def test_identity_keeps_the_time_since_when_it_is_known(world, hook):
    send(world, CLICK)
    world.stand(days=3)
    send(world, SCREEN)
    assert [body["user_identities"][0]["timestamp_unixtime_ms"] for body in hook.bodies] == [NOW_MS] * 2


def test_customer_id_of_sdks_has_the_documented_name(world, hook):
    send(world, CLICK, user_identities={"customerid": "c-1", "email": None})
    assert [one["identity_type"] for one in hook.body["user_identities"]] == ["customer_id"]


def test_mpid_is_a_number(world, hook):
    """Trap 4."""
    send(world, CLICK, mpid="-4567890123456789012")
    assert hook.body["mpid"] == -4567890123456789012


def test_mpid_is_that_of_the_identity_api(world, hook):
    known = {"environment": "development", "known_identities": {"customerid": "c-1"}}
    mpid = world("POST", "/v1/identify", known).json["mpid"]
    send(world, CLICK)
    assert hook.body["mpid"] == int(mpid)


def test_batch_about_nobody_has_no_mpid(world, hook):
    send(world, CLICK, user_identities={})
    assert hook.body["mpid"] is None


def test_environment_is_production_unless_said(world, hook):
    send(world, CLICK, environment=None)
    assert hook.body["environment"] == "production"


def test_each_event_is_a_message(world, hook):
    send(world, CLICK, SCREEN)
    bodies = hook.bodies
    assert [[event["event_type"] for event in body["events"]] for body in bodies] == [["custom_event"], ["screen_view"]]
    assert len({body["batch_id"] for body in bodies}) == 1
    assert len({body["message_id"] for body in bodies}) == 2


def test_batch_can_be_one_message(world, hook):
    world.set(webhook_as_batch=True)
    send(world, CLICK, SCREEN)
    assert [event["event_type"] for event in hook.body["events"]] == ["custom_event", "screen_view"]
    assert hook.names == ["batch"]


def test_event_is_completed(world, hook):
    send(world, CLICK)
    data = hook.event["data"]
    assert data["event_id"] in INT64
    assert data["session_id"] in INT64
    assert isinstance(data["session_uuid"], str)
    assert data["custom_attributes"] == {}
    times = ("timestamp_unixtime_ms", "event_start_unixtime_ms", "session_start_unixtime_ms")
    assert [data[name] for name in times] == [NOW_MS] * 3


def test_what_was_sent_is_kept(world, hook):
    sent = {
        **CLICK["data"],
        "event_id": -7,
        "session_id": "12",
        "session_uuid": "S-1",
        "timestamp_unixtime_ms": NOW_MS - 5,
        "event_start_unixtime_ms": NOW_MS - 6,
        "session_start_unixtime_ms": NOW_MS - 7,
        "custom_attributes": {"a": "b"},
        "custom_flags": {"f": ["x", 1]},
    }
    send(world, {**CLICK, "data": sent})
    assert hook.event["data"] == {**sent, "session_id": 12}


def test_session_number_follows_from_its_uuid(world, hook):
    for _ in range(2):
        send(world, {**CLICK, "data": {**CLICK["data"], "session_uuid": "S-1"}})
    assert len({body["events"][0]["data"]["session_id"] for body in hook.bodies}) == 1


def test_session_begins_with_its_first_event(world, hook):
    later = {**CLICK, "data": {**CLICK["data"], "session_uuid": "S-1", "timestamp_unixtime_ms": NOW_MS - 10}}
    begin = {"event_type": "session_start", "data": {"session_uuid": "S-1", "timestamp_unixtime_ms": NOW_MS - 90}}
    send(world, later, begin)
    assert {body["events"][0]["data"]["session_start_unixtime_ms"] for body in hook.bodies} == {NOW_MS - 90}


def test_events_have_ids_of_their_own(world, hook):
    send(world, CLICK, CLICK)
    assert len({body["events"][0]["data"]["event_id"] for body in hook.bodies}) == 2


def commerce(**data):
    return {"event_type": "commerce_event", "data": data}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"product_action": {"action": "purchase", "products": []}}, "purchase"),
        ({"product_action": {"action": "remove_from_wish_list", "products": []}}, "remove_from_wishlist"),
        ({"promotion_action": {"action": "view", "promotions": []}}, "promotion_view"),
        ({"product_impressions": []}, "impression"),
    ],
)
def test_commerce_event_says_its_type(world, hook, data, kind):
    """§3.4: the read-only member, in its own spelling."""
    send(world, commerce(**data))
    assert hook.event["data"]["custom_event_type"] == kind


def test_long_names_are_cut(world, hook):
    """§3.9: server-to-server they are."""
    long = "n" * 300
    send(world, {**CLICK, "data": {**CLICK["data"], "event_name": long, "custom_attributes": {long: "v"}}})
    data = hook.event["data"]
    assert (data["event_name"], data["custom_attributes"]) == ("n" * 256, {"n" * 256: "v"})


def test_what_is_for_the_way_in_stays_there(world, hook):
    send(world, CLICK, ip="127.0.0.1", api_key="k", source_info={"channel": "mine"}, batch_id=5, shoe_size=43)
    body = hook.body
    assert not body.keys() & {"ip", "api_key", "shoe_size"}
    assert (body["source_info"]["channel"], body["batch_id"] == 5) == ("server_to_server", False)


def test_server_is_the_source(world, hook):
    send(world, CLICK)
    assert hook.body["source_info"] == {
        "channel": "server_to_server",
        "partner": None,
        "replay_request_id": None,
        "replay_job_id": None,
        "is_historical": False,
    }


def test_partner_feed_is_the_source(world, hook):
    world("POST", "/v2/events", batch(CLICK), feed="revenuecat-ios")
    source = hook.body["source_info"]
    assert (source["channel"], source["partner"]) == ("partner", "revenuecat-ios")
    assert hook.event["data"]["custom_attributes"] == {"mParticle Source Feed": "revenuecat-ios"}


def test_custom_feed_is_named_on_every_event(world, hook):
    """§3.7."""
    world.set(custom_feed="Billing")
    send(world, CLICK, SCREEN)
    attributes = [body["events"][0]["data"]["custom_attributes"] for body in hook.bodies]
    assert attributes == [{"mParticle Source Feed": "Billing"}] * 2
    assert {body["source_info"]["channel"] for body in hook.bodies} == {"server_to_server"}


def test_partner_gives_no_consent(world, hook):
    """§3.3: consent is taken from platforms and custom feeds only."""
    consent = {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": NOW_MS}}}
    world("POST", "/v2/events", batch(CLICK, consent_state=consent), feed="revenuecat-ios")
    assert "consent_state" not in hook.body
    assert hook.body["system_notifications"] == []


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_browser_is_the_source(world, hook, version):
    sent = batch(CLICK, mpid="12", mp_deviceid="59780f39-d7a0-4ebe-9950-280f937c29e2")
    world("POST", f"/{version}/JS/{world.own['key']}/events", sent, authorization=None)
    assert (hook.body["source_info"]["channel"], hook.body["mpid"]) == ("javascript", 12)


def test_app_is_the_source(world, hook):
    from mockserver.vendors.mparticle.signatures import signature

    path, date = f"/v2/{world.own['key']}/events", "Thu, 15 Jan 2026 10:00:00 GMT"
    raw = orjson.dumps(
        {"dt": "h", "id": "b-1", "mpid": "12", "dbg": True, "msgs": [{"dt": "e", "id": "m", "n": "Tap", "et": "Other"}]}
    )
    signed = signature(world.own["secret"], "POST", date, path, raw)
    world(
        "POST", path, gzip.compress(raw), authorization=None, content_encoding="gzip", date=date, x_mp_signature=signed
    )
    assert (hook.body["source_info"]["channel"], hook.body["mpid"]) == ("native", 12)
    assert hook.event["data"]["event_name"] == "Tap"


def test_bulk_is_told_batch_by_batch(world, hook):
    """§3.11: bad ones are left out."""
    bad = batch({"data": {}})
    assert world("POST", "/v2/bulkevents", [batch(CLICK), bad, batch(SCREEN)]).status_code == 202
    assert [body["events"][0]["event_type"] for body in hook.bodies] == ["custom_event", "screen_view"]
    assert len({body["batch_id"] for body in hook.bodies}) == 2


def test_repeat_is_not_told(world, hook):
    """Trap 13; §3.8."""
    for _ in range(2):
        send(world, CLICK, source_request_id="r-1")
    assert len(hook.bodies) == 1


def test_same_request_id_by_another_input_is_no_repeat(world, hook):
    for feed in ("default", "revenuecat-ios"):
        world("POST", "/v2/events", batch(CLICK, source_request_id="r-1"), feed=feed)
    assert len(hook.bodies) == 2


def test_history_is_not_told(world, hook):
    """§3.10; endpoint 3."""
    old = {**CLICK, "data": {**CLICK["data"], "timestamp_unixtime_ms": NOW_MS - 10 * 86_400_000}}
    assert world("POST", "/v2/bulkevents/historical", [batch(old)]).status_code == 202
    assert hook.bodies == []


def test_refused_is_not_told(world, hook):
    assert world("POST", "/v2/events", batch({"event_type": ""})).status_code == 400
    assert hook.bodies == []


def test_its_own_messages_do_not_go_round(world, hook):
    send(world, CLICK)
    sent = hook.body
    assert world("POST", "/v2/events", sent).status_code == 202
    assert len(hook.bodies) == 1


@pytest.mark.parametrize(
    ("switch", "kind", "data"),
    [
        ("crash_events", "crash_report", {}),
        ("custom_events", "custom_event", CLICK["data"]),
        ("lifecycle_events", "session_start", {}),
        (
            "lifecycle_events",
            "application_state_transition",
            {"application_transition_type": "application_initialized"},
        ),
        ("network_events", "network_performance", {}),
        ("push_events", "push_registration", {"register": True, "registration_token": "t"}),
        ("screen_events", "screen_view", SCREEN["data"]),
        ("commerce_events", "commerce_event", {"product_impressions": []}),
    ],
)
def test_type_of_events_can_be_switched_off(world, hook, switch, kind, data):
    world.set(**{f"webhook_{switch}": False})
    send(world, {"event_type": kind, "data": data})
    assert hook.bodies == []
    world.set(**{f"webhook_{switch}": True})
    send(world, {"event_type": kind, "data": data})
    assert len(hook.bodies) == 1


@pytest.mark.parametrize(
    ("switch", "kind", "data"),
    [
        ("attribute_changes", "user_attribute_change", {"user_attribute_name": "a", "new": "1", "old": None}),
        (
            "identity_changes",
            "user_identity_change",
            {"new": {"identity_type": "email", "identity": "a@b.c"}, "old": None},
        ),
    ],
)
def test_type_of_events_can_be_switched_on(world, hook, switch, kind, data):
    event = {"event_type": kind, "data": data}
    send(world, event)
    assert hook.bodies == []
    world.set(**{f"webhook_{switch}": True})
    send(world, event)
    assert len(hook.bodies) == 1


def test_opt_out_is_always_told(world, hook):
    send(world, {"event_type": "opt_out", "data": {"is_opted_out": True}})
    assert hook.event["event_type"] == "opt_out"


def test_attributes_alone_are_told(world, hook):
    send(world, user_attributes={"tier": "gold"})
    assert (hook.body["events"], hook.body["user_attributes"]) == ([], {"tier": "gold"})


def test_batches_without_events_can_be_switched_off(world, hook):
    world.set(webhook_empty_batches=False)
    send(world, user_attributes={"tier": "gold"})
    assert hook.bodies == []


PLACE = {"latitude": 52.5, "longitude": 13.4}


def test_location_can_be_switched_off(world, hook):
    send(world, {**CLICK, "data": {**CLICK["data"], "location": PLACE}})
    hook.settle()
    world.set(webhook_location=False)
    send(world, {**CLICK, "data": {**CLICK["data"], "location": PLACE}})
    assert [body["events"][0]["data"].get("location") for body in hook.bodies] == [PLACE, None]


def test_location_of_batch_can_be_switched_on(world, hook):
    """§3.7: that of the first event that has one."""
    plan = {"data_plan": {"plan_id": "p"}}
    told = {**CLICK, "data": {**CLICK["data"], "location": PLACE}}
    send(world, SCREEN, told, context=plan)
    hook.settle()
    world.set(webhook_batch_location=True, webhook_as_batch=True)
    send(world, SCREEN, told, context=plan)
    assert [body["context"] for body in hook.bodies] == [plan, plan, {**plan, "location": PLACE}]


def test_metadata_can_be_switched_off(world, hook):
    world.set(webhook_metadata=False)
    send(world, CLICK, device_info={"brand": "x"})
    assert not hook.body.keys() & {"application_info", "device_info", "source_info"}


def test_device_id_can_be_switched_on(world, hook):
    device = "59780f39-d7a0-4ebe-9950-280f937c29e2"
    send(world, CLICK, mp_deviceid=device)
    hook.settle()
    world.set(webhook_deviceid=True)
    send(world, CLICK, mp_deviceid=device)
    assert [body.get("mp_deviceid") for body in hook.bodies] == [None, device]


def test_unique_id_is_on_every_message(world, hook):
    world.set(webhook_unique_id="my-app")
    send(world, CLICK)
    assert hook.body["unique_id"] == "my-app"


def test_raw_data_has_the_inbound_form(world, hook):
    world.set(webhook_raw=True)
    sent = batch(CLICK, SCREEN, mpid="12", source_request_id="r-1")
    world("POST", "/v2/events", sent)
    assert hook.bodies == [{**sent, "events": [CLICK]}, {**sent, "events": [SCREEN]}]


def alias(world):
    mpids = [
        world("POST", "/v1/identify", {"environment": "development", "known_identities": {"customerid": name}}).json[
            "mpid"
        ]
        for name in ("a", "b")
    ]
    data = {"source_mpid": mpids[0], "destination_mpid": mpids[1], "scope": "mpid"}
    body = {"request_id": "q", "request_type": "alias", "environment": "development", "data": data}
    body["api_key"] = world.own["key"]
    answer = world("POST", f"/v1/identity/{world.own['key']}/Alias", body, authorization=None)
    assert answer.status_code == 202
    return [int(mpid) for mpid in mpids]


def test_alias_requests_can_be_switched_on(world, hook):
    alias(world)
    assert hook.bodies == []
    world.set(webhook_alias_requests=True)
    source, destination = alias(world)
    assert hook.body["message_type"] == "alias"
    assert (hook.body["data"]["source_mpid"], hook.body["data"]["destination_mpid"]) == (source, destination)


def consent(consented, at=NOW_MS):
    return {"gdpr": {"ads": {"consented": consented, "timestamp_unixtime_ms": at}}}


def test_consent_change_is_notified(world, hook):
    send(world, CLICK, consent_state=consent(True))
    send(world, CLICK, consent_state=consent(False, NOW_MS + 1))
    told = [body["system_notifications"] for body in hook.bodies]
    given = {"regulation": "gdpr", "consented": True, "timestamp_unixtime_ms": NOW_MS}
    taken = {"regulation": "gdpr", "consented": False, "timestamp_unixtime_ms": NOW_MS + 1}
    assert told == [
        [{"type": "gdpr_change", "data": {"purpose": "ads", "current": given, "old": None}}],
        [{"type": "gdpr_change", "data": {"purpose": "ads", "current": taken, "old": given}}],
    ]


def test_same_consent_again_is_no_change(world, hook):
    for _ in range(2):
        send(world, CLICK, consent_state=consent(True))
    assert hook.bodies[1]["system_notifications"] == []


def test_header_is_fixed(world, hook):
    world.set(webhook_authorization="Token s3cret")
    send(world, CLICK)
    hook.settle()
    (request,) = hook.requests
    assert request.headers["authorization"] == "Token s3cret"
    assert request.headers["content-type"] == "application/json"


def test_there_is_no_header_unless_set(world, hook):
    send(world, CLICK)
    hook.settle()
    assert "authorization" not in hook.requests[0].headers


def seconds(world):
    return [
        round((entry.at - NOW_MS) / 1000) for *_, entry in world.tenant.log.read(0) if entry.direction == "out"
    ]  # fmt: skip


def test_trouble_is_retried_more_and_more_slowly(world, hook):
    hook.statuses = [500, 503, 429]
    send(world, CLICK)
    hook.settle()
    world.server.lives.turn(world.tenant, world.tenant.clock.advance(timedelta(hours=1)))
    assert seconds(world) == [0, 10, 30, 70]
    assert len({request.body for request in hook.requests}) == 1


def test_refusal_is_not_retried(world, hook):
    hook.statuses = [400]
    send(world, CLICK)
    hook.settle()
    world.server.lives.turn(world.tenant, world.tenant.clock.advance(timedelta(hours=1)))
    assert len(hook.requests) == 1


def test_gaps_can_be_set(world, hook):
    world.set(webhook_retry_seconds=[60])
    hook.statuses = [500] * 3
    send(world, CLICK)
    hook.settle()
    world.server.lives.turn(world.tenant, world.tenant.clock.advance(timedelta(hours=1)))
    assert seconds(world) == [0, 60]


def test_message_is_found_by_name_customer_and_amount(world, hook):
    action = {"action": "purchase", "total_amount": 21.5, "products": []}
    send(world, commerce(product_action=action, currency_code="USD"))
    hook.settle()
    from mockserver.journal.search import parse

    question = parse("direction:out vendor:mparticle event:purchase subject:c-1", ("mparticle",))
    (found,) = world.server.journal.find_events(world.tenant.name, question)
    assert (found.amount, found.currency, found.channel) == (Decimal("21.5"), "USD", "webhook")


def test_what_is_blocked_is_not_told(world, hook, planned):
    """§6.4: unplanned events, where the plan blocks them."""
    world.set(plan_blocking={"ev": True, "ea": False, "ua": False, "id": False})
    send(world, CLICK, SCREEN, context={"data_plan": {"plan_id": planned, "plan_version": 1}})
    assert [body["events"][0]["event_type"] for body in hook.bodies] == ["custom_event"]


@pytest.fixture
def planned(world):
    """A plan with the click and nothing else."""
    own = world.own
    asked = {
        "client_id": own["client_id"],
        "client_secret": own["client_secret"],
        "audience": "https://api.mparticle.com",
        "grant_type": "client_credentials",
    }
    token = world("POST", "/oauth/token", asked, authorization=None).json["access_token"]
    criteria = {"event_name": "Click", "custom_event_type": "navigation"}
    point = {
        "match": {"type": "custom_event", "criteria": criteria},
        "validator": {"type": "json_schema", "definition": {}},
    }
    version = {"version": 1, "activated_environment": "production", "version_document": {"data_points": [point]}}
    plan = {"data_plan_id": "p", "data_plan_name": "P", "data_plan_versions": [version]}
    path = f"/platform/v2/workspaces/{own['workspace_id']}/plans/"
    answer = world("POST", path, plan, authorization=f"Bearer {token}")
    assert answer.status_code == 200, answer.data
    return "p"
