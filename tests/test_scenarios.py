"""Every shipped scenario unfolds as tabled: when after the start, what, and how much money really moved."""

import ast
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.lifecycle.acts import verbs
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.scenario import find, load, shipped_folder

BOUGHT = "0d subscription_started 9.99"
EXPECTED = {
    "monthly": f"{BOUGHT} | 31d renewed 9.99 | 59d renewed 9.99 | 90d renewed 9.99",
    "trial-converts": (
        "0d trial_started 0 | 7d trial_converted 9.99 | 38d renewed 9.99 | 66d renewed 9.99 | 97d renewed 9.99"
    ),
    "trial-cancelled": "0d trial_started 0 | 3d trial_cancelled 0 | 7d trial_expired 0",
    "trial-uncancelled": (
        "0d trial_started 0 | 3d trial_cancelled 0 | 5d renewal_reactivated 0 | 7d trial_converted 9.99"
    ),
    "trial-late-cancel": "0d trial_started 0 | 6d12h trial_cancelled 0 | 7d trial_converted 9.99 | 38d expired 0",
    "trial-returns-later": "0d trial_started 0 | 3d trial_cancelled 0 | 7d trial_expired 0 | 37d resubscribed 9.99",
    "trial-billing-issue": (
        "0d trial_started 0 | 7d billing_issue_detected 0 | 10d billing_recovered 9.99 | 38d renewed 9.99"
    ),
    "cancel-expire": f"{BOUGHT} | 10d renewal_cancelled 0 | 31d expired 0",
    "cancel-uncancel": f"{BOUGHT} | 10d renewal_cancelled 0 | 20d renewal_reactivated 0 | 31d renewed 9.99",
    "grace-recovered": f"{BOUGHT} | 31d billing_issue_detected 0 | 35d billing_recovered 9.99 | 59d renewed 9.99",
    "grace-expired": f"{BOUGHT} | 31d billing_issue_detected 0 | 47d grace_period_expired 0 | 91d billing_given_up 0",
    "no-grace-recovered": f"{BOUGHT} | 31d billing_issue_detected 0 | 43d billing_recovered 9.99 | 71d renewed 9.99",
    "play-hold-recovered": (
        f"{BOUGHT} | 31d billing_issue_detected 0 | 38d grace_period_expired 0 | 51d billing_recovered 9.99"
    ),
    "play-hold-lapsed": (
        f"{BOUGHT} | 31d billing_issue_detected 0 | 38d grace_period_expired 0 | 68d billing_given_up 0"
    ),
    "refund-first": f"{BOUGHT} | 3d refunded -9.99",
    "refund-renewal": f"{BOUGHT} | 31d renewed 9.99 | 59d renewed 9.99 | 64d refunded -9.99",
    "refund-earlier": f"{BOUGHT} | 31d renewed 9.99 | 59d renewed 9.99 | 64d refunded -9.99",
    "refund-reversed": f"{BOUGHT} | 3d refunded -9.99 | 10d refund_reversed 9.99",
    "play-refund-console": f"{BOUGHT} | 3d refunded -9.99 | 4d renewal_cancelled 0 | 31d expired 0",
    "upgrade-ios": "0d subscription_started 4.99 | 10d product_changed 19.99 | 41d renewed 19.99",
    "upgrade-play": "0d subscription_started 4.99 | 10d product_changed 10.16 | 31d renewed 19.99",
    "upgrade-play-default": "0d subscription_started 4.99 | 10d product_changed 0 | 31d renewed 19.99",
    "upgrade-play-time": (
        "0d subscription_started 4.99 | 10d product_changed 0 | 15d5h48m renewed 19.99 | 44d5h48m renewed 19.99"
    ),
    "upgrade-play-full": "0d subscription_started 4.99 | 10d product_changed 19.99 | 46d5h48m renewed 19.99",
    "downgrade-play": "0d subscription_started 19.99 | 10d product_change_scheduled 0 | 31d renewed 4.99",
    "downgrade": (
        "0d subscription_started 19.99 | 10d product_change_scheduled 0 | 31d renewed 4.99 | 59d renewed 4.99"
    ),
    "downgrade-undone": (
        "0d subscription_started 19.99 | 10d product_change_scheduled 0 | 12d product_change_undone 0"
        " | 31d renewed 19.99"
    ),
    "crossgrade-same": f"{BOUGHT} | 10d product_changed 9.99 | 41d renewed 9.99",
    "crossgrade-longer": f"{BOUGHT} | 10d product_change_scheduled 0 | 31d renewed 59.99",
    "pause-resume": f"{BOUGHT} | 10d pause_scheduled 0 | 31d paused 0 | 59d resumed 9.99 | 90d renewed 9.99",
    "pause-undone": f"{BOUGHT} | 10d pause_scheduled 0 | 12d pause_undone 0 | 31d renewed 9.99",
    "transfer": f"{BOUGHT} | 5d transferred 0 | 31d renewed 9.99",
    "transfer-half": f"{BOUGHT} | 5d transferred 0 | 31d renewed 9.99",
    "alias": f"{BOUGHT} | 2d logged_in 0 | 31d renewed 9.99",
    "winback-ios": f"{BOUGHT} | 10d renewal_cancelled 0 | 31d expired 0 | 76d resubscribed 9.99",
    "winback-other-group": f"{BOUGHT} | 10d renewal_cancelled 0 | 31d expired 0 | 76d subscription_started 9.99",
    "winback-play": f"{BOUGHT} | 10d renewal_cancelled 0 | 31d expired 0 | 76d subscription_started 9.99",
    "cross-platform": (
        f"{BOUGHT} | 5d subscription_started 9.99 | 6d renewal_cancelled 0 | 31d expired 0 | 36d renewed 9.99"
    ),
    "promo-removed": "0d promo_granted 0 | 10d promo_removed 0",
    "promo-ends": "0d promo_granted 0 | 31d expired 0",
    "consumable": "0d one_time_purchased 1.99 | 1h one_time_purchased 1.99 | 9d one_time_purchased 1.99",
    "lifetime": f"{BOUGHT} | 10d one_time_purchased 99.99 | 10d renewal_cancelled 0 | 31d expired 0",
    "lifetime-refund": "0d one_time_purchased 99.99 | 5d refunded -99.99",
    "stripe-past-due": f"{BOUGHT} | 31d billing_issue_detected 0 | 59d renewed 0 | 90d renewed 0",
    "stripe-cancel": "0d trial_started 0 | 14d trial_converted 9.99 | 44d billing_issue_detected 0 | 58d expired 0",
    "amazon": f"{BOUGHT} | 31d renewed 9.99 | 59d renewal_cancelled 0 | 59d expired 0",
    "intro": "0d subscription_started 1.99 | 31d renewed 1.99 | 59d renewed 1.99 | 90d renewed 9.99",
    "price-up-yes": (
        f"{BOUGHT} | 5d price_increase_announced 0 | 12d price_increase_accepted 0 | 31d renewed 9.99"
        " | 59d renewed 11.99"
    ),
    "price-up-play": (
        f"{BOUGHT} | 5d price_increase_announced 0 | 20d price_increase_accepted 0 | 31d renewed 9.99"
        " | 59d renewed 11.99"
    ),
    "price-up-no": f"{BOUGHT} | 5d price_increase_announced 0 | 31d expired 0",
    "prepaid": f"{BOUGHT} | 20d topped_up 9.99 | 59d expired 0",
    "extension": f"{BOUGHT} | 10d extended 0 | 61d renewed 9.99",
    "play-short-deferral": f"{BOUGHT} | 31d extended 0 | 31d8h renewed 9.99",
    "family": f"{BOUGHT} | 40m family_access_granted 0 | 20d family_access_ended 0 | 31d renewed 9.99",
    "store-outage": "0d access_granted_in_outage 0 | 5h subscription_started 9.99",
    "month-end": f"{BOUGHT} | 28d renewed 9.99 | 59d renewed 9.99 | 89d renewed 9.99 | 120d renewed 9.99",
    "leap-day": (
        "0d subscription_started 59.99 | 365d renewed 59.99 | 730d renewed 59.99 | 1095d renewed 59.99"
        " | 1461d renewed 59.99"
    ),
    "dst": f"{BOUGHT} | 31d renewed 9.99 | 245d renewed 9.99 | 275d renewed 9.99",
    "sandbox-ios": " | ".join(
        [BOUGHT, *(f"{5 * n}m renewed 9.99" for n in range(1, 13)), "65m renewal_cancelled 0", "65m expired 0"]
    ),
    "sandbox-play": " | ".join(
        [
            "0m trial_started 0 | 3m trial_converted 9.99",
            *(f"{minutes}m renewed 9.99" for minutes in (8, 13, 18, 23, 28)),
            "33m renewal_cancelled 0 | 33m expired 0",
        ]
    ),
    "early-renewal": f"{BOUGHT} | 30d16h renewed 9.99",
    "duplicates": f"{BOUGHT} | 31d renewed 9.99",
    "out-of-order": f"{BOUGHT} | 31d billing_issue_detected 0 | 31d3m billing_recovered 9.99",
    "late": f"{BOUGHT} | 2d renewal_cancelled 0 | 31d expired 0",
    "dropped": f"{BOUGHT} | 31d renewed 9.99",
    "weekly": " | ".join(
        [
            "0d subscription_started 2.99",
            *(f"{7 * n}d renewed 2.99" for n in range(1, 8)),
            "52d renewal_cancelled 0 | 56d expired 0",
        ]
    ),
}
README = shipped_folder() / "README.md"
FILES = find([shipped_folder()])
VENDORS = ("mparticle.com", "adapty", "revenuecat", "nami", "mbaasy")


