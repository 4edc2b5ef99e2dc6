"""Every row of the table of endpoints: success, refusal, wrong method, custom domains (mparticle.md §1)."""

import gzip
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

REQUEST_ID = "a7551968-d5d6-44b2-9831-815ac9017798"
BATCH = {
    "environment": "development",
    "user_identities": {"customer_id": "c-1"},
    "events": [{"event_type": "custom_event", "data": {"event_name": "Buy", "custom_event_type": "transaction"}}],
}
OLD = {**BATCH, "events": [{"event_type": "session_start", "data": {"timestamp_unixtime_ms": 1735689600000}}]}
SEED = {
    "environment": "development",
    "mpid": 1,
    "calculated_attributes": {
        "workspace": [
            {
                "attribute_name": "Favourite Genre",
                "calculation_type": "most_frequent",
                "cutoff_date": "2026-01-01",
                "seed": {"key_value_pairs": {"Classical": 3, "Folk": 1}},
            }
        ]
    },
}
KNOWN = {"environment": "development", "known_identities": {"customerid": "c-1"}}
CHANGE = {
    "environment": "development",
    "identity_changes": [{"identity_type": "email", "old_value": None, "new_value": "a@example.com"}],
}
NATIVE_BATCH = {"dt": "h", "id": "b-1", "ct": 1768471200000, "sdk": "5.60.0", "mpid": "0", "dbg": True, "msgs": []}
TOKEN = {"audience": "https://api.mparticle.com", "grant_type": "client_credentials"}
VERSION = {"version": 2, "version_document": {"data_points": []}}
PLAN = {"data_plan_id": "p", "data_plan_name": "P", "data_plan_versions": [{**VERSION, "version": 1}]}
SUBJECT_REQUEST = {
    "regulation": "gdpr",
    "subject_request_id": "3c7b2f5a-8f4e-4a57-9c39-0d9a4a5b6c7d",
    "subject_request_type": "access",
    "submitted_time": "2026-01-15T09:00:00Z",
    "subject_identities": {"controller_customer_id": {"value": "c-1", "encoding": "raw"}},
    "api_version": "3.0",
}
PLANS = "/platform/v2/workspaces/{workspace}/plans"
PROFILES = "/{org}/{account}/{workspace}"


@dataclass(frozen=True)
class Row:
    """A call of the table: `auth` is how it shows who it is, `feed` the input whose credentials it has."""

    number: int
    method: str
    path: str
    auth: str
    status: int
    body: Any = None
    feed: str = "default"

    def __str__(self):
        return f"row {self.number}, {self.auth}: {self.method} {self.path}"


