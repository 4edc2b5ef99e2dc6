"""§6.4: what a plan does not have may be kept from profiles and outputs."""

import pytest

from mockserver.vendors.mparticle.plans.tagging import passed

SCREEN = {"event_type": "screen_view", "data": {"screen_name": "Home"}}
CHANGE = {"event_type": "user_attribute_change", "data": {"user_attribute_name": "age", "new": "5", "old": None}}


@pytest.fixture
def plan(planner):
    attributes = {"properties": {"tier": {"enum": ["gold"]}}, "additionalProperties": False}
    return planner.plan(planner.price, planner.point({"type": "user_attributes", "criteria": {}}, attributes))


def batch_of(planner, **more):
    events = [planner.bought(price=50, label="Sale"), SCREEN, CHANGE]
    context = {"data_plan": {"plan_id": "trial-plan"}}
    return {"events": events, "user_attributes": {"tier": "tin", "age": 5}, "context": context, **more}


def seen(planner, world, batch):
    """What profiles and outputs see of a batch."""
    return passed(batch, world.documents, world.tenant.settings("mparticle"))


def test_nothing_is_blocked_at_first(planner, plan, world):
    batch = batch_of(planner)
    assert seen(planner, world, batch) is batch
    planner.send(*batch["events"])
    assert not any(event.dropped for event in planner.events())


def test_unplanned_events_are_blocked(planner, plan, world):
    world.set(plan_blocking={"ev": True})
    batch = batch_of(planner)
    assert [event["event_type"] for event in seen(planner, world, batch)["events"]] == [
        "custom_event",
        "user_attribute_change",
    ]
    planner.send(*batch["events"])
    dropped = [event.dropped for event in planner.events()]
    assert dropped == ["", "blocked by the data plan trial-plan v1", ""]


def test_blocked_data_is_said_loudly(planner, plan, world):
    world.set(plan_blocking={"ev": True, "ea": True, "ua": True})
    batch = batch_of(planner)
    planner.send(*batch["events"], user_attributes=batch["user_attributes"])
    told = {one.path: one for event in planner.events() for one in event.findings if one.rule == "plan-unplanned"}
    assert sorted(told) == ["/events/0/data/custom_attributes/label", "/events/1", "/user_attributes/age"]
    for finding in told.values():
        assert finding.severity == "error"
        assert finding.message.endswith(" It is blocked: neither profiles nor outputs get it.")


def test_unplanned_event_attributes_are_blocked(planner, plan, world):
    world.set(plan_blocking={"ea": True})
    batch = batch_of(planner)
    rest = seen(planner, world, batch)
    assert rest["events"][0]["data"]["custom_attributes"] == {"price": 50}
    assert rest["events"][1:] == batch["events"][1:]
    assert batch["events"][0]["data"]["custom_attributes"] == {"price": 50, "label": "Sale"}


def test_unplanned_user_attributes_are_blocked(planner, plan, world):
    """With the events by which SDKs tell of them."""
    world.set(plan_blocking={"ua": True})
    rest = seen(planner, world, batch_of(planner))
    assert rest["user_attributes"] == {"tier": "tin"}
    assert [event["event_type"] for event in rest["events"]] == ["custom_event", "screen_view"]


def test_identities_are_never_blocked(planner, world):
    planner.plan(planner.point({"type": "user_identities", "criteria": {}}, {"additionalProperties": False}))
    world.set(plan_blocking={"ev": True, "ea": True, "ua": True, "id": True})
    batch = batch_of(planner, events=[], user_identities={"email": "a@b.example"})
    assert seen(planner, world, batch) == batch


def test_what_cannot_be_planned_is_never_blocked(planner, plan, world):
    world.set(plan_blocking={"ev": True})
    batch = batch_of(planner, events=[{"event_type": "session_start", "data": {}}])
    assert seen(planner, world, batch)["events"] == batch["events"]


def test_document_may_turn_blocking_on(planner, world):
    planner.plan(planner.price, settings={"validation_actions": {"event": "drop_event"}})
    assert len(seen(planner, world, batch_of(planner))["events"]) == 2
    planner.send(SCREEN)
    assert planner.events()[-1].dropped == "blocked by the data plan trial-plan v1"


def test_events_before_the_switch_stay(planner, plan, world):
    """The journal goes by the switches of the time, whenever it is read."""
    planner.send(SCREEN)
    world.set(plan_blocking={"ev": True})
    planner.send(SCREEN)
    world.set(plan_blocking={"ev": False})
    planner.send(SCREEN)
    assert [bool(event.dropped) for event in planner.events()] == [False, True, False]


def test_blocked_attributes_do_not_reach_the_profile(planner, plan, world):
    from mockserver.vendors.mparticle.identity.people import People

    world.set(plan_blocking={"ua": True})
    planner.send(user_attributes={"tier": "tin", "age": "5"}, mpid=77)
    assert People(world.documents).get(77).attributes == {"tier": "tin"}
