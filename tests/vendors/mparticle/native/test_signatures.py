"""Signatures byte-wise: what Android and iOS sign is not always what they send (mparticle.md §2). Trap 9."""

import gzip
import json

import pytest

BODY = b'{"dt": "h", "id": "1", "mpid": "55", "msgs": []}'
DATES = ["Sun, 22 Nov 2026 08:12:31 GMT", "Sun, 22 Nov 2026 08:12:31 GMT+00:00", "20261122T010203Z"]
PACKED = {"content-encoding": "gzip"}


@pytest.fixture
def post(app, sign):
    def post(path, signs=None, *, date=DATES[0], content=BODY, body=None, secret=None, **headers):
        """Send a gzip body, signed as said."""
        made = {"date": date, "x-mp-signature": sign(secret or app.secret, "POST", date, signs or path, content)}
        sent = gzip.compress(BODY, mtime=0) if body is None else body
        return app.world("POST", path, sent, authorization=None, **{**PACKED, **made, **headers})

    return post


@pytest.mark.parametrize("date", DATES)
def test_any_date_is_signed_as_it_arrives(app, post, date):
    """§14: the docs have ISO dates, the SDKs RFC 1123, Android with a zone's offset."""
    assert post(f"/v2/{app.key}/events", date=date).status_code == 202


def test_date_belongs_to_the_signature(app):
    path = f"/v2/{app.key}/events"
    headers = {**app.headers("POST", path, BODY, DATES[0]), "date": DATES[1]}
    assert app.world("POST", path, BODY, authorization=None, **headers).status_code == 401


def test_uncompressed_body_is_signed(app, post):
    assert post(f"/v2/{app.key}/events", content=gzip.compress(BODY, mtime=0)).status_code == 401


def test_plain_body_is_signed_alike(app, post):
    assert post(f"/v2/{app.key}/events", body=BODY, **{"content-encoding": None}).status_code == 202


def test_nothing_stands_between_path_and_body(app, post):
    assert post(f"/v2/{app.key}/events", content=b"\n" + BODY).status_code == 401


def test_signature_may_be_in_upper_case(app):
    path = f"/v2/{app.key}/events"
    headers = app.headers("POST", path, BODY)
    upper = {**headers, "x-mp-signature": headers["x-mp-signature"].upper()}
    assert app.world("POST", path, BODY, authorization=None, **upper).status_code == 202


@pytest.mark.parametrize("called", ["/nativeevents/v2/{}/events", "/{}/events", "/nativeevents/{}/events"])
def test_events_are_signed_over_the_default_path(app, post, called):
    """§1: a domain of the customer's adds a prefix or takes the version out; the signature does not know."""
    assert post(called.format(app.key), f"/v2/{app.key}/events").status_code == 202
    assert app.world.entry.operation == "native_events"


@pytest.mark.parametrize("called", ["/config/v4/{}/config", "/{}/config", "/config/{}/config"])
def test_config_is_signed_over_the_default_path(app, called):
    query = "?av=1.0&sv=5.60.0"
    answer = app.get(called.format(app.key) + query, signs=f"/v4/{app.key}/config{query}")
    assert answer.status_code == 200
    assert app.world.entry.operation == "native_config"


@pytest.mark.parametrize("called", ["/v1/{}/audience", "/nativeevents/v1/{}/audience", "/{}/audience"])
@pytest.mark.parametrize("default", [True, False])
def test_audience_is_signed_over_either_path(app, called, default):
    """iOS signs the path that it really calls, Android the default one."""
    path = f"{called.format(app.key)}?mpid=55"
    answer = app.get(path, signs=f"/v1/{app.key}/audience?mpid=55" if default else path, x_mp_key=app.key)
    assert answer.status_code == 200


def test_path_below_the_mount_may_be_signed(app):
    """An app that is given an address with a path signs all of it where it signs what it calls."""
    path = f"/v1/{app.key}/audience?mpid=55"
    assert app.get(path, signs=f"/mparticle{path}").status_code == 200


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ("av=1&sv=2&plan_id=p&plan_version=2", "av=1&sv=2"),
        ("av=1&sv=2&plan_id=p", "av=1&sv=2"),
        ("plan_id=p&plan_version=2&av=1&sv=2", "av=1&sv=2"),
        ("av=1&sv=2&plan_id=p&plan_version=2", "av=1&sv=2&plan_id=p&plan_version=2"),
        ("av=1%20beta&sv=2", "av=1 beta&sv=2"),
    ],
)
def test_ios_leaves_the_plan_out(ios, sent, signed):
    """§2: iOS signs the query without the plan's parameters, Android with them."""
    path = f"/v4/{ios.key}/config"
    assert ios.get(f"{path}?{sent}", signs=f"{path}?{signed}").status_code == 200


@pytest.mark.parametrize("signed", ["", "?av=1", "?av=1&sv=3", "?sv=2&av=1"])
def test_query_belongs_to_the_signature(ios, signed):
    path = f"/v4/{ios.key}/config"
    assert ios.get(f"{path}?av=1&sv=2", signs=f"{path}{signed}").status_code == 400


