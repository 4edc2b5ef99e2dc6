"""The points that a naive mock gets wrong, one by one (mparticle.md §12)."""

import gzip
import json

import pytest
import responses

AUTHORIZATION = "Basic dXMxLW5vYm9keTpzZWNyZXQ="
NATIVE_BATCH = {"dt": "h", "id": "b-1", "ct": 1768471200000, "sdk": "5.60.0", "mpid": "0", "dbg": True, "msgs": []}
ORIGIN = "https://shop.example"
HOOK = "http://127.0.0.1:9/hook"


def custom(name="Buy", **data):
    return {"event_type": "custom_event", "data": {"event_name": name, "custom_event_type": "transaction", **data}}


def identities(**known):
    return {"environment": "development", "known_identities": known}


@pytest.fixture
def post(world):
    """Post with the Basic credentials of the default input."""
    return lambda path, body, **headers: world("POST", path, body, **headers)


@pytest.fixture
def identify(post):
    """The mpid that identify, or another of the four, answers for identities."""

    def ask(operation="identify", **known):
        answer = post(f"/v1/{operation}", identities(**known))
        assert answer.status_code == 200, answer.data
        return answer.json["mpid"]

    return ask


@pytest.fixture
def key(world):
    """The key of an input."""
    return lambda feed="web": world.tenant.credentials("mparticle", feed)["key"]


@pytest.fixture
def bearer(world):
    pair = {name: world.own[name] for name in ("client_id", "client_secret")}
    body = {"audience": "https://api.mparticle.com", "grant_type": "client_credentials", **pair}
    return f"Bearer {world('POST', '/oauth/token', body, authorization=None).json['access_token']}"


@pytest.fixture
def profile(world, bearer):
    """A user's profile as the Profile API has it."""
    place = "/".join(world.own[f"{name}_id"] for name in ("org", "account", "workspace"))
    fields = "user_identities,user_attributes,device_identities"

    def ask(mpid):
        return world("GET", f"/userprofile/v1/{place}/{mpid}?fields={fields}", authorization=bearer)

    return ask


@pytest.fixture
def upload(world, key):
    """Send a batch as Android does: gzip on the wire, signed over the text."""

    def send(batch=NATIVE_BATCH, **headers):
        path, text = f"/v2/{key('android')}/events", json.dumps(batch).encode()
        return world(
            "POST",
            path,
            gzip.compress(text),
            **{**world.sign("POST", path, text), "content-encoding": "gzip", **headers},
        )

    return send


@pytest.mark.parametrize(("authorization", "status"), [(None, 401), ("", 401), (AUTHORIZATION, 403)])
@pytest.mark.parametrize("path", ["/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical"])
def test_1_servers_are_told_missing_from_wrong(post, path, authorization, status):
    """Trap 1: 401 without a header, 403 with a wrong one."""
    assert post(path, {}, authorization=authorization).status_code == status


@pytest.mark.parametrize("authorization", [None, AUTHORIZATION])
@pytest.mark.parametrize("operation", ["identify", "login", "logout", "search", "1/modify"])
def test_1_identity_answers_401_to_both(post, operation, authorization):
    """Trap 1: 401, whatever is wrong."""
    assert post(f"/v1/{operation}", identities(customerid="c-1"), authorization=authorization).status_code == 401


@pytest.mark.parametrize(
    "members",
    [
        {"user_identities": {"customerid": "c-1"}},
        {"consent_state": {"gdpr": {"marketing": {"consented": True, "timestamp_unixtime_ms": 1}}}},
        {"consent_state": {"ccpa": {"data_sale_opt_out": {"consented": True, "timestamp_unixtime_ms": 1}}}},
        {"events": [custom(custom_flags={"list": ["a", "b"], "number": 1})]},
        {"mpid": "5501234567890123456"},
    ],
)
def test_2_what_official_sdks_send_is_taken(post, members):
    """Trap 2: customerid, consent by purpose, flags that are lists, an mpid as text."""
    assert post("/v2/events", {"environment": "development", "events": [custom()], **members}).status_code == 202


def test_2_both_names_of_the_customer_id_are_one_identity(post, identify, profile):
    """Trap 2: `customerid` of some SDKs is `customer_id` of others."""
    post("/v2/events", {"environment": "development", "user_identities": {"customerid": "c-1"}})
    mpid = identify(customerid="c-1")
    assert profile(mpid).json["user_identities"] == [{"type": "customer_id", "encoding": "none", "value": "c-1"}]


