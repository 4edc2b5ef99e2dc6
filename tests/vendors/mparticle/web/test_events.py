"""What browsers send: events, and statistics of kits (mparticle.md §5.1). Endpoints 11 and 12."""

import json

import pytest

NOW_MS = 1768471200000
EVENT = {
    "event_type": "custom_event",
    "data": {
        "custom_event_type": "other",
        "custom_flags": {},
        "event_name": "Hello",
        "timestamp_unixtime_ms": NOW_MS,
        "session_uuid": "S-1",
        "session_start_unixtime_ms": NOW_MS,
        "custom_attributes": {"plan": "gold"},
        "location": None,
        "source_message_id": "m-1",
        "active_time_on_site_ms": 12,
    },
}
BATCH = {
    "source_request_id": "r-1",
    "mpid": "5501234567890123456",
    "timestamp_unixtime_ms": NOW_MS,
    "environment": "development",
    "events": [EVENT],
    "mp_deviceid": "6f2a1c1e-5f4b-4a63-8a0f-0d4f2b0f8c11",
    "sdk_version": "2.68.0",
    "application_info": {"sideloaded_kits_count": 0},
    "device_info": {"platform": "web", "screen_width": 800, "screen_height": 600},
    "user_attributes": {},
    "user_identities": {"customer_id": "c-1"},
    "consent_state": None,
    "integration_attributes": {},
}
TYPELESS = {**BATCH, "events": [{"data": {}}]}


def test_batch_is_taken(page):
    """Trap 3: 202 and nothing in it."""
    answer = page.upload(BATCH)
    assert (answer.status_code, answer.data) == (202, b"")


def test_text_is_read_as_json(page):
    """Trap 8: `text/plain`, to need no preflight."""
    page.upload(BATCH)
    (event,) = page.events("data.custom_attributes.plan=gold")
    assert (event.name, event.kind, event.id, event.pointer) == ("Hello", "custom_event", "m-1", "/events/0")
    assert {("mpid", BATCH["mpid"]), ("customer_id", "c-1")} <= set(event.subjects)


@pytest.mark.parametrize("type_", ["text/plain", "application/json", "application/x-www-form-urlencoded", None])
def test_type_does_not_matter(page, type_):
    """A beacon sends the same body as a request does."""
    page.upload(BATCH, **{"content-type": type_})
    assert len(page.events()) == 1


def test_what_the_sdk_sends_has_no_findings(page):
    """Trap 2: a text for the mpid is what a script has to send."""
    page.upload(BATCH)
    assert page.rules() == []


def test_number_for_the_mpid_is_told(page):
    """Trap 4: scripts round it."""
    page.upload({**BATCH, "mpid": 5501234567890123456})
    assert page.rules() == ["mpid-as-number"]


def test_unknown_key_is_401(page):
    """Trap 7: on 401 browsers drop what they would send for ever after a 400."""
    answer = page.world("POST", "/v3/JS/us1-nobody/events", json.dumps(BATCH).encode(), authorization=None)
    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"7", b"", b'{"events": ['])
def test_body_that_cannot_be_read_is_not_asked_for_again(page, body):
    """Trap 7: a 400 would make the browser send it for ever; it is taken, dropped and told."""
    assert page.upload(body).status_code == 202
    assert page.world.entry.verdict == "rejected"
    assert page.rules() == ["malformed-request"]


def test_batch_that_lacks_something_is_not_asked_for_again(page):
    assert page.upload(TYPELESS).status_code == 202
    assert page.world.entry.verdict == "rejected"
    assert page.rules() == ["required-member"]
    assert [event.verdict for event in page.events()] == ["rejected"]


def test_large_batch_is_taken(page):
    """§14: 256 kB are the limit of a server's request; SDKs upload more, iOS 2 MB with a crash in it."""
    many = [{**EVENT, "data": {**EVENT["data"], "custom_attributes": {"a": "x" * 4000}}}] * 80
    assert page.upload({**BATCH, "events": many}).status_code == 202
    assert page.rules() == ["batch-too-large"]


def test_ordered_400_is_answered(page):
    """Who wants to see what a page does then orders it."""
    from mockserver.faults import fault_from

    order = {"vendor": "mparticle", "operation": "web_events", "status": 400, "times": 1}
    page.world.server.tenants.order(page.world.tenant, fault_from(order))
    assert page.upload(BATCH).status_code == 400
    assert page.upload(BATCH).status_code == 202


