"""Built from a sample's values, our batch is the sample: the same keys in the same order, types and constants."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from mockserver.lifecycle.subscriber import Device, Person, Product, Store
from mockserver.vendors.revenuecat.schemas import BATCH

SAMPLES = {path.stem: path for path in sorted((Path(__file__).parent / "samples").glob("*.json"))}
STEPS = {
    "initial_purchase": lambda life: life.buys(),
    "trial_started": lambda life: life.starts_trial(),
    "trial_converted": lambda life: life.starts_trial().converts(),
    "trial_cancelled": lambda life: life.starts_trial().cancels(),
    "renewal": lambda life: life.buys().renews(),
    "cancellation": lambda life: life.buys().cancels(),
    "uncancellation": lambda life: life.buys().cancels().reactivates(),
    "expiration": lambda life: life.buys().cancels().expires(),
    "billing_issue": lambda life: life.buys().fails(grace_days=16),
    "product_change": lambda life: life.buys().changes_later(Product(id="weekly_sub", price=Decimal("5.99"))),
}


def person_in(sample):
    attributes, device = sample["user_attributes"], sample["device_info"]
    original = attributes["revenuecat_original_app_user_id"].removeprefix("$RCAnonymousID:")
    ours = {"$appsflyerId", "$onesignalId"}
    return Person(
        key="user",
        customer_id=attributes["revenuecat_app_user_id"],
        anonymous_id=original,
        mpid=sample["mpid"],
        known_ids=(original, *attributes["revenuecat_aliases"], attributes["revenuecat_app_user_id"]),
        country=attributes["$country"],
        devices=(
            Device(
                id="d",
                platform=device["platform"].lower(),
                idfa=device.get("ios_advertising_id"),
                gaid=device.get("android_advertising_id"),
                ip=attributes.get("revenuecat_$ip"),
            ),
        ),
        attributes={key: attributes[f"revenuecat_{key}"] for key in sorted(ours) if f"revenuecat_{key}" in attributes},
    )


def settings_in(sample):
    app = sample["application_info"]
    return {
        "app_name": app["application_name"],
        "packages": {"ios": app["package"], "android": app["package"]},
        "os": {"Android": "IOS"}.get(app.get("os"), app.get("os", "absent")),
        "aliases": "others",
    }


def life_in(sample, name, live):
    data = sample["events"][0]["data"]
    product = Product(id=data["custom_attributes"]["revenuecat_product_id"], price=Decimal("5.99"), period="P1W")
    store = Store.PLAY_STORE if sample["device_info"]["platform"] == "Android" else Store.APP_STORE
    return STEPS[name](live(store=store, product=product, person=person_in(sample)))


def at_the_sample_time(event, sample):
    """The event as it was, but for its instant and the store's id of the charge."""
    data = sample["events"][0]["data"]
    at = datetime.fromtimestamp(data["timestamp_unixtime_ms"] / 1000, UTC)
    if event.transaction is None:
        return replace(event, at=at)
    charge = replace(event.transaction, purchased_at=at, id=data.get("product_action", {}).get("transaction_id", "t"))
    chain = replace(event.subscription, transactions=(*event.subscription.transactions[:-1], charge))
    return replace(event, at=at, transaction=charge, subscription=chain)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_rendered_whole(name, live, feed, body_of):
    sample = orjson.loads(SAMPLES[name].read_bytes())
    life = life_in(sample, name, live)
    life.events = [at_the_sample_time(life.events[-1], sample)]
    batch = body_of(feed(life, **settings_in(sample))[0])
    assert batch["source_request_id"] != batch["events"][0]["data"]["source_message_id"]
    batch["source_request_id"] = sample["source_request_id"]
    batch["events"][0]["data"]["source_message_id"] = sample["events"][0]["data"]["source_message_id"]
    assert orjson.dumps(batch, option=orjson.OPT_INDENT_2) == orjson.dumps(sample, option=orjson.OPT_INDENT_2)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_survives_the_schema(name):
    sample = orjson.loads(SAMPLES[name].read_bytes())
    assert BATCH.dump(BATCH.load(sample)) == sample


def test_every_step_has_a_sample():
    assert SAMPLES.keys() == STEPS.keys()