def unfold(key, seed=0):
    return load(FILES[key]).unfold(seed)


def row(text):
    """`6d12h trial_cancelled 0` as an offset, a kind and an amount."""
    offset, kind, amount = text.split()
    units = {"d": "days", "h": "hours", "m": "minutes"}
    length, number = timedelta(), ""
    for sign in offset:
        if sign.isdigit():
            number += sign
        else:
            length, number = length + timedelta(**{units[sign]: int(number)}), ""
    return length, Kind(kind), Decimal(amount)


@pytest.mark.parametrize("key", EXPECTED)
def test_scenario_unfolds_as_tabled(key):
    scenario = load(FILES[key])
    events = [(event.at - scenario.start, event.kind, event.amount) for event in scenario.unfold()]
    assert events == [row(text) for text in EXPECTED[key].split(" | ")]


def test_every_file_is_tabled():
    assert set(FILES) == set(EXPECTED)


@pytest.mark.parametrize("key", FILES)
def test_scenario_says_its_end(key):
    """Consumables have no state that lasts: the one file that says nothing of its end."""
    assert (load(FILES[key]).ends is None) == (key == "consumable")


@pytest.mark.parametrize("key", FILES)
def test_same_seed_same_events(key):
    assert unfold(key, 3) == unfold(key, 3)


