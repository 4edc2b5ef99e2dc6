"""Scenarios as RevenueCat tells them: against lifecycles.md's tables and properties, and against golden files."""

import re
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.vendors.contract import Writing
from mockserver.vendors.revenuecat import VENDOR

HERE = Path(__file__).parent
SCENARIOS = find([shipped_folder()])
TABLES = {
    head.split(":")[0]: (head.split(":")[1].split(), [line.strip() for line in lines if line.startswith(" ")])
    for head, *lines in (
        part.split("\n") for part in re.split(r"\n(?=[a-z])", (HERE / "lifecycles.txt").read_text("utf-8"))[1:]
    )
}
GOLDEN = [
    *("monthly", "trial-converts", "trial-cancelled", "trial-uncancelled", "cancel-expire", "grace-recovered"),
    *("grace-expired", "refund-first", "refund-renewal", "upgrade-ios", "pause-resume", "transfer", "consumable"),
    *("upgrade-play", "lifetime"),
]


@cache
def told(key):
    """Every message of a scenario, as (lifecycle event, message)."""
    return [
        (event, message)
        for event in load(SCENARIOS[key]).unfold(0)
        for name, channel in VENDOR.channels.items()
        for message in channel.write(event, Writing(ids=SeededIds(f"0/{name}"), settings=VENDOR.settings))
    ]


def webhooks(key):
    return [message for _, message in told(key) if message.channel == "webhook"]


def batches(key):
    return [message for _, message in told(key) if message.channel == "mparticle" and not message.skipped]


def body(message):
    return orjson.loads(message.body)


def event(message):
    return body(message)["event"]


def expected(key, column):
    """The cells of a table: instant, name, and the words in brackets."""
    for line in TABLES[key][1]:
        at, *cells = (cell.strip() for cell in line.split(" | "))
        for cell in cells[column].split("; "):
            name, _, words = cell.partition(" ")
            if name != "\N{EN DASH}":
                yield at, name, set(words.strip("()").split(", ")) - {""}


def said(message):
    """What a webhook says beside its type, in the words of the tables."""
    found = event(message)
    words = {found.get("cancel_reason"), found.get("expiration_reason"), found.get("period_type")} - {None}
    return words | ({"conversion"} if found.get("is_trial_conversion") else set())


def instant(message):
    return message.at.strftime("%Y-%m-%d %H:%M")


tabled = pytest.mark.parametrize("key", [key for key in TABLES if key in SCENARIOS])
every = pytest.mark.parametrize("key", SCENARIOS)


@tabled
def test_webhooks_are_those_of_table(key):
    rows = list(expected(key, 0))
    assert [(instant(one), one.event) for one in webhooks(key)] == [(at, name) for at, name, _ in rows]


@tabled
def test_webhooks_say_what_table_says(key):
    """A reason or period type that the table names is told; a TRIAL or conversion that it does not name is not."""
    for message, (_, _, words) in zip(webhooks(key), expected(key, 0), strict=True):
        assert words <= said(message)
        assert {"TRIAL", "conversion"} & said(message) == {"TRIAL", "conversion"} & words


@tabled
def test_batches_are_those_of_table(key):
    sent = [(instant(one), one.event + ("$" if one.amount is not None else "")) for one in batches(key)]
    assert sent == [(at, name) for at, name, _ in expected(key, 1)]


def test_every_scenario_has_its_table():
    assert TABLES.keys() == SCENARIOS.keys()


@tabled
def test_amounts_sum_up(key):
    sums = [sum((one.amount or Decimal(0) for one in part(key)), Decimal(0)) for part in (webhooks, batches)]
    told_sums = [Decimal(text) for text in TABLES[key][0]]
    assert sums == [told_sums[0], told_sums[-1]]


@pytest.mark.parametrize("key", [key for key in GOLDEN if key in SCENARIOS])
def test_payloads_are_golden(key, request):
    path = HERE / "golden" / f"{key}.json"
    rows = [
        {
            "at": message.at.isoformat(),
            "step": cause.step,
            "channel": message.channel,
            "event": message.event,
            "feed": message.feed,
            "subject": message.subject,
            "body": body(message),
        }
        for cause, message in told(key)
    ]
    text = orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@every
