"""Which audiences a user is in: signed by apps, asked by pages with the key alone (mparticle.md §5.1). Endpoint 15."""

import json

import pytest

MPID = "5501234567890123456"


@pytest.fixture
def ask(world):
    def ask(mpid=MPID, feed="web", query=None, **headers):
        key = world.tenant.credentials("mparticle", feed)["key"]
        asked = f"mpid={mpid}" if query is None else query
        return world("GET", f"/v1/{key}/audience?{asked}", authorization=None, **headers)

    return ask


def test_page_has_nothing_but_the_key(ask):
    answer = ask()
    body = json.loads(answer.data)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (body["dt"], body["ct"], body["audience_memberships"]) == ("cam", 1768471200000, [])
    assert body["id"]


def test_memberships_are_a_setting(world, ask):
    world.set(audiences={"*": [4711], MPID: [1, {"audience_id": 2, "audience_name": "VIP"}]})
    assert [one["audience_id"] for one in json.loads(ask().data)["audience_memberships"]] == [4711, 1, 2]
    assert json.loads(ask("7").data)["audience_memberships"] == [{"audience_id": 4711}]


@pytest.mark.parametrize("audiences", [{"*": 4711}, {"*": ["VIP"]}, {"*": [None]}])
def test_audiences_must_be_lists_of_numbers_or_objects(world, audiences):
    path = f"/_mock/api/v1/settings/mparticle?tenant={world.tenant.name}"
    assert world.client.put(path, json={"audiences": audiences}).status_code == 422


def test_workspace_may_have_no_audiences(world, ask):
    """403 is not enabled."""
    world.set(audience_api=False)
    answer = ask()
    assert (answer.status_code, answer.data) == (403, b"")
    assert [finding.rule for finding in world.entry.findings] == ["audiences-off"]


@pytest.mark.parametrize("feed", ["ios", "android"])
def test_app_must_sign(ask, feed):
    assert ask(feed=feed).status_code == 401


def test_unknown_key_is_401(world):
    assert world("GET", "/v1/us1-nobody/audience?mpid=1", authorization=None).status_code == 401


@pytest.mark.parametrize("query", ["", "mpid=", "mpid=abc", "mpID=7"])
def test_user_must_be_named(ask, query):
    assert ask(query=query).status_code == 400


@pytest.mark.parametrize(("repeats", "rules"), [(True, []), (False, ["key-not-repeated"])])
def test_app_repeats_its_key(app, repeats, rules):
    """§2: beside the signature the native audience call has x-mp-key."""
    assert app.get(f"/v1/{app.key}/audience?mpid=1", x_mp_key=app.key if repeats else None).status_code == 200
    assert [rule for rule, _ in app.findings()] == rules


def test_browser_may_read_it_and_its_errors(ask, world):
    """§5.5, trap 15."""
    assert ask().headers["access-control-allow-origin"] == "*"
    world.set(audience_api=False)
    assert ask().headers["access-control-allow-origin"] == "*"
