"""RevenueCat's own webhook: keys, values, filters, signature, retries (revenuecat.md §11)."""

import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import Environment, Offer, PeriodType, Product, ProductKind, State, Store
from mockserver.vendors.contract import Delivery
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.schemas import WEBHOOK

COMMON = {
    "aliases",
    "app_id",
    "app_user_id",
    "commission_percentage",
    "country_code",
    "currency",
    "entitlement_id",
    "entitlement_ids",
    "environment",
    "event_timestamp_ms",
    "expiration_at_ms",
    "id",
    "is_family_share",
    "offer_code",
    "original_app_user_id",
    "original_transaction_id",
    "period_type",
    "presented_offering_id",
    "price",
    "price_in_purchased_currency",
    "product_id",
    "purchased_at_ms",
    "store",
    "subscriber_attributes",
    "takehome_percentage",
    "tax_percentage",
    "transaction_id",
    "type",
}
LIFETIME = Product(id="premium.lifetime", price=Decimal("99.99"), kind=ProductKind.LIFETIME)
STEPS = {
    "INITIAL_PURCHASE": (lambda life: life.buys(), set()),
    "RENEWAL": (lambda life: life.buys().renews(), {"is_trial_conversion", "renewal_number"}),
    "CANCELLATION": (lambda life: life.buys().cancels(), {"cancel_reason"}),
    "UNCANCELLATION": (lambda life: life.buys().cancels().reactivates(), set()),
    "NON_RENEWING_PURCHASE": (lambda life: life.buys_once(), set()),
    "SUBSCRIPTION_PAUSED": (lambda life: life.buys().schedules_pause(), {"auto_resume_at_ms"}),
    "EXPIRATION": (lambda life: life.buys().cancels().expires(), {"expiration_reason"}),
    "BILLING_ISSUE": (lambda life: life.buys().fails(grace_days=3), {"grace_period_expiration_at_ms"}),
    "PRODUCT_CHANGE": (lambda life: life.buys().changes_later(), {"new_product_id"}),
    "SUBSCRIPTION_EXTENDED": (lambda life: life.buys().happens(Kind.EXTENDED, State.ACTIVE), set()),
}


@pytest.fixture
def event(webhooks, body_of):
    """The event of a life's last webhook, or of the one of that type."""

    def find(life, wanted=None, **settings):
        found = [body_of(one)["event"] for one in webhooks(life, **settings)]
        return next(one for one in reversed(found) if wanted in {None, one["type"]})

    return find


@pytest.mark.parametrize("name", STEPS)
def test_type_has_its_keys(name, live, event):
    step, own = STEPS[name]
    assert set(event(step(live(store=Store.PLAY_STORE)), name)) == COMMON | own


def test_reversal_has_its_keys(live, event):
    life = live().buys().refunds().happens(Kind.REFUND_REVERSED, State.ACTIVE)
    found = event(life)
    assert found.keys() == COMMON | {"renewal_number", "metadata"}
    assert (found["price"], found["renewal_number"], found["metadata"]) == (9.99, 1, None)


def test_transfer_names_both_sides(live, event, someone):
    found = event(live().buys().moves_to(someone("other")))
    assert found.keys() == {
        *("app_id", "environment", "event_timestamp_ms", "id", "store"),
        *("transferred_from", "transferred_to", "type"),
    }
    assert (found["transferred_from"], found["transferred_to"]) == (["user-1"], ["other-1"])


def test_transfer_can_name_all_ids(live, event, someone):
    found = event(live().buys().moves_to(someone("other", known_ids=("a", "other-1"))), transfer_ids="all")
    assert found["transferred_to"] == ["a", "other-1"]


def test_outage_grant_lasts_a_day(live, event):
    life = live().happens(Kind.ACCESS_GRANTED_IN_OUTAGE, State.GRANTED, charge="9.99")
    found = event(life)
    assert found["expiration_at_ms"] - found["purchased_at_ms"] == 24 * 3_600_000
    assert {"app_user_id", "entitlement_ids", "product_id", "store", "transaction_id"} < found.keys()
    assert "price" not in found


def test_envelope_has_version(live, webhooks, body_of):
    assert body_of(webhooks(live().buys())[0]).keys() == {"api_version", "event"}
    assert body_of(webhooks(live().buys())[0])["api_version"] == "1.0"


