"""The Subscriber at instants of a life: what happened by then, and no more (revenuecat.md §12, lifecycles.md §3)."""

import pytest

from mockserver.lifecycle import after, day, developer, period_end, someone, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, COINS, LIFETIME, MONTHLY, MONTHLY_CHEAP_AT_FIRST, PRO_MONTHLY
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.customer import aliases, app_user_id
from mockserver.vendors.revenuecat.telling import events_of

MONTHS = (day(0, user.buys(MONTHLY)), period_end(1, store.renews()), period_end(2, store.renews()))
SCENARIOS = find([shipped_folder()])


@pytest.fixture
def at(revenuecat, later):
    """The Subscriber of one of the story's people after so many days."""

    def get(days=0, hours=0, person=None, **headers):
        later(days=days, hours=hours)
        who = person or revenuecat.tenant.events[0].person
        return revenuecat.get(aliases(who)[0].replace("%", "%25"), **headers).subscriber

    return get


def product(found, name="premium.monthly"):
    return found["subscriptions"][name]


def premium(found):
    return found["entitlements"]["premium"]


def test_nobody_before_first_event(revenuecat, live, later):
    person = live(day(5, user.buys(MONTHLY)))[0].person
    later(days=4)
    assert revenuecat.get(app_user_id(person)).status == 201


def test_person_exists_without_call(revenuecat, live):
    person = live(*MONTHS)[0].person
    assert revenuecat.get(app_user_id(person)).status == 200


def test_purchase_is_told(live, at):
    transaction = live(*MONTHS)[0].transaction
    assert product(at()) == {
        "auto_resume_date": None,
        "billing_issues_detected_at": None,
        "display_name": "Premium monthly",
        "expires_date": "2026-02-15T10:00:00Z",
        "grace_period_expires_date": None,
        "is_sandbox": False,
        "original_purchase_date": "2026-01-15T10:00:00Z",
        "ownership_type": "PURCHASED",
        "period_type": "normal",
        "price": {"amount": 9.99, "currency": "USD"},
        "purchase_date": "2026-01-15T10:00:00Z",
        "refunded_at": None,
        "store": "app_store",
        "store_transaction_id": int(transaction.id),
        "unsubscribe_detected_at": None,
    }


def test_entitlement_is_told(live, at):
    live(*MONTHS)
    assert premium(at()) == {
        "expires_date": "2026-02-15T10:00:00Z",
        "grace_period_expires_date": None,
        "product_identifier": "premium.monthly",
        "purchase_date": "2026-01-15T10:00:00Z",
    }


@pytest.mark.parametrize(("days", "end"), [(0, "02-15"), (30, "02-15"), (31, "03-15"), (59, "04-15")])
def test_renewal_moves_end(live, at, days, end):
    live(*MONTHS)
    found = at(days)
    assert premium(found)["expires_date"] == product(found)["expires_date"] == f"2026-{end}T10:00:00Z"


def test_renewal_keeps_original(live, at):
    live(*MONTHS)
    row = product(at(31))
    assert (row["original_purchase_date"], row["purchase_date"]) == ("2026-01-15T10:00:00Z", "2026-02-15T10:00:00Z")


def test_other_stores_have_text_as_id(live, at):
    transaction = live(*MONTHS, store="play_store")[0].transaction
    assert product(at())["store_transaction_id"] == transaction.id


def test_trial_becomes_normal(live, at):
    live(day(0, user.starts_trial(MONTHLY)), day(7, store.converts_trial()))
    first, then = product(at(6)), product(at(7))
    assert (first["period_type"], first["price"]["amount"]) == ("trial", 0)
    assert (then["period_type"], then["price"]["amount"]) == ("normal", 9.99)


def test_intro_is_told(live, at):
    live(day(0, user.buys_at_intro_price(MONTHLY_CHEAP_AT_FIRST)))
    assert product(at())["period_type"] == "intro"


def test_cancellation_keeps_access(live, at):
    live(day(0, user.buys(MONTHLY)), day(10, user.turns_renewal_off()), period_end(1, store.ends_period()))
    for days in (10, 31, 40):
        row = product(at(days))
        assert row["unsubscribe_detected_at"] == "2026-01-25T10:00:00Z"
        assert row["expires_date"] == "2026-02-15T10:00:00Z"


def test_uncancelled_is_as_before(live, at):
    live(day(0, user.buys(MONTHLY)), day(10, user.turns_renewal_off()), day(12, user.turns_renewal_on()))
    assert product(at(12))["unsubscribe_detected_at"] is None


def test_grace_stands_beside_end(live, at):
    live(
        day(0, user.buys(MONTHLY)), period_end(1, store.fails_to_charge(grace_days=16)), after(store.recovers(), days=5)
    )
    found = at(32)
    assert premium(found)["expires_date"] == "2026-02-15T10:00:00Z"
    assert premium(found)["grace_period_expires_date"] == "2026-03-03T10:00:00Z"
    assert product(found)["billing_issues_detected_at"] == "2026-02-15T10:00:00Z"
    assert found["management_url"] is not None
    recovered = product(at(36))
    assert (recovered["grace_period_expires_date"], recovered["billing_issues_detected_at"]) == (None, None)


