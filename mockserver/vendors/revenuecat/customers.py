"""All customers of a tenant at its instant: the people of its history, and those made by API (revenuecat.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from mockserver.lifecycle.subscriber import (
    PeriodType,
    Person,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscription,
    Transaction,
)
from mockserver.vendors.contract import Documents
from mockserver.vendors.revenuecat.attributes import Kept, shown
from mockserver.vendors.revenuecat.customer import ANONYMOUS, attributes
from mockserver.vendors.revenuecat.customer import app_user_id as app_user_id_of
from mockserver.vendors.revenuecat.lives import Life, Lives
from mockserver.vendors.revenuecat.records import (
    CLAIM,
    Claim,
    Grant,
    Record,
    Revocation,
    claim_of,
    deletion_of,
    instant,
    millis,
    record_of,
)
from mockserver.vendors.revenuecat.restoring import Outcome, is_kept, is_shared, outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer at an instant; `ids` oldest first, `purchases` with grants and with what was restored from others."""

    ids: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    attributes: dict[str, Kept]
    purchases: tuple[Subscription, ...] = ()
    unconfirmed: frozenset[str] = frozenset()
    country: str | None = None
    platform: str | None = None
    experiments: tuple[Mapping[str, Any], ...] = ()

    @property
    def original_app_user_id(self) -> str:
        """The first App User ID."""
        return self.ids[0]

    def grants_of(self, entitlement: str, at: datetime) -> list[Subscription]:
        """What has been granted of an entitlement and has not ended."""
        granted_ = (one for one in self.purchases if one.store is Store.PROMO and one.has_access)
        lasting = (one for one in granted_ if one.access_until is None or one.access_until > at)
        return [one for one in lasting if entitlement in one.product.entitlements]


class Move(NamedTuple):
    """A purchase that moves: of whom, by an id of theirs, and the chain."""

    app_user_id: str
    chain: Subscription

    def as_details(self) -> dict[str, str]:
        """What the log keeps of it."""
        return {"from": self.app_user_id, "chain": self.chain.original_id}


