"""Endpoint 19: the Data Planning API, call by call (mparticle.md §6.6)."""

import re

import pytest

from mockserver.faults import fault_from

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")


@pytest.fixture
def plan(planner):
    return planner.plan(planner.price)


@pytest.fixture
def two_versions(planner, plan):
    planner("POST", "/trial-plan/versions", {"version_description": "next"})


def test_plan_is_made_with_its_versions(planner):
    """Endpoint 19, §14: the answer is the plan, not a version."""
    answer = planner("POST", "", {
        "data_plan_id": "trial-plan", "data_plan_name": "Trial", "data_plan_description": "What trials send.",
        "data_plan_versions": [{"version": 3, "data_plan_id": "another", "version_description": "first",
                                "activated_environment": "development",
                                "version_document": {"data_points": [planner.price]}}],
    })  # fmt: skip
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    (version,) = answer.json["data_plan_versions"]
    assert answer.json["data_plan_id"] == version["data_plan_id"] == "trial-plan"
    assert answer.json["data_plan_description"] == "What trials send."
    assert (version["version"], version["activated_environment"]) == (3, "development")
    assert version["version_document"] == {"data_points": [planner.price]}
    assert version["quarantine_feed_id"] is None


def test_audit_members_name_client_and_instant(planner, plan):
    """§6.1."""
    for one in (plan, plan["data_plan_versions"][0]):
        assert one["created_by"] == one["last_modified_by"] == f"client_id:{planner.own['client_id']}"
        assert one["created_on"] == one["last_modified_on"] == "2026-01-15T10:00:00.000"
        assert TIME.fullmatch(one["created_on"])


def test_time_is_the_tenants(planner, plan, world):
    world.stand(days=30)
    changed = planner("PATCH", "/trial-plan", {"data_plan_name": "Other"}).json
    assert (changed["created_on"], changed["last_modified_on"]) == (
        "2026-01-15T10:00:00.000",
        "2026-02-14T10:00:00.000",
    )
    assert changed["data_plan_versions"][0]["last_modified_on"] == "2026-01-15T10:00:00.000"


@pytest.mark.parametrize("path", ["", "/"])
def test_plans_are_listed_without_data_points(planner, plan, path):
    """Endpoint 19: with or without a slash."""
    planner.plan(plan_id="other")
    listed = planner("GET", path).json
    assert [one["data_plan_id"] for one in listed] == ["trial-plan", "other"]
    assert all("version_document" not in version for one in listed for version in one["data_plan_versions"])


def test_nothing_is_listed_at_first(planner):
    assert planner("GET").json == []


def test_plan_is_got_whole(planner, plan):
    assert planner("GET", "/trial-plan").json == plan


def test_id_is_the_slug_of_the_name(planner):
    assert planner("POST", "", {"data_plan_name": "Mobile: Data Plan!"}).json["data_plan_id"] == "mobile_data_plan"


@pytest.mark.parametrize("plan_id", ["a", "mobile_data_plan", "Trial-Plan-2", "validate", "x" * 255])
def test_slugs_are_ids(planner, plan_id):
    assert planner("POST", "", {"data_plan_id": plan_id}).json["data_plan_id"] == plan_id
    assert planner("GET", f"/{plan_id}").json["data_plan_id"] == plan_id


@pytest.mark.parametrize("plan_id", ["with space", "a/b", "ä", "x" * 256, 5, "a\n"])
def test_anything_else_is_no_id(planner, plan_id):
    (sentence,) = planner.refusal("POST", "", {"data_plan_id": plan_id, "data_plan_name": "Trial"})
    assert sentence.startswith("data_plan_id: a slug is expected")


def test_id_is_given_once(planner, plan):
    (sentence,) = planner.refusal("POST", "", {"data_plan_id": "trial-plan"})
    assert sentence == f"The specified plan ID trial-plan already exists in workspace {planner.own['workspace_id']}."


def test_plan_without_id_and_name_is_refused(planner):
    assert planner.refusal("POST", "", {}) == ["A required value was missing."]


def test_name_and_description_change(planner, plan):
    changed = planner("PATCH", "/trial-plan", {"data_plan_name": "Other", "data_plan_description": "New."}).json
    assert (changed["data_plan_name"], changed["data_plan_description"]) == ("Other", "New.")
    assert changed["data_plan_versions"] == plan["data_plan_versions"]
    assert planner("GET", "/trial-plan").json == changed


