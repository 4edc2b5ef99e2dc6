"""Whatever a subscriber does in two stores, what Nami tells fits together (lifecycles.md §8, 10 and 11)."""

from datetime import timedelta

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery.plan import plan
from mockserver.errors import ImpossibleStepError
from mockserver.lifecycle import Scenario, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, LIFETIME, MONTHLY, PRO_MONTHLY
from mockserver.lifecycle.engine import World
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.people import make_person
from mockserver.lifecycle.scenario import START
from mockserver.vendors.nami import VENDOR

STORES = ("app_store", "play_store")
ACTS = [
    make(on=where)
    for where in STORES
    for make in (
        user.starts_trial,
        user.buys,
        user.subscribes_again,
        user.turns_renewal_off,
        user.turns_renewal_on,
        user.card_fails,
        user.fixes_card,
        store.refunds,
    )
]
ACTS += [user.changes_to(product, on=where) for product in (BASIC_MONTHLY, PRO_MONTHLY) for where in STORES]
ACTS += [user.buys(LIFETIME, on="app_store"), user.pauses(months=1, on="play_store"), user.resumes(on="play_store")]
FROM_INACTIVE = {"purchased"}
FROM_ACTIVE = {"renewed", "renewal_in_grace_period", "in_grace_period", "expired"}
TWINS = {
    "trial_started": {"purchased"},
    "trial_converted": {"renewed", "renewal_in_grace_period"},
    "trial_did_not_convert": {"expired"},
}


def live(steps):
    """The lifecycle events of a walk; what cannot happen does not."""
    engine = Scenario(timeline=[], product=MONTHLY).engine(0)
    world, at, events = World.of(make_person(SeededIds(0))), START, []
    for days, act in steps:
        at += timedelta(days=days)
        passed = engine.advance(world, at)
        world, events = passed.world, [*events, *passed.events]
        try:
            happened = engine.act(world, act, at)
        except ImpossibleStepError:
            continue
        world, events = happened.world, [*events, *happened.events]
    return events


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 25), st.sampled_from(ACTS)), min_size=4, max_size=25))
def test_events_fit_together(steps):
    """A pause of one purchase may leave another active, so what surrounds pauses is judged by the state told."""
    messages = [one.message for one in plan(live(steps), {"nami": VENDOR}, 0) if one.message.channel == "mparticle"]
    is_active = False
    for number, message in enumerate(messages):
        state = orjson.loads(message.body).get("user_attributes")
        if message.event in FROM_INACTIVE | FROM_ACTIVE:
            assert is_active is (message.event in FROM_ACTIVE)
        if message.event in TWINS:
            before = messages[number - 1]
            assert (before.event in TWINS[message.event], before.at) == (True, message.at)
        if state is not None:
            is_active = bool(state["namiml_active_entitlements"])
            assert not (is_active and state["namiml_former_subscriber"] == "true")
