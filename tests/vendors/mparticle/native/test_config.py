"""The configuration of Android and iOS (mparticle.md §5.2). Endpoint 13, trap 14."""

import json

import pytest


def test_minimal_configuration_is_whole(app):
    """§5.2: everything but `dt` is optional, and wrong types throw on Android."""
    answer = app.config(**{"x-mp-env": "2"})
    body = json.loads(answer.data)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    minimal = {"dt": "ac", "id": "1", "dbg": False, "cue": "appdefined", "pmk": [], "eks": [], "oo": False}
    assert {name: body[name] for name in minimal} == minimal
    assert body["ct"] == 1768471200000
    assert len(body["wst"]) == 8


def test_flags_are_booleans(app):
    """Trap 14: text on the web, true and false on native."""
    assert json.loads(app.config().data)["flags"] == {"AudienceAPI": True}


def test_ios_stores_what_has_an_etag(app):
    """Trap 14: iOS keeps a configuration only if it has an ETag and says `ac`."""
    answer = app.config()
    assert json.loads(answer.data)["dt"] == "ac"
    assert answer.headers["etag"]
    assert answer.headers["last-modified"] == "Thu, 15 Jan 2026 10:00:00 GMT"
    assert answer.headers["cache-control"].startswith("max-age=")


def test_known_configuration_is_304(app):
    tag = app.config().headers["etag"]
    app.world.stand(hours=1)
    answer = app.config(if_none_match=tag)
    assert (answer.status_code, answer.data, answer.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("given", ['"another"', "", "another"])
def test_unknown_etag_is_answered_whole(app, given):
    assert app.config(if_none_match=given).status_code == 200


def test_etag_may_be_weak_bare_or_one_of_many(app):
    tag = app.config().headers["etag"]
    for given in (f"W/{tag}", tag.strip('"'), f'"x", {tag}'):
        assert app.config(if_none_match=given).status_code == 304


def test_changed_setting_changes_the_etag(app):
    tag = app.config().headers["etag"]
    app.world.set(native_config={"oo": True})
    answer = app.config(if_none_match=tag)
    assert (answer.status_code, json.loads(answer.data)["oo"]) == (200, True)


def test_each_environment_has_its_etag(app):
    tags = {app.config(**{"x-mp-env": env}).headers["etag"] for env in ("1", "2")}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("env", "debug", "rules"),
    [("1", True, []), ("2", False, []), (None, False, ["unknown-environment"]), ("3", False, ["unknown-environment"])],
)
def test_environment_is_a_header(app, env, debug, rules):
    assert json.loads(app.config(**{"x-mp-env": env}).data)["dbg"] is debug
    assert [rule for rule, _ in app.findings()] == rules


def test_ios_marks_a_get_as_gzip(ios):
    """Trap 8: a body-less GET with `Content-Encoding: gzip` and the type of a form."""
    headers = {"content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}
    assert ios.config(**headers).status_code == 200


def test_members_can_be_set_and_taken_out(app):
    app.world.set(native_config={"rp": 100, "tri": {"mm": [], "evts": []}, "eks": [{"id": 1}], "pmk": None})
    body = json.loads(app.config().data)
    assert (body["rp"], body["tri"], body["eks"]) == (100, {"mm": [], "evts": []}, [{"id": 1}])
    assert "pmk" not in body


def test_alias_window_is_the_tenants(app):
    app.world.set(alias_max_window=30)
    assert json.loads(app.config().data)["alias_max_window"] == 30


def test_web_and_native_are_one_workspace(app):
    key = app.world.tenant.credentials("mparticle", "web")["key"]
    web = json.loads(app.world("GET", f"/JS/v2/{key}/config", authorization=None).data)
    assert web["workspaceToken"] == json.loads(app.config().data)["wst"]


def test_unknown_plan_is_no_plan(app):
    body = json.loads(app.config("?av=1&sv=2&plan_id=nothing&plan_version=1").data)
    assert "dpr" not in body
    assert app.findings() == [("unknown-plan", "plan_id")]


def test_wrong_method_is_405(app):
    """§14: wrong method 405, wrong path 404."""
    path = f"/v4/{app.key}/config"
    answer = app.world("POST", path, b"", authorization=None, **app.headers("POST", path))
    assert answer.status_code == 405


def test_version_is_not_taken_for_a_key(app):
    """There is no public /v1/events: a path without a version has a key where that is."""
    assert app.world("POST", "/v1/events", b"{}", authorization=None).status_code == 404


@pytest.fixture
def plan(world):
    """The tenant has a data plan without a single data point."""
    own = world.own
    client = {"client_id": own["client_id"], "client_secret": own["client_secret"], "grant_type": "client_credentials"}
    token = json.loads(world("POST", "/oauth/token", client, authorization=None).data)["access_token"]
    version = {"version": 1, "version_document": {"data_points": []}, "activated_environment": "development"}
    body = {"data_plan_id": "shop", "data_plan_name": "Shop", "data_plan_versions": [version]}
    path = f"/platform/v2/workspaces/{own['workspace_id']}/plans"
    assert world("POST", path, body, authorization=f"Bearer {token}").status_code == 200
    return "shop"


def test_plan_comes_with_the_configuration(app, plan):
    """§5.2: `dpr`."""
    body = json.loads(app.config(f"?av=1&sv=2&plan_id={plan}&plan_version=1").data)
    assert body["dpr"] == {
        "dtpn": {
            "vers": {"version": 1, "data_plan_id": plan, "version_document": {"data_points": []}},
            "blok": {"ev": False, "ea": False, "ua": False, "id": False},
        }
    }


def test_plan_of_a_batch_is_judged(app, plan):
    """§6.4: `ctx` tags a batch; what it breaks is told of what was sent."""
    app.send({"dt": "e", "n": "Hello", "et": "Other"}, ctx={"dpln": {"id": plan, "v": 1}})
    (event,) = app.events("event:Hello")
    assert [finding.path for finding in event.findings] == ["/msgs/0"]
