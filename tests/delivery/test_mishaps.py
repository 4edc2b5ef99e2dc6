"""Delivery trouble as scenarios 62 to 65 declare it (lifecycles.md §7)."""

from datetime import timedelta

import orjson
import pytest

from mockserver.lifecycle import Scenario, answers, day, down, resent, user
from mockserver.lifecycle.catalogue import MONTHLY

HOUR = timedelta(hours=1)


def webhooks(tries, vendor, event):
    return [one for one in tries if (one.vendor, one.channel, one.event) == (vendor, "webhook", event)]


def gaps(tries):
    return [(one.at - tries[0].at) / timedelta(minutes=1) for one in tries]


class TestDuplicates:
    def test_endpoint_answers_as_scripted(self, stage):
        renewal = webhooks(stage.play("duplicates"), "revenuecat", "RENEWAL")
        assert [one.status for one in renewal[:3]] == [500, 503, 200]
        assert gaps(renewal[:3]) == [0, 5, 15]

    def test_renewal_is_resent_by_hand(self, stage):
        renewal = webhooks(stage.play("duplicates"), "revenuecat", "RENEWAL")
        assert [one.outcome for one in renewal] == ["failed", "failed", "delivered", "delivered"]

    def test_feed_posts_three_times(self, stage):
        tries = [one for one in stage.play("duplicates", "revenuecat") if one.event == "renewal"]
        assert [one.status for one in tries] == [429, 429, 202]

    def test_all_posts_have_one_request_id(self, stage):
        stage.play("duplicates", "revenuecat")
        posted = stage.entries("vendor:revenuecat direction:out event:renewal")
        assert len({orjson.loads(one.body)["source_request_id"] for one in posted}) == 1
        assert len(posted) == 3

    def test_mock_keeps_one(self, stage):
        stage.play("duplicates", "revenuecat")
        taken = stage.parts.journal.find_events("default", question("direction:in event:renewal"))
        assert [one.dropped for one in taken] == [""]

    def test_real_endpoint_gets_four(self, stage, endpoint):
        """An endpoint that took the message, but whose answer did not count, sees it again: by the same id."""
        stage.aim("revenuecat")
        stage.play("duplicates", "revenuecat", channels=("webhook",))
        ids = endpoint.named("event", "id")
        assert len(ids) == 5
        assert len(set(ids[1:])) == 1
        assert len(set(endpoint.bodies[1:])) == 1

    def test_failing_endpoint_gets_no_more(self, stage, endpoint):
        """One that fails as scripted by itself has its own answers counted."""
        stage.aim("revenuecat")
        endpoint.statuses = [200, 500, 503]
        stage.play("duplicates", "revenuecat", channels=("webhook",))
        assert len(endpoint.got) == 5

    def test_made_up_answers_are_marked(self, stage):
        stage.play("duplicates", "revenuecat", channels=("webhook",))
        kept = stage.entries("direction:out event:RENEWAL")
        assert [(one.status, one.details.get("made_up")) for one in kept[:3]] == [(500, True), (503, True), (200, True)]
        assert [one.details.get("by_hand") for one in kept] == [None, None, None, True]


class TestOutOfOrder:
    def test_recovery_comes_first(self, stage, endpoint):
        stage.aim("revenuecat")
        stage.play("out-of-order", "revenuecat", channels=("webhook",))
        assert endpoint.named("event", "type") == [
            "INITIAL_PURCHASE",
            "RENEWAL",
            "EXPIRATION",
            "BILLING_ISSUE",
            "CANCELLATION",
        ]

    @pytest.mark.parametrize("vendor", ["nami", "mbaasy", "adapty"])
    def test_others_arrive_late_too(self, stage, vendor):
        tries = stage.play("out-of-order", vendor, channels=("webhook",))
        arrived = [one for one in tries if one.outcome in {"delivered", "no target"}]
        assert [one.at for one in arrived] == sorted(one.at for one in arrived)
        assert any(one.outcome == "failed" for one in tries)
        assert not [one for one in tries if one.outcome == "given up"]

    def test_feed_is_untroubled(self, stage):
        tries = [one for one in stage.play("out-of-order", "revenuecat") if one.channel == "mparticle"]
        assert [one.event for one in tries][1:4] == ["billing_issue", "cancellation", "expiration"]
        assert {one.outcome for one in tries} == {"delivered"}


