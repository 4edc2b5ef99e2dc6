"""identify, login, logout and search on the wire (mparticle.md §§4.1, 4.4). Endpoints 5 and 6."""

import orjson
import pytest

STAMP = "device_application_stamp"
CALLS = ["identify", "login", "logout"]


@pytest.mark.parametrize("operation", CALLS)
def test_answer_has_every_member(app, operation):
    """Endpoint 5, §13. Trap 5: `is_logged_in`."""
    answer = app(operation, {STAMP: "d"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "context": None, "mpid": answer.json["mpid"], "matched_identities": {}, "is_ephemeral": True,
        "is_logged_in": False,
    }  # fmt: skip


def test_mpid_is_text_of_int64(app):
    """Trap 4. §14: mpid in identity answer."""
    mpid = app.mpid("identify", email="e@example.com")
    assert isinstance(mpid, str)
    assert int(mpid) != 0
    assert -(2**63) <= int(mpid) < 2**63


def test_answer_may_be_cached(app):
    """§14: `x-mp-max-age` default."""
    assert app("identify", {STAMP: "d"}).headers["x-mp-max-age"] == "86400"


def test_age_is_a_switch(app, world):
    world.set(identity_max_age=60)
    assert app("identify", {STAMP: "d"}).headers["x-mp-max-age"] == "60"


@pytest.mark.parametrize("operation", CALLS)
def test_same_identities_are_same_user(app, operation):
    assert app.mpid(operation, email="e") == app.mpid(operation, email="e")


def test_fresh_tenants_have_same_mpids(app, world, apart):
    from mockserver.app import parts_of

    def told():
        return [app.mpid("identify", device_application_stamp="d"), app.mpid("login", customerid="u-1")]

    first = told()
    world.tenant = parts_of(apart).tenants.create()
    assert told() == first


def test_only_matching_identities_are_told(app):
    app("identify", {"email": "e"})
    assert app("identify", {"email": "e", "other2": "x"}).json["matched_identities"] == {"email": "e"}
    assert app("identify", {"other2": "x"}).json["matched_identities"] == {"other2": "x"}


@pytest.mark.parametrize(("query", "told"), [("?return_matches=true", {"email": "e"}), ("?return_matches=false", {})])
def test_matches_can_be_left_out(app, query, told):
    app("identify", {"email": "e"})
    assert app("identify", {"email": "e"}, query).json["matched_identities"] == told


def test_known_user_is_logged_in(app):
    """Trap 5."""
    answer = app("login", {"customerid": "u-1", STAMP: "d"}).json
    assert (answer["is_logged_in"], answer["is_ephemeral"]) == (True, False)


def test_identities_are_added(app):
    mpid = app.mpid("identify", email="e")
    app.mpid("identify", email="e", other10="x", ios_idfa="A")
    assert app.identities(mpid) == {"email": "e", "other_id_10": "x", "ios_advertising_id": "A"}


def test_empty_identities_are_not_given(app):
    answer = app("identify", {"email": "e", "customerid": None, "other": ""})
    assert answer.json["is_logged_in"] is False
    assert app.identities(answer.json["mpid"]) == {"email": "e"}


def test_hidden_advertising_id_is_nobodys(app, world):
    mpid = app.mpid("identify", email="e", ios_idfa="00000000-0000-0000-0000-000000000000")
    assert app.identities(mpid) == {"email": "e"}
    assert world.findings["empty-identity"].path == "/known_identities/ios_idfa"


@pytest.mark.parametrize("flag", ["true", "True", "1"])
def test_dry_run_writes_nothing(app, world, flag):
    before = world.documents.all("user")
    mpid = app.mpid("login", f"?read_only={flag}", customerid="u-1")
    assert world.documents.all("user") == before
    assert app.mpid("login", "?read_only=false", customerid="u-1") == mpid


def test_conversion_keeps_mpid_at_first_login(app):
    """§4.4: the anonymous profile becomes the known one. Trap 11: logout gives a new anonymous one."""
    anonymous = app.mpid("identify", device_application_stamp="d")
    assert app.mpid("login", customerid="u-1", device_application_stamp="d") == anonymous
    after = app.mpid("logout", device_application_stamp="d")
    assert after != anonymous
    assert app.mpid("identify", device_application_stamp="d") == after
    assert app.mpid("login", customerid="u-1", device_application_stamp="d") == anonymous


def test_conversion_takes_second_user_from_anonymous_one(app):
    first = app.mpid("login", customerid="u-1", device_application_stamp="d")
    anonymous = app.mpid("logout", device_application_stamp="d")
    assert app.mpid("login", customerid="u-2", device_application_stamp="d") == anonymous
    assert app.mpid("logout", device_application_stamp="d") not in (first, anonymous)


def test_link_makes_new_users(app, world):
    world.set(strategy="profile_link")
    anonymous = app.mpid("identify", device_application_stamp="d")
    known = app.mpid("login", customerid="u-1", device_application_stamp="d")
    logouts = [app.mpid("logout", device_application_stamp="d") for _ in range(3)]
    assert len({anonymous, known, *logouts}) == 5
    assert app.mpid("identify", device_application_stamp="d") == logouts[-1]
    assert app.mpid("login", customerid="u-1") == known


def test_isolation_goes_back_to_anonymous_user(app, world):
    world.set(strategy="profile_isolation")
    anonymous = app.mpid("identify", device_application_stamp="d")
    known = app.mpid("login", customerid="u-1", device_application_stamp="d")
    assert known != anonymous
    assert app.mpid("logout", device_application_stamp="d") == anonymous
    assert app.mpid("login", email="e", device_application_stamp="d") not in (anonymous, known)
    assert app.mpid("logout", device_application_stamp="d") == anonymous


def test_best_match_knows_no_login(app, world):
    world.set(strategy="best_match")
    mpids = [
        app.mpid("identify", device_application_stamp="d"),
        app.mpid("login", customerid="u-1", device_application_stamp="d"),
        app.mpid("login", customerid="u-2", device_application_stamp="d"),
        app.mpid("logout", device_application_stamp="d"),
        app.mpid("identify", customerid="u-1"),
    ]
    assert len(set(mpids)) == 1
    assert app("identify", {"customerid": "u-2"}).json["is_logged_in"] is False


@pytest.mark.parametrize("form", [str, int])
def test_previous_mpid_may_be_text_or_number(app, form):
    """§14: conversion may prefer the previous anonymous user."""
    anonymous = app.mpid("identify", device_application_stamp="d")
    assert app.mpid("login", more={"previous_mpid": form(anonymous)}, customerid="u-1") == anonymous


@pytest.mark.parametrize("previous", [None, "", "0", 0, "nobody", [], 2**63, "9" * 30, True])
def test_unusable_previous_mpid_does_not_matter(app, previous):
    assert app("login", {"customerid": "u-1"}, previous_mpid=previous).status_code == 200


def test_users_of_x_flow(app):
    """§4.4, last paragraph: another mpid switches the user, the same keeps it; null is not sent."""
    current = app.mpid("identify", device_application_stamp="d")
    kept = app("identify", {STAMP: "d", "customerid": None}, previous_mpid=int(current))
    switched = app("login", {STAMP: "other device", "customerid": "u-1"}, previous_mpid=None)
    assert kept.json["mpid"] == current
    assert switched.json["mpid"] != current
    assert app.modify(switched.json["mpid"], ("customerid", "u-1", "u-2")).json == {
        "change_results": [{"identity_type": "customerid", "modified_mpid": switched.json["mpid"]}]
    }
    assert app.identities(switched.json["mpid"])["customer_id"] == "u-2"


def test_environments_have_users_of_their_own(app, world):
    mine = app.mpid("login", customerid="u-1")
    assert app.mpid("login", more={"environment": "production"}, customerid="u-1") != mine
    assert "development only" in world.findings["other-environment"].message


def test_search_finds_user(app):
    """Endpoint 6."""
    mpid = app.mpid("login", customerid="u-1", email="e")
    answer = app("search", {"customerid": "u-1", "email": "new"}, "?cb=1")
    assert answer.json == {
        "context": None, "mpid": mpid, "matched_identities": {"customerid": "u-1"}, "is_ephemeral": False,
        "is_logged_in": True,
    }  # fmt: skip
    assert app.identities(mpid)["email"] == "e"


def test_search_never_creates(app, world):
    """Trap 12. §14: search without match."""
    before = world.documents.all("user")
    answers = [app("search", {"customerid": "u-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert world.documents.all("user") == before


def test_search_converts_nobody(app):
    anonymous = app.mpid("identify", device_application_stamp="d")
    assert app("search", {"customerid": "u-1"}, previous_mpid=anonymous).status_code == 404


def test_search_is_not_opened_by_device(app):
    """Trap 11."""
    app.mpid("login", customerid="u-1", device_application_stamp="d")
    assert app("search", {STAMP: "d"}).status_code == 404


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/json", None])
def test_declared_type_does_not_matter(world, content_type):
    body = {"environment": "production", "known_identities": {"email": "e"}}
    assert world("POST", "/v1/identify", body, content_type=content_type).status_code == 200


def test_body_may_be_gzip(world):
    """Trap 8: Android compresses, identity included."""
    import gzip

    body = gzip.compress(orjson.dumps({"environment": "production", "known_identities": {"android_uuid": "x"}}))
    assert world("POST", "/v1/identify", body, content_encoding="gzip").status_code == 200


def test_users_are_as_answered_after_lost_answer(app, world):
    """An answer that a fault swallows has happened."""
    from mockserver.faults import fault_from

    fault = fault_from({"vendor": "mparticle", "operation": "login", "status": 503, "times": 1, "after": True})
    world.server.tenants.order(world.tenant, fault)
    assert app("login", {"customerid": "u-1"}).status_code == 503
    assert app("search", {"customerid": "u-1"}).status_code == 200


def test_memory_can_be_made_anew(app, world):
    app.mpid("identify", device_application_stamp="d")
    app.mpid("login", customerid="u-1", device_application_stamp="d")
    mpid = app.mpid("logout", device_application_stamp="d")
    app.modify(mpid, ("email", None, "e"))
    before = world.documents.all("user")
    world.forget()
    assert world.documents.all("user") == before