def test_3_accepted_is_202_and_empty(post, identify, key):
    """Trap 3: for servers and for alias."""
    data = {"source_mpid": identify(device_application_stamp="d"), "destination_mpid": identify(customerid="c-1")}
    alias = {"request_id": "r", "request_type": "alias", "environment": "development", "data": data}
    answers = [
        post("/v2/events", {"environment": "development", "events": []}),
        post("/v2/bulkevents", [{"environment": "development", "events": []}]),
        post(f"/v1/identity/{key()}/Alias", {**alias, "api_key": key()}, authorization=None),
    ]
    assert [(one.status_code, one.data, one.headers["content-length"]) for one in answers] == [(202, b"", "0")] * 3


def test_3_identity_and_modify_are_200_and_json(post, identify):
    """Trap 3: an empty body makes the web SDK report -1."""
    mpid = identify(customerid="c-1")
    change = {"identity_type": "email", "old_value": None, "new_value": "a@example.com"}
    answer = post(f"/v1/{mpid}/modify", {"environment": "development", "identity_changes": [change]})
    assert (answer.status_code, answer.json["change_results"][0]["modified_mpid"]) == (200, mpid)


def test_3_native_events_need_a_json_body(upload):
    """Trap 3: Android dereferences it."""
    answer = upload()
    assert (answer.status_code, answer.json["dt"], answer.json["msgs"]) == (202, "rh", [])


@pytest.mark.parametrize("operation", ["identify", "login", "logout", "search"])
def test_4_mpid_is_a_text_in_identity_answers(post, identify, operation):
    """Trap 4: JavaScript would round a number."""
    identify(customerid="c-1")
    mpid = post(f"/v1/{operation}", identities(customerid="c-1")).json["mpid"]
    assert isinstance(mpid, str)
    assert -(2**63) <= int(mpid) < 2**63


def test_4_mpid_is_a_number_in_profiles(post, profile):
    """Trap 4: every digit of it is kept."""
    post("/v2/events", {"environment": "development", "mpid": 9007199254740993, "events": [custom()]})
    assert b'"mpid":9007199254740993' in profile(9007199254740993).data.replace(b" ", b"")


@pytest.mark.parametrize(
    ("known", "is_in"), [({"customerid": "c-1"}, True), ({"device_application_stamp": "d"}, False)]
)
def test_5_answers_say_who_is_logged_in(post, known, is_in):
    """Trap 5: undocumented, read by every SDK."""
    assert post("/v1/identify", identities(**known)).json["is_logged_in"] is is_in


ERROR = [{"code", "message"}]
ERRORS = {
    "/v2/events": {"errors": ERROR},
    "/v1/identify": {"Errors": ERROR, "errors": ERROR, "ErrorCode": ..., "StatusCode": ..., "RequestId": ...},
    "/v1/identity/{key}/Alias": {"code": ..., "message": ...},
    "/platform/v2/workspaces/{workspace}/plans": {"errors": [{"message"}]},
    "/v3/requests": {"code": ..., "message": ..., "errors": [{"domain", "reason", "message"}]},
}


@pytest.mark.parametrize("path", ERRORS)
def test_6_each_api_has_its_own_error_shape(post, bearer, world, key, path):
    """Trap 6: the same malformed JSON, five shapes."""
    authorization = {"authorization": bearer} if path.startswith("/platform") else {}
    answer = post(path.format(key=key(), workspace=world.own["workspace_id"]), b'{"a":', **authorization)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json
    assert body.keys() == ERRORS[path].keys()
    for name, shape in ERRORS[path].items():
        assert shape is ... or [error.keys() for error in body[name]] == shape


def test_7_unknown_web_key_is_401(post):
    """Trap 7: on 400 browsers resend for ever."""
    assert post("/v3/JS/us1-nobody/events", {"events": []}, authorization=None).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"events": 1}', b'{"environment": "x"}', b"\xff", b"null"])
def test_7_no_web_batch_is_400(post, key, body):
    """Trap 7: not even one that is none."""
    assert post(f"/v3/JS/{key()}/events", body, authorization=None).status_code != 400