class TestLate:
    def test_deliveries_come_late(self, stage):
        tries = stage.play("late")
        first = tries[0].at
        cancellation = webhooks(tries, "revenuecat", "CANCELLATION")
        expiration = webhooks(tries, "revenuecat", "EXPIRATION")
        assert [one.at - first for one in (*cancellation, *expiration)] == [
            timedelta(days=2, hours=2),
            timedelta(days=31, hours=1),
        ]

    def test_who_fetches_learns_last(self, stage):
        (update,) = webhooks(stage.play("late", "mbaasy"), "mbaasy", "in_app_purchase.updated")
        assert update.at.isoformat() == "2026-02-13T10:00:00+00:00"

    def test_table_shows_the_truth(self, stage):
        run = stage.parts.player.prepare(stage.tenant, "late")
        cancelled = [one.as_row()["at"] for one in run.tellings if one.event.kind == "renewal_cancelled"]
        assert set(cancelled) == {"2026-01-17T10:00:00Z", "2026-01-17T10:02:00Z"}  # Nami settles for two minutes

    def test_bodies_say_when_it_was_noticed(self, stage, endpoint):
        """`event_timestamp_ms` is when RevenueCat generated the event, not when it happened (revenuecat.md §11)."""
        stage.aim("revenuecat")
        stage.play("late", "revenuecat", channels=("webhook",))
        stamps = endpoint.named("event", "event_timestamp_ms")
        assert stamps == [round(at.timestamp() * 1000) for at, _ in endpoint.got]

    def test_bodies_say_what_is_true(self, stage, endpoint):
        """Mbaasy records late what it learns late; `canceled_at` is the true time (lifecycles.md §7.64)."""
        stage.aim("mbaasy")
        stage.play("late", "mbaasy")
        said = orjson.loads(endpoint.bodies[-1])
        assert said["data"]["canceled_at"]["utc"] == "2026-01-17 10:00:00 UTC"
        assert said["data"]["updated_at"]["utc"] == said["created_at"]["utc"] == "2026-02-13 10:00:00 UTC"


class TestDropped:
    def test_revenuecat_gives_up(self, stage):
        renewal = webhooks(stage.play("dropped"), "revenuecat", "RENEWAL")
        assert gaps(renewal) == [0, 5, 15, 35, 75, 155]
        assert renewal[-1].outcome == "given up"

    def test_feed_has_the_renewal(self, stage):
        stage.play("dropped", "revenuecat")
        taken = stage.parts.journal.find_events("default", question("direction:in event:renewal"))
        assert len(taken) == 1

    def test_nami_goes_on(self, stage):
        renewed = webhooks(stage.play("dropped"), "nami", "user.subscription.renewed")
        assert renewed[-1].outcome == "delivered"
        assert renewed[-1].at - renewed[0].at >= 3 * HOUR

    def test_endpoint_that_is_down_gets_nothing(self, stage, endpoint):
        stage.aim("revenuecat")
        stage.play("dropped", "revenuecat", channels=("webhook",))
        assert endpoint.named("event", "type") == ["INITIAL_PURCHASE"]


class TestWords:
    def test_outage_ends(self, stage, endpoint):
        stage.aim("revenuecat")
        scenario = Scenario(
            product=MONTHLY, timeline=[day(0, user.buys(MONTHLY))], trouble=[down("subscription_started", hours=0.1)]
        )
        tries = stage.play(scenario, "revenuecat", channels=("webhook",))
        assert [(one.outcome, one.made_up) for one in tries] == [
            ("failed", True),
            ("failed", True),
            ("delivered", False),
        ]

    def test_feed_can_be_down(self, stage):
        trouble = [down("subscription_started", hours=1, channel="feed")]
        scenario = Scenario(product=MONTHLY, timeline=[day(0, user.buys(MONTHLY))], trouble=trouble)
        tries = stage.play(scenario, "revenuecat", channels=("mparticle",))
        assert [one.status for one in tries] == [503, 503, 503, 503, 202]

    def test_unaimed_resending_is_nothing(self, stage):
        """What reached nobody is not sent to nobody once more."""
        scenario = Scenario(
            product=MONTHLY, timeline=[day(0, user.buys(MONTHLY))], trouble=[resent("subscription_started")]
        )
        assert [one.outcome for one in stage.play(scenario, "revenuecat", channels=("webhook",))] == ["no target"]

    def test_resending_repeats(self, stage, endpoint):
        stage.aim("revenuecat")
        trouble = [resent("subscription_started", times=2)]
        scenario = Scenario(product=MONTHLY, timeline=[day(0, user.buys(MONTHLY))], trouble=trouble)
        tries = stage.play(scenario, "revenuecat", channels=("webhook",))
        assert gaps(tries) == [0, 60, 120]
        assert len(set(endpoint.bodies)) == 1

    def test_last_answer_goes_on(self, stage):
        trouble = [answers("subscription_started", webhook=[500])]
        scenario = Scenario(product=MONTHLY, timeline=[day(0, user.buys(MONTHLY))], trouble=trouble)
        tries = stage.play(scenario, "revenuecat", channels=("webhook",))
        assert [one.status for one in tries] == [500] * 6


def question(text):
    from mockserver.journal.search import parse

    return parse(text, ("revenuecat", "mparticle"))
