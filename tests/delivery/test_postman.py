"""Retries: in order of time, at the vendor's gaps, the same in every byte, given up in the end (lifecycles.md §5)."""

from datetime import timedelta

import pytest

from mockserver.lifecycle import Scenario, day, user
from mockserver.lifecycle.catalogue import MONTHLY

MINUTE = timedelta(minutes=1)
SEVERAL = Scenario(product=MONTHLY, timeline=[day(0, user.buys(MONTHLY)), day(0, user.turns_renewal_off(), minutes=5)])


def minutes(tries):
    return [(one.at - tries[0].at) / MINUTE for one in tries]


def test_ladder_counts_from_the_attempt_before(stage, endpoint):
    stage.aim("revenuecat")
    endpoint.statuses = [500] * 9
    tries = stage.play("lifetime-refund", "revenuecat", channels=("webhook",))
    first = [one for one in tries if one.event == "NON_RENEWING_PURCHASE"]
    assert minutes(first) == [0, 5, 15, 35, 75, 155]


def test_last_failure_gives_up(stage, endpoint):
    stage.aim("revenuecat")
    endpoint.statuses = [500] * 6
    tries = stage.play("lifetime-refund", "revenuecat", channels=("webhook",))[:6]
    assert [one.outcome for one in tries] == ["failed"] * 5 + ["given up"]


def test_giving_up_is_kept(stage, endpoint):
    stage.aim("revenuecat")
    endpoint.statuses = [500] * 6
    stage.play("lifetime-refund", "revenuecat", channels=("webhook",))
    kept = stage.entries("direction:out event:NON_RENEWING_PURCHASE")
    assert [(one.details["attempt"], one.details["outcome"], one.verdict) for one in kept][-1] == (
        6,
        "given up",
        "rejected",
    )


def test_offsets_count_from_the_first_attempt(stage, endpoint):
    """RevenueCat's page can be read so (lifecycles.md §5): it stops after 80 minutes then."""
    stage.parts.tenants.set(stage.tenant, "revenuecat", {"retries": "offsets"})
    stage.aim("revenuecat")
    endpoint.statuses = [500] * 6
    tries = stage.play("lifetime-refund", "revenuecat", channels=("webhook",))[:6]
    assert minutes(tries) == [0, 5, 10, 20, 40, 80]


def test_retry_repeats_every_byte(stage, endpoint):
    stage.aim("revenuecat")
    endpoint.statuses = [503, 500]
    stage.play("consumable", "revenuecat", channels=("webhook",))
    assert len(set(endpoint.bodies[:3])) == 1


def test_retry_is_signed_anew(stage, endpoint):
    stage.aim("revenuecat", credentials={"secret": "s"})
    endpoint.statuses = [503]
    stage.play("consumable", "revenuecat", channels=("webhook",))
    first, second = (request.headers["X-RevenueCat-Webhook-Signature"] for _, request in endpoint.got[:2])
    stamps = [int(signature.partition(",")[0].removeprefix("t=")) for signature in (first, second)]
    assert stamps[1] - stamps[0] == 300


def test_retry_after_changes_nothing(stage, endpoint):
    """No vendor is documented to heed it when it sends."""
    stage.aim("revenuecat")
    endpoint.statuses, endpoint.headers = [429], {"Retry-After": "7200"}
    tries = stage.play("lifetime-refund", "revenuecat", channels=("webhook",))
    assert minutes(tries[:2]) == [0, 5]


@pytest.mark.parametrize(("status", "outcome"), [(404, "given up"), (405, "failed"), (304, "delivered")])
def test_statuses_mean_what_adapty_says(stage, endpoint, status, outcome):
    stage.aim("adapty")
    endpoint.statuses = [status]
    assert stage.play("lifetime-refund", "adapty")[0].outcome == outcome


def test_silent_endpoint_gets_one_attempt(stage, endpoint):
    """After 24 h without a success Adapty retries nothing, until something arrives (adapty.md §11.1)."""
    stage.aim("adapty")
    endpoint.statuses = [500] * 99
    tries = [one for one in stage.play("monthly", "adapty") if one.event == "subscription_renewed"]
    assert [(one.number, one.outcome) for one in tries] == [(1, "given up")] * 3


def test_new_messages_go_before_retries(stage, endpoint):
    """At one instant everything is sent once before anything is sent again."""
    stage.aim("revenuecat")
    endpoint.statuses = [500]
    tries = stage.play(SEVERAL, "revenuecat", channels=("webhook",))
    assert [(one.event, one.number) for one in tries] == [
        ("INITIAL_PURCHASE", 1),
        ("CANCELLATION", 1),
        ("INITIAL_PURCHASE", 2),
    ]


def test_messages_of_an_instant_keep_their_order(stage, endpoint):
    stage.aim("revenuecat")
    tries = stage.play("no-grace-recovered", "revenuecat", channels=("webhook",))
    assert [one.event for one in tries][1:4] == ["BILLING_ISSUE", "CANCELLATION", "EXPIRATION"]


def test_clock_stands_at_each_attempt(stage, endpoint):
    stage.aim("revenuecat")
    endpoint.statuses = [500]
    stage.play("consumable", "revenuecat", channels=("webhook",))
    instants = [at for at, _ in endpoint.got]
    assert instants[1] - instants[0] == 5 * MINUTE
    assert {entry.at for entry in stage.entries("direction:out")} == {round(at.timestamp() * 1000) for at in instants}


def test_frozen_clock_stays_frozen(stage):
    stage.parts.tenants.turn_clock(stage.tenant, stage.tenant.clock.freeze())
    stage.play("consumable", "revenuecat")
    assert stage.tenant.clock.is_frozen


def test_running_clock_runs_on(stage):
    stage.play("consumable", "revenuecat")
    assert not stage.tenant.clock.is_frozen
    assert f"{stage.tenant.now():%Y-%m-%d}" == "2026-01-24"
