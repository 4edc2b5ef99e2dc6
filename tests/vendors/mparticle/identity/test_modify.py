"""modify (mparticle.md §4.3). Endpoint 7."""

import pytest


@pytest.fixture
def mpid(app):
    return app.mpid("login", customerid="u-1", email="e")


def test_identities_are_changed(app, mpid):
    """Endpoint 7, §13. Trap 3: 200 and JSON."""
    answer = app.modify(mpid, ("email", "e", "f"), ("customerid", "u-1", None), ("other2", None, "x"))
    assert answer.status_code == 200
    assert answer.json == {
        "change_results": [{"identity_type": name, "modified_mpid": mpid} for name in ("email", "customerid", "other2")]
    }
    assert app.identities(mpid) == {"email": "f", "other_id_2": "x"}


def test_null_removes(app, mpid):
    """Trap 10: `new_value: null` is removal."""
    app.modify(mpid, ("email", "e", None))
    assert app.identities(mpid) == {"customer_id": "u-1"}


def test_missing_sides_are_null(app, world, mpid):
    change = [{"identity_type": "email", "old_value": "e"}, {"identity_type": "other", "new_value": "x"}]
    app.world("POST", f"/v1/{mpid}/modify", {"environment": "development", "identity_changes": change})
    assert app.identities(mpid) == {"customer_id": "u-1", "other": "x"}


def test_lookup_follows_change(app, mpid):
    app.modify(mpid, ("customerid", "u-1", "u-2"))
    assert app.mpid("search", customerid="u-2") == mpid
    assert app("search", {"customerid": "u-1"}).status_code == 404


def test_unique_id_is_taken_from_others(app, mpid):
    other = app.mpid("login", customerid="u-2")
    app.modify(other, ("customerid", "u-2", "u-1"))
    assert app.mpid("search", customerid="u-1") == other
    assert app.identities(mpid) == {"email": "e"}


def test_wrong_old_value_does_not_matter(app, world, mpid):
    """§4.3: apply `new_value`; what stays silent is said."""
    app.modify(mpid, ("email", "not hers", "f"))
    assert app.identities(mpid)["email"] == "f"
    assert world.findings["old-value-mismatch"].path == "/identity_changes/0/old_value"


def test_addition_over_value_is_said(app, world, mpid):
    app.modify(mpid, ("email", None, "f"))
    assert app.identities(mpid)["email"] == "f"
    assert '"e"' in world.findings["old-value-missing"].message


@pytest.mark.parametrize("change", [("email", "e", "e"), ("other", None, None), ("other", "", None)])
def test_change_of_nothing_is_said(app, world, mpid, change):
    assert app.modify(mpid, change).status_code == 200
    assert world.findings["no-change"].severity == "info"
    assert app.identities(mpid) == {"customer_id": "u-1", "email": "e"}


def test_immutable_identity_is_kept(app, world, mpid):
    world.set(immutable_ids=["customer_id"])
    assert app.modify(mpid, ("customerid", "u-1", "u-2")).status_code == 200
    assert world.findings["immutable-identity"].path == "/identity_changes/0"
    assert app.identities(mpid)["customer_id"] == "u-1"


def test_number_is_read_as_text(app, world, mpid):
    app.modify(mpid, ("customerid", "u-1", 17))
    assert app.identities(mpid)["customer_id"] == "17"
    assert world.findings["number-as-text"].path == "/identity_changes/0/new_value"


def test_other_environment_is_said(app, world, mpid):
    assert app.modify(mpid, ("email", "e", "f"), environment="production").status_code == 200
    assert world.findings["other-environment"].path == "/environment"


@pytest.mark.parametrize("mpid", ["1234", "-1", "0", "abc", "99999999999999999999", "1.0"])
def test_unknown_user_is_not_made(app, world, mpid):
    """§14: unknown mpid in modify."""
    answer = app.modify(mpid, ("email", None, "e"))
    assert answer.status_code == 400
    assert answer.json["ErrorCode"] == "BAD_REQUEST"
    assert mpid in answer.json["errors"][0]["message"]
    assert world.documents.all("user") == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (None, "identityChanges is empty."),
        ([], "identityChanges is empty."),
        ({"identity_type": "email"}, "must be a list of objects"),
        (["email"], "must be a list of objects"),
        ([{"new_value": "x"}], '"identity_type" is missing or empty'),
        ([{"identity_type": "customer_id", "new_value": "x"}], 'Did you mean "customerid"?'),
        ([{"identity_type": 7, "new_value": "x"}], "7 is no identity"),
        ([{"identity_type": "email", "new_value": ["x"]}], '"new_value" must be text'),
        ([{"identity_type": "email", "new_value": "x"}, {}], '"identity_type" is missing or empty'),
    ],
)
def test_bad_changes_are_refused(app, world, mpid, changes, says):
    body = {"environment": "development", "identity_changes": changes}
    answer = world("POST", f"/v1/{mpid}/modify", body)
    assert answer.status_code == 400
    assert says in answer.json["Errors"][0]["message"]
    assert app.identities(mpid) == {"customer_id": "u-1", "email": "e"}


def test_environment_is_required(world, mpid):
    body = {"identity_changes": [{"identity_type": "email", "old_value": None, "new_value": "x"}]}
    assert world("POST", f"/v1/{mpid}/modify", body).status_code == 400