ROWS = [
    Row(1, "POST", "/v2/events", "basic", 202, BATCH),
    Row(2, "POST", "/v2/bulkevents", "basic", 202, [BATCH]),
    Row(3, "POST", "/v2/bulkevents/historical", "basic", 202, [OLD]),
    Row(4, "POST", "/v2/calculatedattributes", "basic", 202, SEED, "workspace"),
    Row(4, "POST", "/v2/calculatedattributes/", "basic", 202, SEED, "workspace"),
    Row(4, "POST", "/v2/bulkcalculatedattributes", "basic", 202, [SEED], "workspace"),
    Row(4, "POST", "/v2/bulkcalculatedattributes/", "basic", 202, [SEED], "workspace"),
    *(
        Row(number, "POST", f"/v1/{name}", auth, 200, body, feed)
        for number, name, body in (
            (5, "identify", KNOWN),
            (5, "login", KNOWN),
            (5, "logout", KNOWN),
            (6, "search", KNOWN),
            (6, "search?cb=1", KNOWN),
            (7, "{mpid}/modify", CHANGE),
        )
        for auth, feed in (("basic", "default"), ("signature", "ios"), ("key", "web"))
    ),
    Row(8, "POST", "/v1/identity/{key}/Alias", "path", 202, "alias", "web"),
    Row(8, "POST", "/v1/identity/{key}/alias", "signature", 202, "alias", "android"),
    Row(9, "GET", "/JS/v2/{key}/config?env=1", "path", 200, feed="web"),
    Row(9, "GET", "/JS/v2/{key}/config?env=0&plan_id=p&plan_version=1", "path", 200, feed="web"),
    Row(10, "GET", "/js/v2/{key}/mparticle.js?env=1", "path", 200, feed="web"),
    Row(11, "POST", "/v3/JS/{key}/events", "path", 202, {**BATCH, "mpid": "{mpid}"}, "web"),
    Row(12, "POST", "/v1/JS/{key}/Forwarding", "path", 202, {"mid": 1, "esid": 2, "n": "Buy", "dt": 4}, "web"),
    Row(12, "POST", "/v2/JS/{key}/Forwarding", "path", 202, {"uuid": "u", "data": [{"mid": 1}]}, "web"),
    Row(13, "GET", "/v4/{key}/config?av=1.2.0&sv=5.60.0", "signature", 200, feed="android"),
    Row(13, "GET", "/v4/{key}/config?av=1.2&sv=9.4.0&plan_id=p&plan_version=1", "signature", 200, feed="ios"),
    Row(14, "POST", "/v2/{key}/events", "signature", 202, NATIVE_BATCH, "android"),
    Row(15, "GET", "/v1/{key}/audience?mpid={mpid}", "signature", 200, feed="ios"),
    Row(15, "GET", "/v1/{key}/audience?mpid={mpid}", "path", 200, feed="web"),
    Row(16, "POST", "/oauth/token", "body", 200, TOKEN),
    *(
        Row(17, method, f"/userprofile/v1{PROFILES}/{{mpid}}?fields=user_identities", "bearer", 200)
        for method in ("GET", "POST")
    ),
    Row(
        18, "POST", f"/userprofile/v1/resolve{PROFILES}?fields=user_identities", "bearer", 200,
        {"environment_type": "development", "identity": {"type": "customer_id", "value": "c-1"}},
    ),
    Row(19, "GET", PLANS, "bearer", 200),
    Row(19, "GET", f"{PLANS}/", "bearer", 200),
    Row(19, "POST", PLANS, "bearer", 200, {**PLAN, "data_plan_id": "q"}),
    Row(19, "POST", f"{PLANS}/", "bearer", 200, {**PLAN, "data_plan_id": "q"}),
    Row(19, "GET", f"{PLANS}/p", "bearer", 200),
    Row(19, "PATCH", f"{PLANS}/p", "bearer", 200, {"data_plan_name": "Q"}),
    Row(19, "DELETE", f"{PLANS}/p", "bearer", 204),
    Row(19, "POST", f"{PLANS}/p/versions", "bearer", 200, {**VERSION, "version": 3}),
    Row(19, "GET", f"{PLANS}/p/versions/1", "bearer", 200),
    Row(19, "PATCH", f"{PLANS}/p/versions/1", "bearer", 200, {"version_description": "first"}),
    Row(19, "DELETE", f"{PLANS}/p/versions/1", "bearer", 204),
    Row(19, "POST", f"{PLANS}/validate", "bearer", 200, {"document": {"data_points": []}, "batch": BATCH}),
    Row(20, "POST", "/v3/requests", "basic", 201, SUBJECT_REQUEST, "workspace"),
    Row(20, "POST", "/v3/requests/", "basic", 201, SUBJECT_REQUEST, "workspace"),
    Row(20, "GET", f"/v3/requests/{REQUEST_ID}", "basic", 200, feed="workspace"),
    Row(20, "GET", "/v3/requests?group_id=g", "basic", 200, feed="workspace"),
    Row(20, "GET", "/v3/requests/?group_id=g", "basic", 200, feed="workspace"),
    Row(20, "DELETE", f"/v3/requests/{REQUEST_ID}", "basic", 200, feed="workspace"),
    Row(20, "GET", "/v3/discovery/", "basic", 200, feed="workspace"),
]  # fmt: skip


