"""Types that not every owner sees (virtual currencies, Web Billing), reasons by store (revenuecat.md §11)."""

from decimal import Decimal

import pytest

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import PeriodType, Product, ProductKind, Reason, State, Store
from mockserver.vendors.revenuecat.events import reason_of
from mockserver.vendors.revenuecat.schemas import WEBHOOK

GOLD = {"code": "GLD", "amount": 100, "name": "Gold", "description": "For swords"}
COINS = Product(
    id="coins.100", price=Decimal("1.99"), kind=ProductKind.CONSUMABLE, entitlements=(), name="A bag of coins"
)
WEB = {"stripe_billing": "web_billing"}


@pytest.fixture
def told(webhooks, body_of):
    """The events that a life's last event makes."""

    def tell(life, **settings):
        life.events = life.events[-1:]
        return [body_of(one)["event"] for one in webhooks(life, **settings)]

    return tell


def types(events):
    return [one["type"] for one in events]


def test_bought_currency_is_told(live, told):
    bought, granted = told(live(product=COINS).buys_once(), virtual_currencies={"coins.100": GOLD})
    assert (bought["type"], granted["type"]) == ("NON_RENEWING_PURCHASE", "VIRTUAL_CURRENCY_TRANSACTION")
    assert granted["adjustments"] == [
        {"amount": 100, "currency": {"code": "GLD", "name": "Gold", "description": "For swords"}}
    ]
    assert (granted["source"], granted["purchase_environment"]) == ("in_app_purchase", "PRODUCTION")
    assert granted["product_display_name"] == "A bag of coins"
    assert granted["transaction_id"] == bought["transaction_id"]
    assert granted["virtual_currency_transaction_id"].startswith("vatx")
    assert not {"environment", "price", "period_type"} & granted.keys()


def test_refunded_currency_is_taken(live, told):
    life = live(product=COINS).buys_once().refunds()
    taken = told(life, virtual_currencies={"coins.100": GOLD})[-1]
    assert taken["adjustments"][0]["amount"] == -100


def test_renewal_grants_again(live, told):
    life = live().buys().renews()
    assert types(told(life, virtual_currencies={"premium.monthly": GOLD})) == [
        "RENEWAL",
        "VIRTUAL_CURRENCY_TRANSACTION",
    ]


def test_trial_grants_nothing(live, told):
    assert types(told(live().starts_trial(), virtual_currencies={"premium.monthly": GOLD})) == ["INITIAL_PURCHASE"]


def test_amazon_has_no_currencies(live, told):
    life = live(store=Store.AMAZON, product=COINS).buys_once()
    assert types(told(life, virtual_currencies={"coins.100": GOLD})) == ["NON_RENEWING_PURCHASE"]


def test_currency_is_no_feed_event(live, feed):
    life = live(product=COINS).buys_once()
    assert [one.event for one in feed(life, virtual_currencies={"coins.100": GOLD})] == ["non_renewing_purchase"]


def test_currency_moves_no_money(live, webhooks):
    life = live(product=COINS).buys_once()
    assert [one.amount for one in webhooks(life, virtual_currencies={"coins.100": GOLD})] == [Decimal("1.99"), None]


def test_invoice_comes_before_charge(live, told):
    invoice, bought = told(live(store=Store.STRIPE).buys(), **WEB)
    assert types([invoice, bought]) == ["INVOICE_ISSUANCE", "INITIAL_PURCHASE"]
    assert (invoice["store"], invoice["price_in_purchased_currency"], invoice["currency"]) == (
        "RC_BILLING",
        9.99,
        "USD",
    )
    nulls = ("transaction_id", "original_transaction_id", "period_type", "expiration_at_ms", "entitlement_ids")
    assert [invoice[name] for name in nulls] == [None] * len(nulls)
    assert "price" not in invoice
    assert invoice["purchased_at_ms"] == bought["purchased_at_ms"]


def test_failed_charge_has_its_invoice(live, told):
    assert types(told(live(store=Store.STRIPE).buys().fails(grace_days=14), **WEB)) == [
        "INVOICE_ISSUANCE",
        "BILLING_ISSUE",
        "CANCELLATION",
    ]


def test_recovery_pays_known_invoice(live, told):
    assert types(told(live(store=Store.STRIPE).buys().fails(grace_days=14).recovers(), **WEB)) == ["RENEWAL"]


