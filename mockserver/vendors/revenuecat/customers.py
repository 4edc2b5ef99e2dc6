"""All customers of a tenant at its instant: the people of its history, and whoever the API has made (revenuecat.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import (
    PeriodType,
    Person,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscriber,
    Subscription,
    Transaction,
)
from mockserver.vendors.contract import Documents, TenantView
from mockserver.vendors.revenuecat.attributes import Kept, shown
from mockserver.vendors.revenuecat.customer import aliases, attributes
from mockserver.vendors.revenuecat.records import (
    CLAIM,
    Claim,
    Grant,
    Record,
    deletion_of,
    instant,
    millis,
    record_of,
)
from mockserver.vendors.revenuecat.settings import choice

KEEP = "keep_with_original"
_SEEN = frozenset(  # what somebody does with the app in hand; the rest is the stores' doing
    {
        Kind.TRIAL_STARTED,
        Kind.SUBSCRIPTION_STARTED,
        Kind.RESUBSCRIBED,
        Kind.PRODUCT_CHANGED,
        Kind.PRODUCT_CHANGE_SCHEDULED,
        Kind.TRANSFERRED,
        Kind.LOGGED_IN,
        Kind.ONE_TIME_PURCHASED,
        Kind.OFFER_REDEEMED,
        Kind.TOPPED_UP,
        Kind.ACCESS_GRANTED_IN_OUTAGE,
    }
)


@dataclass(slots=True, kw_only=True)
class Life:
    """A person of the history: when first and last seen in the app, the last event, since when not anonymous."""

    subscriber: Subscriber
    first_seen: datetime
    last_seen: datetime
    latest: datetime
    named_at: datetime | None = None

    @property
    def ids(self) -> list[str]:
        """Every App User ID, oldest first."""
        return aliases(self.subscriber.person)


@dataclass(slots=True)
class Lives:
    """Everybody of a history, by their first id; `unconfirmed` are chains that no store has confirmed yet."""

    people: dict[str, Life] = field(default_factory=dict)
    unconfirmed: set[str] = field(default_factory=set)

    def take(self, event: LifecycleEvent) -> None:
        """Fold one more event in."""
        self._meet(event.after, event, was_there=event.kind is not Kind.TRANSFERRED)
        if event.other_after is not None:
            self._meet(event.other_after, event, was_there=True)
        if event.subscription is None:
            return
        if event.kind is Kind.ACCESS_GRANTED_IN_OUTAGE:
            self.unconfirmed.add(event.subscription.original_id)
        elif event.kind is not Kind.EXPIRED:
            self.unconfirmed.discard(event.subscription.original_id)

    def _meet(self, subscriber: Subscriber, event: LifecycleEvent, *, was_there: bool) -> None:
        key = aliases(subscriber.person)[0]
        life = self.people.get(key)
        if life is None:
            life = Life(subscriber=subscriber, first_seen=event.at, last_seen=event.at, latest=event.at)
            self.people[key] = life
        life.subscriber, life.latest = subscriber, event.at
        if was_there and event.kind in _SEEN:
            life.last_seen = event.at
        if life.named_at is None and subscriber.person.customer_id is not None:
            life.named_at = event.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer at an instant; `ids` oldest first, `purchases` with grants and with what was restored from others."""

    ids: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    attributes: dict[str, Kept]
    purchases: tuple[Subscription, ...] = ()
    unconfirmed: frozenset[str] = frozenset()

    @property
    def original_app_user_id(self) -> str:
        """The first App User ID."""
        return self.ids[0]