@dataclass
class Place:
    """A tenant with two users, a plan of two versions and a data subject request; `send` makes a row's call."""

    world: Any
    mpid: str = ""
    other: str = ""
    authorization: str = ""

    def __post_init__(self):
        self.mpid = self.world("POST", "/v1/identify", KNOWN).json["mpid"]
        anonymous = {**KNOWN, "known_identities": {"device_application_stamp": "das-1"}}
        self.other = self.world("POST", "/v1/identify", anonymous).json["mpid"]

        pair = {name: self.world.own[name] for name in ("client_id", "client_secret")}
        token = self.world("POST", "/oauth/token", {**TOKEN, **pair}, authorization=None).json
        self.authorization = f"Bearer {token['access_token']}"

    def fill(self):
        """Have what rows 19 and 20 ask for."""
        asked = {**SUBJECT_REQUEST, "subject_request_id": REQUEST_ID, "group_id": "g"}
        asked["subject_identities"] = {"email": {"value": "a@example.com", "encoding": "raw"}}
        assert self.world("POST", "/v3/requests/", asked, feed="workspace").status_code == 201
        for path, body in ((PLANS, PLAN), (f"{PLANS}/p/versions", VERSION)):
            assert self.world("POST", self.filled(path), body, authorization=self.authorization).status_code == 200

    def filled(self, text, feed="default"):
        """A path with this tenant's names in it."""
        own = self.world.own
        places = {"key": self.world.tenant.credentials("mparticle", feed)["key"], "mpid": self.mpid}
        places |= {name: own[f"{name}_id"] for name in ("org", "account", "workspace")}
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def body(self, row):
        """What a row posts, as bytes."""
        if row.body is None:
            return b""
        if row.body == "alias":
            pair = {"source_mpid": self.other, "destination_mpid": self.mpid}
            key = self.world.tenant.credentials("mparticle", row.feed)["key"]
            return orjson.dumps(
                {"request_id": "r", "request_type": "alias", "environment": "development", "api_key": key, "data": pair}
            )
        if row.auth == "body":
            pair = {name: self.world.own[name] for name in ("client_id", "client_secret")}
            return orjson.dumps({**row.body, **pair})
        return self.filled(orjson.dumps(row.body).decode()).encode()

    def headers(self, row):
        """How a row's call shows who it is."""
        pair = self.world.tenant.credentials("mparticle", row.feed)
        path = self.filled(row.path, row.feed)
        return {
            "basic": lambda: {"authorization": basic(pair["key"], pair["secret"])},
            "signature": lambda: self.world.sign(row.method, path, self.body(row), feed=row.feed),
            "key": lambda: {"authorization": None, "x-mp-key": pair["key"]},
            "bearer": lambda: {"authorization": self.authorization},
        }.get(row.auth, lambda: {"authorization": None})()

    def send(self, row, *, prefix="", method="", **headers):
        """Make a row's call, below a prefix, with another method, or with other headers."""
        path = prefix + self.filled(row.path, row.feed)
        sent = {**self.headers(row), **headers}
        return self.world(method or row.method, path, self.body(row), **sent)


def basic(key, secret):
    return f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"


@pytest.fixture(scope="module")
def place(make_world, tmp_path_factory):
    """For calls that leave everything as it is."""
    script = tmp_path_factory.mktemp("web") / "sdk.js"
    script.write_text("window.sdk = true;", "utf-8")
    world = make_world()
    world.set(web_sdk=str(script), audiences={"*": [4711]})
    yield Place(world)
    assert not world.server.desk.bugs, list(world.server.desk.bugs)


@pytest.fixture
def full(world):
    """For calls that make or delete something."""
    made = Place(world)
    made.fill()
    return made


