"""Attributes by API v2 (revenuecat.md §12)."""

import pytest


@pytest.fixture
def post(revenuecat):
    """Set attributes of u-1 by v2."""

    def send(attributes, who="u-1", *, project=None, **more):
        project = project or revenuecat.tenant.credentials("")["project_id"]
        return revenuecat(
            "POST", f"/v2/projects/{project}/customers/{who}/attributes", {"attributes": attributes}, **more
        )

    return send


@pytest.fixture
def known(revenuecat):
    revenuecat.get()


def pair(name, value):
    return {"name": name, "value": value}


@pytest.mark.usefixtures("known")
def test_attributes_are_listed(revenuecat, post):
    reply = post([pair("color", "red"), pair("$email", "ada@example.com")])
    project = revenuecat.tenant.credentials("")["project_id"]
    assert reply.status == 200
    assert reply.json == {
        "object": "list",
        "items": [
            {"object": "customer.attribute", "name": "color", "value": "red", "updated_at": 1768471200000},
            {"object": "customer.attribute", "name": "$email", "value": "ada@example.com", "updated_at": 1768471200000},
        ],
        "next_page": None,
        "url": f"/v2/projects/{project}/customers/u-1/attributes",
    }
    assert revenuecat.attributes() == {"color": "red", "$email": "ada@example.com"}


@pytest.mark.usefixtures("known")
def test_null_deletes(revenuecat, post):
    post([pair("color", "red")])
    assert post([pair("color", None)]).json["items"] == []
    assert revenuecat.attributes() == {}


@pytest.mark.usefixtures("known")
def test_bad_one_spoils_all(revenuecat, post):
    reply = post([pair("color", "red"), pair("a key", "x")])
    assert (reply.status, reply.json) == (
        400,
        {
            "object": "error",
            "type": "parameter_error",
            "param": "attributes[1]",
            "message": "Key name format is not valid.",
            "retryable": False,
            "doc_url": "https://errors.rev.cat/parameter-error",
        },
    )
    assert revenuecat.attributes() == {}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("attributes", "param"),
    [
        (None, "attributes"),
        ([], "attributes"),
        ({"color": "red"}, "attributes"),
        ([pair(f"a{number}", "x") for number in range(51)], "attributes"),
        ([{"name": "a"}], "attributes[0].value"),
        ([{"value": "a"}], "attributes[0].name"),
        ([pair("a", 1)], "attributes[0].value"),
        ([pair("a", "x" * 501)], "attributes[0]"),
        ([pair("$unknown", "x")], "attributes[0]"),
        (["a"], "attributes[0]"),
        ([{**pair("a", "x"), "more": 1}], "attributes[0].more"),
    ],
)
def test_other_form_is_refused(post, attributes, param):
    reply = post(attributes)
    assert (reply.status, reply.json["type"], reply.json["param"]) == (400, "parameter_error", param)


@pytest.mark.usefixtures("known")
def test_fifty_are_fine(revenuecat, post):
    assert post([pair(f"a{number}", "x") for number in range(50)]).status == 200
    assert post([pair("one_more", "x")]).status == 400


@pytest.mark.usefixtures("known")
def test_other_than_json_is_invalid(revenuecat):
    project = revenuecat.tenant.credentials("")["project_id"]
    reply = revenuecat("POST", f"/v2/projects/{project}/customers/u-1/attributes", b"{")
    assert (reply.status, reply.json["type"]) == (400, "invalid_request")


def test_nobody_is_missing(post):
    reply = post([pair("color", "red")])
    assert (reply.status, reply.json["type"]) == (404, "resource_missing")


@pytest.mark.parametrize("who", ["null", "x" * 101, "%20"])
def test_blocked_id_is_refused(post, who):
    reply = post([pair("color", "red")], who)
    assert (reply.status, reply.json["param"]) == (400, "customer_id")


@pytest.mark.usefixtures("known")
def test_other_project_is_closed(post):
    reply = post([pair("color", "red")], project="proj00000000")
    assert (reply.status, reply.json["type"]) == (403, "authorization_error")


@pytest.mark.usefixtures("known")
def test_public_key_is_not_enough(revenuecat, post):
    reply = post([pair("color", "red")], key=revenuecat.tenant.credentials("")["public_ios_key"])
    assert (reply.status, reply.json["type"]) == (403, "authorization_error")


@pytest.mark.parametrize("key", [None, "sk_unknown"])
def test_unknown_key_is_unauthorized(post, key):
    reply = post([pair("color", "red")], key=key)
    assert (reply.status, reply.json["type"]) == (401, "authentication_error")


@pytest.mark.usefixtures("known")
def test_both_versions_share_rules(revenuecat, post):
    revenuecat.set({"$idfa": "A", "color": "red"}, at=4_000_000_000_000)
    reply = post([pair("$idfa", "B"), pair("color", "blue")])
    assert (reply.rules, revenuecat.attributes()) == ({"attribute-kept"}, {"$idfa": "A", "color": "blue"})
