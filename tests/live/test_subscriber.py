"""A test's view of live subscribers: made, acted on, lived on, asked about."""

from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.errors import ConflictError, InvalidError, NotFoundError


def test_subscriber_says_who_it_is(mockserver):
    user = mockserver.subscriber(customer_id="u-1", trial="P7D")
    assert (user.customer_id, user.state, user.entitlements) == ("u-1", "trial", ["premium"])
    assert user.mpid.isdigit()


def test_verbs_are_methods(mockserver):
    user = mockserver.subscriber(customer_id="u-1", trial="P7D")
    user.turns_renewal_off()
    assert user.state == "trial_off"
    user.turns_renewal_on()
    assert user.state == "trial"


def test_verbs_take_words(mockserver):
    user = mockserver.subscriber(product="basic.monthly")
    user.changes_to(product="pro.monthly")
    assert user.show()["product"] == "pro.monthly"


def test_act_takes_the_actor_too(mockserver):
    user = mockserver.subscriber()
    user.act("developer.refunds")
    assert user.state == "refunded"


def test_acts_can_be_chained(mockserver):
    assert mockserver.subscriber().card_fails().fixes_card().state == "active"


def test_unknown_verb_names_the_nearest(mockserver):
    with pytest.raises(AttributeError, match="Did you mean 'turns_renewal_off'"):
        mockserver.subscriber().turn_renewal_off()


def test_completion_offers_verbs(mockserver):
    assert {"turns_renewal_off", "refunds", "state"} <= set(dir(mockserver.subscriber()))


def test_impossible_act_says_why(mockserver):
    user = mockserver.subscriber(customer_id="u-1", trial="P7D")
    with pytest.raises(InvalidError, match=r"premium\.monthly is trial; possible there: .*turns_renewal_off"):
        user.turns_renewal_on()


def test_history_tells_what_happened(mockserver):
    user = mockserver.subscriber(trial="P7D")
    mockserver.clock.advance(days=40)
    assert [(one.kind, one.state, one.amount) for one in user.history] == [
        ("trial_started", "trial", Decimal(0)),
        ("trial_converted", "active", Decimal("9.99")),
        ("renewed", "active", Decimal("9.99")),
    ]


def test_refund_lowers_the_revenue(mockserver):
    user = mockserver.subscriber(customer_id="u-1", vendors=["revenuecat"])
    mockserver.clock.advance(days=31)
    assert mockserver.revenue("u-1") == Decimal("19.98")
    user.refunds()
    assert mockserver.revenue("u-1") == Decimal("9.99")


def test_clock_takes_a_timedelta(mockserver):
    user = mockserver.subscriber(environment="sandbox")
    mockserver.clock.advance(timedelta(minutes=5))
    assert len(user.history) == 2


def test_setting_the_clock_lives_on(mockserver):
    mockserver.clock.set("2030-01-01T00:00:00Z", frozen=True)
    user = mockserver.subscriber()
    mockserver.clock.set("2030-03-02T00:00:00Z")
    assert [one.kind for one in user.history] == ["subscription_started", "renewed", "renewed"]
    assert mockserver.clock.now().isoformat() == "2030-03-02T00:00:00+00:00"


def test_progress_is_told(mockserver):
    mockserver.subscriber(trial="P7D")
    told = []
    mockserver.clock.advance(years=1, progress=lambda done, total, at: told.append((done, total, at)))
    assert told[0][:2] == (1, 12)


def test_advance_of_a_decade_is_one_call(mockserver):
    user = mockserver.subscriber(product="premium.yearly", vendors=["mbaasy"])
    mockserver.clock.advance(years=10)
    assert len(user.history) == 11


def test_anonymous_subscriber_logs_in(mockserver):
    user = mockserver.subscriber(anonymous=True, mpid=None)
    assert (user.customer_id, user.mpid) == (None, None)
    user.logs_in(customer_id="u-7")
    assert mockserver.find_subscriber("u-7").id == user.id


def test_purchases_are_restored(mockserver):
    giver = mockserver.subscriber(customer_id="giver", vendors=["revenuecat"])
    taker = mockserver.subscriber(customer_id="taker", buys=False)
    taker.restores(purchases_of=giver.id)
    mockserver.mparticle.wait_for("rc_transfer_event", mpid=taker.mpid)
    assert (giver.entitlements, taker.entitlements) == ([], ["premium"])


def test_offer_is_redeemed(mockserver):
    user = mockserver.subscriber()
    user.redeems_offer(offer={"type": "pay_as_you_go", "period": "P1M", "price": "0.99", "id": "comeback"})
    assert user.history[-1].amount == Decimal("0.99")


def test_price_is_raised(mockserver):
    """Play tells of a new price 37 days before it is charged."""
    user = mockserver.subscriber(store="play_store")
    user.announces_price(price=11.99).accepts_price()
    mockserver.clock.advance(days=62)
    assert [str(one.amount) for one in user.history if one.kind == "renewed"] == ["9.99", "11.99"]


def test_same_app_id_is_refused(mockserver):
    mockserver.subscriber(customer_id="u-1")
    with pytest.raises(ConflictError, match="is a subscriber already"):
        mockserver.subscriber(customer_id="u-1")


def test_everybody_is_listed(mockserver):
    users = [mockserver.subscriber(), mockserver.subscriber(store="play_store")]
    assert [one.id for one in mockserver.subscribers()] == [one.id for one in users]


def test_deleted_subscriber_is_gone(mockserver):
    user = mockserver.subscriber(customer_id="u-1")
    user.delete()
    with pytest.raises(NotFoundError, match="There is no subscriber 'u-1'"):
        mockserver.find_subscriber("u-1")


def test_reset_forgets_them(mockserver):
    mockserver.subscriber()
    mockserver.reset()
    assert mockserver.subscribers() == []


def test_tenants_do_not_meet(mockserver):
    mockserver.subscriber(customer_id="u-1")
    other = mockserver.new_tenant()
    assert other.subscribers() == []
    other.delete()


def test_profile_answers_for_the_instant(mockserver):
    """Adapty's profile of somebody who lives in RevenueCat's webhooks too: one life, told by all."""
    import requests

    mockserver.subscriber(customer_id="u-1", trial="P7D")
    headers = {
        "Authorization": f"Api-Key {mockserver.adapty.credentials['api_key']}",
        "adapty-customer-user-id": "u-1",
    }
    url = f"{mockserver.adapty.url}/api/v2/server-side-api/profile/"
    mockserver.clock.advance(days=100)
    profile = requests.get(url, headers=headers, timeout=5).json()["data"]
    assert profile["total_revenue_usd"] == pytest.approx(39.96)


def test_lives_are_seen_over_http(mockserver):
    """Another process's client: the lines of progress come over a socket."""
    from mockserver.client import Client

    with Client(mockserver.url, tenant=mockserver.tenant) as client:
        user = client.subscriber(trial="P7D")
        told = []
        client.clock.advance(days=7, progress=lambda done, total, at: told.append((done, total)))
        assert (user.state, told) == ("active", [(1, 1)])