def test_refund_ends_access(live, at):
    live(day(0, user.buys(MONTHLY)), day(3, store.refunds()))
    row = product(at(3))
    assert row["refunded_at"] == row["expires_date"] == "2026-01-18T10:00:00Z"


def test_pause_says_when_it_ends(live, at):
    live(
        day(0, user.buys(MONTHLY)),
        day(10, user.pauses(months=1)),
        period_end(1, store.begins_pause()),
        store="play_store",
    )
    assert product(at(20))["auto_resume_date"] is None
    assert product(at(31))["auto_resume_date"] == "2026-03-15T10:00:00Z"


def test_upgrade_ends_old_product(live, at):
    live(day(0, user.buys(BASIC_MONTHLY)), day(10, user.changes_to(PRO_MONTHLY)))
    found = at(10)
    assert product(found, "basic.monthly")["expires_date"] == "2026-01-25T10:00:00Z"
    assert product(found, "pro.monthly")["original_purchase_date"] == "2026-01-15T10:00:00Z"
    assert premium(found)["product_identifier"] == "pro.monthly"


def test_consumables_are_listed(live, at):
    live(day(0, user.buys(COINS)), day(1, user.buys(COINS)))
    found = at(1)
    assert [one["purchase_date"] for one in found["non_subscriptions"]["coins.100"]] == [
        "2026-01-15T10:00:00Z",
        "2026-01-16T10:00:00Z",
    ]
    assert (found["entitlements"], found["subscriptions"], found["management_url"]) == ({}, {}, None)
    assert len({one["id"] for one in found["non_subscriptions"]["coins.100"]}) == 2


def test_lifetime_has_no_end(live, at):
    live(day(0, user.buys(LIFETIME)), day(9, store.refunds()))
    assert premium(at())["expires_date"] is None
    assert premium(at(9))["expires_date"] == "2026-01-24T10:00:00Z"


def test_grant_is_promotional(live, at):
    live(day(0, developer.grants(period="P1M")))
    row = product(at(), "rc_promo_premium_monthly")
    assert (row["store"], row["period_type"], row["is_sandbox"]) == ("promotional", "normal", False)


def test_family_share_is_told(revenuecat, at):
    revenuecat.tenant.events = load(SCENARIOS["family"]).unfold(0)
    granted = next(one for one in revenuecat.tenant.events if one.kind == "family_access_granted")
    hours = (granted.at - revenuecat.tenant.at).total_seconds() / 3600
    row = product(at(hours=hours, person=granted.person))
    assert (row["ownership_type"], row["price"]["amount"]) == ("FAMILY_SHARED", 0)


def test_outage_unlocks_without_purchase(revenuecat, at):
    revenuecat.tenant.events = load(SCENARIOS["store-outage"]).unfold(0)
    granted, confirmed = revenuecat.tenant.events[:2]
    first = at()
    assert (first["subscriptions"], first["entitlements"].keys()) == ({}, {"premium"})
    hours = (confirmed.at - granted.at).total_seconds() / 3600
    assert at(hours=hours)["subscriptions"] != {}


def test_transfer_moves_purchases(revenuecat, at, live):
    events = live(day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()))
    other = events[1].other_after.person
    assert at(4)["entitlements"] != {}
    assert at(5)["entitlements"] == {}
    assert premium(at(5, person=other))["purchase_date"] == "2026-01-15T10:00:00Z"


def test_login_keeps_original_id(revenuecat, live, at):
    events = live(day(0, user.buys(MONTHLY)), day(2, user.logs_in()), people=[someone(anonymous=True)])
    anonymous, login = aliases(events[1].person)
    revenuecat.tenant.at = events[1].at
    assert revenuecat.get(login).subscriber["original_app_user_id"] == anonymous
    assert revenuecat.get(login).subscriber == revenuecat.get(anonymous).subscriber


def test_login_is_nobody_before(revenuecat, live, later):
    events = live(day(0, user.buys(MONTHLY)), day(2, user.logs_in()), people=[someone(anonymous=True)])
    later(days=1)
    assert revenuecat.get(events[1].person.customer_id).status == 201


def test_attributes_of_both_ids_are_joined(revenuecat, live, later):
    events = live(day(0, user.buys(MONTHLY)), day(2, user.logs_in()), people=[someone(anonymous=True)])
    anonymous, login = aliases(events[1].person)
    revenuecat.set({"color": "red", "$campaign": "first"}, anonymous, at=1000)
    revenuecat.set({"color": "blue", "$campaign": "second", "size": "L"}, login, at=2000)
    later(days=2)
    found = revenuecat.attributes(login)
    assert (found["color"], found["$campaign"], found["size"]) == ("blue", "first", "L")