def test_8_web_events_come_as_text(post, key, world):
    """Trap 8: JSON in `text/plain`."""
    batch = {"environment": "development", "mpid": "7", "events": [custom("Told")]}
    answer = post(f"/v3/JS/{key()}/events", batch, authorization=None, **{"content-type": "text/plain;charset=UTF-8"})
    assert answer.status_code == 202
    assert [event.name for part in world.parts for event in part.events] == ["Told"]


def test_8_android_compresses(upload, world):
    """Trap 8: gzip is undone before anything is read."""
    message = {"dt": "e", "id": "m-1", "ct": 1768471200000, "n": "Told", "et": "Navigation"}
    assert upload({**NATIVE_BATCH, "msgs": [message]}).status_code == 202
    assert [event.name for part in world.parts for event in part.events] == ["Told"]


def test_8_ios_announces_gzip_on_a_get(world, key):
    """Trap 8: there is no body to decompress."""
    path = f"/v4/{key('ios')}/config?av=1.0&sv=9.4.0"
    headers = {"content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}
    assert world("GET", path, **world.sign("GET", path, feed="ios"), **headers).status_code == 200


DATES = ["20261122T010203Z", "Sun, 22 Nov 2026 08:12:31 GMT", "Sun, 22 Nov 2026 08:12:31 GMT+00:00"]


@pytest.mark.parametrize("date", DATES)
def test_9_any_date_is_signed(world, key, date):
    """Trap 9: RFC 1123 or not, it is the text that arrives."""
    path = f"/v4/{key('ios')}/config?av=1.0&sv=9.4.0"
    assert world("GET", path, **world.sign("GET", path, feed="ios", date=date)).status_code == 200


def test_9_the_uncompressed_body_is_signed(upload, world, key):
    """Trap 9: the signature of what is on the wire is none."""
    path, packed = f"/v2/{key('android')}/events", gzip.compress(json.dumps(NATIVE_BATCH).encode())
    wrong = world.sign("POST", path, packed)["x-mp-signature"]
    assert [upload().status_code, upload(**{"x-mp-signature": wrong}).status_code] == [202, 401]


def test_9_ios_leaves_the_plan_out_of_what_it_signs(world, key):
    """Trap 9: it sends `plan_id` and `plan_version` all the same; the prefix is not signed either."""
    path = f"/v4/{key('ios')}/config?av=1.0&sv=9.4.0"
    signed = world.sign("GET", path, feed="ios")
    assert world("GET", f"{path}&plan_id=p&plan_version=2", **signed).status_code == 200
    assert world("GET", f"/config{path}&plan_id=p&plan_version=2", **signed).status_code == 200


@pytest.mark.parametrize("query", ["", "?av=1.0", "?av=1.0&sv=9.4.1"])
def test_9_the_query_is_signed(world, key, query):
    """Trap 9: a signature of another query is wrong."""
    path = f"/v4/{key('ios')}/config"
    answer = world("GET", f"{path}?av=1.0&sv=9.4.0", **world.sign("GET", path + query, feed="ios"))
    assert answer.status_code == 400


def test_10_null_attribute_is_a_tag(post, profile):
    """Trap 10: it is there, without a value; only `deleted_user_attributes` forgets."""
    batch = {"environment": "development", "mpid": 7}
    post("/v2/events", {**batch, "user_attributes": {"vip": "yes", "tier": "gold", "old": "x"}})
    post("/v2/events", {**batch, "user_attributes": {"vip": None}, "deleted_user_attributes": ["old"]})
    assert profile(7).json["user_attributes"] == {"vip": None, "tier": "gold"}


def test_10_null_new_value_removes(post, identify, profile):
    """Trap 10: in modify, null is no tag."""
    mpid = identify(customerid="c-1", email="a@example.com")
    change = {"identity_type": "email", "old_value": "a@example.com", "new_value": None}
    post(f"/v1/{mpid}/modify", {"environment": "development", "identity_changes": [change]})
    assert [one["type"] for one in profile(mpid).json["user_identities"]] == ["customer_id"]


def test_11_a_device_never_returns_a_known_user(post, identify):
    """Trap 11: login-ID protection, and a new anonymous user at logout."""
    known = identify("login", customerid="c-1", device_application_stamp="d")
    anonymous = identify(device_application_stamp="d")
    assert anonymous != known
    assert identify("login", customerid="c-1", device_application_stamp="d") == known
    assert identify("logout", device_application_stamp="d") != known
    assert post("/v1/identify", identities(device_application_stamp="d")).json["is_logged_in"] is False


def test_11_logout_after_conversion_is_somebody_new(identify):
    """Trap 11: the anonymous user has become the known one, who must not come back."""
    before = identify(device_application_stamp="d")
    assert identify("login", customerid="c-1", device_application_stamp="d") == before
    assert identify("logout", device_application_stamp="d") != before


@pytest.mark.parametrize("query", ["", "?cb=1", "?return_matches=true"])
def test_12_search_never_creates(post, query):
    """Trap 12: 404, as often as it is asked."""
    for _ in range(2):
        answer = post(f"/v1/search{query}", identities(customerid="c-1"))
        assert (answer.status_code, answer.json["ErrorCode"]) == (404, "NOT_FOUND_ERROR")


def test_12_search_adds_nothing_to_whom_it_finds(post, identify):
    """Trap 12: an identity that search was asked with belongs to nobody afterwards."""
    mpid = identify(customerid="c-1")
    assert post("/v1/search", identities(customerid="c-1", email="a@example.com")).json["mpid"] == mpid
    assert post("/v1/search", identities(email="a@example.com")).status_code == 404


def test_13_a_duplicate_is_202_and_dropped(post, profile):
    """Trap 13: the repeat of a `source_request_id` changes nothing."""
    batch = {"environment": "development", "mpid": 7, "source_request_id": "r-1"}
    assert post("/v2/events", {**batch, "user_attributes": {"tier": "gold"}}).status_code == 202
    assert post("/v2/events", {**batch, "user_attributes": {"tier": "lead"}}).status_code == 202
    assert profile(7).json["user_attributes"] == {"tier": "gold"}


def test_13_plan_violations_are_202(post, world, bearer):
    """Trap 13: the journal alone says what the plan does not hold."""
    version = {"version": 1, "activated_environment": "production", "version_document": {"data_points": []}}
    plan = {"data_plan_id": "p", "data_plan_name": "P", "data_plan_versions": [version]}
    made = world("POST", f"/platform/v2/workspaces/{world.own['workspace_id']}/plans", plan, authorization=bearer)
    assert made.status_code == 200
    context = {"data_plan": {"plan_id": "p", "plan_version": 1}}
    answer = post("/v2/events", {"environment": "development", "context": context, "events": [custom()]})
    assert (answer.status_code, answer.data) == (202, b"")


@pytest.mark.parametrize("event", [custom("n" * 257), custom(custom_attributes={"n" * 257: "v"})])
def test_13_long_names_are_202(post, event):
    """Trap 13: names are truncated, not refused."""
    assert post("/v2/events", {"environment": "development", "events": [event]}).status_code == 202


def test_13_partly_bad_bulk_is_202(post, profile):
    """Trap 13: the good one is kept, nothing is said of the bad one."""
    good = {"environment": "development", "mpid": 7, "user_attributes": {"tier": "gold"}}
    answer = post("/v2/bulkevents", [{"environment": "nowhere", "mpid": 8, "events": []}, good, 3])
    assert (answer.status_code, answer.data) == (202, b"")
    assert [profile(7).status_code, profile(8).status_code] == [200, 400]


def test_14_web_flags_are_texts(world, key):
    """Trap 14: JSON `true` counts as false."""
    flags = world("GET", f"/JS/v2/{key()}/config?env=1", authorization=None).json["flags"]
    assert {flags["directURLRouting"], flags["cacheIdentity"], flags["audienceAPI"]} <= {"True", "False"}
    assert all(isinstance(flag, str) for flag in flags.values())


def test_14_native_flags_are_booleans(world, key):
    """Trap 14: iOS keeps the configuration if `dt` is `ac` and there is an ETag."""
    path = f"/v4/{key('ios')}/config?av=1.0&sv=9.4.0"
    answer = world("GET", path, **world.sign("GET", path, feed="ios"))
    assert (answer.json["dt"], bool(answer.headers.get("etag"))) == ("ac", True)
    assert all(isinstance(flag, bool) for flag in answer.json.get("flags", {}).values())


CLIENT_SIDE = {
    "POST": [
        "/v1/identify", "/v1/login", "/v1/logout", "/v1/search", "/v1/1/modify", "/v1/identity/{key}/Alias",
        "/v3/JS/{key}/events", "/v1/JS/{key}/Forwarding", "/v2/JS/{key}/Forwarding",
    ],
    "GET": ["/JS/v2/{key}/config", "/v1/{key}/audience"],
}  # fmt: skip
CALLS = [(method, path) for method, paths in CLIENT_SIDE.items() for path in paths]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_15_preflights_carry_no_credentials(world, method, path):
    """Trap 15: 2xx for anybody, an unknown key as well."""
    asked = {"access-control-request-method": method, "access-control-request-headers": "content-type,x-mp-key"}
    answer = world("OPTIONS", path.format(key="us1-nobody"), authorization=None, origin=ORIGIN, **asked)
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert 200 <= answer.status_code < 300
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"]
    assert {"content-type", "x-mp-key"} <= allowed


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("wrong", ["key", "method", "body"])
def test_15_errors_have_cors_headers(world, key, method, path, wrong):
    """Trap 15: a browser shows a script no error that lacks them."""
    known = "us1-nobody" if wrong == "key" else key()
    sent = "DELETE" if wrong == "method" else method
    answer = world(sent, path.format(key=known), b"{", authorization=None, origin=ORIGIN, **{"x-mp-key": known})
    assert answer.status_code >= 400 or wrong == "body"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_15_ordered_errors_have_cors_headers(world, key, status):
    """Trap 15: so do those that a tester orders."""
    fault = f"/_mock/api/v1/faults/mparticle/identify?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": status}).status_code == 200
    answer = world("POST", "/v1/identify", {}, authorization=None, origin=ORIGIN, **{"x-mp-key": key()})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")


