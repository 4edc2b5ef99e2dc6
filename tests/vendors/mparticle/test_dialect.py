"""What the journal reads: parts, subjects, events, money, repeats (mparticle.md §§3.3-3.11)."""

import json
from pathlib import Path

import pytest

from mockserver.journal.entry import Verdict
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import VENDOR

BATCHES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "batches").glob("*.json")
}
HOUR = 3_600_000
DAY = 24 * HOUR


def custom(name="Click", **data):
    return {"event_type": "custom_event", "data": {"event_name": name, "custom_event_type": "other", **data}}


def commerce(action="purchase", amount=9.99, **data):
    act = {"action": action, "products": [{"id": "sku-1"}]} | ({} if amount is None else {"total_amount": amount})
    return {"event_type": "commerce_event", "data": {"currency_code": "USD", "product_action": act, **data}}


@pytest.mark.parametrize("name", sorted(BATCHES))
def test_sample_is_accepted(service, name):
    assert BATCHES[name]["source"]
    assert service.post("/v2/events", BATCHES[name]["body"]).status == 202
    assert service.parts()[0].verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("name", sorted(BATCHES))
def test_sample_says_what_is_expected(service, name):
    service.post("/v2/events", BATCHES[name]["body"])
    assert [finding.rule for finding in service.findings()] == BATCHES[name]["says"]


def test_batch_is_one_part(service):
    service.event(custom(), environment="development", source_request_id="r-1")
    (part,) = service.parts()
    assert (part.path, part.environment, part.dedupe, part.dedupe_days) == ("", "development", "r-1", 30)


def test_bulk_is_part_for_each(service):
    service.post("/v2/bulkevents", [{"events": [custom("a"), custom("b")]}, {}, {"events": [custom("c")]}])
    parts = service.parts()
    assert [part.path for part in parts] == ["/0", "/1", "/2"]
    assert [[(event.name, event.path) for event in part.events] for part in parts] == [
        [("a", "/0/events/0"), ("b", "/0/events/1")], [], [("c", "/2/events/0")],
    ]  # fmt: skip


@pytest.mark.parametrize("environment", [{}, {"environment": None}])
def test_environment_is_production(service, environment):
    service.post("/v2/events", environment)
    assert service.parts()[0].environment == "production"


def test_subjects_have_events_api_names(service):
    body = {
        "mpid": 5501234567890123456,
        "mp_deviceid": "59780f39-d7a0-4ebe-9950-280f937c29e2",
        "user_identities": {
            "email": "a@example.com",
            "customer_id": "c-1",
            "other_id_2": "o2",
            "google": "",
            "alias": None,
        },
        "partner_identities": {"namiml_user_id": "n-1"},
        "device_info": {"platform": "iOS", "ios_advertising_id": "613ff528-afd1-4c1b-9628-e6ed25ece9c0", "amp_id": "x"},
    }
    service.post("/v2/events", body)
    assert service.parts()[0].subjects == (
        ("mpid", "5501234567890123456"), ("mp_deviceid", "59780f39-d7a0-4ebe-9950-280f937c29e2"),
        ("email", "a@example.com"), ("customer_id", "c-1"), ("other_id_2", "o2"), ("namiml_user_id", "n-1"),
        ("ios_advertising_id", "613ff528-afd1-4c1b-9628-e6ed25ece9c0"), ("amp_id", "x"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("identities", "subjects"),
    [
        ({"customer_id": "c-1"}, (("customer_id", "c-1"),)),
        ({"customerid": "c-1"}, (("customer_id", "c-1"),)),
        ({"customerid": "c-1", "customer_id": "c-1"}, (("customer_id", "c-1"),)),
        ({"customerid": "c-2", "customer_id": "c-1"}, (("customer_id", "c-2"), ("customer_id", "c-1"))),
        ({"customer_id": 17}, (("customer_id", "17"),)),
        ({"customer_id": True}, ()),
        ("nobody", ()),
    ],
)
def test_customer_id_has_one_name(service, identities, subjects):
    service.post("/v2/events", {"user_identities": identities})
    assert service.parts()[0].subjects == subjects


@pytest.mark.parametrize(
    ("attributes", "subjects"),
    [
        ({"app_user": "u-1", "tier": "gold"}, (("app_user", "u-1"),)),
        ({"tier": "gold"}, ()),
        (["app_user"], ()),
        (None, ()),
    ],
)
def test_feed_knows_user_by_attribute(service, attributes, subjects):
    service.reading = Reading(subject_attributes=("app_user",))
    service.post("/v2/events", {"user_attributes": attributes})
    assert service.parts()[0].subjects == subjects


@pytest.mark.parametrize("mpid", ["-4567890123456789012", -4567890123456789012])
def test_mpid_is_text_exactly(service, mpid):
    service.post("/v2/events", {"mpid": mpid})
    assert service.parts()[0].subjects == (("mpid", "-4567890123456789012"),)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (custom("Video Watched"), "Video Watched"),
        ({"event_type": "screen_view", "data": {"screen_name": "Home"}}, "Home"),
        ({"event_type": "screen_view", "data": {}}, "screen_view"),
        ({"event_type": "session_start"}, "session_start"),
        (commerce("add_to_cart"), "add_to_cart"),
        ({"event_type": "commerce_event", "data": {"promotion_action": {"action": "view"}}}, "promotion_view"),
        ({"event_type": "commerce_event", "data": {"promotion_action": {"action": "click"}}}, "promotion_click"),
        ({"event_type": "commerce_event", "data": {"product_impressions": [{}]}}, "impression"),
        ({"event_type": "commerce_event", "data": {}}, "commerce_event"),
    ],
)
def test_event_has_name(service, event, name):
    service.event(event)
    (recorded,) = service.parts()[0].events
    assert (recorded.name, recorded.kind) == (name, event["event_type"])


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"other": "x", "feed_event": "renewal"}, "renewal"),
        ({"feed_event": ""}, "purchase"),
        ({"feed_event": 5}, "purchase"),
        ({}, "purchase"),
        (None, "purchase"),
        ([], "purchase"),
    ],
)
def test_feed_names_commerce_event(service, attributes, name):
    service.reading = Reading(name_attributes=("first_feed", "feed_event"))
    service.event(commerce(custom_attributes=attributes))
    assert service.parts()[0].events[0].name == name