def test_wrong_signature_of_config_is_400(app):
    """§5.2: Android takes 400 for a problem with the credentials."""
    answer = app.config(x_mp_signature="0" * 64)
    assert (answer.status_code, json.loads(answer.data)["errors"][0]["code"]) == (400, "BAD_REQUEST")


def test_wrong_signature_of_events_is_401(post):
    """§5.4: on 401 to 499 the SDKs drop what they sent."""
    answer = post("/v2/us1-nobody/events")
    assert (answer.status_code, answer.data) == (401, b"")


def test_wrong_secret_is_of_nobody(app, post):
    assert post(f"/v2/{app.key}/events", secret="another").status_code == 401
    entries = [entry for *_, entry in app.world.server.tenants.get("nobody").log.read(0)]
    assert [finding.rule for finding in entries[-1].findings] == ["credentials-wrong"]
    assert app.events() == []


@pytest.mark.parametrize("missing", ["date", "x-mp-signature"])
@pytest.mark.parametrize(("path", "status"), [("/v2/{}/events", 401), ("/v4/{}/config", 400), ("/v1/{}/audience", 401)])
def test_unsigned_call_of_an_app_is_refused(app, path, status, missing):
    own = path.format(app.key)
    method = "POST" if path.endswith("events") else "GET"
    headers = {**app.headers(method, own), missing: None}
    assert app.world(method, own, authorization=None, **headers).status_code == status


def test_signature_of_another_input_is_refused(app, ios, sign):
    path = f"/v2/{app.key}/events"
    headers = {"date": DATES[0], "x-mp-signature": sign(ios.secret, "POST", DATES[0], path, BODY)}
    assert app.world("POST", path, BODY, authorization=None, **headers).status_code == 401


@pytest.mark.parametrize("feed", ["default", "ios", "android", "web"])
def test_every_input_may_sign(world, app, feed):
    """A tenant's one pair does for everything."""
    app.feed = feed
    assert app.upload({"dt": "h", "msgs": []}).status_code == 202
    assert world.entry.input == feed


def packed(app, path, body, signs=None):
    """Post as Android does: gzip, identity included, with the key in a header."""
    text = json.dumps(body).encode()
    headers = {**app.headers("POST", signs or path, text), **PACKED, "x-mp-key": app.key}
    return app.world("POST", path, gzip.compress(text, mtime=0), authorization=None, **headers)


def known(app, path="/v1/identify", signs=None, **identities):
    asked = identities or {"device_application_stamp": "6f2a1c1e-5f4b-4a63-8a0f-0d4f2b0f8c11"}
    return packed(app, path, {"environment": "development", "known_identities": asked}, signs)


@pytest.mark.parametrize("called", ["/v1/identify", "/identity/v1/identify", "/identify", "/identity/identify"])
def test_identity_of_android_is_gzip_and_signed(app, called):
    """Trap 8, and §1: the default path is signed whatever the customer's domain makes of it."""
    answer = known(app, called, "/v1/identify")
    assert (answer.status_code, type(json.loads(answer.data)["mpid"])) == (200, str)


def test_modify_is_signed_with_its_user(app):
    mpid = json.loads(known(app).data)["mpid"]
    path = f"/v1/{mpid}/modify"
    changes = [{"identity_type": "email", "old_value": None, "new_value": "a@shop.example"}]
    body = {"environment": "development", "identity_changes": changes}
    assert packed(app, path, body).status_code == 200
    assert packed(app, path, body, "/v1/1/modify").status_code == 401


def test_key_of_an_app_alone_is_not_enough(app):
    """§2: the key alone does for web keys."""
    body = {"environment": "development", "known_identities": {"email": "a@shop.example"}}
    answer = app.world("POST", "/v1/identify", body, authorization=None, **{"x-mp-key": app.key})
    assert answer.status_code == 401


@pytest.fixture
def alias(app):
    """An alias request between two users, as native SDKs write it: with numbers."""
    source, destination = (int(json.loads(known(app, other=one).data)["mpid"]) for one in ("a", "b"))
    return {
        "request_id": "6f2a1c1e-5f4b-4a63-8a0f-0d4f2b0f8c12",
        "request_type": "alias",
        "environment": "development",
        "api_key": app.key,
        "data": {"source_mpid": source, "destination_mpid": destination},
    }


@pytest.mark.parametrize("called", ["/v1/identity/{}/alias", "/nativeevents/v1/identity/{}/alias", "/{}/alias"])
def test_alias_of_android_is_signed_over_the_default_path(app, alias, called):
    answer = packed(app, called.format(app.key), alias, f"/v1/identity/{app.key}/alias")
    assert (answer.status_code, answer.data) == (202, b"")


def test_alias_of_ios_is_plain(app, alias):
    """§11: without `Content-Encoding`."""
    path, text = f"/v1/identity/{app.key}/alias", json.dumps(alias).encode()
    headers = {**app.headers("POST", path, text), "x-mp-key": app.key}
    assert app.world("POST", path, text, authorization=None, **headers).status_code == 202


def test_alias_of_an_app_must_be_signed(app, alias):
    """Trap 16: `/alias` is the native spelling, the web's `/Alias` has the key alone."""
    path = f"/v1/identity/{app.key}/alias"
    assert app.world("POST", path, alias, authorization=None).status_code == 401
