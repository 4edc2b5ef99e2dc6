"""A profile at instants of a subscriber's life: what happened by then, and no more (adapty.md §5, lifecycles.md §3)."""

import pytest

from mockserver.lifecycle import after, day, developer, period_end, someone, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, COINS, LIFETIME, MONTHLY, PRO_MONTHLY
from mockserver.vendors.adapty.purchases import profile_of

PROFILE = "/api/v2/server-side-api/profile/"
REVOKE = "/api/v2/server-side-api/purchase/profile/revoke/access-level/"
MONTHS = (
    day(0, user.buys(MONTHLY)),
    period_end(1, store.renews()),
    period_end(2, store.renews()),
)


@pytest.fixture
def profile(adapty, later):
    """The profile of the story's only person after so many days."""

    def get(days=0, hours=0):
        later(days=days, hours=hours)
        return adapty("GET", PROFILE, profile=profile_of(adapty.tenant.events[0].person))

    return get


def test_nobody_before_first_event(profile, live):
    live(day(5, user.buys(MONTHLY)))
    assert profile(days=4).status == 404
    assert profile(days=5).status == 200


def test_person_has_customer_id(adapty, live, profile):
    events = live(*MONTHS)
    by_user = adapty("GET", PROFILE, user=events[0].person.customer_id)
    assert by_user.data == profile().data


def test_purchase_is_joined(live, profile):
    live(*MONTHS)
    reply = profile()
    [subscription], level = reply.data["subscriptions"], reply.levels["premium"]
    shared = subscription.keys() - {"environment"}
    assert {key: level[key] for key in shared} == {key: subscription[key] for key in shared}
    assert level.keys() - subscription.keys() == {"access_level_id", "starts_at"}


@pytest.mark.parametrize(("days", "revenue", "end"), [(0, 9.99, "02-15"), (30, 9.99, "02-15"), (31, 19.98, "03-15")])
def test_renewal_moves_end(live, profile, days, revenue, end):
    live(*MONTHS)
    reply = profile(days=days)
    assert reply.data["total_revenue_usd"] == revenue
    assert reply.levels["premium"]["expires_at"] == f"2026-{end}T10:00:00+00:00"


def test_renewal_keeps_original(live, profile):
    live(*MONTHS)
    [subscription] = profile(days=31).data["subscriptions"]
    assert subscription["store_transaction_id"] != subscription["store_original_transaction_id"]
    assert subscription["originally_purchased_at"] == "2026-01-15T10:00:00+00:00"
    assert subscription["purchased_at"] == "2026-02-15T10:00:00+00:00"


def test_trial_has_an_offer(live, profile):
    live(day(0, user.starts_trial(MONTHLY)), day(7, store.converts_trial()))
    offer = {"category": "introductory", "type": "free_trial", "id": None}
    assert profile(days=6).levels["premium"]["offer"] == offer
    assert profile(days=7).levels["premium"]["offer"] is None


def test_cancellation_keeps_access(live, profile):
    live(day(0, user.buys(MONTHLY)), day(10, user.turns_renewal_off()), period_end(1, store.ends_period()))
    level = profile(days=10).levels["premium"]
    assert level["renewal_cancelled_at"] == "2026-01-25T10:00:00+00:00"
    assert (level["cancellation_reason"], level["expires_at"]) == (
        "voluntarily_cancelled",
        "2026-02-15T10:00:00+00:00",
    )


def test_reactivation_clears_cancellation(live, profile):
    live(day(0, user.buys(MONTHLY)), day(10, user.turns_renewal_off()), day(20, user.turns_renewal_on()))
    level = profile(days=20).levels["premium"]
    assert (level["renewal_cancelled_at"], level["cancellation_reason"]) == (None, None)


def test_grace_prolongs_access(live, profile):
    live(day(0, user.buys(MONTHLY)), period_end(1, store.fails_to_charge(grace_days=16)), day(47, store.ends_grace()))
    reply = profile(days=31)
    level, [subscription] = reply.levels["premium"], reply.data["subscriptions"]
    assert (level["is_in_grace_period"], level["expires_at"]) == (True, "2026-03-03T10:00:00+00:00")
    assert level["billing_issue_detected_at"] == "2026-02-15T10:00:00+00:00"
    assert (subscription["is_in_grace_period"], subscription["expires_at"]) == (True, "2026-02-15T10:00:00+00:00")


def test_grace_over_ends_access(live, profile):
    live(day(0, user.buys(MONTHLY)), period_end(1, store.fails_to_charge(grace_days=16)), day(47, store.ends_grace()))
    level = profile(days=50).levels["premium"]
    assert (level["is_in_grace_period"], level["expires_at"]) == (False, "2026-03-03T10:00:00+00:00")


def test_refund_ends_access(live, profile):
    live(day(0, user.buys(MONTHLY)), day(3, store.refunds()))
    reply = profile(days=3)
    assert reply.levels["premium"]["expires_at"] == "2026-01-18T10:00:00+00:00"
    assert (reply.data["subscriptions"][0]["cancellation_reason"], reply.data["total_revenue_usd"]) == ("refund", 0.0)


def test_undetected_refund_is_unseen(live, profile):
    """A refund in Play's console without revocation reaches nobody (lifecycles.md §7, 19)."""
    live(day(0, user.buys(MONTHLY)), day(3, store.refunds(revoking=False)), store="play_store")
    assert profile(days=3).data["total_revenue_usd"] == 9.99


