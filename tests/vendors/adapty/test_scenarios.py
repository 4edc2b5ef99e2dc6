"""Every shipped scenario: webhooks and profile tell one story, and its rules hold (adapty.md §1, §5, §11)."""

from decimal import Decimal
from pathlib import Path

import pytest

from mockserver.lifecycle.scenario import load

PROFILE = "/api/v2/server-side-api/profile/"
SCENARIOS = sorted(
    path for path in (Path(__file__).parents[3] / "scenarios").glob("*.py") if not path.stem.startswith("_")
)
POLICIES = ("enabled", "transfer", "disabled")


@pytest.fixture(params=SCENARIOS, ids=lambda path: path.stem.replace("_", "-"))
def events(request):
    return load(request.param).unfold(0)


@pytest.mark.parametrize("policy", POLICIES)
def test_profile_agrees_with_webhooks(events, policy, adapty, tell):
    """Asked at the instant of the last message about it, a profile says what the message said."""
    tenant = adapty.tenant
    tenant.events, tenant.changed = events, {"sharing": policy}
    last = {one.body["profile_id"]: one for one in tell(events, sharing=policy)}
    for profile_id, told in last.items():
        tenant.at = told.message.at
        data = adapty("GET", PROFILE, profile=profile_id).data
        ends = [level["expires_at"] for level in data["access_levels"]]
        has_access = any(end is None or end > tenant.at.isoformat() for end in ends)
        assert has_access is told.properties["profile_has_access_level"]
        assert data["total_revenue_usd"] == told.properties["profile_total_revenue_usd"]


def test_ids_are_unique(events, tell):
    ids = [one.message.id for one in tell(events)]
    assert len(ids) == len(set(ids))


def test_sum_is_never_negative(events, tell):
    sums = {}
    for one in tell(events):
        chain = one.properties["original_transaction_id"]
        sums[chain] = sums.get(chain, Decimal(0)) + (one.message.amount or 0)
        assert sums[chain] >= 0


def test_chain_starts_once(events, tell):
    """Only another product may start in a chain that has started (adapty.md §1.10)."""
    started = set()
    for one in tell(events):
        if one.type == "subscription_started":
            key = (one.properties["original_transaction_id"], one.properties["vendor_product_id"])
            assert key not in started
            started.add(key)


def test_cancelled_renewal_keeps_access(events, tell):
    """Unless the end comes with it (adapty.md §1.11)."""
    told = tell(events)
    ended = {one.message.at for one in told if one.type in {"subscription_expired", "trial_expired"}}
    for one in told:
        if one.type.endswith("renewal_cancelled") and one.message.at not in ended:
            assert one.properties["profile_has_access_level"] is True
