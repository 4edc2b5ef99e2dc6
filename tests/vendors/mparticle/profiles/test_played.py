"""What feeds tell of a subscriber is in the profile, as of the instant of the tenant's clock (mparticle.md §7)."""

import pytest
import requests


@pytest.fixture
def profile(mockserver):
    """A user's profile by customer id, asked for with a fresh token."""
    own, url = mockserver.mparticle.credentials, mockserver.mparticle.url
    place = f"{own['org_id']}/{own['account_id']}/{own['workspace_id']}"

    def ask(customer_id):
        client = {name: own[name] for name in ("client_id", "client_secret")}
        wanted = {**client, "audience": "https://api.mparticle.com", "grant_type": "client_credentials"}
        token = requests.post(f"{url}/oauth/token", json=wanted, timeout=10).json()["access_token"]
        return requests.post(
            f"{url}/userprofile/v1/resolve/{place}",
            params={"fields": "user_identities,user_attributes"},
            json={"environment_type": "production", "identity": {"type": "customer_id", "value": customer_id}},
            headers={"authorization": f"Bearer {token}"},
            timeout=10,
        ).json()

    return ask


def test_played_subscriber_has_a_profile(mockserver, profile):
    """Endpoint 18, after `play trial-converts`: the customer id and the attributes that the feed has told."""
    run = mockserver.play("trial-converts", vendors=["nami"], channels=["mparticle"])
    shown = profile(run.subjects[0])
    assert {"type": "customer_id", "encoding": "none", "value": run.subjects[0]} in shown["user_identities"]
    assert shown["user_attributes"]["namiml_active_skus"] == ["premium.monthly"]
    assert shown["user_attributes"]["namiml_in_trial_period"] == "false"


def test_profile_follows_the_clock(mockserver, profile):
    mockserver.subscriber(store="app_store", product="premium.monthly", trial="P7D", customer_id="u-1")
    assert profile("u-1")["user_attributes"]["namiml_in_trial_period"] == "true"
    mockserver.clock.advance(days=7)
    assert profile("u-1")["user_attributes"]["namiml_in_trial_period"] == "false"


def test_profile_is_that_of_the_instant_that_the_clock_is_turned_back_to(mockserver, profile):
    """As Adapty's profile and RevenueCat's subscriber are."""
    run = mockserver.play("trial-converts", vendors=["nami"], channels=["mparticle"])
    mockserver.clock.set("2026-01-17T00:00:00Z")
    assert profile(run.subjects[0])["user_attributes"]["namiml_in_trial_period"] == "true"
    mockserver.clock.set("2026-01-10T00:00:00Z")
    assert "has this customer_id" in str(profile(run.subjects[0])["errors"])