def test_repeated_batch_is_dropped(page):
    """§3.8: the SDK repeats the same `source_request_id` when it sends again."""
    page.upload(BATCH)
    page.upload(BATCH)
    assert [event.dropped for event in page.events()] == ["", "duplicate of #1"]


@pytest.mark.parametrize("path", ["/webevents/v3/JS/{key}/events", "/v1/JS/{key}/events", "/v2/JS/{key}/events"])
def test_other_paths_of_events(page, path):
    """§1: a customer's domain has a prefix, old SDKs other versions."""
    assert page.post(path, BATCH).status_code == 202
    assert [event.name for event in page.events()] == ["Hello"]


def test_old_form_is_taken_unread(page):
    """Old SDKs sent one event in a form of its own."""
    assert page.post("/v2/JS/{key}/events", {"n": "Hello", "dt": 4, "et": 1, "mpid": "1"}).status_code == 202
    assert page.rules() == ["old-web-sdk"]
    assert page.events() == []


def test_attributes_reach_the_user_by_their_change_alone(page):
    """§3.7: a batch of an SDK tells its attributes, an event of their change stores them."""
    from mockserver.vendors.mparticle.identity.people import People

    change = {"user_attribute_name": "tier", "new": "gold", "old": None, "deleted": False, "is_new_attribute": True}
    page.upload(
        {
            **BATCH,
            "user_attributes": {"tier": "gold", "unsaid": "x"},
            "events": [{"event_type": "user_attribute_change", "data": change}],
        }
    )
    person = People(page.world.documents).get(int(BATCH["mpid"]))
    assert dict(person.attributes) == {"tier": "gold"}


def test_consent_of_a_page_counts(page):
    """§3.3: consent is taken from platforms; the web input is one."""
    consent = {"consented": True, "timestamp_unixtime_ms": NOW_MS}
    page.upload({**BATCH, "consent_state": {"gdpr": {"ads": consent}}})
    assert page.rules() == []


FORWARDED = {
    "mid": 7, "esid": 70, "n": "Hello", "attrs": {}, "sdk": "2.68.0", "dt": 4, "et": 8, "dbg": True, "ct": NOW_MS,
    "eec": 0, "dp": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        ("/v1/JS/{key}/Forwarding", FORWARDED, [""]),
        ("/v2/JS/{key}/Forwarding", {"uuid": "u", "data": [FORWARDED, FORWARDED]}, ["/data/0", "/data/1"]),
        ("/webevents/v2/JS/{key}/Forwarding", {"uuid": "u", "data": []}, []),
    ],
)
def test_statistics_of_kits_are_taken(page, path, body, pointers):
    answer = page.post(path, body)
    assert (answer.status_code, answer.data) == (202, b"")
    assert [(event.name, event.pointer) for event in page.events()] == [("forwarding", one) for one in pointers]


def test_statistics_of_no_form_are_400(page):
    """Unlike events they are not sent again."""
    assert page.post("/v2/JS/{key}/Forwarding", b"x").status_code == 400


def test_case_of_forwarding_matters(page):
    assert page.post("/v2/JS/{key}/forwarding", {}).status_code == 404


PATHS = ["/JS/v2/{key}/config", "/v3/JS/{key}/events", "/v2/JS/{key}/Forwarding", "/v1/{key}/audience"]


@pytest.mark.parametrize("path", PATHS)
def test_preflight_needs_no_credentials(page, path):
    """§5.5, trap 15: any origin, and the headers that the SDK asks for."""
    asked = {"origin": "https://shop.example", "access-control-request-headers": "content-type,x-mp-key"}
    answer = page.world("OPTIONS", path.format(key="us1-nobody"), authorization=None, **asked)
    assert 200 <= answer.status_code < 300
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"GET", "POST", "OPTIONS"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert {"content-type", "x-mp-key"} <= set(answer.headers["access-control-allow-headers"].split(", "))


@pytest.mark.parametrize("path", PATHS)
def test_browser_may_read_refusals(page, path):
    """§5.5, trap 15: error answers included."""
    method = "POST" if path.endswith(("events", "Forwarding")) else "GET"
    answer = page.world(method, path.format(key="us1-nobody"), authorization=None)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")
