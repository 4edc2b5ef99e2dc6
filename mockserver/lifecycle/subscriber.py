"""What a subscriber is and owns: frozen values, no behaviour beyond what follows from their own fields.

Instants are aware UTC datetimes, money is Decimal in US dollars gross (before the store's cut).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self


class Store(StrEnum):
    """Where the money is paid; `promo` is a grant that nobody pays for."""

    APP_STORE = "app_store"
    PLAY_STORE = "play_store"
    STRIPE = "stripe"
    AMAZON = "amazon"
    PROMO = "promo"


class Environment(StrEnum):
    """Real money or a store's test clock."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class ProductKind(StrEnum):
    """How a product ends: by its period, by its end without renewal, by use, or never."""

    SUBSCRIPTION = "subscription"
    PREPAID = "prepaid"
    CONSUMABLE = "consumable"
    LIFETIME = "lifetime"


class PeriodType(StrEnum):
    """What kind of period a transaction paid for."""

    TRIAL = "trial"
    INTRO = "intro"
    NORMAL = "normal"
    PROMOTIONAL = "promotional"
    PREPAID = "prepaid"


class State(StrEnum):
    """States of a subscription (lifecycles.md §1); auto-renew is in the name where it matters."""

    NONE = "none"
    TRIAL = "trial"
    TRIAL_OFF = "trial_off"
    INTRO = "intro"
    ACTIVE = "active"
    ACTIVE_OFF = "active_off"
    GRACE = "grace"
    RETRY = "retry"
    PAUSE_SET = "pause_set"
    PAUSED = "paused"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    GRANTED = "granted"
    OWNED = "owned"

    @property
    def has_access(self) -> bool:
        """Whether the purchase unlocks anything in this state."""
        return self in _WITH_ACCESS


_WITH_ACCESS = frozenset(
    {
        State.TRIAL,
        State.TRIAL_OFF,
        State.INTRO,
        State.ACTIVE,
        State.ACTIVE_OFF,
        State.GRACE,
        State.PAUSE_SET,
        State.GRANTED,
        State.OWNED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An introductory or promotional price: `free_trial`, `pay_as_you_go` or `pay_up_front`.

    `period` is an ISO 8601 duration (`P7D`, `P1M`), charged `count` times at `price`.
    """

    type: str
    period: str
    price: Decimal = Decimal(0)
    count: int = 1
    category: str = "introductory"
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something sold. `period` is an ISO 8601 duration, None for what does not renew or end.

    Products of one `group` replace each other; a higher `level` is an upgrade. `instalments` is how many charges
    whoever buys it has agreed to (Play).
    """

    id: str
    price: Decimal
    period: str | None = None
    kind: ProductKind = ProductKind.SUBSCRIPTION
    group: str = "premium"
    level: int = 1
    entitlements: tuple[str, ...] = ("premium",)
    name: str = ""
    currency: str = "USD"
    trial: Offer | None = None
    intro: Offer | None = None
    instalments: int = 0

    def priced(self, price: Decimal) -> Self:
        """The same product at another price, as after a price increase."""
        return replace(self, price=price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of a person. `platform` is `ios` or `android`; an id that is not set is None."""

    id: str
    platform: str
    idfa: str | None = None
    idfv: str | None = None
    gaid: str | None = None
    ip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who uses the app.

    `customer_id` is the app's own id, None while anonymous; `anonymous_id` is 32 hexadecimal digits made at the
    first start; `mpid` is mParticle's id as the app knows it (text of an integer), None when the app never set it.
    `known_ids` are the ids this person has had, oldest first, the current one included.
    """

    key: str
    customer_id: str | None
    anonymous_id: str
    mpid: str | None = None
    known_ids: tuple[str, ...] = ()
    email: str | None = None
    name: str = ""
    country: str = "US"
    devices: tuple[Device, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id a tester knows the person by: the app's own, else the anonymous one."""
        return self.customer_id or self.anonymous_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One charge (of zero for a trial or a grant). `number` counts the charges of its chain from 1.

    `price` is what the store really charged; `paid_until` is None for what has no end.
    """

    id: str
    original_id: str
    product: Product
    purchased_at: datetime
    paid_until: datetime | None
    price: Decimal
    period_type: PeriodType = PeriodType.NORMAL
    number: int = 1
    offer: Offer | None = None
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceIncrease:
    """A higher price that was announced: it applies to charges from `effective_from`, to whoever has accepted it."""

    price: Decimal
    announced_at: datetime
    effective_from: datetime
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One chain of charges in one store, or one purchase that does not renew, as it is at one instant.

    `period_end` is the end of what is paid for; `access_until` is when access ends as things stand (the end of grace
    while in grace, the end of the period otherwise, None when it never ends). `anchor` is the instant whose day of the
    month renewals keep. `cancelled_by` is user, publisher, marketplace or unknown. `payment_fails` says that the card
    will fail when the store next tries it; `shared_from` is the owner's chain behind a family share.
    """

    original_id: str
    product: Product
    store: Store
    state: State
    auto_renew: bool
    transactions: tuple[Transaction, ...]
    period_start: datetime
    period_end: datetime | None
    access_until: datetime | None
    environment: Environment = Environment.PRODUCTION
    anchor: datetime | None = None
    is_family_share: bool = False
    pending_product: Product | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancel_reason: Reason | None = None
    billing_issue_at: datetime | None = None
    grace_until: datetime | None = None
    retry_until: datetime | None = None
    pause_from: datetime | None = None
    resumes_at: datetime | None = None
    refunded_at: datetime | None = None
    expired_at: datetime | None = None
    price_increase: PriceIncrease | None = None
    payment_fails: bool = False
    shared_from: str | None = None

    @property
    def latest(self) -> Transaction:
        """The last charge of the chain."""
        return self.transactions[-1]

    @property
    def first(self) -> Transaction:
        """The first charge of the chain."""
        return self.transactions[0]

    @property
    def has_access(self) -> bool:
        """Whether it unlocks anything now."""
        return self.state.has_access

    @property
    def is_committed(self) -> bool:
        """Whether it is charged on although auto-renew is off: an instalment plan that is not paid off."""
        return 0 < sum(one.price > 0 for one in self.transactions) < self.product.instalments

    @property
    def ever_paid(self) -> bool:
        """Whether any charge of the chain was of more than nothing."""
        return any(transaction.price > 0 for transaction in self.transactions)


class Reason(StrEnum):
    """Why auto-renew went off or access ended."""

    UNSUBSCRIBED = "unsubscribed"
    BILLING_ERROR = "billing_error"
    DEVELOPER = "developer"
    PRICE_INCREASE = "price_increase"
    SUPPORT = "support"
    PAUSED = "paused"
    NOT_FOR_SALE = "not_for_sale"
    REPLACED = "replaced"
    UPGRADED = "upgraded"
    REVOKED = "revoked"
    TRANSFERRED = "transferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person and everything bought, as it is at one instant; `subscriptions` in order of purchase."""

    person: Person
    subscriptions: tuple[Subscription, ...] = ()

    @property
    def with_access(self) -> tuple[Subscription, ...]:
        """What unlocks something now."""
        return tuple(one for one in self.subscriptions if one.has_access)

    @property
    def entitlements(self) -> tuple[str, ...]:
        """What is unlocked now, each once, in order of purchase."""
        return tuple(dict.fromkeys(name for one in self.with_access for name in one.product.entitlements))

    def find(self, original_id: str) -> Subscription | None:
        """The subscription of that chain, if this person has it."""
        return next((one for one in self.subscriptions if one.original_id == original_id), None)
