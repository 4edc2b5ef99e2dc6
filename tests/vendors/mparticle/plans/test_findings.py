"""§6.4: what the journal says of tagged batches, by the plan as it was when they came."""

import orjson
import pytest

SCREEN = {"event_type": "screen_view", "data": {"screen_name": "Home"}}
ACTIVE = ["plan-unplanned"]


@pytest.fixture
def plan(planner):
    return planner.plan(planner.price)


def rules(planner):
    return [rule for rule, _ in planner.said()]


@pytest.mark.parametrize(
    ("path", "prefix"), [("/v2/events", ""), ("/v2/bulkevents", "/0"), ("/v2/bulkevents/historical", "/0")]
)
def test_violations_are_said_of_the_event(planner, plan, path, prefix):
    """Trap 13: the answer is 202 all the same."""
    event = planner.bought(price=50, label="Sale")
    event["data"]["timestamp_unixtime_ms"] = 1768000000000
    planner.send(event, path=path)
    place = f"{prefix}/events/0/data/custom_attributes"
    assert sorted(planner.said()) == [("plan-invalid", f"{place}/price"), ("plan-unplanned", f"{place}/label")]


def test_sentences_name_plan_version_and_expectation(planner, plan):
    planner.send(planner.bought(price=50, label="Sale"), planner.bought(), SCREEN)
    said = {one.message for event in planner.events() for one in event.findings if one.rule.startswith("plan-")}
    assert said == {
        "The data plan trial-plan v1 wants data/custom_attributes/price: it should be <= 10, 50 was sent.",
        'The data plan trial-plan v1 does not have "label" in data/custom_attributes.',
        'The data plan trial-plan v1 requires "price" in data/custom_attributes, which was not sent.',
        "The data plan trial-plan v1 does not have the screen_view screen_name 'Home'.",
    }


def test_each_event_has_its_own(planner, plan):
    planner.send(planner.bought(price=5), planner.bought(), SCREEN)
    found = [[one.rule for one in event.findings if one.rule.startswith("plan-")] for event in planner.events()]
    assert found == [[], ["plan-missing"], ["plan-unplanned"]]
    assert not any(event.dropped for event in planner.events())


def test_texts_of_numbers_are_fine(planner, plan):
    """§14: number as text in plans."""
    planner.send(planner.bought(price="5"))
    assert planner.said() == []


def test_user_attributes_are_said_of_the_batch(planner):
    only = {"properties": {"tier": {"enum": ["gold"]}}, "additionalProperties": False}
    planner.plan(planner.price, planner.point({"type": "user_attributes", "criteria": {}}, only))
    planner.send(planner.bought(price=5), user_attributes={"tier": "tin", "age": 5})
    assert sorted(planner.said()) == [
        ("plan-invalid", "/user_attributes/tier"),
        ("plan-unplanned", "/user_attributes/age"),
    ]


def test_identities_are_said_of_the_batch(planner):
    rule = planner.point({"type": "user_identities", "criteria": {}}, {"properties": {"email": {"format": "email"}}})
    planner.plan(planner.price, rule)
    planner.send(planner.bought(price=5), user_identities={"email": "nobody"})
    assert planner.said() == [("plan-invalid", "/user_identities/email")]


def test_plan_that_says_nothing_of_attributes_asks_nothing_of_them(planner, plan):
    planner.send(planner.bought(price=5), user_attributes={"age": 5}, user_identities={"email": "nobody"})
    assert planner.said() == []


@pytest.mark.parametrize(
    "event",
    [{"event_type": "session_start", "data": {}},
     {"event_type": "application_state_transition", "data": {"application_transition_type": "application_exit"}},
     {"event_type": "push_message", "data": {"push_message_type": "received"}},
     {"event_type": "custom_event", "data": {"event_name": "attribution", "custom_event_type": "attribution"}}],
)  # fmt: skip
def test_what_cannot_be_planned_is_not_validated(planner, plan, event):
    """§6.2: only custom, screen and commerce events are, in reality."""
    planner.send(event)
    assert planner.said() == []


@pytest.mark.parametrize(
    ("tag", "environment", "reason"),
    [
        ({"plan": "gone"}, "production", "there is no data plan 'gone'"),
        ({"version": 9}, "production", "the data plan trial-plan has no version 9"),
        ({"version": 2}, "production", "version 2 of the data plan trial-plan is not active in production"),
        ({"version": 3}, "development", "version 3 of the data plan trial-plan is not active in development"),
        ({"plan": "draft"}, "development", "no version of the data plan draft is active in development"),
    ],
)
def test_without_an_active_plan_nothing_is_validated(planner, plan, tag, environment, reason):
    """§6.4."""
    planner("POST", "/trial-plan/versions", {"activated_environment": "development"})
    planner("POST", "/trial-plan/versions", {})
    planner.plan(plan_id="draft", active="none")
    planner.send(SCREEN, environment=environment, **tag)
    (finding,) = [one for one in planner.events()[-1].findings if one.rule.startswith("plan-")]
    assert (finding.rule, finding.severity, finding.path) == ("plan-not-found", "info", "/context/data_plan")
    assert finding.message == f"Nothing is validated: {reason}."