def test_envelope_survives_schema(live, webhooks, body_of):
    life = live(store=Store.PLAY_STORE).buys().schedules_pause().pauses()
    for body in map(body_of, webhooks(life)):
        assert WEBHOOK.dump(WEBHOOK.load(body)) == body


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (Store.APP_STORE, "APP_STORE"),
        (Store.PLAY_STORE, "PLAY_STORE"),
        (Store.AMAZON, "AMAZON"),
        (Store.STRIPE, "STRIPE"),
    ],
)
def test_store_is_spelled(live, event, store, told):
    assert event(live(store=store).buys())["store"] == told


def test_grant_has_no_app(live, event):
    life = live(store=Store.PROMO, environment=Environment.SANDBOX).buys_once(Kind.PROMO_GRANTED)
    found = event(life)
    assert "app_id" not in found
    assert (found["store"], found["period_type"], found["environment"]) == ("PROMOTIONAL", "PROMOTIONAL", "PRODUCTION")
    assert (found["product_id"], found["price"], found["takehome_percentage"]) == ("rc_promo_premium_monthly", 0, 1)


def test_removed_grant_keeps_its_end(live, event):
    """lifecycles.md §7.39."""
    life = live(store=Store.PROMO).buys_once(Kind.PROMO_GRANTED).later(days=10)
    end = life.subscription.period_end
    assert event(life.happens(Kind.PROMO_REMOVED, State.EXPIRED))["expiration_at_ms"] == end.timestamp() * 1000


def test_refund_cuts_the_period(live, event):
    life = live().buys().refunds()
    assert event(life, "EXPIRATION")["expiration_at_ms"] == life.at.timestamp() * 1000
    assert event(life, "CANCELLATION")["expiration_at_ms"] == life.subscription.period_end.timestamp() * 1000


def test_one_off_never_expires(live, event):
    life = live(product=LIFETIME).buys_once()
    assert event(life)["expiration_at_ms"] is None


def test_price_is_negative_on_refund(live, event):
    found = event(live().buys().refunds(), "CANCELLATION")
    assert (found["price"], found["price_in_purchased_currency"], found["cancel_reason"]) == (
        -9.99,
        -9.99,
        "CUSTOMER_SUPPORT",
    )


def test_price_is_zero_otherwise(live, event):
    assert event(live().buys().cancels())["price"] == 0


def test_price_stays_gross(live, event, webhooks):
    """The sales mode is the feed's; the webhook tells the shares beside the price."""
    found = event(live().buys(), sales_reporting="after_commission")
    assert (found["price"], found["commission_percentage"], found["takehome_percentage"]) == (9.99, 0.3, 0.7)


def test_local_currency_stands_apart(live, event):
    product = Product(id="p", price=Decimal("9.99"), period="P1M", currency="CAD")
    found = event(live(product=product).buys(), exchange_rates={"CAD": "1.4"})
    assert (found["price"], found["currency"], found["price_in_purchased_currency"]) == (9.99, "CAD", 13.99)


def test_renewals_are_counted(live, event):
    life = live().starts_trial().converts()
    assert (event(life)["is_trial_conversion"], event(life)["renewal_number"]) == (True, 1)
    assert (event(life.renews())["is_trial_conversion"], event(life)["renewal_number"]) == (False, 2)


def test_renewal_number_is_a_switch(live, event):
    assert "renewal_number" not in event(live().buys().renews(), webhook_renewal_number=False)


def test_chain_keeps_original_transaction(live, event):
    first, second = event(live().buys()), event(live().buys().renews())
    assert first["transaction_id"] == first["original_transaction_id"] == second["original_transaction_id"]
    assert second["transaction_id"] != second["original_transaction_id"]


def test_grace_end_is_told(live, event):
    life = live().buys().fails(grace_days=16)
    end = (life.at + timedelta(days=16)).timestamp() * 1000
    assert event(life, "BILLING_ISSUE")["grace_period_expiration_at_ms"] == end


def test_no_grace_is_null(live, event):
    assert event(live().buys().fails(), "BILLING_ISSUE")["grace_period_expiration_at_ms"] is None


def test_attributes_carry_their_time(live, event, someone):
    found = event(live(person=someone(email="ada@example.com", attributes={"color": "red"})).buys())
    attributes = found["subscriber_attributes"]
    assert attributes["$email"] == {"value": "ada@example.com", "updated_at_ms": found["purchased_at_ms"]}
    assert {"color", "$mparticleId", "$idfa", "$ip"} < attributes.keys()


