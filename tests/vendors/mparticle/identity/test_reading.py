"""What the journal reads in identity calls (mparticle.md §4)."""

import pytest

from mockserver.journal.entry import Verdict


def test_subjects_have_names_of_batches(app, world):
    answer = app("identify", {"customerid": "u-1", "device_application_stamp": "d", "ios_idfa": "A", "other2": ""})
    (part,) = world.parts
    assert part.subjects == (
        ("mpid", answer.json["mpid"]), ("customer_id", "u-1"), ("mp_deviceid", "d"), ("ios_advertising_id", "A"),
    )  # fmt: skip
    assert part.environment == "development"


@pytest.mark.parametrize("operation", ["identify", "login", "logout", "search"])
def test_event_has_name_of_call(app, world, operation):
    app("identify", {"email": "e"})
    app(operation, {"email": "e"})
    ((event,),) = [part.events for part in world.parts]
    assert (event.name, event.kind, event.at, event.verdict) == (operation, operation, world.entry.at, "accepted")


def test_refused_call_is_rejected_event(app, world):
    app("login", {"customer_id": "u-1"})
    (part,) = world.parts
    assert (part.verdict, part.events[0].verdict) == (Verdict.REJECTED, Verdict.REJECTED)
    assert part.subjects == (("customer_id", "u-1"),)


def test_changes_are_about_both_values(app, world):
    mpid = app.mpid("identify", email="e")
    app.modify(mpid, ("email", "e", "f"), ("customerid", None, "u-1"))
    (part,) = world.parts
    assert part.subjects == (("mpid", mpid), ("email", "e"), ("email", "f"), ("customer_id", "u-1"))


def test_question_by_customer_finds_call(app, world):
    app("login", {"customerid": "u-1"})
    found = world.client.get(f"/_mock/api/v1/events?tenant={world.tenant.name}&q=customer_id:u-1").json
    assert [event["name"] for event in found["events"]] == ["login"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"known_identities": 5, "identity_changes": [1], "data": 2}'])
@pytest.mark.parametrize("path", ["/v1/identify", "/v1/5/modify", "/v1/identity/{key}/Alias"])
def test_any_body_can_be_read(world, path, body):
    world("POST", path.format(key=world.own["key"]), body)
    (part,) = world.parts
    assert [value for name, value in part.subjects if name != "mpid"] == []
    assert part.environment == "production"


def test_unknown_member_is_said(app, world):
    app("identify", {"email": "e"}, knownIdentities={}, enviroment="x")
    said = {finding.path: finding for finding in world.entry.findings}
    assert '"environment" was probably meant' in said["/enviroment"].message
    assert "/knownIdentities" in said


@pytest.mark.parametrize(
    ("more", "path", "rule"),
    [
        ({"previous_mpid": "nobody"}, "/previous_mpid", "not-int64"),
        ({"previous_mpid": "5"}, "/previous_mpid", "unknown-mpid"),
        ({"context": {"a": 1}}, "/context", "wrong-type"),
        ({"request_id": "r-1"}, "/request_id", "wrong-type"),
        ({"request_timestamp_ms": 1_768_471_200}, "/request_timestamp_ms", "not-milliseconds"),
        ({"client_sdk": {"sdk_vendor": 5}}, "/client_sdk/sdk_vendor", "wrong-type"),
    ],
)
def test_swallowed_slip_is_said(app, world, more, path, rule):
    assert app("identify", {"email": "e"}, **more).status_code == 200
    assert [(finding.path, finding.rule) for finding in world.entry.findings] == [(path, rule)]


@pytest.mark.parametrize(
    ("known", "rule", "severity"),
    [({"email": 5}, "number-as-text", "warning"), ({"other": ""}, "empty-identity", "info")],
)
def test_odd_value_is_said(app, world, known, rule, severity):
    assert app("identify", {"customerid": "u-1", **known}).status_code == 200
    (finding,) = world.entry.findings
    assert (finding.path, finding.rule, finding.severity) == (f"/known_identities/{next(iter(known))}", rule, severity)


def test_immutable_identity_is_said(app, world):
    world.set(immutable_ids=["other", "yahoo"])
    mpid = app.mpid("identify", other="x", yahoo="y")
    assert app.mpid("identify", other="x", yahoo="another") == mpid
    assert world.findings["immutable-identity"].path == "/known_identities/yahoo"
    assert app.identities(mpid) == {"other": "x", "yahoo": "y"}


def test_clean_call_has_no_finding(app, world):
    sdk = {"platform": "web", "sdk_vendor": "mparticle", "sdk_version": "2.68.0"}
    app(
        "identify", {"device_application_stamp": "d"}, client_sdk=sdk, context=None, previous_mpid=None,
        request_id="3d0c6b9c-8a41-4a3c-9d8e-1f2a3b4c5d6e", request_timestamp_ms=1_768_471_200_000,
    )  # fmt: skip
    assert world.entry.findings == ()