def test_consumables_are_listed_each(live, profile):
    live(day(0, user.buys(COINS)), day(0, user.buys(COINS), hours=1), day(9, user.buys(COINS)))
    data = profile(days=9).data
    assert len({one["purchase_id"] for one in data["non_subscriptions"]}) == 3
    assert all(one["is_consumable"] for one in data["non_subscriptions"])
    assert (data["access_levels"], data["total_revenue_usd"]) == ([], 5.97)


def test_lifetime_beats_month(live, profile):
    live(day(0, user.buys(MONTHLY)), day(10, user.buys(LIFETIME)))
    reply = profile(days=10)
    assert len(reply.data["access_levels"]) == 1
    assert reply.levels["premium"]["store_product_id"] == "premium.lifetime"
    assert reply.levels["premium"]["expires_at"] is None


def test_refunded_lifetime_is_marked(live, profile):
    live(day(0, user.buys(LIFETIME)), day(5, store.refunds()))
    reply = profile(days=5)
    assert reply.data["non_subscriptions"][0]["is_refund"] is True
    assert reply.levels["premium"]["expires_at"] == "2026-01-20T10:00:00+00:00"


def test_upgrade_keeps_one_level(live, profile):
    live(day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY)), product=BASIC_MONTHLY)
    reply = profile(days=10)
    assert reply.levels["premium"]["store_product_id"] == "pro.monthly"
    assert len(reply.data["subscriptions"]) == 1


def test_play_upgrade_has_two_chains(live, profile):
    live(
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY)),
        product=BASIC_MONTHLY,
        store="play_store",
    )
    reply = profile(days=10)
    assert reply.levels["premium"]["store_product_id"] == "pro.monthly"
    assert [one["cancellation_reason"] for one in reply.data["subscriptions"]] == ["new_subscription_replace", None]


def test_promotion_is_access_only(live, profile):
    live(day(0, developer.grants(MONTHLY)))
    reply = profile()
    assert reply.data["subscriptions"] == []
    level = reply.levels["premium"]
    assert (level["store"], level["store_product_id"]) == ("adapty", "adapty_dashboard_product")


def test_sandbox_is_named(live, profile):
    live(day(0, user.buys(MONTHLY)), environment="sandbox")
    assert profile().data["subscriptions"][0]["environment"] == "Sandbox"


def test_login_keeps_profile(live, profile):
    events = live(day(0, user.buys(MONTHLY)), day(2, user.logs_in()), people=[someone(anonymous=True)])
    assert profile().data["customer_user_id"] is None
    assert profile(days=2).data["customer_user_id"] == events[-1].person.customer_id


def test_api_and_life_meet(adapty, live, later):
    """What was written by API and what happened in the store are one profile."""
    events = live(*MONTHS)
    login = events[0].person.customer_id
    adapty("POST", PROFILE, {"custom_attributes": [{"key": "plan", "value": "a"}]}, user=login)
    later(days=31)
    data = adapty("GET", PROFILE, user=login).data
    assert data["custom_attributes"] == [{"key": "plan", "value": "a"}]
    assert data["total_revenue_usd"] == 19.98


def test_created_profile_has_same_id(adapty, live):
    events = live(day(5, user.buys(MONTHLY)))
    data = adapty("POST", PROFILE, {}, user=events[0].person.customer_id).data
    assert data["profile_id"] == profile_of(events[0].person)


def test_deleted_person_comes_back(adapty, live, later):
    """The next thing that happens to the person makes a profile again."""
    events = live(*MONTHS)
    login = events[0].person.customer_id
    later(days=10)
    assert adapty("DELETE", PROFILE, user=login).status == 204
    later(days=11)
    assert adapty("GET", PROFILE, user=login).status == 404
    later(days=31)
    assert adapty("GET", PROFILE, user=login).status == 200


def test_deletion_follows_purchase(adapty, live):
    """What happened up to the very instant of the deletion is gone with the profile."""
    events = live(*MONTHS)
    adapty("DELETE", PROFILE, profile=profile_of(events[0].person))
    assert adapty("GET", PROFILE, user=events[0].person.customer_id).status == 404


def test_new_profile_takes_purchases_over(adapty, live, later):
    events = live(*MONTHS)
    login = events[0].person.customer_id
    later(days=10)
    adapty("DELETE", PROFILE, user=login)
    assert "premium" in adapty("POST", PROFILE, {}, user=login).levels


def test_renewal_undoes_revocation(adapty, live, later, profile):
    events = live(*MONTHS)
    login = events[0].person.customer_id
    later(days=10)
    level = adapty("POST", REVOKE, {"access_level_id": "premium"}, user=login).levels["premium"]
    assert (level["expires_at"], level["cancellation_reason"]) == ("2026-01-25T10:00:00+00:00", "adapty_revoked")
    assert profile(days=31).levels["premium"]["expires_at"] == "2026-03-15T10:00:00+00:00"


def test_outage_is_unknown(live, profile):
    live(day(0, store.grants_in_outage(MONTHLY)), after(store.confirms_purchase(), hours=5))
    assert profile(hours=1).data["subscriptions"] == []
    assert len(profile(hours=5).data["subscriptions"]) == 1