def test_custom_event_keeps_its_name(service):
    service.reading = Reading(name_attributes=("feed_event",))
    service.event(custom("Trial Started", custom_attributes={"feed_event": "trial_started"}))
    assert service.parts()[0].events[0].name == "Trial Started"


def test_event_has_its_id(service):
    service.event(custom(source_message_id="m-1"))
    assert service.parts()[0].events[0].id == "m-1"


@pytest.mark.parametrize("timestamp", [None, ..., "soon", 1_768_471_200, 2**63, True])
def test_time_is_when_it_came(service, timestamp):
    service.event(custom() if timestamp is ... else custom(timestamp_unixtime_ms=timestamp))
    assert service.parts()[0].events[0].at == service.at


@pytest.mark.parametrize("offset", [-40 * DAY, -1, 0, 10 * DAY])
def test_time_is_its_own(service, offset):
    service.event(custom(timestamp_unixtime_ms=service.at + offset))
    assert service.parts()[0].events[0].at == service.at + offset


@pytest.mark.parametrize(
    ("action", "sent", "amount"),
    [
        ("purchase", 9.99, "9.99"),
        ("purchase", 10, "10"),
        ("purchase", 0, "0"),
        ("purchase", "21.50", "21.50"),
        ("purchase", 29.995, "29.995"),
        ("purchase", 0.00001, "0.00001"),
        ("purchase", -3.5, "-3.5"),
        ("refund", 9.99, "-9.99"),
        ("refund", -9.99, "-9.99"),
        ("refund", "9.990", "-9.990"),
        ("refund", 0, "0"),
        ("add_to_cart", 9.99, None),
        ("checkout", 9.99, None),
        ("purchase", None, None),
        ("purchase", "ten", None),
        ("purchase", "NaN", None),
        ("purchase", "1e9999999", None),
        ("purchase", True, None),
        ("purchase", {"a": 1}, None),
    ],
)
def test_amount_adds_up_to_revenue(service, action, sent, amount):
    service.event(commerce(action, sent))
    (event,) = service.parts()[0].events
    assert (event.amount, event.currency) == (amount, None if amount is None else "USD")


@pytest.mark.parametrize("currency", [None, "", 978, []])
def test_currency_may_be_missing(service, currency):
    service.event(commerce(currency_code=currency))
    assert (service.parts()[0].events[0].amount, service.parts()[0].events[0].currency) == ("9.99", None)


def test_bad_member_of_bulk_is_rejected(service):
    bad = {"source_request_id": "r-2", "events": [custom("a"), {"event_type": "nonsense"}]}
    assert service.post("/v2/bulkevents", [{"events": [custom("b")]}, bad, 7]).status == 202
    good, refused, nothing = service.parts()
    assert [part.verdict for part in (good, refused, nothing)] == [
        Verdict.ACCEPTED, Verdict.REJECTED, Verdict.REJECTED,
    ]  # fmt: skip
    assert [event.verdict for event in refused.events] == [Verdict.REJECTED] * 2
    assert refused.dedupe == ""
    assert (nothing.path, nothing.findings[0].message) == ("/2", "A batch must be a JSON object.")


