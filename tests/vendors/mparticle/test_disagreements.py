"""Where mParticle's sources disagree or are silent, by question; and answers to copy (mparticle.md §§14, 13)."""

import orjson
import pytest

NOW_MS = 1768471200000  # the clock of `world`
AUTHORIZATION = "Basic dXMxLW5vYm9keTpzZWNyZXQ="
DATES = ["20261122T010203Z", "Sun, 22 Nov 2026 08:12:31 GMT", "Sun, 22 Nov 2026 08:12:31 GMT+00:00", "today"]
BUY = {"event_type": "custom_event", "data": {"event_name": "Buy", "custom_event_type": "transaction"}}


def batch(*events, **members):
    return {"environment": "development", "events": list(events or (BUY,)), **members}


def identities(**known):
    return {"environment": "development", "known_identities": known}


def plan(data_points, **version):
    """A plan `p` whose one version has these data points."""
    one = {"version": 1, "version_document": {"data_points": data_points}, **version}
    return {"data_plan_id": "p", "data_plan_name": "P", "data_plan_versions": [one]}


PRICED = {
    "match": {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "transaction"}},
    "validator": {
        "type": "json_schema",
        "definition": {
            "properties": {"data": {"properties": {"custom_attributes": {"properties": {"price": {"type": "number"}}}}}}
        },
    },
}


@pytest.fixture
def bearer(world):
    pair = {name: world.own[name] for name in ("client_id", "client_secret")}
    body = {"audience": "https://api.mparticle.com", "grant_type": "client_credentials", **pair}
    return f"Bearer {world('POST', '/oauth/token', body, authorization=None).json['access_token']}"


@pytest.fixture
def plans(world, bearer):
    """Call the Data Planning API."""
    place = f"/platform/v2/workspaces/{world.own['workspace_id']}/plans"
    return lambda method, path="", body=None: world(method, place + path, body, authorization=bearer)


@pytest.fixture
def profile(world, bearer):
    """Ask for a user's profile."""
    place = "/".join(world.own[f"{name}_id"] for name in ("org", "account", "workspace"))
    fields = "user_identities,user_attributes"

    def ask(mpid, method="GET"):
        return world(method, f"/userprofile/v1/{place}/{mpid}?fields={fields}", authorization=bearer)

    return ask


@pytest.fixture
def findings(world):
    """The rules that the journal holds against the last batch, by the control API."""

    def ask():
        answer = world.client.get(f"/_mock/api/v1/events?tenant={world.tenant.name}").json
        return {finding["rule"] for finding in answer["events"][0]["findings"]}

    return ask


# §14, row by row.


def test_environment_missing(world):
    """§14, environment missing: taken as production."""
    assert world("POST", "/v2/events", {"events": [BUY], "user_identities": {"customer_id": "c-1"}}).status_code == 202
    found = {
        name: world("POST", "/v1/search", {**identities(customerid="c-1"), "environment": name}).status_code
        for name in ("production", "development")
    }
    assert found == {"production": 200, "development": 404}


@pytest.mark.parametrize(("name", "judged"), [("context", True), ("batch_context", False)])
def test_context_or_batch_context(world, plans, findings, name, judged):
    """§14, context vs batch_context: the one names the plan, the other is ignored."""
    assert plans("POST", body=plan([], activated_environment="production")).status_code == 200
    named = {name: {"data_plan": {"plan_id": "p", "plan_version": 1}}}
    assert world("POST", "/v2/events", batch(**named)).status_code == 202
    assert any("plan" in rule for rule in findings()) is judged


@pytest.mark.parametrize(
    ("gdpr", "wrong"),
    [
        ({"marketing": {"consented": True, "timestamp_unixtime_ms": NOW_MS}}, False),
        ({"consented": True, "timestamp_unixtime_ms": NOW_MS}, True),
    ],
)
def test_consent_shape(world, gdpr, wrong):
    """§14, consent shape: a map by purpose; the flat object of the schema is taken, and told of."""
    assert world("POST", "/v2/events", batch(consent_state={"gdpr": gdpr})).status_code == 202
    said = [finding.path for finding in world.findings.values() if finding.path.startswith("/consent_state")]
    assert bool(said) is wrong


