"""Purchases as Adapty sees them: what the stores' model has of a subscription, in Adapty's words (adapty.md §5.2)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from mockserver.lifecycle.subscriber import (
    Environment,
    PeriodType,
    Person,
    ProductKind,
    Reason,
    State,
    Store,
    Subscription,
    Transaction,
)
from mockserver.vendors.adapty.objects import Offer, Purchase

DASHBOARD_PRODUCT = "adapty_dashboard_product"
SERVER_SIDE_PRODUCT = "adapty_server_side_product"
REASONS = {
    Reason.UNSUBSCRIBED: "voluntarily_cancelled",
    Reason.BILLING_ERROR: "billing_error",
    Reason.DEVELOPER: "cancelled_by_developer",
    Reason.PRICE_INCREASE: "price_increase",
    Reason.SUPPORT: "refund",
    Reason.NOT_FOR_SALE: "product_was_not_available",
    Reason.REPLACED: "new_subscription_replace",
    Reason.UPGRADED: "upgraded",
    Reason.REVOKED: "adapty_revoked",
    Reason.TRANSFERRED: "unknown",
    Reason.UNKNOWN: "unknown",
}
_ENDED = frozenset({State.EXPIRED, State.REFUNDED})
_ENVIRONMENTS = {Environment.PRODUCTION: "Production", Environment.SANDBOX: "Sandbox"}
_STORES_WITH_PLANS = frozenset({Store.PLAY_STORE, Store.STRIPE})


@lru_cache(maxsize=256)
def profile_id_of(known_id: str) -> str:
    """The profile of whoever is first known by that id: the same in the API, in webhooks and after a restart."""
    return str(uuid5(NAMESPACE_URL, f"adapty-profile:{known_id}"))


def profile_of(person: Person) -> str:
    """A person's profile: logging in later does not change it (adapty.md §12, how profiles work)."""
    return profile_id_of(person.known_ids[0] if person.known_ids else person.id)


def environment(subscription: Subscription) -> str:
    """`Sandbox` or `Production`."""
    return _ENVIRONMENTS[subscription.environment]


def store_name(subscription: Subscription) -> str:
    """The store; a grant's is `adapty`, what Adapty has no name for is a custom store (adapty.md §4.4, §5.2)."""
    return "adapty" if subscription.store is Store.PROMO else subscription.store.value


def product_ids(subscription: Subscription, transaction: Transaction) -> tuple[str, str | None]:
    """Product and base plan: `product:base_plan` where the store has plans; a grant has a stand-in."""
    if subscription.store is Store.PROMO:
        return DASHBOARD_PRODUCT, None
    product, _, plan = transaction.product.id.partition(":")
    return (product, plan or None) if subscription.store in _STORES_WITH_PLANS else (transaction.product.id, None)


def has_plans(subscription: Subscription) -> bool:
    """Whether its store knows base plans at all."""
    return subscription.store in _STORES_WITH_PLANS


def renews(subscription: Subscription) -> bool:
    """Whether it is of the kind that has periods, prepaid plans included."""
    return subscription.product.kind in {ProductKind.SUBSCRIPTION, ProductKind.PREPAID}


def is_trial(transaction: Transaction) -> bool:
    """Whether it is a free trial; a free period for somebody who subscribes already is a renewal (adapty.md §4.4)."""
    offer = transaction.offer
    return transaction.period_type is PeriodType.TRIAL and (offer is None or offer.category == "introductory")


def reason_of(subscription: Subscription) -> str | None:
    """`cancellation_reason`: nothing while it renews, the refund where there was one."""
    if subscription.state is State.REFUNDED:
        return "refund"
    if subscription.store is Store.PROMO and subscription.cancel_reason is not None:
        return "adapty_revoked"
    if subscription.cancel_reason is None or (subscription.auto_renew and subscription.state not in _ENDED):
        return None
    return REASONS.get(subscription.cancel_reason)


def access_end(subscription: Subscription) -> datetime | None:
    """When access ends as things stand, or ended (adapty.md §11.4: grace end, date of refund or of cancellation)."""
    if subscription.state is State.GRACE:
        return subscription.grace_until or subscription.access_until
    if subscription.state.has_access:
        return subscription.access_until
    refunded = subscription.refunded_at if subscription.state is State.REFUNDED else None
    known = [end for end in (subscription.access_until, subscription.expired_at, refunded) if end is not None]
    return min(known, default=subscription.period_end)


class Holding(NamedTuple):
    """A purchase and where it comes from."""

    purchase: Purchase
    subscription: Subscription
    transaction: Transaction


def holdings_of(subscription: Subscription) -> tuple[Holding, ...]:
    """A chain is one purchase; of what does not renew every transaction is one. What no store confirmed is unknown."""
    if subscription.state is State.GRANTED and subscription.store is not Store.PROMO:
        return ()
    if renews(subscription) or subscription.store is Store.PROMO:
        return (held(subscription, subscription.latest),)
    return tuple(held(subscription, one) for one in subscription.transactions)


def held(subscription: Subscription, transaction: Transaction) -> Holding:
    """The purchase that a transaction stands for, with its source."""
    return Holding(purchase_of(subscription, transaction), subscription, transaction)


def purchase_of(subscription: Subscription, transaction: Transaction) -> Purchase:
    """The purchase that a transaction stands for."""
    product, plan = product_ids(subscription, transaction)
    first = subscription.first if renews(subscription) else transaction
    refunded = transaction.refunded_at is not None
    return Purchase(
        kind=_kind(subscription),
        store=store_name(subscription),
        store_product_id=product,
        store_base_plan_id=plan,
        store_transaction_id=transaction.id,
        store_original_transaction_id=transaction.original_id,
        environment=environment(subscription),
        purchased_at=transaction.purchased_at,
        originally_purchased_at=first.purchased_at,
        expires_at=subscription.period_end,
        access_until=_access_end(subscription, transaction),
        access_level_ids=levels_of(subscription),
        offer=offer_of(transaction),
        renewal_cancelled_at=None if subscription.auto_renew else subscription.cancelled_at,
        billing_issue_detected_at=subscription.billing_issue_at,
        is_in_grace_period=subscription.state is State.GRACE,
        cancellation_reason=reason_of(subscription),
        is_refund=subscription.state is State.REFUNDED or (refunded and not renews(subscription)),
        is_consumable=transaction.product.kind is ProductKind.CONSUMABLE,
        will_renew=_will_renew(subscription),
    )


def offer_of(transaction: Transaction) -> Offer | None:
    """The offer of a transaction."""
    offer = transaction.offer
    return None if offer is None else Offer(offer.category, offer.type, offer.id)


def levels_of(subscription: Subscription) -> tuple[str, ...]:
    """The access levels that it unlocks; a consumable unlocks none."""
    return () if subscription.product.kind is ProductKind.CONSUMABLE else subscription.product.entitlements


def _access_end(subscription: Subscription, transaction: Transaction) -> datetime | None:
    if not renews(subscription) and transaction.refunded_at is not None:
        return transaction.refunded_at
    return access_end(subscription)


def _will_renew(subscription: Subscription) -> bool:
    """A product that is about to be replaced does not renew (adapty.md §12, downgrade)."""
    return subscription.auto_renew and subscription.state not in _ENDED and subscription.pending_product is None


def _kind(subscription: Subscription) -> str:
    if subscription.store is Store.PROMO:
        return "access"
    return "subscription" if renews(subscription) else "non_subscription"