def test_offer_code_is_told(live, event):
    life = live()
    offer = Offer(type="pay_as_you_go", period="P1M", category="offer_code", id="SPRING")
    life.happens(Kind.SUBSCRIPTION_STARTED, State.ACTIVE, charge=life.paid(life.blank, "4.99", offer=offer))
    assert event(life)["offer_code"] == "SPRING"


def test_consumable_unlocks_nothing(live, event):
    coins = Product(id="coins.100", price=Decimal("1.99"), kind=ProductKind.CONSUMABLE, entitlements=())
    assert event(live(product=coins).buys_once())["entitlement_ids"] is None


def test_experiments_are_optional(live, event):
    ran = [{"experiment_id": "e", "experiment_variant": "b", "enrolled_at_ms": 1}]
    assert event(live().buys(), webhook_experiments=ran)["experiments"] == ran


def test_details_name_reasons(live, webhooks):
    details = [dict(one.details) for one in webhooks(live().starts_trial().fails())]
    assert details == [
        {"period_type": "TRIAL"},
        {"period_type": "TRIAL"},
        {"period_type": "TRIAL", "cancel_reason": "BILLING_ERROR"},
        {"period_type": "TRIAL", "expiration_reason": "BILLING_ERROR"},
    ]


@pytest.mark.parametrize("period_type", PeriodType)
def test_period_type_is_spelled(period_type, live, event):
    life = live(store=Store.PLAY_STORE)
    life.happens(Kind.SUBSCRIPTION_STARTED, State.ACTIVE, charge=life.paid(life.blank, "0", period_type=period_type))
    assert event(life)["period_type"] == period_type.value.upper()


def test_owner_chooses_types(live, webhooks):
    told = webhooks(live().buys().cancels().expires(), webhook_event_types=["CANCELLATION"])
    assert [one.event for one in told] == ["CANCELLATION"]


@pytest.mark.parametrize(("wanted", "count"), [("both", 1), ("sandbox", 1), ("production", 0)])
def test_owner_chooses_environment(live, webhooks, wanted, count):
    life = live(environment=Environment.SANDBOX).buys()
    assert len(webhooks(life, webhook_environment=wanted)) == count


def test_ids_never_repeat(live, webhooks):
    told = webhooks(live().buys().fails())
    assert len({one.id for one in told}) == 4


def sign(message, *, at=0, credentials=None, **settings):
    when = datetime(2026, 1, 15, 10, tzinfo=UTC) + timedelta(seconds=at)
    delivery = Delivery(credentials=credentials or {}, settings={**VENDOR.settings, **settings}, at=when)
    return VENDOR.channels["webhook"].sign(message, delivery)


def test_unconfigured_webhook_is_bare(live, webhooks):
    assert sign(webhooks(live().buys())[0]) == {}


def test_authorization_is_verbatim(live, webhooks):
    assert sign(webhooks(live().buys())[0], webhook_authorization="Token 1 2") == {"authorization": "Token 1 2"}


def test_target_brings_its_own(live, webhooks):
    headers = sign(webhooks(live().buys())[0], credentials={"authorization": "mine"}, webhook_authorization="theirs")
    assert headers == {"authorization": "mine"}


def test_secret_signs_body(live, webhooks):
    message = webhooks(live().buys())[0]
    header = sign(message, webhook_signature_secret="whsec")["X-RevenueCat-Webhook-Signature"]
    expected = hmac.new(b"whsec", b"1768471200." + message.body, "sha256").hexdigest()
    assert header == f"t=1768471200,v1={expected}"


def test_attempts_sign_anew(live, webhooks):
    message = webhooks(live().buys())[0]
    first, second = (sign(message, at=at, webhook_signature_secret="whsec") for at in (0, 300))
    assert first != second


def test_rotated_secrets_sign_twice(live, webhooks):
    secrets = {"webhook_signature_secret": "new", "webhook_signature_secret_old": "old"}
    header = sign(webhooks(live().buys())[0], **secrets)["X-RevenueCat-Webhook-Signature"]
    assert header.count("v1=") == 2


def test_only_200_is_success():
    success = VENDOR.channels["webhook"].success
    assert [status for status in (200, 201, 202, 204, 301, 500) if success(status)] == [200]


def test_retries_double_their_gap():
    minutes = [gap.total_seconds() / 60 for gap in VENDOR.channels["webhook"].retries]
    assert minutes == [5, 10, 20, 40, 80]