@pytest.mark.parametrize(
    "members",
    [
        {"product_action": {"action": "purchase"}},
        {"product_action": {"action": "purchase", "products": [{"id": "sku-1"}]}},
        {"promotion_action": {"action": "view", "promotions": [{}]}},
        {"product_impressions": [{}]},
    ],
)
def test_required_commerce_members(world, members):
    """§14, all-required commerce members: all are optional."""
    assert world("POST", "/v2/events", batch({"event_type": "commerce_event", "data": members})).status_code == 202


@pytest.mark.parametrize(("authorization", "status"), [(None, 401), ("", 401), (AUTHORIZATION, 403), ("Basic", 403)])
def test_401_on_servers(world, authorization, status):
    """§14, 401 meaning on S2S: missing; 403 is wrong."""
    assert world("POST", "/v2/events", batch(), authorization=authorization).status_code == status


def test_identity_error_member(world):
    """§14, identity error member: `errors` and `Errors`."""
    error = world("POST", "/v1/identify", identities()).json
    assert error["errors"] == error["Errors"] == [{"code": "LOOKUP_ERROR", "message": "knownIdentities is empty."}]


@pytest.mark.parametrize("authorization", [None, AUTHORIZATION, "Bearer x"])
def test_identity_credentials_wrong(world, authorization):
    """§14, identity credentials wrong: 401."""
    assert world("POST", "/v1/identify", identities(email="a"), authorization=authorization).status_code == 401


def test_search_without_match(world):
    """§14, search without match: 404."""
    assert world("POST", "/v1/search", identities(email="a@example.com")).status_code == 404


def test_mpid_in_identity_answer(world):
    """§14, mpid in identity answer: a string."""
    assert isinstance(world("POST", "/v1/identify", identities(email="a@example.com")).json["mpid"], str)


@pytest.mark.parametrize("date", DATES)
def test_date_for_signatures(world, date):
    """§14, date for signatures: any."""
    body = orjson.dumps(identities(email="a@example.com"))
    signed = world.sign("POST", "/v1/identify", body, feed="ios", date=date)
    assert world("POST", "/v1/identify", body, **signed).status_code == 200


@pytest.mark.parametrize(("count", "status"), [(100, 202), (101, 400)])
@pytest.mark.parametrize("path", ["/v2/bulkevents", "/v2/bulkevents/historical"])
def test_bulk_limit(world, path, count, status):
    """§14, bulk limit: 100 batches, however many events they have."""
    assert world("POST", path, [batch(BUY, BUY)] * count).status_code == status


@pytest.mark.parametrize(("size", "status"), [(130_000, 202), (250_000, 202), (270_000, 413)])
def test_batch_size(world, size, status):
    """§14, batch size: 256 kB for each request."""
    assert world("POST", "/v2/events", batch(filling="x" * size)).status_code == status


@pytest.mark.parametrize(("price", "valid"), [(42, True), ("42", True), ("4.2e1", True), ("much", False), ([], False)])
def test_number_as_text_in_plans(plans, price, valid):
    """§14, number as text in plans: the server is lenient."""
    event = {"event_type": "custom_event", "data": {**BUY["data"], "custom_attributes": {"price": price}}}
    document = {"data_points": [PRICED]}
    answer = plans("POST", "/validate", {"document": document, "batch": batch(event)})
    assert answer.status_code == 200
    errors = [error for result in answer.json["results"] for error in result["data"]["validation_errors"]]
    assert [error["key"] for error in errors if error.get("key") == "price"] == ([] if valid else ["price"])


