"""Whole webhooks of shipped scenarios, reviewed against adapty.md §12. `--update-golden` writes them anew."""

from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from mockserver.lifecycle.scenario import load

SCENARIOS = Path(__file__).parents[3] / "scenarios"
GOLDEN = Path(__file__).parent / "golden"
KEYS = (
    "monthly",
    "trial-converts",
    "trial-cancelled",
    "trial-uncancelled",
    "cancel-expire",
    "grace-recovered",
    "grace-expired",
    "refund-first",
    "refund-renewal",
    "upgrade-ios",
    "pause-resume",
    "transfer",
    "consumable",
    "upgrade-play",
    "lifetime",
)
SUMS = {
    "monthly": "39.96",
    "trial-converts": "39.96",
    "trial-cancelled": "0",
    "refund-first": "0.00",
    "refund-renewal": "19.98",
    "upgrade-ios": "39.98",
    "transfer": "19.98",
    "consumable": "5.97",
}


@pytest.fixture
def told(tell):
    """Every webhook of a scenario."""
    return lambda key: tell(load(SCENARIOS / f"{key.replace('-', '_')}.py").unfold(0))


def rendered(messages):
    rows = [
        {
            "at": one.message.at.isoformat(),
            "event": one.message.event,
            "subject": one.message.subject,
            "amount": None if one.message.amount is None else str(one.message.amount),
            "body": one.body,
        }
        for one in messages
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@pytest.mark.parametrize("key", KEYS)
def test_scenario_is_golden(told, key, request):
    path, now = GOLDEN / f"{key}.json", rendered(told(key))
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_bytes(now)
    assert orjson.loads(path.read_bytes()) == orjson.loads(now)


@pytest.mark.parametrize("key", SUMS)
def test_amounts_add_up(told, key):
    amounts = [one.message.amount for one in told(key) if one.message.amount is not None]
    assert sum(amounts, Decimal(0)) == Decimal(SUMS[key])


@pytest.mark.parametrize("key", KEYS)
def test_revenue_follows_amounts(told, key):
    """What a profile is said to have brought in is what its events said until then, of one moment all at once."""
    messages, revenue = told(key), {}
    for one in messages:
        if one.message.amount is not None:
            revenue[one.message.subject] = revenue.get(one.message.subject, Decimal(0)) + one.message.amount
    last = {one.message.subject: one.properties["profile_total_revenue_usd"] for one in messages}
    assert last == {subject: float(revenue.get(subject, 0)) for subject in last}
