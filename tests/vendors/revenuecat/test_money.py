"""Amounts: what is known of a price, three sales modes, exact numbers (revenuecat.md §5)."""

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.errors import SettingsError
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import PeriodType, Product, ProductKind, State, Store
from mockserver.vendors.revenuecat.money import Shares, local_price, reported, shares
from mockserver.vendors.revenuecat.schemas import Money

PRICES = st.decimals(min_value=0, max_value=100_000, places=2)
TAKEN = Shares(tax=Decimal("0.1597"), commission=Decimal("0.2521"), takehome=Decimal("0.7"))


def amounts(messages):
    return [message.amount for message in messages if message.amount is not None]


@pytest.mark.parametrize(
    ("mode", "amount"),
    [("gross", "9.99"), ("after_commission", "7.471521"), ("after_commission_and_taxes", "5.876118")],
)
def test_mode_decides_amount(mode, amount):
    assert reported(Decimal("9.99"), TAKEN, {"sales_reporting": mode}) == Decimal(amount)


def test_unknown_mode_is_refused():
    with pytest.raises(SettingsError, match="sales_reporting is 'net'"):
        reported(Decimal(1), TAKEN, {"sales_reporting": "net"})


def test_taxes_come_before_commission(live):
    """30 % of the net at 19 % tax, of the gross price."""
    chain = live().buys().subscription
    assert shares(chain.latest, chain, "DE", {}) == TAKEN


def test_play_commission_ignores_taxes(live):
    chain = live(store=Store.PLAY_STORE).buys().subscription
    assert shares(chain.latest, chain, "DE", {})[:2] == (Decimal("0.1597"), Decimal("0.15"))


@pytest.mark.parametrize(("store", "rate"), [("app_store", "0.30"), ("amazon", "0.30"), ("promo", "0")])
def test_store_decides_commission(live, store, rate):
    chain = live(store=Store(store)).buys().subscription
    assert shares(chain.latest, chain, "US", {})[:2] == (0, Decimal(rate))


@pytest.mark.parametrize(("days", "rate"), [(364, "0.30"), (365, "0.15")])
def test_apple_halves_after_a_year(live, days, rate):
    life = live().buys().later(days=days).happens(Kind.RENEWED, State.ACTIVE, charge="9.99")
    assert shares(life.subscription.latest, life.subscription, "US", {}).commission == Decimal(rate)


def test_changed_rate_keeps_others(live):
    chain = live(store=Store.AMAZON).buys().subscription
    taken = shares(chain.latest, chain, "US", {"commission_rates": {"app_store": "0.15"}})
    assert taken.commission == Decimal("0.30")


def test_local_price_is_rounded():
    assert local_price(Decimal("9.99"), "CAD", {"exchange_rates": {"CAD": "1.39"}}) == Decimal("13.89")


def test_unknown_currency_is_told_at_par():
    assert local_price(Decimal("9.99"), "EUR", {}) == Decimal("9.99")


@pytest.mark.parametrize(
    ("store", "detection", "told"),
    [
        (Store.APP_STORE, {}, "11.99"),
        (Store.APP_STORE, {"app_store": False}, "9.99"),
        (Store.PLAY_STORE, {}, "9.99"),
        (Store.STRIPE, {}, "11.99"),
    ],
)
def test_raised_price_is_seen_or_not(live, feed, store, detection, told):
    life = live(store=store).buys()
    life.happens(Kind.PRICE_INCREASE_ACCEPTED, State.ACTIVE, changes={"product": life.product.priced(Decimal("11.99"))})
    life.renews("11.99")
    assert amounts(feed(life, price_detection=detection)) == [Decimal("9.99"), Decimal(told)]


def test_play_converts_at_agreed_price(live, feed):
    assert amounts(feed(live(store=Store.PLAY_STORE).starts_trial().converts())) == [Decimal("9.99")]


def test_play_proration_is_charged_once(live, feed):
    """lifecycles.md §7.21: the difference now, the full price at the next renewal."""
    life = live(store=Store.PLAY_STORE).buys().changes_at_once(price=Decimal("10.16"))
    life.happens(Kind.RENEWED, State.ACTIVE, charge="19.99")
    assert amounts(feed(life)) == [Decimal("9.99"), Decimal("10.16"), Decimal("19.99")]