def test_finding_of_bulk_has_whole_pointer(service):
    service.post("/v2/bulkevents", [{}, {"events": [custom(), {"event_type": "nonsense"}]}])
    (finding,) = service.parts()[1].events[1].findings
    assert finding.path == "/1/events/1/event_type"


def test_rejected_batch_is_read(service):
    service.post("/v2/events", {"environment": "x", "user_identities": {"email": "a@b.c"}, "events": [custom()]})
    (part,) = service.parts()
    assert (part.verdict, part.events[0].verdict) == (Verdict.REJECTED, Verdict.REJECTED)
    assert part.subjects == (("email", "a@b.c"),)
    assert [(finding.path, finding.rule) for finding in part.findings] == [("/environment", "unknown-value")]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic x"}])
def test_nobodys_batch_is_read_as_rejected(service, headers):
    service.post("/v2/events", {"source_request_id": "r-1", "events": [custom()]}, headers)
    (part,) = service.parts()
    assert (part.verdict, part.events[0].verdict, part.dedupe) == (Verdict.REJECTED, Verdict.REJECTED, "")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/events", b"{"),
        ("/v2/events", []),
        ("/v2/events", 5),
        ("/v2/bulkevents", {}),
        ("/v2/none", {}),
        ("/v2/bulkevents", []),
    ],
)
def test_nothing_is_read_where_nothing_is(service, path, body):
    service.post(path, body)
    assert list(service.parts()) == []


def test_events_that_are_none_are_passed_over(service):
    service.post("/v2/events", {"events": [3, custom("a")]})
    (part,) = service.parts()
    assert [(event.name, event.path) for event in part.events] == [("a", "/events/1")]
    assert [finding.path for finding in part.findings] == ["/events/0"]


def test_old_batch_is_kept_as_history(service):
    body = [{"source_request_id": "r", "events": [custom(timestamp_unixtime_ms=service.at - 40 * DAY)]}]
    assert service.post("/v2/bulkevents/historical", body).status == 202
    (part,) = service.parts()
    assert (part.findings, part.events[0].dropped, part.events[0].findings, part.dedupe) == ((), "", (), "r")


@pytest.mark.parametrize(
    ("events", "place", "why"),
    [
        ([], "/0", "it has no events"),
        (None, "/0", "it has no events"),
        ([-40 * DAY, ...], "/0/events/1/data/timestamp_unixtime_ms", "event 1 has no timestamp_unixtime_ms"),
        ([-40 * DAY, None], "/0/events/1/data/timestamp_unixtime_ms", "event 1 has no timestamp_unixtime_ms"),
        (
            [-72 * HOUR + 1],
            "/0/events/0/data/timestamp_unixtime_ms",
            "the timestamp of event 0 is less than 72 hours old",
        ),
        (
            [0, -40 * DAY],
            "/0/events/0/data/timestamp_unixtime_ms",
            "the timestamp of event 0 is less than 72 hours old",
        ),
    ],
)
def test_history_is_not_processed(service, events, place, why):
    def event(offset):
        time = {} if offset is ... else {"timestamp_unixtime_ms": None if offset is None else service.at + offset}
        return custom(**time)

    body = [{"source_request_id": "r", "events": None if events is None else [event(offset) for offset in events]}]
    assert service.post("/v2/bulkevents/historical", body).status == 202
    (part,) = service.parts()
    said = f"Historical batch not processed: {why}."
    assert [finding[:3] for finding in part.findings] == [(place, "historical-not-processed", said)]
    assert {event.dropped for event in part.events} <= {said}
    assert (part.verdict, part.dedupe) == (Verdict.ACCEPTED, "")


def test_history_begins_after_72_hours(service):
    service.post("/v2/bulkevents/historical", [{"events": [custom(timestamp_unixtime_ms=service.at - 72 * HOUR)]}])
    assert service.findings() == []


def test_history_obeys_tenants_clock(service):
    """The clock that the tenant turned decides, not the real one."""
    timestamp = service.at - HOUR
    service.at += 4 * DAY
    service.post("/v2/bulkevents/historical", [{"events": [custom(timestamp_unixtime_ms=timestamp)]}])
    assert service.parts()[0].events[0].dropped == ""


def test_one_batch_of_history_is_left_out(service):
    old = {"events": [custom(timestamp_unixtime_ms=service.at - 40 * DAY)]}
    service.post("/v2/bulkevents/historical", [old, {"events": [custom()]}, old])
    assert [bool(part.events[0].dropped) for part in service.parts()] == [False, True, False]


def test_read_needs_no_server(service):
    """Whatever an entry of another operation holds, nothing of ours is in it."""
    service.event(custom())
    entry = service.entries[-1]._replace(operation="nothing of ours")
    assert VENDOR.read(entry, Reading()) == ()