def test_what_is_not_sent_stays(planner, plan):
    planner("PATCH", "/trial-plan", {"data_plan_description": "New."})
    changed = planner("PATCH", "/trial-plan", {"data_plan_name": "Other"}).json
    assert changed["data_plan_description"] == "New."
    assert planner("PATCH", "/trial-plan", {"data_plan_description": None}).json["data_plan_description"] is None


def test_id_never_changes(planner, plan, world):
    changed = planner("PATCH", "/trial-plan", {"data_plan_id": "other", "data_plan_name": "Other"}).json
    assert changed["data_plan_id"] == "trial-plan"
    assert world.findings["plan-fixed-member"].message == "\"data_plan_id\" never changes; it stays 'trial-plan'."


def test_whole_plan_can_be_sent_back(planner, plan, world):
    """As the command line does."""
    assert planner("PATCH", "/trial-plan", plan).status_code == 200
    assert world.findings == {}


def test_plan_is_deleted(planner, plan):
    answer = planner("DELETE", "/trial-plan")
    assert (answer.status_code, answer.data) == (204, b"")
    assert planner("GET").json == []
    assert planner("GET", "/trial-plan").status_code == 404
    assert planner.plan(planner.price)["data_plan_versions"][0]["version"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/versions"), ("GET", "/versions/1"),
     ("PATCH", "/versions/1"), ("DELETE", "/versions/1")],
)  # fmt: skip
def test_unknown_plan_is_404(planner, method, path):
    answer = planner(method, f"/gone{path}", {} if method in ("PATCH", "POST") else None)
    text = f"The specified plan ID gone in workspace {planner.own['workspace_id']} was not found."
    assert (answer.status_code, answer.json) == (404, {"errors": [{"message": text}]})


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("version", ["2", "0", "01", "x", "1001"])
def test_unknown_version_is_404(planner, plan, method, version):
    answer = planner(method, f"/trial-plan/versions/{version}", {} if method == "PATCH" else None)
    text = f"The specified version {version} in plan ID trial-plan was not found in workspace"
    assert answer.status_code == 404
    assert answer.json == {"errors": [{"message": f"{text} {planner.own['workspace_id']}."}]}


def test_version_is_made(planner, plan):
    document = {"data_points": [planner.price]}
    answer = planner("POST", "/trial-plan/versions", {"version": 7, "version_document": document})
    assert answer.status_code == 200
    assert (answer.json["version"], answer.json["data_plan_id"]) == (7, "trial-plan")
    assert (answer.json["activated_environment"], answer.json["version_document"]) == ("none", document)
    assert planner("GET", "/trial-plan/versions/7").json == answer.json


def test_version_without_number_follows(planner, two_versions):
    planner("POST", "/trial-plan/versions", {"version": 10})
    assert planner("POST", "/trial-plan/versions", {}).json["version"] == 11
    assert [one["version"] for one in planner("GET", "/trial-plan").json["data_plan_versions"]] == [1, 2, 10, 11]


def test_version_number_is_used_once(planner, plan):
    assert planner.refusal("POST", "/trial-plan/versions", {"version": 1}) == [
        "The plan trial-plan has a version 1 already."
    ]
    versions = [{"version": 2}, {"version": 2}]
    sentences = planner.refusal("POST", "", {"data_plan_id": "b", "data_plan_versions": versions})
    assert sentences == ["Each version number may be used once."]


@pytest.mark.parametrize("version", [1, 1000])
def test_versions_are_numbered_from_1_to_1000(planner, plan, version):
    planner("DELETE", "/trial-plan")
    body = {"data_plan_id": "trial-plan", "data_plan_versions": [{"version": version}]}
    assert planner("POST", "", body).json["data_plan_versions"][0]["version"] == version


@pytest.mark.parametrize("version", [0, -1, 1001, 1.5, "2", True, []])
def test_no_other_numbers(planner, plan, version):
    sentence = "version: a number from 1 to 1000 is expected."
    assert planner.refusal("POST", "/trial-plan/versions", {"version": version}) == [sentence]
    body = {"data_plan_id": "b", "data_plan_versions": [{"version": version}]}
    assert planner.refusal("POST", "", body) == [f"data_plan_versions.0.{sentence}"]