def numbers(*rows, where=lambda row: True):
    """The rows of these numbers, as parameters with their names."""
    return [pytest.param(row, id=str(row)) for row in ROWS if row.number in rows and where(row)]


def the(number):
    return next(row for row in ROWS if row.number == number)


def test_table_is_complete():
    assert {row.number for row in ROWS} == set(range(1, 21))


# What each row answers when all is well.


@pytest.mark.parametrize("row", numbers(*range(1, 19)))
def test_success_has_its_status(place, row):
    """Rows 1 to 18: method and path, the way to show who asks, and the status."""
    answer = place.send(row)
    assert answer.status_code == row.status, answer.data


@pytest.mark.parametrize("row", numbers(19, 20))
def test_change_has_its_status(full, row):
    """Rows 19 and 20: every call."""
    answer = full.send(row)
    assert answer.status_code == row.status, answer.data


@pytest.mark.parametrize("row", numbers(1, 2, 3, 4, 8, 11))
def test_accepted_is_empty(place, row):
    """Rows 1 to 4, 8 and 11: 202 with nothing in it."""
    answer = place.send(row)
    assert (answer.status_code, answer.data, answer.headers["content-length"]) == (202, b"", "0")


@pytest.mark.parametrize("row", numbers(5, 6))
def test_identity_is_answered(place, row):
    """Rows 5 and 6: §4.1's five members."""
    answer = place.send(row)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {
        "context": answer.json["context"],
        "mpid": place.mpid,
        "matched_identities": {"customerid": "c-1"},
        "is_ephemeral": False,
        "is_logged_in": True,
    }
    assert isinstance(answer.json["context"], str | None)


@pytest.mark.parametrize("query", ["", "?cb=1"])
def test_search_finds_nobody(place, query):
    """Row 6: 404 and JSON."""
    unknown = {**KNOWN, "known_identities": {"customerid": "nobody"}}
    answer = place.world("POST", f"/v1/search{query}", unknown)
    assert (answer.status_code, answer.json["ErrorCode"]) == (404, "NOT_FOUND_ERROR")


@pytest.mark.parametrize("row", numbers(7))
def test_modify_is_never_empty(place, row):
    """Row 7: 200 and one result for each change."""
    answer = place.send(row)
    assert answer.json == {"change_results": [{"identity_type": "email", "modified_mpid": place.mpid}]}


def test_web_configuration(place):
    """Row 9: §5.1's members, with flags that are texts."""
    config = place.send(the(9)).json
    wanted = {"appName", "minWebviewBridgeVersion", "workspaceToken", "kitConfigs", "pixelConfigs", "flags"}
    assert wanted <= config.keys()
    assert all(isinstance(flag, str) for flag in config["flags"].values())


def test_web_script_holds_sdk_and_configuration(place):
    """Row 10: the SDK and its configuration in one."""
    answer = place.send(the(10))
    assert "javascript" in answer.headers["content-type"]
    assert "window.sdk = true;" in answer.text
    assert place.send(the(9)).json["workspaceToken"] in answer.text