def test_15_scripts_may_read_the_age(post):
    """Trap 15: `x-mp-max-age` is exposed."""
    answer = post("/v1/identify", identities(customerid="c-1"), origin=ORIGIN)
    assert "x-mp-max-age" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/JS/v2/{key}/config", 200),
        ("GET", "/js/v2/{key}/config", 404),
        ("GET", "/js/v2/{key}/mparticle.js", 200),
        ("GET", "/JS/v2/{key}/mparticle.js", 404),
        ("POST", "/v1/identity/{key}/Alias", 400),
        ("POST", "/v1/identity/{key}/ALIAS", 404),
    ],
)
def test_16_case_matters(world, key, tmp_path, method, path, status):
    """Trap 16: `JS` and `js` are two hosts' paths; an alias of nobody's is 400, not 404."""
    script = tmp_path / "sdk.js"
    script.write_text("", "utf-8")
    world.set(web_sdk=str(script))
    assert world(method, path.format(key=key()), b"{}", authorization=None).status_code == status


def test_16_web_alias_needs_no_signature_and_native_alias_does(world, key):
    """Trap 16: `/Alias` is the web SDK's, `/alias` the native ones'."""
    paths = [f"/v1/identity/{key()}/Alias", f"/v1/identity/{key()}/alias"]
    assert [world("POST", path, {}, authorization=None).status_code for path in paths] == [400, 401]