@pytest.mark.parametrize(
    ("active", "environment", "is_validated"),
    [
        ("production", "production", True),
        ("production", "development", True),
        ("development", "development", True),
        ("development", "production", False),
        ("none", "development", False),
    ],
)
@pytest.mark.parametrize("version", [None, 1])
def test_production_covers_development(planner, active, environment, is_validated, version):
    """§6.1."""
    planner.plan(planner.price, active=active)
    planner.send(SCREEN, environment=environment, version=version)
    assert rules(planner) == (["plan-unplanned"] if is_validated else ["plan-not-found"])


def test_environment_is_production_unless_said(planner):
    """§14: environment missing."""
    planner.plan(planner.price, active="development")
    planner.send(SCREEN)
    assert rules(planner) == ["plan-not-found"]


def test_latest_active_version_decides(planner, plan):
    """§6.4: where the batch names no version."""
    home = planner.point({"type": "screen_view", "criteria": {"screen_name": "Home"}}, {})
    version = {"version_document": {"data_points": [home]}, "activated_environment": "development"}
    planner("POST", "/trial-plan/versions", version)
    planner.send(SCREEN, environment="development")
    assert planner.said() == []
    planner.send(SCREEN, environment="production")
    assert rules(planner) == ["plan-unplanned"]
    planner.send(SCREEN, environment="development", version=1)
    assert rules(planner) == ["plan-unplanned"]


@pytest.mark.parametrize("asked", ["at once", "later"])
def test_events_are_judged_by_the_plan_of_their_time(planner, plan, asked):
    """Whenever the journal is read."""
    home = planner.point({"type": "screen_view", "criteria": {"screen_name": "Home"}}, {})
    changes = (
        lambda: planner("PATCH", "/trial-plan/versions/1", {"version_document": {"data_points": [home]}}),
        lambda: planner("PATCH", "/trial-plan/versions/1", {"activated_environment": "none"}),
        lambda: planner("PATCH", "/trial-plan/versions/1", {"activated_environment": "production"}),
        lambda: planner("DELETE", "/trial-plan"),
    )
    planner.send(SCREEN)
    for change in changes:
        assert change().status_code in (200, 204)
        planner.send(SCREEN)
        if asked == "at once":
            planner.events()
    told = [[one.rule for one in event.findings if one.rule.startswith("plan-")] for event in planner.events()]
    assert told == [["plan-unplanned"], [], ["plan-not-found"], [], ["plan-not-found"]]


def test_journal_read_anew_says_the_same(planner, plan, world):
    planner.send(planner.bought(price=50, label="Sale"))
    planner("DELETE", "/trial-plan")
    before = planner.events()[0].findings
    world.forget()
    assert planner.events()[0].findings == before


def test_refused_plans_are_no_plans(planner, plan):
    assert planner("PATCH", "/trial-plan/versions/1", {"version_document": {}}).status_code == 400
    planner.send(SCREEN)
    assert rules(planner) == ["plan-unplanned"]


@pytest.mark.parametrize("context", [None, {}, {"data_plan": None}, {"data_plan": []}, {"data_plan": {"plan_id": ""}}])
def test_batch_without_a_plan_is_not_validated(planner, plan, world, context):
    assert world("POST", "/v2/events", {"events": [SCREEN], "context": context}).status_code == 202
    assert planner.said() == []


def test_many_violations_are_cut_short(planner, plan):
    planner.send(planner.bought(**{f"a{at}": at for at in range(500)}))
    assert len(planner.said()) == 100


@pytest.mark.parametrize("version", ["1", 1])
def test_version_may_be_a_text(planner, plan, version):
    planner.send(SCREEN, version=version)
    assert rules(planner) == ["plan-unplanned"]


def test_browsers_batches_are_judged_too(planner, plan, world):
    batch = {"events": [SCREEN], "environment": "production", "context": {"data_plan": {"plan_id": "trial-plan"}}}
    world("POST", f"/v3/JS/{world.tenant.credentials('mparticle', 'web')['key']}/events", batch, authorization=None)
    assert planner.said() == [("plan-unplanned", "/events/0")]


def test_apps_batches_are_judged_in_their_own_words(planner, plan, world):
    """§5.3: `ctx.dpln` is the plan; the pointers lead into what was sent."""
    from mockserver.vendors.mparticle.signatures import signature

    pair, date = world.tenant.credentials("mparticle", "android"), "Thu, 15 Jan 2026 10:00:00 GMT"
    path = f"/v2/{pair['key']}/events"
    message = {"dt": "e", "n": "Buy", "et": "Transaction", "ct": 1768471200000, "attrs": {"price": "50"}}
    body = orjson.dumps({"dt": "h", "id": "b-1", "ctx": {"dpln": {"id": "trial-plan", "v": 1}}, "msgs": [message]})
    signed = signature(pair["secret"], "POST", date, path, body)
    answer = world("POST", path, body, authorization=None, date=date, x_mp_signature=signed)
    assert answer.status_code in (200, 202), answer.data
    assert planner.said() == [("plan-invalid", "/msgs/0/attrs/price")]
