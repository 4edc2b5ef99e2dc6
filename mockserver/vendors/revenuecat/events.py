"""RevenueCat's events: what its webhook tells whole and its feeds tell in part (revenuecat.md §§1, 9, 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    """The types of webhook events; SUBSCRIBER_ALIAS is not sent any more (revenuecat.md §11)."""

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
    INVOICE_ISSUANCE = "INVOICE_ISSUANCE"
    VIRTUAL_CURRENCY_TRANSACTION = "VIRTUAL_CURRENCY_TRANSACTION"
    EXPERIMENT_ENROLLMENT = "EXPERIMENT_ENROLLMENT"
    TEST = "TEST"


_ALL = frozenset(Store)
_PAID = _ALL - {Store.PROMO}
STORES: Mapping[Type, frozenset[Store]] = {  # revenuecat.md §11, types by store
    Type.INITIAL_PURCHASE: _PAID,
    Type.RENEWAL: _PAID,
    Type.CANCELLATION: _ALL,
    Type.UNCANCELLATION: _PAID - {Store.STRIPE},
    Type.NON_RENEWING_PURCHASE: _ALL,
    Type.SUBSCRIPTION_PAUSED: frozenset({Store.PLAY_STORE}),
    Type.EXPIRATION: _ALL,
    Type.BILLING_ISSUE: _PAID,
    Type.PRODUCT_CHANGE: _PAID - {Store.AMAZON},
    Type.TRANSFER: _PAID,
    Type.SUBSCRIPTION_EXTENDED: _PAID,
    Type.TEMPORARY_ENTITLEMENT_GRANT: _PAID,
    Type.REFUND_REVERSED: frozenset({Store.APP_STORE}),
    Type.VIRTUAL_CURRENCY_TRANSACTION: _PAID - {Store.AMAZON},
    Type.TEST: frozenset({Store.APP_STORE, Store.PLAY_STORE}),
}
WEB_BILLING = frozenset(  # the same column's types where RevenueCat bills on the web itself
    {
        *(Type.INITIAL_PURCHASE, Type.RENEWAL, Type.CANCELLATION, Type.UNCANCELLATION, Type.EXPIRATION),
        *(Type.NON_RENEWING_PURCHASE, Type.BILLING_ISSUE, Type.TRANSFER, Type.INVOICE_ISSUANCE),
        Type.VIRTUAL_CURRENCY_TRANSACTION,
    }
)
MATRIX: Mapping[str, frozenset[Store]] = {  # mParticle's events by default name, and their stores (revenuecat.md §1)
    "initial_purchase": _PAID,
    "trial_started": _PAID,
    "trial_converted": _PAID,
    "trial_cancelled": _PAID,
    "renewal": _PAID,
    "cancellation": _ALL,
    "uncancellation": _PAID - {Store.STRIPE},
    "non_renewing_purchase": _ALL,
    "rc_subscription_paused_event": frozenset({Store.PLAY_STORE}),
    "expiration": _ALL,
    "billing_issue": _PAID,
    "product_change": _PAID - {Store.AMAZON},
    "refund": _PAID,
    "rc_transfer_event": _PAID,
}
CHARGES = frozenset({Type.INITIAL_PURCHASE, Type.RENEWAL, Type.NON_RENEWING_PURCHASE})

UNSUBSCRIBE = "UNSUBSCRIBE"
BILLING_ERROR = "BILLING_ERROR"
DEVELOPER_INITIATED = "DEVELOPER_INITIATED"
PRICE_INCREASE = "PRICE_INCREASE"
CUSTOMER_SUPPORT = "CUSTOMER_SUPPORT"
UNKNOWN = "UNKNOWN"
PAUSED = "SUBSCRIPTION_PAUSED"
_REASONS: Mapping[Reason | None, str] = {
    None: UNSUBSCRIBE,
    Reason.UNSUBSCRIBED: UNSUBSCRIBE,
    Reason.BILLING_ERROR: BILLING_ERROR,
    Reason.DEVELOPER: DEVELOPER_INITIATED,
    Reason.PRICE_INCREASE: PRICE_INCREASE,
    Reason.SUPPORT: CUSTOMER_SUPPORT,
    Reason.PAUSED: PAUSED,
}
_REASONS_OF_STORES: Mapping[Store, frozenset[str]] = {  # on the web also a failed charge: its pages describe that (§11)
    Store.APP_STORE: frozenset(
        {UNSUBSCRIBE, BILLING_ERROR, DEVELOPER_INITIATED, PRICE_INCREASE, CUSTOMER_SUPPORT, UNKNOWN}
    ),
    Store.PLAY_STORE: frozenset(
        {UNSUBSCRIBE, BILLING_ERROR, DEVELOPER_INITIATED, PRICE_INCREASE, CUSTOMER_SUPPORT, PAUSED}
    ),
    Store.AMAZON: frozenset({UNSUBSCRIBE, BILLING_ERROR, CUSTOMER_SUPPORT}),
    Store.STRIPE: frozenset({UNSUBSCRIBE, BILLING_ERROR, CUSTOMER_SUPPORT}),
    Store.PROMO: frozenset({DEVELOPER_INITIATED}),
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
    or an expiration. `owner` is whom a transfer moved the purchases to, `grants` what is granted or, with a negative
    amount, taken of a virtual currency.
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
    is_web_billing: bool = False
    new_product: Product | None = None
    owner: Person | None = None
    grants: Mapping[str, Any] | None = None

    @property
    def store(self) -> Store:
        """Where it was bought."""
        return self.subscription.store

    @property
    def is_told(self) -> bool:
        """Whether RevenueCat has such events of the store."""
        return self.type in WEB_BILLING if self.is_web_billing else self.store in STORES.get(self.type, ())

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


def reason_of(reason: Reason | None, store: Store) -> str:
    """How a reason is told: of those a store has, the nearest (revenuecat.md §11, Reasons)."""
    told, known = _REASONS.get(reason, UNKNOWN), _REASONS_OF_STORES[store]
    nearest = (told, DEVELOPER_INITIATED, UNSUBSCRIBE) if told == UNKNOWN else (told, UNSUBSCRIBE, DEVELOPER_INITIATED)
    return next(one for one in nearest if one in known)


def product_id_of(product: Product, store: Store) -> str:
    """The id of a product; a grant is named after what it unlocks and for how long (revenuecat.md §9)."""
    if store is not Store.PROMO or product.id.startswith("rc_promo_"):
        return product.id
    entitlement = product.entitlements[0] if product.entitlements else product.id
    return f"rc_promo_{entitlement}_{_DURATIONS.get(product.period, 'custom')}"
