"""What time and acts bring to live subscribers, and that it outlives the server."""

from datetime import timedelta
from decimal import Decimal

import pytest
import responses

from mockserver.errors import ConflictError, ImpossibleStepError, InvalidError, NotFoundError
from mockserver.lifecycle.clock import Clock

TRIAL = {"trial": "P7D", "customer_id": "u-1"}


class TestTime:
    def test_trial_converts_and_renews(self, town):
        town.begin(**TRIAL)
        town.advance(days=100)
        assert town.kinds() == ["trial_started", "trial_converted", "renewed", "renewed", "renewed"]

    def test_clock_shows_what_was_asked_for(self, town):
        town.begin(**TRIAL)
        before = town.tenant.now()
        town.advance(days=100)
        assert town.tenant.now() - before == timedelta(days=100)

    def test_frozen_clock_stays_frozen(self, town):
        town.begin(**TRIAL)
        town.advance(days=100)
        assert town.tenant.clock.is_frozen

    def test_running_clock_runs_on(self, town):
        town.parts.tenants.turn_clock(town.tenant, town.tenant.clock.resume())
        town.begin(**TRIAL)
        town.advance(days=8)
        assert not town.tenant.clock.is_frozen
        assert town.kinds() == ["trial_started", "trial_converted"]

    def test_messages_bear_their_instants(self, town):
        """The clock stands at each instant while what is due then is delivered."""
        town.begin(**TRIAL)
        start = town.tenant.now()
        town.advance(days=100)
        at = {event.when for event in town.told("direction:in event:renewal")}
        assert at == {start + timedelta(days=days) for days in (38, 66, 97)}

    def test_events_of_all_come_in_order(self, town):
        for days in (1, 3, 2):
            town.begin(trial=f"P{days}D", buys=True)
        town.advance(days=4)
        converted = [event.person.key for event in town.tenant.history() if event.kind == "trial_converted"]
        assert converted == ["subscriber-1", "subscriber-3", "subscriber-2"]

    def test_turning_in_steps_is_the_same(self, town, tmp_path):
        town.begin(**TRIAL)
        for _ in range(20):
            town.advance(days=5)
        stepped = [event.id for event in town.tenant.history()]
        other = town.parts.tenants.create("other")
        town.parts.tenants.turn_clock(other, Clock.frozen_at(town.tenant.now() - timedelta(days=100)))
        town.tenant = other
        town.begin(**TRIAL)
        town.advance(days=100)
        assert [event.id for event in town.tenant.history()] == stepped

    def test_clock_may_be_turned_back(self, town):
        """To read what was true then: nothing happens twice when it is turned on town."""
        town.begin(**TRIAL)
        town.advance(days=10)
        town.advance(days=-9)
        town.advance(days=9)
        assert town.kinds() == ["trial_started", "trial_converted"]

    def test_answers_are_for_the_instant(self, town):
        town.begin(**TRIAL)
        town.advance(days=10)
        town.advance(days=-9)
        known = [event.kind for event in town.tenant.history() if event.at <= town.tenant.now()]
        assert known == ["trial_started"]

    def test_sandbox_time_is_short(self, town):
        town.begin(environment="sandbox")
        town.advance(minutes=11)
        assert town.kinds() == ["subscription_started", "renewed", "renewed"]

    def test_passed_time_is_caught_up(self, town):
        """What fell due while the clock was running happens before the next act."""
        town.begin(**TRIAL)
        town.parts.tenants.turn_clock(town.tenant, town.tenant.clock.advance(timedelta(days=8)))
        town.act("u-1", "turns_renewal_off")
        assert town.kinds() == ["trial_started", "trial_converted", "renewal_cancelled"]

    def test_progress_is_told(self, town):
        town.begin(**TRIAL)
        told = []
        clock = town.tenant.clock.advance(timedelta(days=70))
        town.lives.turn(town.tenant, clock, lambda done, total, at: told.append((done, total, f"{at:%m-%d}")))
        assert told == [(1, 3, "01-22"), (2, 3, "02-22"), (3, 3, "03-22")]

    def test_life_ends_with_the_calendar(self, town):
        with pytest.raises(InvalidError, match="beyond the years"):
            town.begin(product="eternal", price=Decimal(1), period="P9000Y")


