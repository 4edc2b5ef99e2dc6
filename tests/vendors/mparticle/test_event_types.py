"""Every event type: its sample is accepted and clean, its required members are required (mparticle.md §3.4)."""

import json
from pathlib import Path

import pytest

from mockserver.journal.entry import Verdict
from mockserver.vendors.mparticle.events import EVENT_TYPES

SAMPLES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "samples").glob("*.json")
}
EVENTS = {name: sample["event"] for name, sample in SAMPLES.items()}
REQUIRED = [  # the bold members of mparticle.md §3.4, in an event that has everything else
    ("custom_event", "event_name"), ("custom_event", "custom_event_type"),
    ("application_state_transition", "application_transition_type"),
    ("push_registration", "register"), ("push_registration", "registration_token"),
    ("push_message", "push_message_type"), ("breadcrumb", "label"), ("user_attribute_change", "user_attribute_name"),
]  # fmt: skip
SIDES = [(kind, side) for kind in ("user_attribute_change", "user_identity_change") for side in ("new", "old")]
CHOICES = {
    ("custom_event", "custom_event_type"): (
        "navigation location search transaction user_content user_preference social other media attribution unknown"
    ),
    ("application_state_transition", "application_transition_type"): (
        "application_initialized application_exit application_background application_foreground"
    ),
    ("push_message", "push_message_type"): "sent received action",
}
ACTIONS = [
    "add_to_cart",
    "remove_from_cart",
    "checkout",
    "checkout_option",
    "click",
    "view_detail",
    "purchase",
    "refund",
    "add_to_wishlist",
    "remove_from_wish_list",
    "unknown",
]


def changed(name, **members):
    """A sample with other members; None as a value is sent, an ellipsis leaves the member out."""
    event = json.loads(json.dumps(EVENTS[name]))
    data = event["data"] | members
    return event | {"data": {key: value for key, value in data.items() if value is not ...}}


def test_every_type_has_sample():
    assert {event["event_type"] for event in EVENTS.values()} == set(EVENT_TYPES)
    assert all(sample["source"].startswith("mparticle.md §3.4") for sample in SAMPLES.values())


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_sample_is_accepted(service, name):
    assert service.event(EVENTS[name]).status == 202
    (part,) = service.parts()
    (event,) = part.events
    assert (event.kind, event.verdict, event.path) == (EVENTS[name]["event_type"], Verdict.ACCEPTED, "/events/0")


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_nothing_is_said_of_sample(service, name):
    service.event(EVENTS[name])
    assert service.findings() == []


@pytest.mark.parametrize("value", [..., None, "", [], {}], ids=["absent", "null", "empty", "no list", "no object"])
@pytest.mark.parametrize(("name", "member"), REQUIRED)
def test_required_member_is_required(service, name, member, value):
    said = service.refusal("/v2/events", {"events": [changed(name, **{member: value})]})
    assert said == f'Required event field "{member}" is missing or empty.'
    assert (f"/events/0/data/{member}", "required-member") in [one[:2] for one in service.findings()]


@pytest.mark.parametrize(("name", "member"), REQUIRED)
@pytest.mark.parametrize("value", [["x"], {"a": "x"}], ids=["list", "object"])
def test_required_member_is_scalar(service, name, member, value):
    said = service.refusal("/v2/events", {"events": [changed(name, **{member: value})]})
    assert said.startswith(f'Event field "{member}" must be ')


@pytest.mark.parametrize("data", [..., None, {}])
@pytest.mark.parametrize(
    "kind", sorted({name for name, _ in REQUIRED} | {"user_identity_change"}), ids=lambda kind: kind
)
def test_data_is_needed(service, kind, data):
    event = {"event_type": kind} if data is ... else {"event_type": kind, "data": data}
    assert service.refusal("/v2/events", {"events": [event]}).endswith("is missing or empty.")


@pytest.mark.parametrize("kind", sorted(set(EVENT_TYPES) - {name for name, _ in REQUIRED} - {"user_identity_change"}))
@pytest.mark.parametrize("event", [{}, {"data": None}, {"data": {}}])
def test_data_may_be_missing(service, kind, event):
    assert service.event({"event_type": kind, **event}).status == 202


@pytest.mark.parametrize(("name", "member"), SIDES)
def test_side_of_change_is_required(service, name, member):
    said = service.refusal("/v2/events", {"events": [changed(name, **{member: ...})]})
    assert said == f'Required event field "{member}" is missing or empty.'


@pytest.mark.parametrize(("name", "member"), SIDES)
def test_side_of_change_may_be_null(service, name, member):
    assert service.event(changed(name, **{member: None})).status == 202


