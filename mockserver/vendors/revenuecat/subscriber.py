"""The Subscriber object of an instant: what a customer has, product by product (revenuecat.md §12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.lifecycle.subscriber import (
    Environment,
    PeriodType,
    ProductKind,
    State,
    Store,
    Subscription,
    Transaction,
)
from mockserver.vendors.revenuecat.customers import Customer
from mockserver.vendors.revenuecat.events import product_id_of
from mockserver.vendors.revenuecat.money import known_price, local_price
from mockserver.vendors.revenuecat.schemas import SUBSCRIBER
from mockserver.vendors.revenuecat.settings import choice

_ONCE = frozenset({ProductKind.CONSUMABLE, ProductKind.LIFETIME})
_PERIOD_TYPES = {
    PeriodType.TRIAL: "trial",
    PeriodType.INTRO: "intro",
    PeriodType.PREPAID: "prepaid",
}  # everything else, grants too, is normal
_URLS = {  # where a subscription is managed; Stripe has no such page
    "app_store": "https://apps.apple.com/account/subscriptions",
    "play_store": "https://play.google.com/store/account/subscriptions",
    "amazon": "https://www.amazon.com/gp/mas/your-account/myapps/yoursubscriptions",
}
_STORES = {  # whose subscriptions an X-Platform is of
    **dict.fromkeys(("ios", "ipados", "macos", "uikitformac", "tvos", "watchos", "visionos"), "app_store"),
    "android": "play_store",
    "amazon": "amazon",
    "stripe": "stripe",
}
_FIRST_VERSION = "1.0"  # of the app, as App Store receipts tell it
_UNCONFIRMED = timedelta(hours=24)  # access without a store's confirmation lasts at most (lifecycles.md §7.55)
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a customer has of one product, under the names that RevenueCat gives to it.

    `product_plan_identifier` is a Play product's base plan. `is_once` tells purchases that do not renew,
    `is_confirmed` is False while no store has confirmed it: then it unlocks, but does not appear.
    """

    product_identifier: str
    product_plan_identifier: str | None
    entitlements: tuple[str, ...]
    is_once: bool
    is_confirmed: bool
    id: str
    auto_resume_date: datetime | None
    billing_issues_detected_at: datetime | None
    display_name: str | None
    expires_date: datetime | None
    grace_period_expires_date: datetime | None
    is_sandbox: bool
    original_purchase_date: datetime
    ownership_type: str
    period_type: str
    price: Mapping[str, Any]
    purchase_date: datetime
    refunded_at: datetime | None
    store: str
    store_transaction_id: str
    unsubscribe_detected_at: datetime | None

    @property
    def ends(self) -> datetime:
        """When it ends, as an instant that compares."""
        return self.expires_date or _FOREVER

    @property
    def until(self) -> datetime | None:
        """When it stops to unlock anything, grace included; None is never."""
        return self.expires_date and max(self.ends, self.grace_period_expires_date or self.ends)

    def is_active(self, at: datetime) -> bool:
        """Whether it unlocks anything at that instant."""
        return (self.until or _FOREVER) > at


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberObject:
    """The answer's inner part; its keys are the fields that are not left out."""

    entitlements: Mapping[str, Purchase]
    first_seen: datetime
    last_seen: datetime
    management_url: str | None
    non_subscriptions: Mapping[str, list[Purchase]]
    original_app_user_id: str
    original_application_version: str | None
    original_purchase_date: datetime | None
    subscriptions: Mapping[str, Purchase]
    other_purchases: Mapping[str, Any] = field(default_factory=dict)
    subscriber_attributes: Mapping[str, Any] | None = None


def subscriber_answer(
    customer: Customer, settings: Mapping[str, Any], at: datetime, *, platform: str = "", with_attributes: bool = False
) -> dict[str, Any]:
    """The whole answer; `platform` is the caller's X-Platform, attributes are only for the secret key."""
    bought = [one for chain in customer.purchases for one in _purchases(chain, customer, settings)]
    shown = [one for one in bought if one.is_confirmed]
    renewing = [one for one in shown if not one.is_once]
    from_apple = any(one.store == "app_store" for one in shown)
    known = {key: {"value": one.value, "updated_at_ms": one.updated_at_ms} for key, one in customer.attributes.items()}
    inner = SubscriberObject(
        entitlements=_longest((name, one) for one in bought for name in one.entitlements),
        first_seen=customer.first_seen,
        last_seen=customer.last_seen,
        management_url=_management_url(renewing, at, platform),
        non_subscriptions=_by_product(one for one in shown if one.is_once),
        original_app_user_id=customer.original_app_user_id,
        original_application_version=_FIRST_VERSION if from_apple else None,
        original_purchase_date=customer.first_seen if from_apple else None,
        subscriptions=_longest((one.product_identifier, one) for one in renewing),
        subscriber_attributes=known if with_attributes else None,
    )
    answer: dict[str, Any] = SUBSCRIBER.dump({"request_date": at, "request_date_ms": at, "subscriber": inner})
    return _without_absent(answer)