class TestActs:
    def test_cancelling_ends_the_period(self, town):
        town.begin(**TRIAL)
        town.act("u-1", "turns_renewal_off")
        town.advance(days=8)
        assert town.kinds() == ["trial_started", "trial_cancelled", "trial_expired"]

    def test_impossible_act_is_refused(self, town):
        town.begin(**TRIAL)
        with pytest.raises(ImpossibleStepError, match=r"premium\.monthly is trial"):
            town.act("u-1", "turns_renewal_on")
        assert town.kinds() == ["trial_started"]

    def test_refused_act_changes_nothing_for_others(self, town):
        town.begin(**TRIAL)
        with pytest.raises(ImpossibleStepError):
            town.act("u-1", "turns_renewal_on")
        town.advance(days=7)
        assert town.kinds() == ["trial_started", "trial_converted"]

    def test_failing_card_is_silent_first(self, town):
        town.begin(customer_id="u-1")
        town.act("u-1", "card_fails")
        assert town.kinds() == ["subscription_started"]
        town.advance(days=31)
        assert town.kinds()[-1] == "billing_issue_detected"

    def test_past_lives_cannot_act(self, town):
        town.begin(**TRIAL)
        town.advance(days=10)
        town.advance(days=-9)
        with pytest.raises(ImpossibleStepError, match="this life has been lived until 2026-01-22"):
            town.act("u-1", "turns_renewal_off")

    def test_purchases_move_between_people(self, town):
        town.begin(customer_id="giver")
        town.begin(customer_id="taker", buys=False)
        town.act("taker", "restores", purchases_of="giver")
        town.advance(days=31)
        assert town.kinds("subscriber-1") == ["subscription_started", "transferred"]
        assert town.kinds("subscriber-2") == ["transferred", "renewed"]

    def test_families_share(self, town):
        town.begin(customer_id="owner")
        town.begin(customer_id="member", buys=False)
        town.act("member", "joins_family", of_owner="owner")
        town.act("owner", "turns_renewal_off")
        town.advance(days=31)
        assert town.kinds("subscriber-2") == ["family_access_granted", "family_access_ended"]

    def test_sandbox_shares_with_nobody_real(self, town):
        town.begin(customer_id="owner", environment="sandbox")
        town.begin(customer_id="member", buys=False)
        with pytest.raises(ImpossibleStepError, match="one of them is in the sandbox"):
            town.act("member", "joins_family", of_owner="owner")

    def test_second_store_is_the_newcomers_own(self, town):
        """Who came by Play buys there, whoever else is in the circle."""
        town.begin(customer_id="apple")
        town.begin(customer_id="google", store="play_store")
        town.act("google", "buys", product="coins.100")
        assert {one.store for one in town.lives.find(town.tenant, "google").subscriber.subscriptions} == {"play_store"}

    def test_login_gives_another_name(self, town):
        town.begin(anonymous=True)
        town.act("subscriber-1", "logs_in", customer_id="u-9")
        assert town.lives.find(town.tenant, "u-9").id == "subscriber-1"