class Customers:
    """The customers of a tenant at an instant, over its documents or a draft of them."""

    def __init__(self, lives: Lives, documents: Documents, settings: Mapping[str, Any], at: datetime) -> None:
        self.at = at
        self._documents = documents
        self._claims = dict(_standing_claims(documents, at, is_kept(settings)))
        self._settings = settings
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

    def person(self, app_user_id: str) -> Person | None:
        """The person of the history with that id, or None."""
        life = self._life(app_user_id)
        return life.subscriber.person if life is not None else None

    def written(self, app_user_id: str) -> dict[str, Kept]:
        """The attributes that the API has set, those it has deleted too."""
        life = self._life(app_user_id)
        record = record_of(self._documents, self._ids(life) if life is not None else (app_user_id,))
        return dict(record.attributes) if record is not None else {}

    def knows(self, words: Iterable[str]) -> bool:
        """Whether anybody of the history has bought what these transactions are of."""
        return any(words_in(chain) & set(words) for _, chain in self._lives.chains())

    def restored(self, app_user_id: str, words: Iterable[str]) -> Iterator[tuple[Outcome, Move]]:
        """What becomes of others' purchases when somebody brings a receipt of these transactions."""
        named, own = set(words), self._all_ids(app_user_id)
        for life, chain in self._lives.chains():
            holder = self._holder(life, chain)
            if words_in(chain) & named and holder not in own:
                is_anonymous = holder.startswith(ANONYMOUS)
                yield outcome(self._settings, [chain], is_anonymous=is_anonymous), Move(holder, chain)

    def held_by(self, app_user_id: str) -> list[Move]:
        """What a customer has bought or restored; grants are not theirs to move."""
        own = self._all_ids(app_user_id)
        held = ((self._holder(life, chain), chain) for life, chain in self._lives.chains())
        return [Move(holder, chain) for holder, chain in held if holder in own and chain.store is not Store.PROMO]

    def _all_ids(self, app_user_id: str) -> tuple[str, ...]:
        life = self._life(app_user_id)
        return self._ids(life) if life is not None else (app_user_id,)

    def _holder(self, life: Life, chain: Subscription) -> str:
        """The current id of who has a purchase."""
        claim = self._claim(life, chain)
        return claim.app_user_id if claim is not None else app_user_id_of(life.subscriber.person)

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
            country=life.subscriber.person.country or None if life is not None else None,
            platform=_platform(life, record),
            experiments=record.experiments if record is not None else (),
        )

    def _life(self, app_user_id: str) -> Life | None:
        return self._known.get(app_user_id) or self._aliased.get(app_user_id)

    def _ids(self, life: Life) -> tuple[str, ...]:
        return (*life.ids, *(id_ for id_, one in self._aliased.items() if one is life))

    def _is_deleted(self, life: Life, ids: Sequence[str]) -> bool:
        """Whether the person was deleted; the next thing that happens to them brings them back."""
        mark = deletion_of(self._documents, ids)
        return mark is not None and life.latest <= instant(mark["at"]) <= self.at

    def _claim(self, life: Life, chain: Subscription) -> Claim | None:
        """The last who brought a receipt of somebody else's chain, or was given it, since the history moved it."""
        claims = [self._claims[word] for word in words_in(chain) if word in self._claims]
        last = max(claims, key=lambda one: one.write, default=None)
        since = self._lives.restored.get(chain.original_id)
        if last is None or last.app_user_id in life.ids or (since is not None and last.at <= millis(since)):
            return None
        return last

    def _aliases(self) -> Iterator[tuple[str, Life]]:
        """Who restored an anonymous customer's purchases is that customer from then on; nothing is transferred."""
        for life, chain in self._lives.chains():
            claim = self._claim(life, chain)
            if claim is None or claim.forced or claim.app_user_id in self._known:
                continue
            if is_shared(self._settings) or life.named_at is None or millis(life.named_at) > claim.at:
                yield claim.app_user_id, life

    def _purchases(self, ids: Sequence[str], life: Life | None, record: Record | None) -> Iterator[Subscription]:
        """What was bought or granted, without what the tenant's clock has not come to yet."""
        until = millis(self.at)
        revocations = [one for one in record.revocations if one.at <= until] if record is not None else []
        for chain in self._held(ids, life):
            yield _revoked(chain, [one for one in revocations if one.at >= millis(chain.first.purchased_at)])
        for grant in record.grants if record is not None else ():
            if grant.granted_at <= until:
                yield _revoked(granted(grant), [one for one in revocations if one.write > grant.write])

    def _held(self, ids: Sequence[str], life: Life | None) -> Iterator[Subscription]:
        for owner, chain in self._lives.chains():
            claim = self._claim(owner, chain)
            if (claim.app_user_id in ids) if claim is not None else (owner is life):
                yield chain


def _platform(life: Life | None, record: Record | None) -> str | None:
    """The last that was seen: of the app that called, else of the last device in the history."""
    if record is not None and record.platform is not None:
        return record.platform
    devices = life.subscriber.person.devices if life is not None else ()
    return devices[-1].platform if devices else None


def words_in(chain: Subscription) -> set[str]:
    """The ids by which a receipt may name a purchase."""
    return {chain.original_id, *(one.id for one in chain.transactions)}


def granted(grant: Grant) -> Subscription:
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


def _standing_claims(documents: Documents, at: datetime, keeps: bool) -> Iterator[tuple[str, Claim]]:
    """Claims until now, without those of customers who were deleted since; if buyers keep theirs, only forced ones."""
    for word, _ in documents.all(CLAIM):
        claim = claim_of(documents, word)
        if claim is not None and claim.at <= millis(at) and (claim.forced or not keeps):
            yield word, claim