def active_entitlements(customer: Customer, settings: Mapping[str, Any], at: datetime) -> dict[str, datetime | None]:
    """What is unlocked at an instant, and until when; None is for good."""
    bought = [one for chain in customer.purchases for one in _purchases(chain, customer, settings)]
    longest = _longest((name, one) for one in bought for name in one.entitlements)
    return {name: one.until for name, one in longest.items() if one.is_active(at)}


def _purchases(chain: Subscription, customer: Customer, settings: Mapping[str, Any]) -> Iterator[Purchase]:
    """Of a chain the last charge of each product, of what does not renew each purchase."""
    if chain.product.kind in _ONCE:
        charges = list(chain.transactions)
    else:
        charges = list({one.product.id: one for one in chain.transactions}.values())
    for charge in charges:
        yield _purchase(chain, charge, settings, is_confirmed=chain.original_id not in customer.unconfirmed)


def _purchase(chain: Subscription, charge: Transaction, settings: Mapping[str, Any], *, is_confirmed: bool) -> Purchase:
    product = charge.product
    product_id, plan = _split(product_id_of(product, chain.store), chain.store)
    is_current = charge.number == chain.latest.number
    price = local_price(known_price(charge, chain, settings), product.currency, settings)
    return Purchase(
        product_identifier=product_id,
        product_plan_identifier=plan,
        entitlements=product.entitlements,
        is_once=product.kind in _ONCE,
        is_confirmed=is_confirmed,
        id=hashlib.blake2b(charge.id.encode(), digest_size=5).hexdigest(),
        auto_resume_date=chain.resumes_at if chain.state is State.PAUSED else None,
        billing_issues_detected_at=chain.billing_issue_at if is_current else None,
        display_name=product.name or None,
        expires_date=_end(chain, charge, is_confirmed=is_confirmed),
        grace_period_expires_date=_grace_end(chain) if is_current else None,
        is_sandbox=chain.environment is Environment.SANDBOX and chain.store is not Store.PROMO,
        original_purchase_date=chain.first.purchased_at,
        ownership_type="FAMILY_SHARED" if chain.is_family_share else "PURCHASED",
        period_type=_PERIOD_TYPES.get(charge.period_type, "normal"),
        price={"amount": price, "currency": product.currency},
        purchase_date=charge.purchased_at,
        refunded_at=chain.refunded_at if is_current else None,
        store=_store(chain, settings),
        store_transaction_id=charge.id,
        unsubscribe_detected_at=chain.cancelled_at if is_current and not chain.auto_renew else None,
    )


def _store(chain: Subscription, settings: Mapping[str, Any]) -> str:
    if chain.store is Store.STRIPE and choice(settings, "stripe_billing") == "web_billing":
        return "rc_billing"
    return "promotional" if chain.store is Store.PROMO else chain.store.value


def _split(product_id: str, store: Store) -> tuple[str, str | None]:
    """A Play product is keyed by its subscription; the base plan stands beside it."""
    if store is not Store.PLAY_STORE:
        return product_id, None
    product, _, plan = product_id.partition(":")
    return product, plan or None


def _end(chain: Subscription, charge: Transaction, *, is_confirmed: bool) -> datetime | None:
    """When it ends or has ended; at Stripe grace is part of the period (revenuecat.md §9)."""
    if charge.number != chain.latest.number and chain.product.kind not in _ONCE:
        follower = next(one for one in chain.transactions if one.number > charge.number)
        return min(follower.purchased_at, charge.paid_until or follower.purchased_at)
    if chain.state is State.GRACE and chain.store is Store.STRIPE:
        return chain.access_until
    ends = [chain.period_end, chain.access_until, None if is_confirmed else charge.purchased_at + _UNCONFIRMED]
    return min((one for one in ends if one is not None), default=None)


def _grace_end(chain: Subscription) -> datetime | None:
    """Null outside of grace, and always at Stripe."""
    return chain.grace_until if chain.state is State.GRACE and chain.store is not Store.STRIPE else None


def _longest(named: Iterable[tuple[str, Purchase]]) -> dict[str, Purchase]:
    """One for each name: what ends last, of two the later."""
    best: dict[str, Purchase] = {}
    for name, one in named:
        if name not in best or one.ends >= best[name].ends:
            best[name] = one
    return best


def _by_product(purchases: Iterable[Purchase]) -> dict[str, list[Purchase]]:
    found: dict[str, list[Purchase]] = {}
    for one in purchases:
        found.setdefault(one.product_identifier, []).append(one)
    return found


def _management_url(subscriptions: Iterable[Purchase], at: datetime, platform: str) -> str | None:
    """Of the caller's own store if there is an active subscription, else of the one that lasts longest."""
    active = [one for one in subscriptions if one.is_active(at) and one.store != "promotional"]
    own = [one for one in active if one.store == _STORES.get(platform)]
    best = max(own or active, key=lambda one: one.ends, default=None)
    return _URLS.get(best.store) if best is not None else None


def _without_absent(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without keys that only some rows have."""
    inner = answer["subscriber"]
    if inner["subscriber_attributes"] is None:
        del inner["subscriber_attributes"]
    for row in (*inner["subscriptions"].values(), *inner["entitlements"].values()):
        if row["product_plan_identifier"] is None:
            del row["product_plan_identifier"]
    return answer
