"""Webhooks of what comes in by the API (adapty.md §13): which events a call makes, and what is in them (§11)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
import pytest

from mockserver.lifecycle import day, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.adapty import VENDOR
from mockserver.vendors.contract import Forwarding

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
GRANT = f"{BASE}/purchase/profile/grant/access-level/"
REVOKE = f"{BASE}/purchase/profile/revoke/access-level/"
SET = f"{BASE}/purchase/set/transaction/"
FREE = {"country": "US", "currency": "USD", "value": 0}
ISSUE, GRACE = "2026-01-20T10:00:00Z", "2026-02-20T10:00:00Z"
REFUND = {"refunded_at": "2026-01-18T10:00:00Z", "cancellation_reason": "refund"}


class Told(NamedTuple):
    message: Any
    body: dict

    @property
    def type(self):
        return self.body["event_type"]

    @property
    def properties(self):
        return self.body["event_properties"]


@pytest.fixture
def told(tenant):
    """The webhooks of a call that are told at once, or with `later` those that wait for their time."""

    def render(reply, *, later=False):
        forwarding = Forwarding(tenant=tenant, ids=SeededIds(0))
        messages = VENDOR.channels["webhook"].forward(reply.entry, forwarding)
        at = reply.entry.at / 1000
        return [Told(one, orjson.loads(one.body)) for one in messages if (one.at.timestamp() > at) is later]

    return render


@pytest.fixture
def set_(adapty, transaction):
    adapty("POST", PROFILE, {}, user="u-1")
    return lambda **changes: adapty("POST", SET, transaction(**changes), user="u-1")


@pytest.fixture
def types(told):
    return lambda reply: [one.type for one in told(reply)]


def next_period(**changes):
    return {
        "store_transaction_id": "t-2",
        "purchased_at": "2026-02-15T10:00:00Z",
        "expires_at": "2026-03-15T10:00:00Z",
        **changes,
    }


def one_time(**changes):
    left_out = dict.fromkeys(("expires_at", "renew_status", "originally_purchased_at"), ...)
    return {"purchase_type": "one_time_purchase", **left_out, **changes}


def test_grant_is_told_by_access_alone(adapty, told):
    """§1.12: the only event of a grant."""
    adapty("POST", PROFILE, {"email": "u@shop.example"}, user="u-1")
    (one,) = told(adapty("POST", GRANT, {"access_level_id": "premium"}, user="u-1"))
    assert one.type == "access_level_updated"
    assert (one.body["customer_user_id"], one.body["email"]) == ("u-1", "u@shop.example")
    expected = {
        "access_level_id": "premium",
        "store": "adapty",
        "vendor_product_id": "adapty_server_side_product",
        "environment": "Production",
        "is_active": True,
        "is_lifetime": True,
        "is_refund": False,
        "will_renew": False,
        "expires_at": None,
        "profile_has_access_level": True,
        "event_datetime": "2026-01-15T10:00:00.000000+0000",
    }
    assert {name: one.properties[name] for name in expected} == expected


def test_access_event_has_the_properties_of_the_stores_events(adapty, told, tell, live):
    """What the API makes and what a store makes is told in one form (§11.4)."""
    by_store = next(one for one in tell(live(day(0, user.buys(MONTHLY)))) if one.type == "access_level_updated")
    adapty("POST", PROFILE, {}, user="u-1")
    (by_call,) = told(adapty("POST", GRANT, {"access_level_id": "premium"}, user="u-1"))
    assert by_call.body.keys() == by_store.body.keys()
    assert by_call.properties.keys() == by_store.properties.keys()


@pytest.mark.parametrize("kind", ["subscription_started", "trial_started", "subscription_renewal_cancelled"])
def test_event_has_the_properties_of_the_stores_events(set_, told, tell, live, kind):
    steps = {
        "subscription_started": [day(0, user.buys(MONTHLY))],
        "trial_started": [day(0, user.starts_trial(MONTHLY))],
        "subscription_renewal_cancelled": [day(0, user.buys(MONTHLY)), day(1, user.turns_renewal_off())],
    }
    by_store = next(one for one in tell(live(*steps[kind])) if one.type == kind)
    reply = set_(price=FREE) if kind == "trial_started" else set_()
    if kind == "subscription_renewal_cancelled":
        reply = set_(renew_status=False)
    by_call = next(one for one in told(reply) if one.type == kind)
    counted = {"store_offer_number_of_periods"}  # only with an offer
    assert by_call.properties.keys() - counted == by_store.properties.keys() - counted


def test_grant_that_runs_out_is_not_told(adapty, told):
    """§1.13."""
    adapty("POST", PROFILE, {}, user="u-1")
    reply = adapty("POST", GRANT, {"access_level_id": "premium", "expires_at": "2026-02-15T10:00:00Z"}, user="u-1")
    assert told(reply, later=True) == []


def test_revocation_is_told(adapty, told):
    adapty("POST", PROFILE, {}, user="u-1")
    adapty("POST", GRANT, {"access_level_id": "premium"}, user="u-1")
    (one,) = told(adapty("POST", REVOKE, {"access_level_id": "premium"}, user="u-1"))
    assert (one.properties["is_active"], one.properties["cancellation_reason"]) == (False, "adapty_revoked")
    assert one.properties["profile_has_access_level"] is False


def test_revocation_to_come_is_told_at_once(adapty, told):
    adapty("POST", PROFILE, {}, user="u-1")
    adapty("POST", GRANT, {"access_level_id": "premium"}, user="u-1")
    until = "2026-01-20T10:00:00Z"
    (one,) = told(adapty("POST", REVOKE, {"access_level_id": "premium", "revoke_at": until}, user="u-1"))
    assert (one.properties["is_active"], one.properties["expires_at"]) == (True, "2026-01-20T10:00:00.000000+0000")


def test_profile_calls_are_not_told(adapty, told):
    assert told(adapty("POST", PROFILE, {}, user="u-1")) == []
    assert told(adapty("PATCH", PROFILE, {"first_name": "A"}, user="u-1")) == []


def test_refused_call_changes_nothing(set_, types):
    """The front desk passes on what was accepted alone; a refused one has no details either."""
    assert set_(price=...).entry.verdict == "rejected"


AL = "access_level_updated"


@pytest.mark.parametrize(
    ("calls", "events"),
    [
        ([{}], ["subscription_started", AL]),
        ([{"price": FREE}], ["trial_started", AL]),
        ([{"price": FREE}, next_period()], ["trial_converted", AL]),
        ([{}, next_period()], ["subscription_renewed", AL]),
        ([{}, next_period(price=FREE)], ["subscription_renewed", AL]),
        ([{"price": FREE}, next_period(), next_period(store_transaction_id="t-3")], ["subscription_renewed", AL]),
        ([{}, {}], []),
        ([{}, {"expires_at": "2026-02-20T10:00:00Z"}], [AL]),
        ([{}, {"renew_status": False}], ["subscription_renewal_cancelled", AL]),
        ([{"price": FREE}, {"price": FREE, "renew_status": False}], ["trial_renewal_cancelled", AL]),
        ([{}, {"renew_status": False}, {}], ["subscription_renewal_reactivated", AL]),
        ([{}, {"billing_issue_detected_at": ISSUE}], ["billing_issue_detected", AL]),
        (
            [{}, {"billing_issue_detected_at": ISSUE, "grace_period_expires_at": GRACE}],
            ["billing_issue_detected", "entered_grace_period", AL],
        ),
        ([{}, {"billing_issue_detected_at": ISSUE}, {"billing_issue_detected_at": ISSUE}], []),
        ([{}, REFUND], ["subscription_refunded", AL]),
        ([{}, {**REFUND, "renew_status": False}], ["subscription_refunded", AL]),
        ([{}, REFUND, REFUND], []),
        ([{"is_family_shared": True, "price": FREE}], [AL]),
        ([one_time()], ["non_subscription_purchase", AL]),
        ([one_time(), one_time()], []),
        ([one_time(), one_time(**REFUND)], ["non_subscription_purchase_refunded", AL]),
    ],
)
def test_transaction_makes_the_documented_events(set_, types, calls, events):
    """§13, row by row."""
    replies = [set_(**changes) for changes in calls]
    assert {reply.status for reply in replies} == {200}
    assert types(replies[-1]) == events


def test_cancellation_beside_a_refund_is_a_switch(set_, types, tenant):
    tenant.changed["cancelled_beside_trouble"] = True
    set_()
    assert types(set_(**REFUND, renew_status=False))[:2] == ["subscription_renewal_cancelled", "subscription_refunded"]


def test_older_transaction_changes_no_access(set_, types):
    set_(**next_period())
    assert types(set_()) == ["subscription_renewed"]


def test_started_tells_of_money(set_, told):
    started = told(set_())[0]
    expected = {
        "store": "my_store",
        "vendor_product_id": "premium.monthly",
        "transaction_id": "t-1",
        "original_transaction_id": "t-1",
        "currency": "USD",
        "store_country": "US",
        "price_usd": 9.99,
        "proceeds_usd": 8.4915,
        "net_revenue_usd": 8.4915,
        "consecutive_payments": 1,
        "subscription_expires_at": "2026-02-15T10:00:00.000000+0000",
        "profile_total_revenue_usd": 9.99,
        "profile_has_access_level": True,
    }
    assert {name: started.properties[name] for name in expected} == expected
    assert (started.message.amount, started.message.currency) == (Decimal("9.99"), "USD")


def test_trial_has_no_price_but_a_length(set_, told):
    """§1.17."""
    trial = told(set_(price=FREE, expires_at="2026-01-22T10:00:00Z"))[0]
    assert (trial.properties["price_usd"], trial.properties["trial_duration"]) == (None, "7 days")
    assert trial.message.amount is None


def test_conversion_names_the_trial(set_, told):
    set_(price=FREE, expires_at="2026-01-22T10:00:00Z")
    converted = told(set_(**next_period(purchased_at="2026-01-22T10:00:00Z")))[0]
    assert converted.properties["trial_duration"] == "7 days"
    assert (converted.properties["consecutive_payments"], converted.properties["price_usd"]) == (1, 9.99)


def test_refund_is_positive_and_counts_negative(set_, told):
    """§18."""
    set_()
    refunded = told(set_(**REFUND))[0]
    assert (refunded.properties["price_usd"], refunded.message.amount) == (9.99, Decimal("-9.99"))
    assert refunded.properties["cancellation_reason"] == "refund"
    assert refunded.properties["profile_total_revenue_usd"] == 0


def test_base_plan_is_apart(set_, told):
    started = told(set_(store="play_store", store_product_id="premium:monthly"))[0]
    assert (started.properties["vendor_product_id"], started.properties["base_plan_id"]) == ("premium", "monthly")


def test_sandbox_goes_to_the_sandbox(set_, told):
    assert {one.message.environment for one in told(set_(environment="Sandbox"))} == {"sandbox"}


def test_period_that_ends_is_told_when_it_does(set_, told, later):
    reply = set_(renew_status=False)
    ended, access = told(reply, later=True)
    assert (ended.type, access.type) == ("subscription_expired", AL)
    assert ended.message.at.isoformat() == "2026-02-15T10:00:00+00:00"
    later(days=31)
    ended, access = told(reply, later=True)
    assert (ended.properties["cancellation_reason"], ended.properties["profile_has_access_level"]) == (
        "voluntarily_cancelled",
        False,
    )
    assert access.properties["is_active"] is False


def test_trial_that_ends_has_its_own_name(set_, told):
    assert told(set_(price=FREE), later=True)[0].type == "trial_expired"


def test_failed_charge_ends_with_grace(set_, told):
    set_()
    ended = told(set_(billing_issue_detected_at=ISSUE, grace_period_expires_at=GRACE), later=True)[0]
    assert ended.message.at.isoformat() == "2026-02-20T10:00:00+00:00"
    assert ended.properties["cancellation_reason"] == "billing_error"


@pytest.mark.parametrize("after", [next_period(), {"expires_at": "2026-02-20T10:00:00Z"}, REFUND])
def test_end_is_not_told_of_what_goes_on(set_, told, later, after):
    first = set_()
    set_(**after)
    later(days=31)
    assert told(first, later=True) == []


def test_end_is_told_once(set_, told):
    set_()
    assert told(set_(renew_status=False), later=True) == []


def test_store_tells_of_its_own_chains(adapty, told, live, transaction):
    """What the API says of a chain that a store tells of changes nothing."""
    events = live(day(0, user.buys(MONTHLY)))
    person, chain = events[0].after.person, events[0].subscription.original_id
    body = transaction(store_transaction_id=chain, store_original_transaction_id=chain)
    reply = adapty("POST", SET, body, user=person.customer_id)
    assert reply.status == 200
    assert told(reply) == told(reply, later=True) == []


def test_switched_off_and_renamed_events(set_, types, tenant):
    tenant.changed |= {"access_level_updated": False, "event_names": {"subscription_started": "Started"}}
    assert types(set_()) == ["Started"]
    tenant.changed["disabled_events"] = ["subscription_renewed"]
    assert types(set_(**next_period())) == []


def test_user_without_analytics_is_not_told_of(adapty, set_, types):
    """§11.1."""
    adapty("PATCH", PROFILE, {"analytics_disabled": True}, user="u-1")
    assert types(set_()) == []


def test_attributes_come_with_their_switch(adapty, set_, told, tenant):
    adapty("PATCH", PROFILE, {"custom_attributes": [{"key": "plan", "value": "a"}]}, user="u-1")
    assert "user_attributes" not in told(set_())[0].body
    tenant.changed["send_user_attributes"] = True
    assert told(set_(**next_period()))[0].body["user_attributes"] == {"plan": "a"}


def test_lost_answer_is_told_all_the_same(set_, told):
    """A tester has ordered a 500 after the call was accepted (`Fault.after`)."""
    reply = set_()
    lost = reply._replace(entry=reply.entry._replace(status=500, answer=b""))
    assert [one.type for one in told(lost)] == [one.type for one in told(reply)]


def test_rendered_twice_it_is_the_same(set_, told):
    reply = set_()
    assert told(reply) == told(reply)


def test_ids_differ(set_, told):
    reply = set_()
    ids = [one.properties["profile_event_id"] for one in (*told(reply), *told(reply, later=True))]
    assert len(set(ids)) == len(ids) == 4


@pytest.fixture
def hooked(tmp_path):
    """A whole server, whose Adapty tells an address."""
    import responses

    from mockserver.app import create_app, parts_of
    from mockserver.lifecycle.clock import Clock
    from mockserver.settings import Settings
    from mockserver.tenants import Target

    app = create_app(Settings(storage=tmp_path))
    parts, got = parts_of(app), []
    tenant = parts.tenants.get("default")
    parts.tenants.turn_clock(tenant, Clock.frozen_at(tenant.now().replace(year=2026, month=1, day=15, hour=10)))
    url = "http://127.0.0.1:9/adapty"
    parts.tenants.aim(tenant, "adapty", "webhook", Target(url=url, headers={}, credentials={}))

    def answer(request):
        got.append((tenant.now(), orjson.loads(request.body)["event_type"]))
        return 200, {}, "{}"

    def call(path, body):
        headers = {
            "authorization": f"Api-Key {tenant.credentials('adapty')['api_key']}",
            "adapty-customer-user-id": "u-1",
        }
        assert app.test_client().post(f"/adapty{path}", json=body, headers=headers).status_code == 200

    def advance(**by):
        parts.lives.turn(tenant, tenant.clock.advance(timedelta(**by)))
        return [event for _, event in got]

    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        net.add_callback(responses.POST, url, answer)
        yield call, advance
        parts.close()
    assert not parts.desk.bugs


def test_server_tells_as_the_clock_goes_on(hooked, transaction):
    call, advance = hooked
    call(PROFILE, {})
    call(SET, transaction())
    assert advance(days=1) == ["subscription_started", AL]
    call(SET, transaction(**next_period()))
    assert advance(days=33)[2:] == ["subscription_renewed", AL]
    assert advance(days=60)[4:] == ["subscription_expired", AL]