@pytest.mark.parametrize("key", FILES)
def test_other_seed_other_people(key):
    first, second = unfold(key, 0)[0], unfold(key, 1)[0]
    assert first.id != second.id
    assert first.person.anonymous_id != second.person.anonymous_id


@pytest.mark.parametrize("key", FILES)
def test_each_event_follows_the_last(key):
    """What was before an event is what was after the one before it, for each person."""
    known = {}
    for event in unfold(key):
        person = event.before.person.key
        assert event.before == known.get(person, event.before)
        known[person] = event.after
        if event.other_after is not None:
            known[event.other_after.person.key] = event.other_after


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_file_reads_as_prose(path):
    """A scenario declares: no loop, no condition, no function, no vendor."""
    tree = ast.parse(path.read_text("utf-8"))
    logic = (ast.For, ast.While, ast.If, ast.IfExp, ast.comprehension, ast.FunctionDef, ast.Lambda, ast.JoinedStr)
    assert not [node for node in ast.walk(tree) if isinstance(node, logic)]
    assert not [name for name in VENDORS if name in path.read_text("utf-8").lower()]


def test_titles_name_the_scenarios():
    titles = {load(path).title for path in FILES.values()}
    assert {"Trial cancelled, then expires", "Play: account hold runs out", "Out-of-order deliveries"} <= titles


def test_readme_example_plays(tmp_path):
    example = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL).group(1)
    path = tmp_path / "example.py"
    path.write_text(example, encoding="utf-8")
    assert [event.kind for event in load(path).unfold()][-1] is Kind.REFUNDED


def test_readme_names_every_verb():
    section = README.read_text("utf-8").partition("## Who does what")[2].partition("## ")[0]
    rows = re.findall(r"^\| `(\w+)`[^|]*\| (.*) \|$", section, re.MULTILINE)
    assert {f"{actor}.{verb}" for actor, cell in rows for verb in re.findall(r"`(\w+)`", cell)} == set(verbs())


def test_no_bytecode_is_left():
    for path in FILES.values():
        load(path)
    assert not (shipped_folder() / "__pycache__").exists()