def test_access_ends_once(key):
    """lifecycles.md §8.1: an expiration ends each spell."""
    spells = defaultdict(list)
    for message in webhooks(key):
        found = event(message)
        if found["type"] in {"EXPIRATION", "INITIAL_PURCHASE", "RENEWAL"}:
            spells[found["original_transaction_id"]].append(found["type"])
    assert all(pair != ("EXPIRATION", "EXPIRATION") for types in spells.values() for pair in pairwise(types))


@every
def test_unsubscribed_end_was_cancelled(key):
    """§8.2; prepaid plans end without."""
    cancelled = set()
    for found in map(event, webhooks(key)):
        if found["type"] == "CANCELLATION":
            cancelled.add(found["original_transaction_id"])
        if found["type"] == "EXPIRATION" and found["expiration_reason"] == "UNSUBSCRIBE":
            assert found["original_transaction_id"] in cancelled or found["period_type"] == "PREPAID"


@every
def test_uncancellation_has_open_cancellation(key):
    """§8.3."""
    is_open = defaultdict(bool)
    for found in map(event, webhooks(key)):
        if found["type"] in {"CANCELLATION", "UNCANCELLATION"}:
            if found["type"] == "UNCANCELLATION":
                assert is_open[found["original_transaction_id"]]
                assert found["store"] != "STRIPE"
            is_open[found["original_transaction_id"]] = found["type"] == "CANCELLATION"


@every
def test_billing_error_has_its_issue(key):
    """§8.4, §8.5: an issue at the same instant, and one for each spell."""
    issues = [
        (one["original_transaction_id"], one["event_timestamp_ms"])
        for one in map(event, webhooks(key))
        if one["type"] == "BILLING_ISSUE"
    ]
    errors = [
        (one["original_transaction_id"], one["event_timestamp_ms"])
        for one in map(event, webhooks(key))
        if one.get("cancel_reason") == "BILLING_ERROR"
    ]
    assert errors == issues
    assert len(issues) == len(set(issues))


@every
def test_transaction_ids_are_unique(key):
    """§8.8; Stripe repeats its own."""
    bought = [
        one["transaction_id"]
        for one in map(event, webhooks(key))
        if one["type"] in {"INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE"} and one["store"] != "STRIPE"
    ]
    assert not [one for one, count in Counter(bought).items() if count > 1]


@every
def test_batches_follow_from_webhooks(key):
    """§8.14: less the types mParticle lacks, plus one for each transfer, less what is skipped."""
    types = Counter(one.event for one in webhooks(key))
    lacking = sum(types[name] for name in ("SUBSCRIPTION_EXTENDED", "TEMPORARY_ENTITLEMENT_GRANT", "REFUND_REVERSED"))
    skipped = sum(1 for _, message in told(key) if message.skipped)
    assert len(batches(key)) == types.total() - lacking + types["TRANSFER"] - skipped


@every
def test_refund_takes_back_what_was_told(key):
    """§4: minus an earlier amount of the same transaction, so no chain is ever below zero."""
    charged = {}
    for message in batches(key):
        action = body(message)["events"][0]["data"].get("product_action")
        if action and action["action"] == "refund":
            assert message.amount == -charged[action["transaction_id"]]
        elif action:
            charged[action["transaction_id"]] = message.amount


@every
def test_ids_are_unique(key):
    ids = [message.id for _, message in told(key)]
    assert len(ids) == len(set(ids))


@every
def test_conversion_had_its_trial(key):
    """§4: exactly one earlier start in the same chain."""
    started = Counter()
    for found in map(event, webhooks(key)):
        if found["type"] == "INITIAL_PURCHASE" and found["period_type"] == "TRIAL":
            started[found["original_transaction_id"]] += 1
        if found.get("is_trial_conversion"):
            assert started[found["original_transaction_id"]] == 1