def test_answer_of_post_plans(plans):
    """§14, `POST plans` answer: the plan, with its versions."""
    made = plans("POST", body=plan([PRICED])).json
    assert (made["data_plan_id"], made["data_plan_name"]) == ("p", "P")
    assert [one["version"] for one in made["data_plan_versions"]] == [1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_profile_by_mpid(world, profile, method):
    """§14, profile by mpid: both methods."""
    world("POST", "/v2/events", batch(mpid=7))
    assert (profile(7, method).status_code, profile(7, method).json["mpid"]) == (200, 7)


@pytest.mark.parametrize("kind", [{}, {"custom_event_type": None}, {"custom_event_type": ""}])
def test_custom_event_type_missing(world, kind):
    """§14, custom_event_type missing: 400, in the pattern of the one published sentence."""
    answer = world("POST", "/v2/events", batch({"event_type": "custom_event", "data": {"event_name": "Buy", **kind}}))
    message = 'Required event field "custom_event_type" is missing or empty.'
    assert (answer.status_code, answer.json["errors"]) == (400, [{"code": "BAD_REQUEST", "message": message}])


CHANGE = {"identity_type": "email", "old_value": None, "new_value": "a@example.com"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("/v2/events", batch(filling="x" * 300_000), 413, id="oversize"),
        pytest.param("/v2/bulkevents", [batch()] * 101, 400, id=">100 batches"),
        pytest.param("/v2/events", [batch()], 400, id="wrong top-level type"),
        pytest.param("/v2/bulkevents", batch(), 400, id="wrong top-level type, bulk"),
        pytest.param("/v2/events", "text", 400, id="a text"),
        pytest.param("/v2/events", b"null", 400, id="null"),
        pytest.param("/v2/events", batch({"event_type": "no_event", "data": {}}), 400, id="unknown event_type"),
        pytest.param(
            "/v1/77/modify",
            {"environment": "development", "identity_changes": [CHANGE]},
            400,
            id="unknown mpid in modify",
        ),
        pytest.param("/v2/bulkevents", [batch({"event_type": ""}), {"environment": "x"}], 400, id="all-bad bulk"),
    ],
)
def test_statuses_that_are_not_documented(world, path, body, status):
    """§14, status for oversize, >100 batches, wrong top-level type, unknown event_type or mpid, all-bad bulk."""
    assert world("POST", path, body).status_code == status


@pytest.mark.parametrize("name", ["sideloaded_kits_count", "modified", "no_such_member"])
def test_unknown_fields(world, name):
    """§14, unknown fields: ignored, wherever they are."""
    event = {**BUY, "data": {**BUY["data"], name: 1}, name: 1}
    body = batch(event, device_info={name: 1}, application_info={name: 1}, **{name: [1]})
    assert world("POST", "/v2/events", body).status_code == 202
    assert world("POST", "/v1/identify", {**identities(email="a@example.com"), name: {}}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/events", 405), ("DELETE", "/v1/identify", 405), ("POST", "/v2/event", 404), ("GET", "/v9", 404)],
)
def test_wrong_method_or_path(world, method, path, status):
    """§14, response to wrong method or path: 405, 404."""
    assert world(method, path, batch()).status_code == status


@pytest.mark.parametrize(("authorization", "status"), [(None, 401), (AUTHORIZATION, 403)])
def test_bodies_that_are_not_documented(world, authorization, status):
    """§14, does a 202 ever have a body; server header names; exact 401/403 bodies: none."""
    for answer, wanted in (
        (world("POST", "/v2/events", batch()), 202),
        (world("POST", "/v2/events", batch(), authorization=authorization), status),
        (world("POST", "/v1/identify", identities(email="a"), authorization=authorization), 401),
        (world("GET", "/userprofile/v1/1/2/3/4?fields=user_identities", authorization=authorization), 401),
        (world("GET", "/platform/v2/workspaces/1/plans", authorization=authorization), 401),
    ):
        assert (answer.status_code, answer.data) == (wanted, b"")
        assert {"server", "x-powered-by"}.isdisjoint(name.lower() for name, _ in answer.headers)


@pytest.mark.parametrize("operation", ["identify", "login", "logout"])
def test_default_of_the_age(world, operation):
    """§14, `x-mp-max-age` default: a day."""
    assert world("POST", f"/v1/{operation}", identities(email="a@example.com")).headers["x-mp-max-age"] == "86400"