def test_free_trial_has_no_invoice(live, told):
    assert types(told(live(store=Store.STRIPE).starts_trial(), **WEB)) == ["INITIAL_PURCHASE"]


def test_web_billing_uncancels(live, told):
    assert types(told(live(store=Store.STRIPE).buys().cancels().reactivates(), **WEB)) == ["UNCANCELLATION"]


def test_web_billing_changes_silently(live, told):
    assert "PRODUCT_CHANGE" not in types(told(live(store=Store.STRIPE).buys().changes_later(), **WEB))


def test_web_billing_has_no_column(live, feed):
    """The matrix of the feed has five stores, and this is none of them (revenuecat.md §1)."""
    assert feed(live(store=Store.STRIPE).buys(), **WEB) == []


def test_other_stores_get_no_invoice(live, told):
    assert types(told(live().buys(), **WEB)) == ["INITIAL_PURCHASE"]


def test_new_types_survive_schema(live, webhooks, body_of):
    life = live(store=Store.STRIPE).buys()
    for one in webhooks(life, virtual_currencies={"premium.monthly": GOLD}, **WEB):
        body = body_of(one)
        assert WEBHOOK.dump(WEBHOOK.load(body)) == body


REASONS = """
unsubscribed   UNSUBSCRIBE         UNSUBSCRIBE         UNSUBSCRIBE      UNSUBSCRIBE      DEVELOPER_INITIATED
billing_error  BILLING_ERROR       BILLING_ERROR       BILLING_ERROR    BILLING_ERROR    DEVELOPER_INITIATED
developer      DEVELOPER_INITIATED DEVELOPER_INITIATED UNSUBSCRIBE      UNSUBSCRIBE      DEVELOPER_INITIATED
price_increase PRICE_INCREASE      PRICE_INCREASE      UNSUBSCRIBE      UNSUBSCRIBE      DEVELOPER_INITIATED
support        CUSTOMER_SUPPORT    CUSTOMER_SUPPORT    CUSTOMER_SUPPORT CUSTOMER_SUPPORT DEVELOPER_INITIATED
paused         UNSUBSCRIBE         SUBSCRIPTION_PAUSED UNSUBSCRIBE      UNSUBSCRIBE      DEVELOPER_INITIATED
not_for_sale   UNKNOWN             DEVELOPER_INITIATED UNSUBSCRIBE      UNSUBSCRIBE      DEVELOPER_INITIATED
"""
CELLS = [
    (line.split()[0], store, told)
    for line in REASONS.strip().split("\n")
    for store, told in zip(("app_store", "play_store", "amazon", "stripe", "promo"), line.split()[1:], strict=True)
]


@pytest.mark.parametrize(("reason", "store", "said"), CELLS)
def test_store_has_reason(reason, store, said):
    """Of the reasons that a store has, the nearest."""
    assert reason_of(Reason(reason), Store(store)) == said


def test_outage_that_proves_nothing_only_expires(live, told):
    """lifecycles.md §7.55, variant: with the grant's transaction id, and nobody has cancelled anything."""
    life = live(store=Store.STRIPE).happens(Kind.ACCESS_GRANTED_IN_OUTAGE, State.GRANTED, charge="0")
    grant = life.subscription.latest.id
    life.later(days=1).happens(Kind.EXPIRED, State.EXPIRED, reason=Reason.UNKNOWN)
    (ended,) = told(life)
    assert (ended["type"], ended["transaction_id"]) == ("EXPIRATION", grant)


def test_top_up_is_an_order_of_its_own(live, told):
    """lifecycles.md §3, 45: the old order expires, the new one begins."""
    life = live(store=Store.PLAY_STORE, product=Product(id="p", price=Decimal("9.99"), kind=ProductKind.PREPAID))
    prepaid = {"period_type": PeriodType.PREPAID}
    life.happens(Kind.SUBSCRIPTION_STARTED, State.ACTIVE, charge=life.paid(life.blank, "9.99", **prepaid))
    life.happens(Kind.TOPPED_UP, State.ACTIVE, charge=life.paid(life.subscription, "9.99", **prepaid))
    ended, bought = told(life)
    assert ended["original_transaction_id"] == ended["transaction_id"] != bought["transaction_id"]
    assert bought["original_transaction_id"] == bought["transaction_id"]
