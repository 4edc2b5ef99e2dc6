"""Told from the sample's values, our event is the sample: the same keys in the same order, types and figures."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import (
    PeriodType,
    Person,
    Product,
    State,
    Store,
    Subscriber,
    Subscription,
    Transaction,
)

SAMPLE = orjson.loads((Path(__file__).parent / "samples" / "conversion.json").read_bytes())
DATA, OLD, NEW = SAMPLE["data"], SAMPLE["previous_attributes"], SAMPLE["new_attributes"]
OURS = ("id", "fact_id")  # made from the store's id


def instant(timestamp):
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=timestamp["ms"])


PRODUCT = Product(id=DATA["product_id"], price=Decimal("59.99"), period="P1Y")
SETTINGS = {
    "app_family_id": DATA["app_family_id"],
    "app_identifiers": {"app_store": DATA["app_identifier"]},
    "metadata": DATA["metadata"],
    "entitlements": {"premium/annually": "premium.*year"},
    "upload_delay_ms": DATA["created_at"]["ms"] - DATA["purchased_at"]["ms"],
    "event_delay_ms": SAMPLE["created_at"]["ms"] - DATA["updated_at"]["ms"],
}


def charge(number, period_type, start, end):
    return Transaction(
        id=f"{DATA['unique_identifier']}{number}",
        original_id=str(DATA["unique_identifier"]),
        product=PRODUCT,
        purchased_at=instant(start),
        paid_until=instant(end),
        price=Decimal(0),
        period_type=period_type,
        number=number,
    )


def chain(state, *charges):
    return Subscription(
        original_id=str(DATA["unique_identifier"]),
        product=PRODUCT,
        store=Store.APP_STORE,
        state=state,
        auto_renew=DATA["is_auto_renewing"],
        transactions=charges,
        period_start=charges[-1].purchased_at,
        period_end=charges[-1].paid_until,
        access_until=charges[-1].paid_until,
    )


def sample_life():
    """Trial, log-in (an upload with the user's id: the second version), conversion."""
    trial = charge(1, PeriodType.TRIAL, OLD["current_period_start_at"], OLD["current_period_end_at"])
    paid = charge(2, PeriodType.NORMAL, NEW["current_period_start_at"], NEW["current_period_end_at"])
    begun, converted = chain(State.TRIAL_OFF, trial), chain(State.ACTIVE_OFF, trial, paid)
    anonymous = Person(key="user", customer_id=None, anonymous_id="a" * 32, country=DATA["country_code"])
    known = replace(anonymous, customer_id=DATA["user_identifier"])
    upload = timedelta(milliseconds=SETTINGS["upload_delay_ms"])
    return [
        happened(Kind.TRIAL_STARTED, instant(DATA["purchased_at"]), anonymous, begun),
        happened(Kind.LOGGED_IN, instant(OLD["updated_at"]) - upload, known, None, begun),
        happened(Kind.TRIAL_CONVERTED, instant(NEW["updated_at"]), known, converted),
    ]


def happened(kind, at, person, subscription, *owned):
    after = Subscriber(person=person, subscriptions=owned or (subscription,))
    return LifecycleEvent(
        id=kind.value, kind=kind, at=at, step=kind.value, before=after, after=after, subscription=subscription
    )


def without_our_ids(body):
    body = deepcopy(body)
    for holder, name in ((body, "id"), *((body["data"], name) for name in OURS)):
        holder[name] = "a uuid"
    return body


def test_conversion_is_rendered_whole(tell):
    told = tell(sample_life(), **SETTINGS)[-1]
    ours, theirs = (
        orjson.dumps(without_our_ids(one), option=orjson.OPT_INDENT_2).decode() for one in (told.body, SAMPLE)
    )
    assert ours == theirs


def test_diff_keys_are_the_samples(tell):
    told = tell(sample_life(), **SETTINGS)[-1]
    assert [*told.message.details["changed"], "updated_at"] == sorted(OLD)


def test_sample_chain_has_three_versions(tell):
    told = tell(sample_life(), **SETTINGS)
    assert [(one.data["version"], one.changed) for one in told[:2]] == [(1, set()), (2, {"user_identifier"})]
    assert told[1].data["updated_at"] == OLD["updated_at"]


def test_ids_are_uuids(tell):
    told = tell(sample_life(), **SETTINGS)[-1]
    ids = [told.body["id"], *(told.data[name] for name in OURS)]
    assert [len(one) for one in ids] == [len(SAMPLE["id"])] * 3
    assert len(set(ids)) == 3


@pytest.mark.parametrize("name", ["current_period_end_at", "purchased_at", "updated_at"])
def test_text_is_cut_to_seconds(tell, name):
    """mbaasy.md §2: …47834 ms is told as :47."""
    assert tell(sample_life(), **SETTINGS)[-1].data[name] == DATA[name]
