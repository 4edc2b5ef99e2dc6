"""Purchases that a developer moves by API v2 (revenuecat.md §§8, 12)."""

import pytest

from mockserver.lifecycle import day, developer, period_end, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.customer import app_user_id

MONTHS = (day(0, user.buys(MONTHLY)), period_end(1, store.renews()))


@pytest.fixture
def move(revenuecat):
    """Transfer somebody's purchases by v2."""

    def send(source, target="u-1", *, project=None, **more):
        project = project or revenuecat.tenant.credentials("")["project_id"]
        headers = {"key": more.pop("key")} if "key" in more else {}
        body = {"target_customer_id": target, **more}
        return revenuecat("POST", f"/v2/projects/{project}/customers/{source}/actions/transfer", body, **headers)

    return send


@pytest.fixture
def buyer(live, revenuecat):
    """The id of somebody who has bought; `u-1` is there too."""

    def plan(*steps, **declared):
        revenuecat.get()
        return app_user_id(live(*(steps or MONTHS), **declared)[0].person)

    return plan


def has_premium(revenuecat, who):
    return "premium" in revenuecat.get(who).subscriber["entitlements"]


def test_both_sides_are_answered(revenuecat, move, buyer):
    who = buyer()
    reply = move(who)
    project = revenuecat.tenant.credentials("")["project_id"]
    assert reply.status == 200
    assert reply.json["target_customer"] == {
        "object": "customer",
        "id": "u-1",
        "project_id": project,
        "first_seen_at": 1768471200000,
        "last_seen_at": 1768471200000,
        "last_seen_app_version": None,
        "last_seen_country": None,
        "last_seen_platform": None,
        "last_seen_platform_version": None,
    }
    source = reply.json["source_customer"]
    assert (source["id"], source["last_seen_country"], source["last_seen_platform"]) == (who, "US", "ios")


def test_purchases_move(revenuecat, move, buyer):
    who = buyer()
    move(who)
    assert (has_premium(revenuecat, who), has_premium(revenuecat, "u-1")) == (False, True)


def test_purchases_come_back(revenuecat, move, buyer):
    who = buyer()
    move(who)
    move("u-1", who)
    assert (has_premium(revenuecat, who), has_premium(revenuecat, "u-1")) == (True, False)


def test_anonymous_buyer_is_no_alias(revenuecat, move, live):
    """Moved by hand, they are two customers still."""
    from mockserver.lifecycle import someone

    revenuecat.get()
    who = app_user_id(live(*MONTHS, people=[someone(anonymous=True)])[0].person)
    move(who)
    assert (has_premium(revenuecat, who), revenuecat.get().subscriber["original_app_user_id"]) == (False, "u-1")


def test_keeping_buyers_does_not_matter(revenuecat, move, buyer):
    who = buyer()
    revenuecat.tenant.changed["restore_behavior"] = "keep_with_original"
    move(who)
    assert (has_premium(revenuecat, who), has_premium(revenuecat, "u-1")) == (False, True)


def test_apps_can_be_named(revenuecat, move, buyer):
    who = buyer(day(0, user.buys(MONTHLY)), day(0, user.buys(LIFETIME, on="play_store")))
    move(who, app_ids=[VENDOR.settings["app_ids"]["play_store"]])
    moved, kept = revenuecat.get().subscriber, revenuecat.get(who).subscriber
    assert (moved["subscriptions"].keys(), moved["non_subscriptions"].keys()) == (set(), {"premium.lifetime"})
    assert kept["subscriptions"].keys() == {"premium.monthly"}


def test_grants_stay(revenuecat, move, buyer):
    who = buyer(day(0, developer.grants(period="P1M")))
    move(who)
    assert (has_premium(revenuecat, who), has_premium(revenuecat, "u-1")) == (True, False)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"target_customer_id": None}, "target_customer_id"),
        ({"target_customer_id": ""}, "target_customer_id"),
        ({"target_customer_id": "null"}, "target_customer_id"),
        ({"app_ids": "x"}, "app_ids"),
        ({"app_ids": [""]}, "app_ids[0]"),
        ({"more": 1}, "more"),
    ],
)
def test_other_form_is_refused(move, buyer, body, param):
    reply = move(buyer(), **{"target": "u-1", **body} if "target_customer_id" not in body else body)
    assert (reply.status, reply.json["type"], reply.json["param"]) == (400, "parameter_error", param)


def test_own_purchases_do_not_move(move, buyer):
    who = buyer()
    assert (move(who, who).status, move(who, who).json["param"]) == (400, "target_customer_id")


@pytest.mark.parametrize("missing", ["source", "target"])
def test_nobody_is_missing(move, buyer, missing):
    who = buyer()
    reply = move("nobody") if missing == "source" else move(who, "nobody")
    assert (reply.status, reply.json["type"]) == (404, "resource_missing")


def test_public_key_cannot_move(revenuecat, move, buyer):
    assert move(buyer(), key=revenuecat.tenant.credentials("")["public_ios_key"]).status == 403


def test_other_project_is_closed(move, buyer):
    assert move(buyer(), project="proj00000000").json["type"] == "authorization_error"


def test_later_events_are_the_targets(revenuecat, move, buyer, later, tell):
    who = buyer()
    later(days=5)
    revenuecat.set({"$mparticleId": "42"})
    move(who)
    bought, renewed = tell()
    assert (bought.body["user_attributes"]["revenuecat_app_user_id"], bought.body["mpid"] == "42") == (who, False)
    assert (renewed.body["user_attributes"]["revenuecat_app_user_id"], renewed.body["mpid"]) == ("u-1", "42")
    assert [one.body["event"]["app_user_id"] for one in tell("webhook")] == [who, "u-1"]


def test_person_of_history_brings_themselves(revenuecat, move, live, later, tell):
    """Whom purchases go to is told with their own mParticle id, country and devices."""
    events = live(day(0, user("a").buys(MONTHLY)), day(1, user("b").buys(LIFETIME)), day(31, store.renews()))
    a, b = events[0].person, events[1].person
    later(days=2)
    move(app_user_id(a), app_user_id(b))
    renewed = tell()[-1].body
    assert (renewed["mpid"], renewed["device_info"]["ios_idfv"]) == (b.mpid, b.devices[0].idfv)
