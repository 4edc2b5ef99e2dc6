"""Scenarios as Mbaasy tells them: against lifecycles.md's tables and properties, and against golden files."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from mockserver.delivery.plan import plan
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.vendors.mbaasy import VENDOR

HERE = Path(__file__).parent
SCENARIOS = find([shipped_folder()])
WORDS = {
    "trial": {"in_trial_period"},
    "grace": {"in_grace_period"},
    "auto": {"is_auto_renewing"},
    "cancel": {"canceled_at", "canceled_by"},
    "period": {"current_period_start_at", "current_period_end_at"},
    "end": {"current_period_end_at"},
    "prod": {"product_id", "entitlements"},
    "user": {"user_identifier"},
}
GOLDEN = [
    *("trial-converts", "trial-returns-later", "trial-uncancelled", "cancel-expire", "grace-recovered"),
    *("grace-expired", "refund-reversed", "upgrade-ios", "upgrade-play-default", "downgrade", "pause-resume"),
    *("monthly", "trial-cancelled", "refund-first", "refund-renewal", "transfer", "upgrade-play", "lifetime"),
    *("alias", "consumable", "lifetime-refund", "prepaid", "extension", "family", "store-outage"),
]


def tables():
    """Scenario to its count and its rows of (instant, cells)."""
    found, rows = {}, []
    for line in (HERE / "lifecycles.txt").read_text("utf-8").splitlines():
        if line.startswith("    "):
            at, cells = line.strip().split(" | ")
            rows += [(at, cell) for cell in re.split(r"; (?=created|upd)", cells) if cell != "\N{EN DASH}"]
        elif head := re.fullmatch(r"([a-z-]+): (\d+)", line):
            rows = []
            found[head[1]] = (int(head[2]), rows)
    return found


TABLES = tables()


@cache
def told(key):
    return plan(load(SCENARIOS[key]).unfold(0), {"mbaasy": VENDOR}, seed=0)


def bodies(key):
    return [orjson.loads(telling.message.body) for telling in told(key)]


def chains(key):
    """The events of each purchase, in order."""
    found = {}
    for body in bodies(key):
        found.setdefault(body["data"]["id"], []).append(body)
    return found.values()


def keys_of(cell):
    """The keys of the diff that a cell of the tables means."""
    words = re.search(r"\{(.*)\}", cell)
    named = [word.split()[0] for word in words[1].split(", ")] if words else []
    return {key for word in named for key in WORDS[word]}


every = pytest.mark.parametrize("key", SCENARIOS)


def test_every_scenario_has_its_table():
    assert SCENARIOS.keys() == TABLES.keys()


@every
def test_events_are_those_of_table(key):
    names = {"created": "in_app_purchase.created", "upd": "in_app_purchase.updated"}
    expected = [(at, names[cell.partition("{")[0]], sorted(keys_of(cell))) for at, cell in TABLES[key][1]]
    rows = [telling.as_row() for telling in told(key)]
    assert [(row["at"].replace("T", " ")[:16], row["event"], list(row["changed"])) for row in rows] == expected


@every
def test_count_is_that_of_index(key):
    assert len(told(key)) == TABLES[key][0]


@every
def test_cancellation_names_who_did(key):
    for body, (_, cell) in zip(bodies(key), TABLES[key][1], strict=True):
        if who := re.search(r"cancel (\w+)", cell):
            expected = None if who[1] == "null" else who[1]
            assert body["new_attributes"]["canceled_by"] == expected
            assert (body["new_attributes"]["canceled_at"] is None) is (expected is None)


@every
def test_diffs_rebuild_data(key):
    """lifecycles.md §8.12, mbaasy.md §4: the data before, the new attributes, one more version."""
    for events in chains(key):
        for before, after in pairwise(events):
            rebuilt = {**before["data"], **after["new_attributes"], "version": before["data"]["version"] + 1}
            assert rebuilt == after["data"]


@every
def test_versions_count_up(key):
    for events in chains(key):
        assert [event["data"]["version"] for event in events] == [*range(1, len(events) + 1)]


@every
def test_diff_tells_what_was(key):
    """mbaasy.md §4: the same keys on both sides, old values as they were told, null where there was none."""
    for events in chains(key):
        for before, after in pairwise(events):
            old, new = after["previous_attributes"], after["new_attributes"]
            assert list(old) == list(new)
            assert old == {name: before["data"].get(name) for name in old}
            assert all(old[name] != new[name] for name in old)
            assert "updated_at" in old
            assert not {"version", "last_synced_at"} & old.keys()


@every
def test_only_first_event_creates(key):
    for events in chains(key):
        names = ["in_app_purchase.created", *["in_app_purchase.updated"] * (len(events) - 1)]
        assert [event["name"] for event in events] == names


@every
def test_mere_expiry_is_silent(key):
    """lifecycles.md §8.13: only what the store ends by itself is told, and then as a cancellation."""
    silent = {Kind.TRIAL_EXPIRED, Kind.GRACE_PERIOD_EXPIRED}
    for telling in told(key):
        assert telling.event.kind not in silent
        assert telling.event.kind is not Kind.EXPIRED or "canceled_by" in telling.message.details["changed"]


@every
def test_nothing_is_named_twice(key):
    ids = Counter(body["id"] for body in bodies(key))
    assert all(count == 1 for count in ids.values())


@every
def test_no_money_anywhere(key):
    """mbaasy.md §3: no price, amount or transaction id; the currency is the country's."""
    assert all(telling.message.amount is None and telling.message.currency is None for telling in told(key))
    assert not any(
        re.search("price|amount|order_id|transaction", telling.message.body.decode()) for telling in told(key)
    )


def test_same_seed_same_bytes():
    events = load(SCENARIOS["transfer"]).unfold(3)
    first, second = (plan(events, {"mbaasy": VENDOR}, seed=3) for _ in range(2))
    assert [one.message for one in first] == [one.message for one in second]


@pytest.mark.parametrize("key", GOLDEN)
def test_payloads_are_golden(key, request):
    path = HERE / "golden" / f"{key}.json"
    rows = [
        {
            "at": telling.message.at.isoformat(),
            "step": telling.event.step,
            "event": telling.message.event,
            "subject": telling.message.subject,
            "changed": telling.message.details["changed"],
            "body": orjson.loads(telling.message.body),
        }
        for telling in told(key)
    ]
    text = orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