class TestNewcomers:
    def test_taken_id_is_refused(self, town):
        town.begin(**TRIAL)
        with pytest.raises(ConflictError, match="'u-1' is a subscriber already"):
            town.begin(**TRIAL)

    def test_own_product_needs_a_price(self, town):
        with pytest.raises(NotFoundError, match="needs a price and a period"):
            town.begin(product="mine")

    def test_own_product_is_sold(self, town):
        town.begin(product="mine", price=Decimal("4.20"), period="P1W")
        town.advance(days=7)
        assert [str(event.amount) for event in town.tenant.history()] == ["4.20", "4.20"]

    def test_catalogue_price_may_differ(self, town):
        town.begin(price=Decimal("1.00"))
        assert str(town.tenant.history()[0].amount) == "1.00"

    def test_grant_costs_nothing(self, town):
        town.begin(store="promo")
        town.advance(days=31)
        assert town.kinds() == ["promo_granted", "expired"]

    def test_everything_may_wait(self, town):
        town.begin(customer_id="u-1", buys=False)
        assert town.told() == []
        town.act("u-1", "buys", product="premium.yearly")
        assert town.kinds() == ["subscription_started"]

    def test_only_named_vendors_tell(self, town):
        town.begin(vendors=("revenuecat",))
        assert {event.vendor for event in town.told()} == {"revenuecat"}

    def test_app_without_mpid_feeds_nothing(self, town):
        """RevenueCat tells mParticle of nobody whose $mparticleId was never set (revenuecat.md §2)."""
        town.begin(has_mpid=False, vendors=("revenuecat",))
        assert town.told("direction:in") == []

    def test_same_seed_same_person(self, town):
        first = town.begin(seed=7).subscriber.person
        other = town.parts.tenants.create("other")
        town.tenant = other
        assert town.begin(seed=7).subscriber.person == first

    def test_two_of_a_seed_are_two(self, town):
        first, second = town.begin().subscriber.person, town.begin().subscriber.person
        assert first.customer_id != second.customer_id
        assert first.mpid != second.mpid

    def test_who_is_gone_tells_nothing(self, town):
        town.begin(**TRIAL)
        town.lives.remove(town.tenant, "u-1")
        told = len(town.told())
        town.advance(days=100)
        assert len(town.told()) == told
        assert list(town.tenant.history()) == []

    def test_freed_id_may_come_again(self, town):
        town.begin(**TRIAL)
        town.lives.remove(town.tenant, "u-1")
        assert town.begin(**TRIAL).id == "subscriber-2"


class TestMemory:
    def test_restarted_server_goes_on(self, town):
        town.begin(**TRIAL)
        town.act("u-1", "turns_renewal_off")
        town.act("u-1", "turns_renewal_on")
        town.advance(days=40)
        known = list(town.tenant.history())
        town.restart()
        assert list(town.tenant.history()) == known
        town.advance(days=28)
        assert town.kinds()[-1] == "renewed"

    def test_nothing_is_told_twice_after_a_restart(self, town):
        town.begin(**TRIAL)
        town.advance(days=40)
        town.restart()
        town.advance(days=28)
        ids = [(event.vendor, event.channel, event.id) for event in town.told()]
        assert len(ids) == len(set(ids))

    def test_waiting_message_outlives_the_server(self, town):
        """Nami's purchase.updated settles for two minutes."""
        town.begin(**TRIAL, vendors=("nami",))
        assert not town.told("event:purchase.updated")
        town.restart()
        town.advance(minutes=2)
        assert len(town.told("event:purchase.updated")) == 1

    def test_retry_outlives_the_server(self, town):
        town.aim("revenuecat")
        with responses.RequestsMock() as net:
            net.post("http://127.0.0.1:9/hook", status=500)
            town.begin(**TRIAL, vendors=("revenuecat",))
        town.restart()
        with responses.RequestsMock() as net:
            net.post("http://127.0.0.1:9/hook", status=200)
            town.advance(minutes=5)
        first, second = town.told("direction:out channel:webhook")
        assert (first.id, second.when - first.when) == (second.id, timedelta(minutes=5))

    def test_other_worker_sees_them(self, town, another):
        town.begin(**TRIAL)
        other = another()
        assert other.kinds("u-1") == ["trial_started"]
        other.advance(days=7)
        assert town.kinds("u-1") == ["trial_started", "trial_converted"]

    def test_workers_take_turns(self, town, another):
        other = another()
        for number in range(3):
            town.begin(customer_id=f"a-{number}")
            other.begin(customer_id=f"b-{number}")
        town.advance(days=31)
        other.advance(days=28)
        assert list(town.tenant.history()) == list(other.tenant.history())
        ids = [(event.vendor, event.channel, event.id) for event in town.told()]
        assert len(ids) == len(set(ids))

    def test_cleared_journal_forgets_them(self, town):
        town.begin(**TRIAL)
        town.parts.journal.clear("default")
        assert town.lives.all(town.tenant) == []
        assert town.begin(**TRIAL).id == "subscriber-1"

    def test_untold_is_told_later(self, town, monkeypatch):
        """A server that was killed while it told of a month goes on where it was."""
        town.begin(**TRIAL)
        monkeypatch.setattr(town.parts.lives._sender, "attempt", _killed)
        with pytest.raises(KeyboardInterrupt):
            town.advance(days=40)
        monkeypatch.undo()
        assert town.tenant.now().isoformat() == "2026-01-15T10:00:00+00:00"
        town.restart()
        town.advance(days=40)
        renewals = town.told("direction:in event:renewal")
        assert len(renewals) == 1

    def test_strange_notes_are_passed_over(self, town, caplog):
        town.begin(**TRIAL)
        town.parts.recorder.note(town.tenant, "life", {"what": "danced"})
        town.parts.recorder.note(
            town.tenant, "life", {"what": "acted", "subscriber": "nobody", "verb": "x", "words": {}}
        )
        assert town.kinds() == ["trial_started"]
        assert "is passed over" in caplog.text