def test_people_have_attributes(live, at):
    person = live(*MONTHS)[0].person
    found = at()["subscriber_attributes"]
    assert found["$mparticleId"] == {"value": person.mpid, "updated_at_ms": 1768471200000}
    assert found["$email"]["value"] == person.email


def test_seen_when_acting(live, at):
    live(*MONTHS, day(70, user.changes_to(PRO_MONTHLY)))
    assert [at(days)["last_seen"] for days in (0, 60, 75)] == [
        "2026-01-15T10:00:00Z",
        "2026-01-15T10:00:00Z",
        "2026-03-26T10:00:00Z",
    ]


@pytest.mark.parametrize(
    ("where", "url"),
    [
        ("app_store", "https://apps.apple.com/account/subscriptions"),
        ("play_store", "https://play.google.com/store/account/subscriptions"),
        ("stripe", None),
    ],
)
def test_management_is_at_store(live, at, where, url):
    live(day(0, user.buys(MONTHLY)), day(3, user.turns_renewal_off()), period_end(1, store.ends_period()), store=where)
    assert at()["management_url"] == url
    assert at(31)["management_url"] is None


def test_management_is_of_callers_platform(revenuecat, at):
    revenuecat.tenant.events = load(SCENARIOS["cross-platform"]).unfold(0)
    urls = [at(5, x_platform=platform)["management_url"] for platform in ("iOS", "android", "stripe")]
    assert ["google" in url for url in urls] == [False, True, True]


def test_web_billing_is_a_store(revenuecat, live, at):
    revenuecat.tenant.changed["stripe_billing"] = "web_billing"
    live(*MONTHS, store="stripe")
    assert product(at())["store"] == "rc_billing"


def test_restored_for_nobody_stays(revenuecat, live, at):
    """Where buyers keep theirs, a restore of the history's moves nothing (revenuecat.md §8)."""
    revenuecat.tenant.changed["restore_behavior"] = "keep_with_original"
    events = live(day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()), day(31, store.renews()))
    other = events[1].other_after.person
    assert premium(at(32))["expires_date"] == "2026-03-15T10:00:00Z"
    assert at(32, person=other)["entitlements"] == {}


def test_restored_from_anonymous_is_one_customer(live, at):
    events = live(day(0, user("a").buys(MONTHLY)), day(5, user("b").restores()), people=[someone("a", anonymous=True)])
    mine, theirs = at(5), at(5, person=events[1].other_after.person)
    assert (mine, mine["original_app_user_id"]) == (theirs, app_user_id(events[0].person))


def test_app_store_tells_first_version(live, at):
    live(*MONTHS)
    found = at()
    assert (found["original_application_version"], found["original_purchase_date"]) == ("1.0", "2026-01-15T10:00:00Z")


def test_play_product_is_split(live, at):
    from dataclasses import replace

    live(day(0, user.buys(replace(MONTHLY, id="premium:monthly"))), store="play_store")
    found = at()
    assert (premium(found)["product_identifier"], product(found, "premium")["product_plan_identifier"]) == (
        "premium",
        "monthly",
    )


@pytest.mark.parametrize("key", SCENARIOS)
def test_access_is_that_of_events(key, revenuecat):
    """After each event whoever has access by the engine has it by the Subscriber, and nobody else."""
    tenant = revenuecat.tenant
    tenant.events = load(SCENARIOS[key]).unfold(0)
    for instant in dict.fromkeys(event.at for event in tenant.events):
        tenant.at = instant
        last = {}
        for event in tenant.events:
            if event.at <= instant:
                last |= {side.person.key: side for side in (event.after, event.other_after) if side is not None}
        for side in last.values():
            found = revenuecat.get(app_user_id(side.person)).subscriber
            now = instant.strftime("%Y-%m-%dT%H:%M:%SZ")
            active = {
                name
                for name, one in found["entitlements"].items()
                if one["expires_date"] is None or max(one["expires_date"], one["grace_period_expires_date"] or "") > now
            }
            assert active == set(side.entitlements), (instant, found["subscriptions"])


@pytest.mark.parametrize("key", SCENARIOS)
def test_rows_agree_with_webhooks(key, revenuecat):
    """What a webhook tells of a charge stands in the Subscriber of its instant."""
    tenant = revenuecat.tenant
    tenant.events = load(SCENARIOS[key]).unfold(0)
    for event in tenant.events:
        for told in events_of(event, VENDOR.settings):
            if told.type not in {"INITIAL_PURCHASE", "RENEWAL"}:
                continue
            tenant.at = event.at
            row = revenuecat.get(app_user_id(event.person)).subscriber["subscriptions"][told.product_id]
            assert str(row["store_transaction_id"]) == told.transaction.id
            assert row["purchase_date"] == told.transaction.purchased_at.strftime("%Y-%m-%dT%H:%M:%SZ")
