"""Playing from Python: a run is a value, and a failure tells the whole story."""

from decimal import Decimal

import pytest
import requests

from mockserver.errors import NotFoundError


def test_played_scenario_reaches_mparticle(mockserver):
    run = mockserver.play("trial-converts", vendors=["revenuecat"], channels=["mparticle"])
    assert run.holds
    assert run.events("revenuecat", "mparticle") == [
        "trial_started",
        "trial_converted",
        "renewal",
        "renewal",
        "renewal",
    ]
    assert {row["outcome"] for row in run.timeline} == {"delivered"}
    mockserver.mparticle.expect("trial_converted", count=1)


def test_revenue_is_what_was_paid(mockserver):
    run = mockserver.play("refund-renewal", vendors=["revenuecat"])
    subject = run.subjects[0]
    assert mockserver.revenue(subject) == Decimal("19.98")
    assert mockserver.revenue(subject, "EUR") == Decimal(0)


def test_failed_run_tells_the_story(mockserver):
    mockserver.faults.order("mparticle", "events", status=400)
    with pytest.raises(AssertionError) as failure:
        mockserver.play("trial-converts", vendors=["revenuecat"], channels=["mparticle"])
    text = str(failure.value)
    assert text.startswith("7-day trial converts, then renews three times (trial-converts, seed 0)")
    assert "revenuecat → mparticle  trial_started" in text


def test_unchecked_run_does_not_raise(mockserver):
    mockserver.faults.order("mparticle", "events", status=400)
    assert not mockserver.play("trial-converts", vendors=["revenuecat"], channels=["mparticle"], check=False).holds


def test_seed_makes_other_people(mockserver):
    first, second = (mockserver.play("monthly", vendors=["revenuecat"], seed=seed) for seed in (0, 1))
    assert first.subjects[0] != second.timeline[0]["subject"]


def test_story_played_again_is_about_others(mockserver):
    """Everything arrives once more: nobody drops what he has heard of others."""
    mockserver.seed = None
    first, second = (mockserver.play("trial-converts") for _ in range(2))
    assert (first.seed, second.seed) == (0, 1)
    assert not set(first.subjects) & set(second.subjects)


def test_clients_seed_is_kept(mockserver):
    mockserver.seed = 5
    runs = [mockserver.play("monthly", vendors=["nami"], check=False) for _ in range(2)]
    assert [run.seed for run in runs] == [5, 5]


def test_unknown_scenario_names_the_nearest(mockserver):
    with pytest.raises(NotFoundError, match="did you mean 'trial-converts'"):
        mockserver.play("trial-convert")


def test_story_told_twice_is_paid_once(mockserver):
    """The same scenario and seed are the same people and transactions: the vendor knows them already."""
    for _ in range(2):
        run = mockserver.play("trial-converts", vendors=["adapty"])
    access = mockserver.adapty
    headers = {
        "Authorization": f"Api-Key {access.credentials['api_key']}",
        "adapty-customer-user-id": run.subjects[0],
    }
    answer = requests.get(f"{access.url}/api/v2/server-side-api/profile/", headers=headers, timeout=5)
    assert answer.json()["data"]["total_revenue_usd"] == 39.96