def test_play_intro_keeps_its_price(live, feed):
    life = live(store=Store.PLAY_STORE)
    for kind in (Kind.SUBSCRIPTION_STARTED, Kind.RENEWED):
        charge = life.paid(life.subscription or life.blank, "1.99", period_type=PeriodType.INTRO)
        life.happens(kind, State.INTRO, charge=charge)
    assert amounts(feed(life.renews())) == [Decimal("1.99"), Decimal("1.99"), Decimal("9.99")]


def test_open_invoice_is_zero(live, feed):
    life = live(store=Store.STRIPE).buys().fails(grace_days=60).later(days=28)
    assert amounts(feed(life.happens(Kind.RENEWED, State.GRACE, charge="0")))[-1] == 0


def test_shared_purchase_costs_nothing(live, feed):
    life = live(is_family_share=True).happens(Kind.FAMILY_ACCESS_GRANTED, State.ACTIVE, charge="9.99")
    assert amounts(feed(life)) == [0]


def test_top_up_is_new_purchase(live, feed):
    prepaid = Product(id="prepaid", price=Decimal("9.99"), period="P1M", kind=ProductKind.PREPAID)
    life = live(store=Store.PLAY_STORE, product=prepaid)
    life.buys().later(days=20)
    charge = life.paid(life.subscription, "11.99", period_type=PeriodType.PREPAID)
    assert amounts(feed(life.happens(Kind.TOPPED_UP, State.ACTIVE, charge=charge)))[-1] == Decimal("11.99")


@pytest.mark.parametrize("mode", ["gross", "after_commission", "after_commission_and_taxes"])
def test_refund_undoes_charge(live, feed, mode):
    assert sum(amounts(feed(live().buys().refunds(), sales_reporting=mode))) == 0


def test_play_refund_undoes_known_price(live, feed):
    """The store gives 11.99 back; what was told is what is taken back."""
    life = live(store=Store.PLAY_STORE).buys().renews("11.99").refunds()
    assert amounts(feed(life))[1:] == [Decimal("9.99"), Decimal("-9.99")]


@pytest.mark.parametrize(("sign", "told"), [("negative", -9.99), ("positive", 9.99)])
def test_refund_sign_is_a_switch(live, feed, body_of, sign, told):
    message = next(one for one in feed(live().buys().refunds(), refund_sign=sign) if one.event == "refund")
    action = body_of(message)["events"][0]["data"]["product_action"]
    product = action["products"][0]
    assert [action["total_amount"], product["price"], product["total_product_amount"]] == [told] * 3
    assert message.amount == Decimal("-9.99")


@given(price=PRICES)
@settings(max_examples=60, deadline=None)
def test_decimal_survives_rendering(price):
    field = Money()
    text = orjson.dumps(field._serialize(price, None, None))
    assert field.deserialize(orjson.loads(text)) == price


@given(price=PRICES, mode=st.sampled_from(["gross", "after_commission", "after_commission_and_taxes"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # they keep nothing
def test_told_amount_is_exact(price, mode, live, feed, body_of):
    product = Product(id="p", price=price, period="P1M")
    message = feed(live(product=product).buys(), sales_reporting=mode)[0]
    action = body_of(message)["events"][0]["data"]["product_action"]
    assert Decimal(str(action["total_amount"])) == message.amount
    assert message.amount <= price


def test_zero_has_no_sign(live, feed):
    life = live(store=Store.STRIPE).buys("0").refunds()
    assert b"-0" not in next(one for one in feed(life) if one.event == "refund").body


def test_trial_has_no_amount(live, feed, webhooks):
    life = live().starts_trial()
    assert [message.amount for message in (*feed(life), *webhooks(life))] == [None, None]


def test_year_counts_from_first(live):
    life = live().buys()
    life.at = life.at.replace(year=2027) - timedelta(seconds=1)
    life.happens(Kind.RENEWED, State.ACTIVE, charge="9.99")
    assert shares(life.subscription.latest, life.subscription, "US", {}).takehome == Decimal("0.70")
