"""Lives to test with: people of one seed, beginning on one day, and random ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random

import pytest

from mockserver.errors import ImpossibleStepError
from mockserver.lifecycle import developer, store, user
from mockserver.lifecycle.catalogue import (
    BASIC_MONTHLY,
    COINS,
    LIFETIME,
    MONTHLY,
    MONTHLY_CHEAP_AT_FIRST,
    MONTHLY_INSTALMENTS,
    MONTHLY_PREPAID,
    PRO_MONTHLY,
    STUDIO_MONTHLY,
    YEARLY,
)
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.live import Life
from mockserver.lifecycle.people import make_person
from mockserver.lifecycle.subscriber import Offer, Store

START = datetime(2026, 1, 31, 18, 30, tzinfo=UTC)
STORES = [Store.APP_STORE, Store.APP_STORE, Store.PLAY_STORE, Store.PLAY_STORE, Store.STRIPE, Store.AMAZON]
PERSON, OTHER = make_person(SeededIds(0)), make_person(SeededIds(0), "other", anonymous=True)
ME, YOU = user("user"), user("other")
OFFER = Offer(type="pay_up_front", period="P2M", price=Decimal("12.99"), category="promotional")
BEGINNINGS = [
    ME.sees_paywall(),
    ME.buys(),
    ME.starts_trial(),
    ME.buys_at_intro_price(MONTHLY_CHEAP_AT_FIRST),
    ME.subscribes_again(),
    ME.buys(BASIC_MONTHLY),
    ME.buys(YEARLY),
    ME.buys(MONTHLY_PREPAID),
    ME.buys(MONTHLY_INSTALMENTS),
    ME.buys(STUDIO_MONTHLY),
    ME.buys(COINS),
    ME.buys(LIFETIME),
    store.grants_in_outage(),
    store.drops_pending_purchase(),
    developer.grants(),
]
ALTERATIONS = [
    ME.turns_renewal_off(),
    ME.turns_renewal_on(),
    ME.card_fails(),
    ME.fixes_card(),
    ME.changes_to(PRO_MONTHLY),
    ME.changes_to(BASIC_MONTHLY),
    ME.changes_to(YEARLY),
    ME.changes_to(PRO_MONTHLY, mode="WITH_TIME_PRORATION"),
    ME.changes_to(PRO_MONTHLY, mode="CHARGE_FULL_PRICE"),
    ME.changes_to(PRO_MONTHLY, mode="CHARGE_PRORATED_PRICE"),
    ME.changes_to(BASIC_MONTHLY, mode="DEFERRED"),
    ME.takes_change_back(),
    ME.pauses(months=1),
    ME.takes_pause_back(),
    ME.resumes(),
    ME.redeems_offer(OFFER),
    ME.accepts_price(),
    ME.tops_up(),
    ME.stops_sharing(),
    store.announces_price("24.99"),
    store.refunds(),
    store.refunds(period=1),
    store.refunds(revoking=False),
    store.declines_refund(),
    store.reverses_refund(),
    store.defers(hours=8),
    store.confirms_purchase(),
    developer.cancels(),
    developer.extends(days=7),
    developer.removes_grant(),
    YOU.leaves_family(),
]
SHARINGS = [YOU.restores(), YOU.joins_family(), YOU.logs_in()]


@cache
def lived(seed):
    """A life of a dozen acts that were possible when they were tried, and a quiet time after them."""
    random = Random(seed)
    life = Life.begin(
        PERSON,
        OTHER,
        at=START,
        store=random.choice(STORES),
        environment=random.choice(["production", "production", "sandbox"]),
        product=MONTHLY,
        rules=random.choice([{}, {"grace_days": 0}]),
    )
    for _ in range(12):
        life = life.until(life.now + timedelta(hours=random.choice([0, 1, 30, 24 * 9, 24 * 20, 24 * 40])))
        acts = random.choices([ALTERATIONS, BEGINNINGS, SHARINGS], [16, 3, 1])[0]
        life = first_possible(life, random.sample(acts, len(acts)) + random.sample(BEGINNINGS, len(BEGINNINGS)))
    return life.until(life.now + timedelta(days=random.randrange(200)))


def first_possible(life, acts):
    for act in acts:
        try:
            return life.act(act)
        except ImpossibleStepError:
            continue
    return life


@pytest.fixture(scope="session")
def person():
    ids = SeededIds(0)
    return lambda key="user", **more: make_person(ids, key, **more)


@pytest.fixture
def start():
    return datetime(2026, 1, 15, 10, tzinfo=UTC)


@pytest.fixture
def begin(person, start):
    """A life in which nothing has happened yet: `begin(store="play_store")`, `begin("a", "b")` for two people."""

    def begin(*keys, at=start, product=MONTHLY, **more):
        return Life.begin(*(person(key) for key in keys or ("user",)), at=at, product=product, **more)

    return begin


@pytest.fixture(scope="session")
def live():
    """A random life for each seed."""
    return lived
