"""The staging app's own suite, written as a team would: no sleeping, no clean-up, any number of processes."""

from decimal import Decimal

import pytest
import requests


@pytest.fixture
def told(play, adapty):
    """Plays a scenario as Adapty tells it to the app; the customer it is about."""

    def tell(key, **how):
        return play(key, vendors=["adapty"], **how).subjects[0]

    return tell


def test_conversion_reaches_mparticle(told, mockserver):
    customer = told("trial-converts")
    event = mockserver.mparticle.wait_for("trial_converted", customer_id=customer)
    assert event.payload["data"]["custom_attributes"]["product"] == "premium.monthly"


def test_status_follows_the_subscription(told, mockserver):
    customer = told("cancel-expire")
    batches = [mockserver.entry(one.id)["body"] for one in mockserver.entries(vendor="mparticle", subject=customer)]
    assert [batch["user_attributes"]["subscription_status"] for batch in batches] == ["active", "cancelled", "expired"]


def test_every_renewal_is_paid_once(told, mockserver):
    customer = told("trial-converts")
    mockserver.mparticle.wait_for("purchase", count=4, customer_id=customer)
    assert mockserver.revenue(customer, "USD") == Decimal("39.96")


def test_refund_is_taken_off(told, mockserver):
    customer = told("refund-renewal")
    mockserver.mparticle.wait_for("refund", customer_id=customer, where={"data.product_action.total_amount": 9.99})
    assert mockserver.revenue(customer, "USD") == Decimal("19.98")


def test_busy_mparticle_loses_nothing(told, mockserver):
    """No Retry-After: the SDK would wait for it in real time, in all its clients of this process."""
    mockserver.faults.order("mparticle", "events", status=429, times=2)
    customer = told("trial-converts")
    mockserver.mparticle.wait_for("trial_started", count=1, customer_id=customer)
    mockserver.mparticle.wait_for("purchase", count=4, customer_id=customer)


def test_nothing_is_told_of_access_levels(told, mockserver):
    told("monthly")
    mockserver.mparticle.never("access_level_updated")


def test_strangers_are_turned_away(app_url, mockserver):
    answer = requests.post(f"{app_url}/hooks/adapty", json={"event_type": "trial_started"}, timeout=5)
    assert answer.status_code == 401
    assert mockserver.mparticle.events() == []


@pytest.mark.parametrize("number", range(8))
def test_tests_share_nothing(told, mockserver, number):
    """The same story in each: no test sees the others' events."""
    customer = told("monthly")
    assert len(mockserver.mparticle.events("event:subscription_started", customer_id=customer)) == 1
