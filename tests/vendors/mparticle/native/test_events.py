"""Events of Android and iOS: the answer, and what the journal and the store of users make of them. Endpoint 14."""

import gzip
import json

import orjson
import pytest

NOW_MS = 1768471200000
CUSTOM = {
    "dt": "e",
    "id": "m-1",
    "ct": NOW_MS,
    "sid": "S-1",
    "n": "Hello",
    "et": "Navigation",
    "attrs": {"plan": "gold"},
}
PURCHASE = {
    "dt": "cm",
    "id": "m-2",
    "ct": NOW_MS,
    "cu": "USD",
    "et": "ProductPurchase",
    "pd": {"an": "purchase", "ti": "t-9", "tr": 21.5, "pl": [{"id": "sku-1", "nm": "Mug", "pr": 10.75, "qt": 2}]},
}


def test_answer_has_a_body(app):
    """Trap 3: Android sends again what is answered without a JSON object."""
    answer = app.upload({"dt": "h", "id": "1", "mpid": "55", "msgs": []})
    body = json.loads(answer.data)
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")
    assert {name: body[name] for name in ("dt", "ct", "msgs", "ci")} == {
        "dt": "rh",
        "ct": NOW_MS,
        "msgs": [],
        "ci": {"ck": {}},
    }
    assert body["id"]


def test_gzip_of_android_is_undone(app):
    """Trap 8."""
    assert app.upload({"dt": "h", "msgs": [CUSTOM]}).status_code == 202
    assert app.world.entry.body[:2] == b"\x1f\x8b"
    assert [event.name for event in app.events()] == ["Hello"]


def test_ios_sends_its_own_headers(ios):
    headers = {"locale": "en_US", "timezone": "Europe/Berlin", "secondsFromGMT": "3600", "x-mp-kits": "28,32"}
    assert ios.upload({"dt": "h", "msgs": [CUSTOM]}, **headers).status_code == 202


def test_events_are_found_as_all_others_are(app, batch):
    app.send(CUSTOM, PURCHASE)
    hello, purchase = app.events()
    assert (hello.name, hello.kind, hello.id, hello.at) == ("Hello", "custom_event", "m-1", NOW_MS)
    assert (purchase.name, str(purchase.amount), purchase.currency) == ("purchase", "21.5", "USD")
    assert (hello.environment, hello.input, hello.operation) == ("development", "android", "native_events")
    assert ("mpid", batch["mpid"]) in hello.subjects
    assert ("mp_deviceid", batch["das"]) in hello.subjects


@pytest.mark.parametrize(
    "line",
    [
        "data.custom_attributes.plan=gold",
        "attrs.plan=gold",
        "event_type=custom_event data.event_name=Hello",
        "environment=development",
        'sdk_version="5.60.0"',
        "msgs[0].n=Hello",
    ],
)
def test_either_vocabulary_can_be_asked_in(app, line):
    app.send(CUSTOM)
    app.send({**CUSTOM, "n": "Bye", "et": "Other", "attrs": {}}, id="2", dbg=False, sdk="1")
    assert [event.name for event in app.events(line)] == ["Hello"]


def test_events_point_into_what_was_sent(app):
    app.send({"dt": "?"}, CUSTOM)
    (event,) = app.events("event:Hello")
    assert event.pointer == "/msgs/1"
    assert event.payload["n"] == event.payload["data"]["event_name"] == "Hello"


def test_raw_bytes_are_kept(app):
    body = {"dt": "h", "msgs": [CUSTOM]}
    app.upload(body)
    assert json.loads(gzip.decompress(app.world.entry.body)) == body
    assert json.loads(app.world.entry.content) == body


def test_clean_batch_has_no_findings(app):
    app.send(CUSTOM, PURCHASE)
    assert app.findings() == []


def test_repeated_batch_is_dropped(app):
    """§3.8: the `id` of a batch is what `source_request_id` is elsewhere."""
    app.send(CUSTOM)
    app.send(CUSTOM)
    assert [event.dropped for event in app.events()] == ["", "duplicate of #1"]


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b'"h"', b"", b'{"dt": "h"'])
def test_malformed_batch_is_400(app, body):
    """Android and iOS drop what is answered with 400 (§5.4)."""
    answer = app.upload({}, body=body)
    assert (answer.status_code, json.loads(answer.data)["errors"][0]["code"]) == (400, "BAD_REQUEST")
    assert app.events() == []