def test_nothing_follows_on_1000(planner, plan):
    planner("POST", "/trial-plan/versions", {"version": 1000})
    assert planner.refusal("POST", "/trial-plan/versions", {}) == ["A plan has versions up to 1000."]


def test_version_changes(planner, plan):
    document = {"data_points": []}
    changes = {
        "activated_environment": "development",
        "version_description": "d",
        "version_document": document,
        "quarantine_feed_id": 12,
    }
    changed = planner("PATCH", "/trial-plan/versions/1", changes).json
    assert changed == planner("GET", "/trial-plan/versions/1").json
    assert {name: changed[name] for name in changes} == changes


def test_version_keeps_what_is_not_sent(planner, plan):
    planner("PATCH", "/trial-plan/versions/1", {"quarantine_feed_id": 12, "version_description": "d"})
    changed = planner("PATCH", "/trial-plan/versions/1", {"activated_environment": "none"}).json
    assert (changed["quarantine_feed_id"], changed["version_description"]) == (12, "d")
    assert changed["version_document"] == {"data_points": [planner.price]}
    emptied = {"quarantine_feed_id": None, "version_description": None, "version_document": None}
    changed = planner("PATCH", "/trial-plan/versions/1", emptied).json
    assert (changed["quarantine_feed_id"], changed["version_description"]) == (None, None)
    assert changed["version_document"] == {"data_points": [planner.price]}


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("activated_environment", "staging", "one of none, development, production is expected."),
        ("activated_environment", 1, "one of none, development, production is expected."),
        ("version_description", 5, "a text is expected."),
        ("quarantine_feed_id", "x", "a number is expected."),
    ],
)
def test_wrong_members_are_refused(planner, plan, member, value, sentence):
    for method, path in (("PATCH", "/trial-plan/versions/1"), ("POST", "/trial-plan/versions")):
        assert planner.refusal(method, path, {member: value}) == [f"{member}: {sentence}"]


def test_slip_of_the_pen_is_remarked_on(planner, plan, world):
    """The manual's own sample has it."""
    planner("POST", "/trial-plan/versions", {"activated_environmment": "development"})
    finding = world.findings["unknown-member"]
    assert finding.path == "/activated_environmment"
    assert '"activated_environment" was probably meant' in finding.message


def test_plan_without_versions_is_remarked_on(planner, world):
    planner("POST", "", {"data_plan_id": "empty"})
    assert "plan-without-versions" in world.findings


def test_doubled_data_point_is_remarked_on(planner, world):
    planner.plan(planner.price, planner.price)
    assert world.findings["plan-double-point"].path == "/data_plan_versions/0/version_document/data_points"


def test_version_is_deleted(planner, two_versions):
    planner("PATCH", "/trial-plan/versions/2", {"activated_environment": "development"})
    answer = planner("DELETE", "/trial-plan/versions/2")
    assert (answer.status_code, answer.data) == (204, b"")
    assert [one["version"] for one in planner("GET", "/trial-plan").json["data_plan_versions"]] == [1]


def test_last_version_stays(planner):
    planner.plan(active="none")
    assert planner.refusal("DELETE", "/trial-plan/versions/1") == [
        "Unable to delete plan version - plans must contain at least one plan version."
    ]


def test_version_active_in_production_stays(planner, two_versions):
    assert planner.refusal("DELETE", "/trial-plan/versions/1") == [
        "Unable to delete plan version - this version is active in prod and cannot be deleted."
    ]


def test_version_with_a_quarantine_feed_stays(planner, two_versions):
    planner("PATCH", "/trial-plan/versions/2", {"quarantine_feed_id": 5})
    (sentence,) = planner.refusal("DELETE", "/trial-plan/versions/2")
    first, second = "Unable to delete plan version.", "Plan versions with an associated quarantine feed"
    assert sentence == f"{first} {second} can only be deleted through the UI."


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("POST", "/"), ("GET", "/trial-plan/"), ("PATCH", "/trial-plan/"), ("POST", "/trial-plan/versions/"),
     ("GET", "/trial-plan/versions/1/"), ("POST", "/validate/")],
)  # fmt: skip
def test_trailing_slash_does_not_matter(planner, plan, method, path):
    body = {"data_plan_id": "b", "document": {"data_points": []}, "batch": {}}
    assert planner(method, path, None if method == "GET" else body).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"5"])
