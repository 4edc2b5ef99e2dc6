"""All customers of a tenant at its instant: the people of its history, and those made by API (revenuecat.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import (
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
from mockserver.vendors.contract import Documents
from mockserver.vendors.revenuecat.attributes import Kept, shown
from mockserver.vendors.revenuecat.customer import aliases, attributes
from mockserver.vendors.revenuecat.records import (
    CLAIM,
    Claim,
    Grant,
    Record,
    Revocation,
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

    @classmethod
    def until(cls, at: datetime, events: Iterable[LifecycleEvent]) -> Lives:
        """What has happened by an instant."""
        lives = cls()
        for event in events:
            if event.at <= at:
                lives.take(event)
        return lives

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
    """The customers of a tenant at an instant, over its documents or a draft of them."""

    def __init__(self, lives: Lives, documents: Documents, settings: Mapping[str, Any], at: datetime) -> None:
        self.at = at
        self._documents = documents
        self._claims = dict(_standing_claims(documents, at))
        self._keeps = choice(settings, "restore_behavior") == KEEP
        self._lives = lives
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

    def knows(self, words: Iterable[str]) -> bool:
        """Whether anybody of the history has bought what these transactions are of."""
        return any(_words(chain) & set(words) for _, chain in self._chains())

    def is_taken(self, app_user_id: str, words: Iterable[str]) -> bool:
        """Whether it is somebody else's who keeps it (revenuecat.md §8, keep with original)."""
        named = set(words)
        others = (chain for life, chain in self._chains() if app_user_id not in life.ids)
        return self._keeps and any(_words(chain) & named for chain in others)

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
        last = max(claims, key=lambda one: one.write, default=None)
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
        """What was bought or granted, without what the tenant's clock has not come to yet."""
        until = millis(self.at)
        revocations = [one for one in record.revocations if one.at <= until] if record is not None else []
        for chain in self._held(ids, life):
            yield _revoked(chain, [one for one in revocations if one.at >= millis(chain.first.purchased_at)])
        for grant in record.grants if record is not None else ():
            if grant.granted_at <= until:
                yield _revoked(_granted(grant), [one for one in revocations if one.write > grant.write])

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
        id=grant.product_id,
        price=Decimal(0),
        kind=ProductKind.PREPAID,
        group="promo",
        entitlements=(grant.entitlement,),
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


def _revoked(subscription: Subscription, revocations: Sequence[Revocation]) -> Subscription:
    """A grant that ends with the first revocation of what it unlocks."""
    unlocks = subscription.product.entitlements
    ends = [one.at for one in revocations if subscription.store is Store.PROMO and one.entitlement in unlocks]
    end = instant(min(ends)) if ends else None
    if end is None or (subscription.access_until is not None and subscription.access_until <= end):
        return subscription
    reason = Reason.DEVELOPER
    return replace(subscription, state=State.EXPIRED, access_until=end, cancelled_at=end, cancel_reason=reason)


def _standing_claims(documents: Documents, at: datetime) -> Iterator[tuple[str, Claim]]:
    """Claims until now, without those of customers who were deleted since."""
    for word, value in documents.all(CLAIM):
        claim = Claim(**value)
        deletion = deletion_of(documents, (claim.app_user_id,))
        if claim.at <= millis(at) and (deletion is None or deletion["write"] < claim.write):
            yield word, claim