class TestDelivery:
    def test_endpoint_may_ask_back(self, town):
        """The profile that an app asks for when it is told answers for that instant."""
        town.aim("revenuecat")
        states = []

        def ask_back(request):
            states.append([event.kind.value for event in town.tenant.history() if event.at <= town.tenant.now()][-1])
            return 200, {}, ""

        with responses.RequestsMock() as net:
            net.add_callback(responses.POST, "http://127.0.0.1:9/hook", ask_back)
            town.begin(**TRIAL, vendors=("revenuecat",))
            town.advance(days=40)
        assert states == ["trial_started", "trial_converted", "renewed"]

    def test_endpoint_cannot_act_meanwhile(self, town, monkeypatch):
        """Time that is passing is not changed by what it brings."""
        monkeypatch.setattr("mockserver.delivery.turns.PATIENCE", 0.01)
        town.aim("revenuecat")
        refusals = []

        def act(request):
            with pytest.raises(ConflictError) as refused, town.parts.turns.hold("default", "acting", 0.01):
                pass
            refusals.append(str(refused.value))
            return 200, {}, ""

        with responses.RequestsMock() as net:
            net.add_callback(responses.POST, "http://127.0.0.1:9/hook", act)
            town.begin(**TRIAL, vendors=("revenuecat",))
        assert refusals == ["The tenant default is busy: somebody is coming."]

    def test_retries_go_by_the_mocks_clock(self, town):
        town.aim("revenuecat")
        with responses.RequestsMock() as net:
            net.post("http://127.0.0.1:9/hook", status=500)
            town.begin(**TRIAL, vendors=("revenuecat",))
            town.advance(hours=3)
        tries = town.told("direction:out channel:webhook")
        assert [(one.when - tries[0].when) / timedelta(minutes=1) for one in tries] == [0, 5, 15, 35, 75, 155]

    def test_attributes_set_by_the_app_are_told(self, town):
        """What RevenueCat remembers of a customer by its API is in what it tells (contract `Writing.documents`)."""
        import orjson

        client = town.app.test_client()
        key = town.tenant.credentials("revenuecat")["secret_key"]
        client.post(
            "/revenuecat/v1/subscribers/u-1/attributes",
            json={"attributes": {"plan": {"value": "gold", "updated_at_ms": 1}}},
            headers={"authorization": f"Bearer {key}"},
        )
        town.begin(**TRIAL, vendors=("revenuecat",))
        (told,) = town.told("direction:out channel:webhook")
        body = orjson.loads(town.parts.journal.entry("default", told.entry).content)
        assert body["event"]["subscriber_attributes"]["plan"]["value"] == "gold"


def _killed(*_args, **_options):
    raise KeyboardInterrupt