def test_unreadable_body_is_400(planner, plan, body):
    for method, path in (("POST", ""), ("PATCH", "/trial-plan"), ("POST", "/validate")):
        assert len(planner.refusal(method, path, body)) == 1


def test_no_token_is_401_without_body(planner, world):
    answer = world.client.get(f"/mparticle{planner.base}")
    assert (answer.status_code, answer.data) == (401, b"")


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic YTpi", "token"])
def test_wrong_token_is_401_without_body(planner, authorization):
    answer = planner("GET", headers={"authorization": authorization})
    assert (answer.status_code, answer.data) == (401, b"")


def test_another_workspace_is_403_without_body(planner):
    headers = {"authorization": planner("GET").request.headers["authorization"]}
    answer = planner.world.client.get("/mparticle/platform/v2/workspaces/1/plans", headers=headers)
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize(("ordered", "told"), [({"retry_after": 5}, "5"), ({}, None)])
def test_throttling_says_when_to_retry_if_ordered(planner, world, ordered, told):
    order = {"vendor": "mparticle", "operation": "plans", "status": 429, "times": 2, **ordered}
    world.server.tenants.order(world.tenant, fault_from(order))
    answer = planner("GET")
    assert (answer.status_code, answer.data, answer.headers.get("retry-after")) == (429, b"", told)


@pytest.mark.parametrize(("status", "bodiless"), [(401, True), (403, True), (404, False), (500, False), (503, False)])
def test_ordered_failures_have_the_shape(planner, world, status, bodiless):
    """Trap 6: the errors of this API have their own shape."""
    order = {"vendor": "mparticle", "operation": "get_plan", "status": status, "times": 1, "retry_after": 7}
    world.server.tenants.order(world.tenant, fault_from(order))
    answer = planner("GET", "/trial-plan")
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert answer.data == b"" if bodiless else answer.json.keys() == {"errors"}


def test_other_methods_and_paths_have_the_shape(planner, plan):
    """§14: a wrong method is 405, a wrong path 404."""
    answer = planner("PUT", "/trial-plan", {})
    assert (answer.status_code, [*answer.json]) == (405, ["errors"])
    answer = planner("GET", "/trial-plan/versions/1/points")
    assert (answer.status_code, [*answer.json]) == (404, ["errors"])


@pytest.mark.parametrize("path", ["", "/trial-plan", "/trial-plan/versions", "/trial-plan/versions/1", "/validate"])
def test_browsers_may_call(planner, path):
    """§5.5: the platform's APIs too, for any origin."""
    answer = planner.world.client.options(f"/mparticle{planner.base}{path}")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"PATCH", "DELETE"} <= {*answer.headers["access-control-allow-methods"].split(", ")}
    assert "authorization" in answer.headers["access-control-allow-headers"]


def test_browsers_may_read_refusals(planner):
    """Trap 15."""
    assert planner("GET", "/gone").headers["access-control-allow-origin"] == "*"


def test_tenants_do_not_see_each_others_plans(planner, plan, world):
    other = type(planner)(type(world)(world.client, world.server, world.server.tenants.create()))
    assert other("GET").json == []
    assert other.plan(other.price)["data_plan_id"] == "trial-plan"


def test_plans_are_the_same_after_reading_the_log_anew(planner, two_versions, world):
    planner("PATCH", "/trial-plan/versions/2", {"version_document": {"data_points": [planner.price]}})
    planner.plan(plan_id="gone")
    planner("DELETE", "/gone")
    before = planner("GET", "/trial-plan").json
    world.forget()
    assert planner("GET", "/trial-plan").json == before
    assert [one["data_plan_id"] for one in planner("GET").json] == ["trial-plan"]


def test_answer_that_was_lost_counts(planner, world):
    order = {"vendor": "mparticle", "operation": "create_plan", "status": 503, "times": 1, "after": True}
    world.server.tenants.order(world.tenant, fault_from(order))
    assert planner("POST", "", {"data_plan_id": "lost"}).status_code == 503
    assert planner("GET", "/lost").json["created_by"] == f"client_id:{planner.own['client_id']}"


def test_any_credentials_open_any_workspace(tmp_path):
    from mockserver.app import create_app, parts_of
    from mockserver.settings import Settings

    app = create_app(Settings(storage=tmp_path, accept_any_credentials=True))
    try:
        assert app.test_client().get("/mparticle/platform/v2/workspaces/1/plans").status_code == 200
    finally:
        parts_of(app).close()
