"""Scenarios as Nami tells them: against lifecycles.md's tables and properties, and against golden files."""

import re
from functools import cache
from pathlib import Path

import orjson
import pytest

from mockserver.delivery.plan import plan
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.vendors.mparticle.schemas import BatchSchema
from mockserver.vendors.nami import VENDOR
from mockserver.vendors.nami.user import user_id

HERE = Path(__file__).parent
SCENARIOS = find([shipped_folder()])
TABLES = {
    head.split(":")[0]: (int(head.split(":")[1]), [line.strip() for line in lines if line.startswith(" ")])
    for head, *lines in (
        part.split("\n") for part in re.split(r"\n(?=[a-z])", (HERE / "lifecycles.txt").read_text("utf-8"))[1:]
    )
}
GOLDEN = [
    *("monthly", "trial-converts", "trial-cancelled", "trial-uncancelled", "cancel-expire", "grace-recovered"),
    *("grace-expired", "no-grace-recovered", "refund-first", "upgrade-ios", "pause-resume", "transfer", "consumable"),
    *("cross-platform", "lifetime", "refund-renewal", "upgrade-play"),
]
TWINS = {
    "trial_started": {"purchased"},
    "trial_converted": {"renewed", "renewal_in_grace_period"},
    "trial_did_not_convert": {"expired"},
}
STATES_BEFORE = {  # what must hold of the user's entitlements before an event
    "purchased": False,
    "renewed": True,
    "renewal_in_grace_period": True,
    "in_grace_period": True,
    "expired": True,
    "paused": True,
    "resumed": False,
}


@cache
def told(key):
    """Every telling of a scenario, in order."""
    return plan(load(SCENARIOS[key]).unfold(0), {"nami": VENDOR}, 0)


def batches(key):
    return [one.message for one in told(key) if one.message.channel == "mparticle" and not one.message.skipped]


def body(message):
    return orjson.loads(message.body)


def expected(key):
    """The cells of a table: instant and name."""
    for line in TABLES[key][1]:
        at, names = line.split(" | ")
        yield from ((at, name) for name in names.split("; ") if name != "\N{EN DASH}")


tabled = pytest.mark.parametrize("key", TABLES)
every = pytest.mark.parametrize("key", SCENARIOS)


def test_every_scenario_has_table():
    assert TABLES.keys() == SCENARIOS.keys()


@tabled
def test_batches_are_those_of_table(key):
    assert [(one.at.strftime("%Y-%m-%d %H:%M"), one.event) for one in batches(key)] == list(expected(key))


@tabled
def test_batches_are_as_many(key):
    assert len(batches(key)) == TABLES[key][0]


@every
def test_webhook_tells_the_same(key):
    """The same events in the same order, and purchase.updated beside them."""
    posts = [one.message for one in told(key) if one.message.channel == "webhook"]
    assert [one.id for one in posts if one.event != "purchase.updated"] == [one.id for one in batches(key)]


@pytest.mark.parametrize("key", GOLDEN)
def test_payloads_are_golden(key, request):
    path = HERE / "golden" / f"{key}.json"
    rows = [
        {
            "at": one.message.at.isoformat(),
            "step": one.event.step,
            "channel": one.message.channel,
            "event": one.message.event,
            "feed": one.message.feed,
            "subject": one.message.subject,
            "body": body(one.message),
        }
        for one in told(key)
    ]
    text = orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@every
def test_trial_event_has_its_twin(key):
    """lifecycles.md §8.10: at the same instant, for the same person, with the same state."""
    sent = batches(key)
    for message in sent:
        if message.event in TWINS:
            twins = [one for one in sent if (one.at, one.subject) == (message.at, message.subject)]
            [twin] = [one for one in twins if one.event in TWINS[message.event]]
            assert body(twin)["user_attributes"] == body(message)["user_attributes"]
            assert sent.index(twin) < sent.index(message)


@every
def test_purchased_from_inactive_renewed_from_active(key):
    """§8.11, judged by what mParticle was told of the user before; with a transfer the state moves too."""
    is_active = {}
    moves = [event for event in load(SCENARIOS[key]).unfold(0) if event.kind is Kind.TRANSFERRED]
    for message in batches(key):
        while moves and moves[0].at <= message.at:
            event = moves.pop(0)
            is_active[user_id(event.other_after.person)] = is_active.pop(user_id(event.person))
        told_of = body(message)
        if "user_attributes" in told_of:
            who = told_of["partner_identities"]["namiml_user_id"]
            if message.event in STATES_BEFORE:
                assert is_active.get(who, False) is STATES_BEFORE[message.event]
            is_active[who] = bool(told_of["user_attributes"]["namiml_active_entitlements"])


@every
def test_money_is_in_transactions(key):
    """§4: nothing but a transaction carries an amount, and only for what was really charged on a device."""
    assert {one.event for one in batches(key) if one.amount is not None} <= {"transaction"}


@every
def test_never_an_mpid(key):
    assert all("mpid" not in body(one) for one in batches(key))


@every
def test_mparticle_finds_nothing_wrong(key):
    assert [BatchSchema().validate(body(one)) for one in batches(key)] == [{}] * len(batches(key))


@every
def test_ids_are_unique(key):
    for channel in VENDOR.channels:
        ids = [one.message.id for one in told(key) if one.message.channel == channel]
        assert len(ids) == len(set(ids))