@pytest.mark.parametrize("told", [{"previous_mpid": "{other}"}, {"context": "opaque"}, {"previous_mpid": 77}])
def test_previous_mpid_and_context_in_lookup(world, told):
    """§14, effect of `previous_mpid` and `context` on resolution: none in lookup."""
    mpid = world("POST", "/v1/identify", identities(customerid="c-1")).json["mpid"]
    other = world("POST", "/v1/identify", identities(customerid="c-2")).json["mpid"]
    told = {name: other if value == "{other}" else value for name, value in told.items()}
    for operation in ("identify", "login", "logout", "search"):
        assert world("POST", f"/v1/{operation}", {**identities(customerid="c-1"), **told}).json["mpid"] == mpid


# §13, as it is sent.


@pytest.mark.parametrize("path", ["/v2/events", "/v2/bulkevents"])
def test_accepted(world, path):
    """§13, S2S accepted."""
    answer = world("POST", path, [batch()] if "bulk" in path else batch())
    assert (answer.status_code, answer.headers["content-length"], answer.data) == (202, "0", b"")


def test_bad(world):
    """§13, S2S bad, with the one sentence that is published (§3.2)."""
    answer = world("POST", "/v2/events", batch({"data": {}}))
    assert answer.status_code == 400
    assert answer.data == (
        b'{"errors":[{"code":"BAD_REQUEST","message":"Required event field \\"event_type\\" is missing or empty."}]}'
    )


def test_throttled(world):
    """§13, S2S throttled."""
    fault = f"/_mock/api/v1/faults/mparticle/events?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": 429, "retry_after": 2, "times": 1}).status_code == 200
    answer = world("POST", "/v2/events", batch())
    assert (answer.status_code, answer.data) == (429, b"")
    assert (answer.headers["Retry-After"], answer.headers["X-mp-rate-limit-exceeded"]) == ("2", "app")


def test_identified(world):
    """§13, identify and the like: §4.1's five members in its order."""
    known = {"device_application_stamp": "8b03"}
    mpid = world("POST", "/v1/identify", identities(**known)).json["mpid"]
    answer = world("POST", "/v1/identify", identities(**known))
    assert answer.data == orjson.dumps(
        {"context": None, "mpid": mpid, "matched_identities": known, "is_ephemeral": True, "is_logged_in": False}
    )


def test_modified(world):
    """§13, modify."""
    mpid = world("POST", "/v1/identify", identities(customerid="c-1")).json["mpid"]
    answer = world("POST", f"/v1/{mpid}/modify", {"environment": "development", "identity_changes": [CHANGE]})
    assert answer.status_code == 200
    assert answer.data == orjson.dumps({"change_results": [{"identity_type": "email", "modified_mpid": mpid}]})


def test_aliased_and_uploaded(world):
    """§13, alias, web events."""
    pair = {
        name: world("POST", "/v1/identify", identities(customerid=name)).json["mpid"]
        for name in ("source_mpid", "destination_mpid")
    }
    key = world.tenant.credentials("mparticle", "web")["key"]
    alias = {"request_id": "r", "request_type": "alias", "environment": "development", "api_key": key, "data": pair}
    answers = [
        world("POST", f"/v1/identity/{key}/Alias", alias, authorization=None),
        world("POST", f"/v3/JS/{key}/events", batch(), authorization=None),
    ]
    assert [(one.status_code, one.headers["content-length"], one.data) for one in answers] == [(202, "0", b"")] * 2


def test_native_uploaded(world):
    """§13, native events; behind them the cookies that §5.3 shows in the real form."""
    path = f"/v2/{world.tenant.credentials('mparticle', 'android')['key']}/events"
    body = orjson.dumps({"dt": "h", "id": "b-1", "ct": 1, "sdk": "5", "mpid": "7", "dbg": True, "msgs": []})
    answer = world("POST", path, body, **world.sign("POST", path, body))
    assert answer.status_code == 202
    copied = {"dt": "rh", "id": answer.json["id"], "ct": NOW_MS, "msgs": []}
    assert answer.data == orjson.dumps({**copied, "ci": {"ck": {}}})