@pytest.mark.parametrize(("path", "operation"), [("/v2/events", "events"), ("/v2/bulkevents", "bulkevents")])
def test_17_throttling_says_whole_seconds(world, post, path, operation):
    """Trap 17: the Go SDK fails on a 429 without an integer; Python's waits so long, so a tester has the last word."""
    fault = f"/_mock/api/v1/faults/mparticle/{operation}?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": 429, "retry_after": 2}).status_code == 200
    answer = post(path, {"events": []})
    assert (answer.status_code, answer.data) == (429, b"")
    assert (answer.headers["retry-after"], answer.headers["x-mp-rate-limit-exceeded"]) == ("2", "app")


def test_18_outbound_identities_are_a_list(post, world):
    """Trap 18: inbound an object, outbound a list."""
    control, tenant = "/_mock/api/v1", f"?tenant={world.tenant.name}"
    batch = {"environment": "development", "user_identities": {"customer_id": "c-1"}, "events": [custom()]}
    assert world.client.put(f"{control}/targets/mparticle/webhook{tenant}", json={"url": HOOK}).status_code == 200
    with responses.RequestsMock() as net:
        told = net.post(HOOK)
        post("/v2/events", batch)
        assert world.client.post(f"{control}/clock/advance{tenant}", json={"seconds": 1}).status_code == 200
        (one,) = json.loads(told.calls[0].request.body)["user_identities"]
    assert (one["identity_type"], one["identity"]) == ("customer_id", "c-1")