def test_batch_that_lacks_something_is_taken_and_dropped(app):
    """Undocumented: whoever made it would only lose the rest too."""
    answer = app.upload({"dt": "h", "mpid": "55", "msgs": [CUSTOM, {"dt": "e", "n": "Typeless"}]})
    assert (answer.status_code, app.world.entry.verdict) == (202, "rejected")
    assert ("required-member", "/msgs/1/custom_event_type") in app.findings()
    assert [event.verdict for event in app.events()] == ["rejected", "rejected"]


def test_findings_point_into_what_was_sent(app):
    """§3.9, swallowed by mParticle: told in the journal."""
    app.send({**CUSTOM, "n": "x" * 257, "attrs": {"a/b": ["nested"]}}, ua={"tag": None, "$sex": "f"})
    assert {
        ("name-too-long", "/msgs/0/n"),
        ("nested-attribute", "/msgs/0/attrs/a~1b"),
        ("null-attribute", "/ua/tag"),
        ("not-reserved", "/ua/$sex"),
    } == set(app.findings())


@pytest.mark.parametrize(
    ("members", "rule", "place"),
    [
        ({"dt": "x"}, "batch-type", "/dt"),
        ({"msgs": {}}, "wrong-type", "/msgs"),
        ({"msgs": ["x"]}, "message-type", "/msgs/0"),
        ({"msgs": [{"dt": "zz"}]}, "message-type", "/msgs/0/dt"),
        ({"msgs": [{**CUSTOM, "colour": 1}]}, "unknown-key", "/msgs/0/colour"),
        ({"user_attributes": {}}, "unknown-key", "/user_attributes"),
        ({"mpid": None}, "mpid-missing", "/mpid"),
        ({"mpid": 55}, "mpid-as-number", "/mpid"),
        ({"ui": [{"n": 99, "i": "x"}]}, "unknown-identity", "/ui/0"),
        ({"ui": [{"n": 1, "i": ["x"]}]}, "wrong-type", "/ui/0/i"),
        ({"das": "no UUID"}, "wrong-type", "/das"),
        ({"con": {"gdpr": {"ads": {"d": "v2"}}}}, "missing-member", "/con/gdpr/ads/consented"),
    ],
)
def test_what_mparticle_swallows_is_told(app, batch, members, rule, place):
    assert app.upload({**batch, "msgs": [], **members}).status_code == 202
    assert (rule, place) in app.findings()


def test_attributes_reach_the_user_by_their_change_alone(app, batch):
    """§3.7: without a `user_attribute_change` they are not stored."""
    change = {"dt": "uac", "n": "tier", "nv": "gold", "ov": None, "d": False, "na": True}
    app.send(change, ua={"tier": "gold", "unsaid": "x"})
    from mockserver.vendors.mparticle.identity.people import People

    person = People(app.world.documents).get(int(batch["mpid"]))
    assert dict(person.attributes) == {"tier": "gold"}


def test_dropped_batch_changes_no_user(app, batch):
    from mockserver.vendors.mparticle.identity.people import People

    app.upload({**batch, "msgs": [{"dt": "e", "n": "Typeless"}]})
    assert People(app.world.documents).get(int(batch["mpid"])) is None


def test_ordered_failure_is_answered(app):
    from mockserver.faults import fault_from

    order = {"vendor": "mparticle", "operation": "native_events", "status": 503, "times": 1, "retry_after": 7}
    app.world.server.tenants.order(app.world.tenant, fault_from(order))
    answer = app.upload({"dt": "h", "msgs": []})
    assert (answer.status_code, answer.headers["retry-after"], answer.data) == (503, "7", b"")
    assert app.upload({"dt": "h", "msgs": []}).status_code == 202


def test_batch_nested_deeply_is_kept_as_it_is(app):
    """What cannot be written again with its translation is searched as it was sent."""
    deep = "[" * 300 + "]" * 300
    body = orjson.dumps({"dt": "h", "mpid": "55", "msgs": [CUSTOM]})[:-1] + f', "ua": {{"deep": {deep}}}}}'.encode()
    assert app.upload({}, body=body).status_code == 202
    (event,) = app.events("attrs.plan=gold")
    assert event.payload == CUSTOM