class Customers:
    """The customers of a tenant, over its documents or a draft of them."""

    def __init__(self, tenant: TenantView, documents: Documents, at: datetime) -> None:
        self.at = at
        self._documents = documents
        self._claims = {word: Claim(**claim) for word, claim in documents.all(CLAIM)}
        self._keeps = choice(tenant.settings("revenuecat"), "restore_behavior") == KEEP
        self._lives = Lives()
        for event in tenant.history():
            if event.at <= at:
                self._lives.take(event)
        self._known = {id_: life for life in self._lives.people.values() for id_ in life.ids}
        self._aliased = dict(self._aliases())

    def find(self, app_user_id: str) -> Customer | None:
        """The customer with that id, or None."""
        life = self._life(app_user_id)
        ids = self._ids(life) if life is not None else (app_user_id,)
        record = record_of(self._documents, ids)
        if life is not None and self._is_deleted(life, ids):
            life = None
        if life is None and record is None:
            return None
        return self._customer(ids, life, record)

    def written(self, app_user_id: str) -> dict[str, Kept]:
        """The attributes that the API has set, those it has deleted too."""
        life = self._life(app_user_id)
        record = record_of(self._documents, self._ids(life) if life is not None else (app_user_id,))
        return dict(record.attributes) if record is not None else {}

    def holders(self, words: Iterable[str]) -> set[str]:
        """The original ids of customers who have bought what these transactions are of."""
        wanted = set(words)
        return {life.ids[0] for life, chain in self._chains() if wanted & _words(chain)}

    def has_bought(self, app_user_id: str, words: Iterable[str]) -> bool:
        """Whether the history has that customer as the buyer of what these transactions are of."""
        life = self._life(app_user_id)
        return life is not None and life.ids[0] in self.holders(words)

    def _customer(self, ids: tuple[str, ...], life: Life | None, record: Record | None) -> Customer:
        seen = [one for one in (life, record) if one is not None]
        first = min(self.at, *(one.first_seen for one in seen))
        last = max(first, *(one.last_seen for one in seen if one.last_seen is not None), first)
        written = record.attributes if record is not None else {}
        own = attributes(life.subscriber.person) if life is not None else {}
        known = {key: Kept(text, millis(first)) for key, text in own.items()}
        return Customer(
            ids=ids,
            first_seen=first,
            last_seen=min(last, self.at),
            attributes=shown({**known, **written}),
            purchases=tuple(self._purchases(ids, life, record)),
            unconfirmed=frozenset(self._lives.unconfirmed),
        )

    def _life(self, app_user_id: str) -> Life | None:
        return self._known.get(app_user_id) or self._aliased.get(app_user_id)

    def _ids(self, life: Life) -> tuple[str, ...]:
        return (*life.ids, *(id_ for id_, one in self._aliased.items() if one is life))

    def _is_deleted(self, life: Life, ids: Sequence[str]) -> bool:
        """Whether the person was deleted; the next thing that happens to them brings them back."""
        mark = deletion_of(self._documents, ids)
        return mark is not None and life.latest <= instant(mark["at"]) <= self.at

    def _chains(self) -> Iterator[tuple[Life, Subscription]]:
        for life in self._lives.people.values():
            for chain in life.subscriber.subscriptions:
                yield life, chain

    def _claim(self, life: Life, chain: Subscription) -> Claim | None:
        """The last who brought a receipt of somebody else's chain, unless purchases stay with their buyer."""
        claims = [self._claims[word] for word in _words(chain) if word in self._claims]
        last = max((one for one in claims if one.at <= millis(self.at)), key=lambda one: one.write, default=None)
        return None if last is None or self._keeps or last.app_user_id in life.ids else last

    def _aliases(self) -> Iterator[tuple[str, Life]]:
        """Who restored an anonymous customer's purchases is that customer from then on; nothing is transferred."""
        for life, chain in self._chains():
            claim = self._claim(life, chain)
            if claim is None or claim.app_user_id in self._known:
                continue
            if life.named_at is None or millis(life.named_at) > claim.at:
                yield claim.app_user_id, life

    def _purchases(self, ids: Sequence[str], life: Life | None, record: Record | None) -> Iterator[Subscription]:
        revocations = record.revocations if record is not None else {}
        granted = (_granted(one) for one in record.grants) if record is not None else ()
        for one in (*self._held(ids, life), *granted):
            if one.first.purchased_at <= self.at or one.store is not Store.PROMO:
                yield _revoked(one, {name: at for name, at in revocations.items() if at <= self.at}, self.at)

    def _held(self, ids: Sequence[str], life: Life | None) -> Iterator[Subscription]:
        for owner, chain in self._chains():
            claim = self._claim(owner, chain)
            if (claim.app_user_id in ids) if claim is not None else (owner is life):
                yield chain


def _words(chain: Subscription) -> set[str]:
    return {chain.original_id, *(one.id for one in chain.transactions)}


def _granted(grant: Grant) -> Subscription:
    """A grant as if it had been bought for nothing."""
    start = instant(grant.granted_at)
    end = None if grant.expires_at is None else instant(grant.expires_at)
    product = Product(
        id=grant.product_id, price=Decimal(0), kind=ProductKind.PREPAID, group="promo", entitlements=(grant.entitlement,)
    )
    transaction = Transaction(
        id=grant.id,
        original_id=grant.id,
        product=product,
        purchased_at=start,
        paid_until=end,
        price=Decimal(0),
        period_type=PeriodType.PROMOTIONAL,
    )
    return Subscription(
        original_id=grant.id,
        product=product,
        store=Store.PROMO,
        state=State.GRANTED,
        auto_renew=False,
        transactions=(transaction,),
        period_start=start,
        period_end=end,
        access_until=end,
    )


def _revoked(subscription: Subscription, revocations: dict[str, datetime], at: datetime) -> Subscription:
    """A grant ended by a revocation of what it unlocks that came after it."""
    if subscription.store is not Store.PROMO:
        return subscription
    ends = [
        end
        for name in subscription.product.entitlements
        if (end := revocations.get(name)) is not None and subscription.first.purchased_at <= end <= at
    ]
    end = min(ends, default=None)
    if end is None or (subscription.access_until is not None and subscription.access_until <= end):
        return subscription
    reason = Reason.DEVELOPER
    return replace(subscription, state=State.EXPIRED, access_until=end, cancelled_at=end, cancel_reason=reason)
