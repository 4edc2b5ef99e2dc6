"""RevenueCat's events: what its webhook tells whole and its feeds tell in part (revenuecat.md §§1, 9, 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mockserver.lifecycle.subscriber import (
    Environment,
    PeriodType,
    Person,
    Product,
    Reason,
    Store,
    Subscription,
    Transaction,
)


class Type(StrEnum):
    """The types of webhook events that a subscriber's life can cause."""

    INITIAL_PURCHASE = "INITIAL_PURCHASE"
    RENEWAL = "RENEWAL"
    CANCELLATION = "CANCELLATION"
    UNCANCELLATION = "UNCANCELLATION"
    NON_RENEWING_PURCHASE = "NON_RENEWING_PURCHASE"
    SUBSCRIPTION_PAUSED = "SUBSCRIPTION_PAUSED"
    EXPIRATION = "EXPIRATION"
    BILLING_ISSUE = "BILLING_ISSUE"
    PRODUCT_CHANGE = "PRODUCT_CHANGE"
    TRANSFER = "TRANSFER"
    SUBSCRIPTION_EXTENDED = "SUBSCRIPTION_EXTENDED"
    TEMPORARY_ENTITLEMENT_GRANT = "TEMPORARY_ENTITLEMENT_GRANT"
    REFUND_REVERSED = "REFUND_REVERSED"


_PAID_STORES = frozenset({Store.APP_STORE, Store.PLAY_STORE, Store.AMAZON, Store.STRIPE})
STORES: Mapping[Type, frozenset[Store]] = {  # revenuecat.md §11, types by store
    Type.INITIAL_PURCHASE: _PAID_STORES,
    Type.RENEWAL: _PAID_STORES,
    Type.CANCELLATION: frozenset(Store),
    Type.UNCANCELLATION: _PAID_STORES - {Store.STRIPE},
    Type.NON_RENEWING_PURCHASE: frozenset(Store),
    Type.SUBSCRIPTION_PAUSED: frozenset({Store.PLAY_STORE}),
    Type.EXPIRATION: frozenset(Store),
    Type.BILLING_ISSUE: _PAID_STORES,
    Type.PRODUCT_CHANGE: _PAID_STORES - {Store.AMAZON},
    Type.TRANSFER: _PAID_STORES,
    Type.SUBSCRIPTION_EXTENDED: _PAID_STORES,
    Type.TEMPORARY_ENTITLEMENT_GRANT: _PAID_STORES,
    Type.REFUND_REVERSED: frozenset({Store.APP_STORE}),
}
CHARGES = frozenset({Type.INITIAL_PURCHASE, Type.RENEWAL, Type.NON_RENEWING_PURCHASE})

UNSUBSCRIBE = "UNSUBSCRIBE"
BILLING_ERROR = "BILLING_ERROR"
DEVELOPER_INITIATED = "DEVELOPER_INITIATED"
PRICE_INCREASE = "PRICE_INCREASE"
CUSTOMER_SUPPORT = "CUSTOMER_SUPPORT"
UNKNOWN = "UNKNOWN"
REASONS: Mapping[Reason | None, str] = {
    None: UNSUBSCRIBE,
    Reason.UNSUBSCRIBED: UNSUBSCRIBE,
    Reason.BILLING_ERROR: BILLING_ERROR,
    Reason.DEVELOPER: DEVELOPER_INITIATED,
    Reason.PRICE_INCREASE: PRICE_INCREASE,
    Reason.SUPPORT: CUSTOMER_SUPPORT,
    Reason.PAUSED: "SUBSCRIPTION_PAUSED",
}
UNTOLD_REASONS = frozenset({Reason.REPLACED, Reason.UPGRADED, Reason.TRANSFERRED})  # another event tells it
_DURATIONS = {
    "P1D": "daily",
    "P3D": "three_day",
    "P7D": "weekly",
    "P1W": "weekly",
    "P14D": "two_week",
    "P2W": "two_week",
    "P1M": "monthly",
    "P2M": "two_month",
    "P3M": "three_month",
    "P6M": "six_month",
    "P1Y": "yearly",
    "P12M": "yearly",
    None: "lifetime",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of RevenueCat's about one transaction.

    `cause` is the id of the lifecycle event. `happened_at` is the truth, `told_at` when RevenueCat has noticed. `price`
    is the gross price in US dollars, negative for a refund, None where no money moves. `reason` is of a cancellation
    or an expiration. `owner` is whom a transfer moved the purchases to.
    """

    type: Type
    cause: str
    happened_at: datetime
    told_at: datetime
    person: Person
    subscription: Subscription
    transaction: Transaction
    price: Decimal | None = None
    reason: str | None = None
    is_trial_conversion: bool = False
    new_product: Product | None = None
    owner: Person | None = None

    @property
    def store(self) -> Store:
        """Where it was bought."""
        return self.subscription.store

    @property
    def in_trial(self) -> bool:
        """Whether it is about a free period; the period decides, not the amount."""
        return self.transaction.period_type is PeriodType.TRIAL

    @property
    def environment(self) -> Environment:
        """A grant is production even for a customer in a sandbox (revenuecat.md §9)."""
        return Environment.PRODUCTION if self.store is Store.PROMO else self.subscription.environment

    @property
    def product_id(self) -> str:
        """The product sold."""
        return product_id_of(self.transaction.product, self.store)


def product_id_of(product: Product, store: Store) -> str:
    """The id of a product; a grant is named after what it unlocks and for how long (revenuecat.md §9)."""
    if store is not Store.PROMO or product.id.startswith("rc_promo_"):
        return product.id
    entitlement = product.entitlements[0] if product.entitlements else product.id
    return f"rc_promo_{entitlement}_{_DURATIONS.get(product.period, 'custom')}"
