"""What a transition is given and what it gives back: the moment of an act, and the changes that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.lifecycle.acts import Act
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.rules import StoreRules
from mockserver.lifecycle.subscriber import (
    Environment,
    Offer,
    PeriodType,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscriber,
    Subscription,
    Transaction,
)

NOTHING = Decimal(0)


class Impossible(Exception):  # noqa: N818  never seen by a user: the engine turns it into a sentence with day and state
    """A transition cannot happen, with the reason in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One act of one person at one instant, in a store that works by its rules."""

    at: datetime
    act: Act
    subscriber: Subscriber
    people: Mapping[str, Subscriber]
    rules: StoreRules
    environment: Environment
    ids: SeededIds
    product: Product | None = None

    @property
    def store(self) -> Store:
        """Where it happens."""
        return self.rules.store

    def word(self, name: str, default: Any = None) -> Any:
        """What was said beside the act's verb."""
        return self.act.word(name, default)

    def wanted_product(self) -> Product:
        """The product that the act names, else the one of the story."""
        product: Product | None = self.word("product", self.product)
        if product is None:
            raise Impossible("no product is named")
        return product


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What comes of an act for one subscriber: the parts of a lifecycle event that only the transition knows.

    `also` are other subscriptions of the same person as they are afterwards. `after` replaces the whole subscriber
    where more changes than subscriptions; `who` is somebody other than the person of the act.
    """

    kind: Kind
    subscription: Subscription | None = None
    previous: Subscription | None = None
    transaction: Transaction | None = None
    amount: Decimal = NOTHING
    reason: Reason | None = None
    new_product: Product | None = None
    detected: bool = True
    also: tuple[Subscription, ...] = ()
    who: str | None = None
    phrase: str | None = None
    after: Subscriber | None = None
    other_before: Subscriber | None = None
    other_after: Subscriber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge about to be made: what for, from when until when, how much."""

    product: Product
    start: datetime
    end: datetime | None
    price: Decimal
    period_type: PeriodType = PeriodType.NORMAL
    offer: Offer | None = None
    new_order: bool = False


def made(moment: Moment, charge: Charge, original_id: str, number: int) -> Transaction:
    """The transaction of a charge. A new order does not continue the numbering of its chain's ids."""
    if charge.new_order:
        transaction_id = moment.ids.original(moment.store, original_id, number)
    else:
        transaction_id = moment.ids.transaction(moment.store, original_id, number)
    return Transaction(
        id=transaction_id,
        original_id=original_id,
        product=charge.product,
        purchased_at=charge.start,
        paid_until=charge.end,
        price=charge.price,
        period_type=charge.period_type,
        number=number,
        offer=charge.offer,
    )


def opened(moment: Moment, charge: Charge, state: State, **more: Any) -> Subscription:
    """A new chain, begun by a charge."""
    words = (
        moment.subscriber.person.key,
        len(moment.subscriber.subscriptions),
        moment.at.isoformat(),
        charge.product.id,
    )
    original_id = moment.ids.original(moment.store, *words)
    values: dict[str, Any] = {"auto_renew": True, "anchor": charge.start, **more}
    return Subscription(
        original_id=original_id,
        product=charge.product,
        store=moment.store,
        state=state,
        transactions=(made(moment, charge, original_id, 1),),
        period_start=charge.start,
        period_end=charge.end,
        access_until=charge.end,
        environment=moment.environment,
        **values,
    )


def continued(moment: Moment, subscription: Subscription, charge: Charge, state: State, **more: Any) -> Subscription:
    """The chain with one more charge, and with nothing left of what troubled it before."""
    transaction = made(moment, charge, subscription.original_id, subscription.latest.number + 1)
    values: dict[str, Any] = {
        "billing_issue_at": None,
        "grace_until": None,
        "retry_until": None,
        "pause_from": None,
        "resumes_at": None,
        "refunded_at": None,
        "expired_at": None,
        "pending_product": None,
        "payment_fails": False,
        **more,
    }
    return replace(
        subscription,
        product=charge.product,
        state=state,
        transactions=(*subscription.transactions, transaction),
        period_start=charge.start,
        period_end=charge.end,
        access_until=charge.end,
        **values,
    )


UNCANCELLED: Mapping[str, Any] = {"auto_renew": True, "cancelled_at": None, "cancelled_by": None, "cancel_reason": None}


def cancelled(subscription: Subscription, state: State, at: datetime, by: str, reason: Reason) -> Subscription:
    """The chain with auto-renew off."""
    return replace(
        subscription,
        state=state,
        auto_renew=False,
        cancelled_at=at,
        cancelled_by=by,
        cancel_reason=reason,
        pending_product=None,
        pause_from=None,
        resumes_at=None,
    )


def ended(subscription: Subscription, at: datetime, **more: Any) -> Subscription:
    """The chain expired."""
    values: dict[str, Any] = {"access_until": at, "expired_at": at, **more}
    return replace(
        subscription,
        state=State.EXPIRED,
        auto_renew=False,
        grace_until=None,
        retry_until=None,
        payment_fails=False,
        **values,
    )


def require(condition: bool, reason: str) -> None:
    """Refuse the act unless something holds."""
    if not condition:
        raise Impossible(reason)


def require_renewing(subscription: Subscription) -> None:
    """Refuse what only makes sense where the store charges again by itself."""
    is_prepaid = subscription.product.kind is ProductKind.PREPAID
    require(not is_prepaid, f"{subscription.product.id} is prepaid: it does not renew by itself")


def instant(at: datetime | None) -> str:
    """An instant as refusals write it."""
    return "never" if at is None else at.strftime("%Y-%m-%d %H:%M")