@pytest.mark.parametrize("value", ["gold", ["a", "b"], None, 5, True])
def test_attribute_may_become_anything(service, value):
    assert service.event(changed("user_attribute_change", new=value)).status == 202


@pytest.mark.parametrize(("side", "excuse"), [("old", "is_new_attribute"), ("new", "deleted")])
def test_python_sdk_leaves_null_out(service, side, excuse):
    """PyPI mparticle 0.16.1 does not serialise None, so a new attribute comes without `old`."""
    assert service.event(changed("user_attribute_change", **{side: ..., excuse: True})).status == 202


@pytest.mark.parametrize(
    ("place", "word"), [(place, word) for place, words in CHOICES.items() for word in words.split()], ids=str
)
def test_known_word_is_accepted(service, place, word):
    name, member = place
    assert service.event(changed(name, **{member: word})).status == 202


@pytest.mark.parametrize("word", ["bogus", "Navigation", 1, True])
@pytest.mark.parametrize("place", CHOICES, ids=str)
def test_unknown_word_is_refused(service, place, word):
    name, member = place
    said = service.refusal("/v2/events", {"events": [changed(name, **{member: word})]})
    assert said.startswith(f'Event field "{member}" must be one of ')


@pytest.mark.parametrize("word", ["impression", "promotion_view", "add_to_cart"])
def test_commerce_word_is_remarked_on(service, word):
    """The values that `custom_event_type` has for commerce events only: some feeds send them in custom events."""
    assert service.event(changed("custom_event", custom_event_type=word)).status == 202
    assert [finding.rule for finding in service.findings()] == ["unusual-value"]


@pytest.mark.parametrize("value", [5, 1.5, True])
@pytest.mark.parametrize("place", [("custom_event", "event_name"), ("breadcrumb", "label")], ids=str)
def test_scalar_is_read_as_text(service, place, value):
    name, member = place
    assert service.event(changed(name, **{member: value})).status == 202
    assert [(finding.path, finding.rule) for finding in service.findings()] == [
        (f"/events/0/data/{member}", "wrong-type")
    ]


@pytest.mark.parametrize("action", ACTIONS)
def test_product_action_is_accepted(service, action):
    event = changed("commerce_event", product_action={"action": action, "products": [{"id": "sku-1"}]})
    assert service.event(event).status == 202
    assert service.parts()[0].events[0].name == action


@pytest.mark.parametrize("action", ["view", "click"])
def test_promotion_action_is_accepted(service, action):
    event = changed("commerce_promotion", promotion_action={"action": action})
    assert service.event(event).status == 202
    assert service.parts()[0].events[0].name == f"promotion_{action}"


@pytest.mark.parametrize("member", ["product_action", "promotion_action"])
@pytest.mark.parametrize("holder", [{}, {"action": None}, {"action": ""}, "purchase", []], ids=str)
def test_action_is_required(service, member, holder):
    said = service.refusal("/v2/events", {"events": [{"event_type": "commerce_event", "data": {member: holder}}]})
    assert said == 'Required event field "action" is missing or empty.'


@pytest.mark.parametrize("member", ["product_action", "promotion_action"])
def test_unknown_action_is_refused(service, member):
    event = {"event_type": "commerce_event", "data": {member: {"action": "steal"}}}
    assert service.refusal("/v2/events", {"events": [event]}).startswith('Event field "action" must be one of ')


def test_wish_list_has_odd_spelling(service):
    event = changed("commerce_event", product_action={"action": "remove_from_wishlist"})
    assert service.event(event).status == 202
    (finding,) = service.findings()
    assert (finding.path, finding.rule) == ("/events/0/data/product_action/action", "unusual-value")
    assert 'spelled "remove_from_wish_list"' in finding.message


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ({}, "none of them"),
        (
            {"product_action": {"action": "click"}, "promotion_action": {"action": "view"}},
            "product_action and promotion_action",
        ),
        ({"product_action": {"action": "click"}, "product_impressions": []}, "product_action and product_impressions"),
    ],
)
def test_commerce_is_of_one_kind(service, data, sent):
    assert service.event({"event_type": "commerce_event", "data": data}).status == 202
    (finding,) = service.findings()
    assert (finding.path, finding.rule) == ("/events/0/data", "commerce-kind")
    assert f"{sent} sent" in finding.message


def test_null_kind_does_not_count(service):
    event = changed("commerce_event", promotion_action=None, product_impressions=None)
    assert service.event(event).status == 202
    assert service.findings() == []
