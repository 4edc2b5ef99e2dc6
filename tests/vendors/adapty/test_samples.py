"""Payloads from manuals: ours have their keys and forms. Each sample names its source."""

from pathlib import Path

import orjson
import pytest

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import COINS, MONTHLY
from mockserver.vendors.adapty.purchases import profile_of

SAMPLES = {path.stem: orjson.loads(path.read_bytes()) for path in (Path(__file__).parent / "samples").glob("*.json")}
PROFILE = "/api/v2/server-side-api/profile/"


def payload(name):
    return SAMPLES[name]["payload"]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_names_its_source(name):
    assert SAMPLES[name]["source"]


@pytest.fixture
def answered(adapty, live):
    """Our answer about somebody with a trial, some coins and an attribute."""
    events = live(day(0, user.starts_trial(MONTHLY), user.buys(COINS)))
    body = {"custom_attributes": [{"key": "plan", "value": "family"}]}
    return adapty("POST", PROFILE, body, profile=profile_of(events[0].person)).data


@pytest.mark.parametrize("part", ["custom_attributes", "subscriptions", "non_subscriptions"])
def test_profile_has_keys_of_seed(answered, part):
    sample = payload("profile_seed_004")["data"]
    assert answered.keys() == sample.keys()
    assert answered[part][0].keys() == sample[part][0].keys()


def test_level_leaves_environment_out(answered):
    """The seed has it, the newest pages have not (adapty.md §17)."""
    sample = payload("profile_seed_004")["data"]["access_levels"][0]
    assert sample.keys() - answered["access_levels"][0].keys() == {"environment"}


def test_offer_keys_follow_newest_pages(answered):
    seed = payload("profile_seed_004")["data"]
    assert answered["access_levels"][0]["offer"].keys() == seed["access_levels"][0]["offer"].keys()
    assert answered["subscriptions"][0]["offer"].keys() == seed["access_levels"][0]["offer"].keys()


@pytest.mark.parametrize("part", ["access_levels", "subscriptions"])
def test_profile_has_types_of_contract(answered, part):
    sample = payload("profile_contract")["data"]
    ours, theirs = answered[part][0], sample[part][0]
    assert ours.keys() == theirs.keys()
    assert {key: type(ours[key]) for key in theirs if theirs[key] is not None and ours[key] is not None} == {
        key: type(theirs[key]) for key in theirs if theirs[key] is not None and ours[key] is not None
    }


def test_webhook_has_keys_of_contract(tell):
    events = Scenario(timeline=[day(0, user.buys(MONTHLY)), period_end(1, store.renews())]).unfold(0)
    ours = next(one.body for one in tell(events) if one.type == "subscription_renewed")
    theirs = payload("webhook_contract")
    added = {"trial_duration", "original_price_usd", "original_price_local"}
    added |= {"discount_amount_usd", "discount_amount_local"}
    assert ours.keys() == theirs.keys()
    assert ours["event_properties"].keys() == theirs["event_properties"].keys() | added


def test_event_has_keys_of_seed(tell):
    events = Scenario(timeline=[day(0, user.buys(MONTHLY))]).unfold(0)
    ours = tell(events)[0].properties
    for key, value in payload("event_seed_002").items():
        assert type(ours[key]) is type(value), key