def test_native_configuration_has_a_tag(place):
    """Row 13: 200 and an ETag, then 304 and nothing."""
    answer = place.send(the(13))
    assert answer.json["dt"] == "ac"
    again = place.send(the(13), **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_native_events_are_answered_with_an_object(place):
    """Row 14: JSON, whatever the status."""
    answer = place.send(the(14))
    assert answer.json["dt"] == "rh"
    assert answer.json["msgs"] == []


@pytest.mark.parametrize("row", numbers(15))
def test_audiences_of_a_user(place, row):
    """Row 15: §5.1's answer."""
    answer = place.send(row).json
    assert answer.keys() == {"dt", "ct", "id", "audience_memberships"}
    assert (answer["dt"], answer["audience_memberships"]) == ("cam", [{"audience_id": 4711}])


def test_token(place):
    """Row 16: a bearer for eight hours."""
    answer = place.send(the(16)).json
    assert isinstance(answer.pop("access_token"), str)
    assert answer == {"expires_in": 28800, "token_type": "Bearer"}


@pytest.mark.parametrize("row", numbers(17, 18))
def test_profile(place, row):
    """Rows 17 and 18: the user by mpid, or by an identity."""
    profile = place.send(row).json
    assert profile["mpid"] == int(place.mpid)
    assert {"type": "customer_id", "encoding": "none", "value": "c-1"} in profile["user_identities"]


@pytest.mark.parametrize("row", numbers(19, where=lambda row: row.status == 204))
def test_deleted_plans_leave_nothing(full, row):
    """Row 19: 204, empty; 404 from then on."""
    assert full.send(row).data == b""
    assert full.send(row).status_code == 404


def test_subject_request_is_signed(full):
    """Row 20: §8's members and two headers."""
    answer = full.send(the(20))
    members = {"expected_completion_time", "received_time", "encoded_request", "subject_request_id", "controller_id"}
    assert answer.json.keys() == members
    assert {"x-opendsr-processor-domain", "x-opendsr-signature"} <= {name.lower() for name, _ in answer.headers}


# Who is not let in.


@pytest.mark.parametrize("row", numbers(1, 2, 3, 4))
@pytest.mark.parametrize(
    ("authorization", "status"),
    [(None, 401), ("", 401), (basic("us1-nobody", "secret"), 403), ("Basic !", 403), ("Bearer x", 403)],
)
def test_servers_are_refused(place, row, authorization, status):
    """Rows 1 to 4: no header is 401, a wrong one 403, and neither has a body."""
    answer = place.send(row, authorization=authorization)
    assert (answer.status_code, answer.data) == (status, b"")


@pytest.mark.parametrize("row", numbers(5, 6, 7))
@pytest.mark.parametrize(
    "wrong",
    [
        {"authorization": None, "x-mp-key": None},
        {"authorization": basic("us1-nobody", "secret"), "x-mp-key": None},
        {"authorization": None, "x-mp-key": "us1-nobody", "x-mp-signature": None},
        {"authorization": None, "x-mp-signature": "0" * 64, "date": "Thu, 15 Jan 2026 10:00:00 GMT"},
    ],
)
def test_identity_refuses_whom_it_does_not_know(place, row, wrong):
    """Rows 5 to 7: whatever is wrong is 401."""
    if row.auth != "signature" and "date" in wrong:
        wrong = {**wrong, "x-mp-key": place.world.tenant.credentials("mparticle", "ios")["key"]}
    assert place.send(row, **wrong).status_code == 401


@pytest.mark.parametrize("row", numbers(8, 9, 10, 11, 12, 14, 15))
def test_unknown_key_in_path(place, row):
    """Rows 8 to 15 but 13: 401 for a key that nobody has."""
    own = place.world.tenant.credentials("mparticle", row.feed)["key"]
    path = place.filled(row.path, row.feed).replace(own, "us1-nobody")
    assert place.world(row.method, path, place.body(row), authorization=None).status_code == 401


@pytest.mark.parametrize("row", numbers(8, 13, 14, 15, where=lambda row: row.auth == "signature"))
@pytest.mark.parametrize("signature", ["0" * 64, ""])
def test_wrong_signature(place, row, signature):
    """Rows 8, 13, 14 and 15: a signature that is sent has to be right. Android reads 400 of row 13 as 401."""
    answer = place.send(row, **{"x-mp-signature": signature})
    assert answer.status_code == (400 if row.number == 13 else 401)


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_client(place, wrong):
    """Row 16: §7's shape."""
    body = {**TOKEN, "client_id": place.world.own["client_id"], "client_secret": place.world.own["client_secret"]}
    answer = place.world("POST", "/oauth/token", {**body, wrong: "no"}, authorization=None)
    assert answer.status_code in {401, 403}
    assert answer.json == {"error": "access_denied", "error_description": "Unauthorized"}


@pytest.mark.parametrize("row", numbers(17, 18, 19))
@pytest.mark.parametrize("authorization", [None, "Bearer no", "Basic bm86bm8="])
def test_wrong_bearer(place, row, authorization):
    """Rows 17 to 19: 401 without a body, as documented of row 19 (§§6.6, 14)."""
    answer = place.send(row, authorization=authorization)
    assert (answer.status_code, answer.data) == (401, b"")


@pytest.mark.parametrize("row", numbers(20, where=lambda row: "discovery" not in row.path))
@pytest.mark.parametrize("authorization", [None, basic("us1-nobody", "secret")])
def test_subject_requests_are_refused(place, row, authorization):
    """Row 20: 401 in OpenDSR's shape."""
    answer = place.send(row, authorization=authorization)
    assert answer.status_code == 401
    assert answer.json.keys() == {"code", "message", "errors"}


# Other methods.


def is_events(body):
    return body.keys() == {"errors"} and all(error.keys() == {"code", "message"} for error in body["errors"])


def is_identity(body):
    named = body.keys() == {"Errors", "errors", "ErrorCode", "StatusCode", "RequestId"}
    return named and body["Errors"] == body["errors"] and body["StatusCode"] == 405


def is_flat(body):
    return body.keys() == {"code", "message"}


def is_plans(body):
    return body.keys() == {"errors"} and all(error.keys() == {"message"} for error in body["errors"])


def is_opendsr(body):
    return body.keys() == {"code", "message", "errors"}


def is_oauth(body):
    return body.keys() == {"error", "error_description"}


SHAPES = {
    **dict.fromkeys((1, 2, 3, 4), is_events),
    **dict.fromkeys((5, 6, 7), is_identity),
    8: is_flat,
    16: is_oauth,
    19: is_plans,
    20: is_opendsr,
}


@pytest.mark.parametrize("row", numbers(*range(1, 21)))
def test_wrong_method_is_405(place, row):
    """Rows 1 to 20: 405, what is allowed, and the API's own shape where it has one."""
    answer = place.send(row, method="PUT")
    assert answer.status_code == 405
    assert row.method in answer.headers["allow"]
    shape = SHAPES.get(row.number)
    assert shape is None or shape(answer.json), answer.data


# Custom domains.

PREFIXES = {
    **dict.fromkeys((5, 6, 7), "/identity"),
    **dict.fromkeys((9, 10), "/tags"),
    **dict.fromkeys((11, 12), "/webevents"),
    13: "/config",
    **dict.fromkeys((14, 15), "/nativeevents"),
}


@pytest.mark.parametrize("row", numbers(*PREFIXES, 8))
def test_custom_domains_have_prefixes(place, row):
    """Rows 5 to 15: the same below a prefix; what is signed is the path on the default host."""
    alias = "/webevents" if row.path.endswith("Alias") else "/nativeevents"
    answer = place.send(row, prefix=PREFIXES.get(row.number, alias))
    assert answer.status_code == row.status, answer.data


def test_ios_signs_the_audience_as_called(place):
    """Row 15: the path really called, the prefix with it (§2)."""
    row = next(param.values[0] for param in numbers(15))
    path = "/nativeevents" + place.filled(row.path, row.feed)
    answer = place.world("GET", path, **place.world.sign("GET", path, feed=row.feed))
    assert answer.status_code == 200


def test_native_body_is_signed_before_compression(place):
    """Row 14: gzip on the wire, the text in the signature."""
    row = the(14)
    path, text = place.filled(row.path, row.feed), place.body(row)
    signed = place.world.sign("POST", path, text, feed=row.feed)
    answer = place.world("POST", path, gzip.compress(text), **{**signed, "content-encoding": "gzip"})
    assert answer.status_code == 202
