"""Who has which purchase: lifecycle events folded under Adapty's sharing policy (adapty.md §12, parent and inheritors).

Under `enabled` the first to record a purchase stays its parent: transactions are the parent's for ever, who restores it
inherits access only. Under `transfer` it belongs to the last who restored it, under `disabled` to the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import Person, Store, Subscriber, Subscription, Transaction
from mockserver.vendors.adapty.objects import Purchase
from mockserver.vendors.adapty.purchases import Holding, holdings_of, profile_of

ENABLED, TRANSFER, DISABLED = "enabled", "transfer", "disabled"


@dataclass(slots=True)
class Ledger:
    """Everybody's purchases and money after a number of events; `latest` is each person's last event.

    `_had` is what people have, as far as it was asked for since the last event.
    """

    policy: str
    people: dict[str, Subscriber] = field(default_factory=dict)
    holders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    money: dict[str, Decimal] = field(default_factory=dict)
    first: dict[str, datetime] = field(default_factory=dict)
    latest: dict[str, datetime] = field(default_factory=dict)
    _counted: set[tuple[str, int]] = field(default_factory=set)
    _had: dict[str, tuple[Holding, ...]] = field(default_factory=dict)

    def take(self, event: LifecycleEvent) -> None:
        """Fold one more event in."""
        self._had.clear()
        self._meet(event.after, event.at)
        if event.other_after is not None:
            self._meet(event.other_after, event.at)
        if event.kind is Kind.TRANSFERRED:
            self._pass_on(event)
        if event.detected:
            self._count(event)

    def stand_before(self, event: LifecycleEvent) -> None:
        """Take the event's own word for how things stood until then; what led there may not have been told."""
        for subscriber in (event.before, event.other_before):
            if subscriber is not None and self.people.get(subscriber.person.key) is not subscriber:
                self.people[subscriber.person.key] = subscriber
                self._had.clear()

    def owner(self, event: LifecycleEvent) -> str:
        """The key of the person to whom Adapty counts what happens to the event's chain."""
        chain = event.subscription.original_id if event.subscription is not None else ""
        holders = self.holders.get(chain)
        return holders[0] if holders and self.policy != TRANSFER else event.after.person.key

    def sharers(self, original_id: str, key: str) -> tuple[str, ...]:
        """Everybody who has access by the chain, the parent first; only that person unless purchases are shared."""
        holders = self.holders.get(original_id, (key,)) if self.policy == ENABLED else (key,)
        return tuple(dict.fromkeys(holders))

    def by_customer(self, customer_id: str) -> Person | None:
        """The person with that id of the app's own."""
        return next((one.person for one in self.people.values() if one.person.customer_id == customer_id), None)

    def by_profile(self, profile_id: str) -> Person | None:
        """The person with that profile."""
        return next((one.person for one in self.people.values() if profile_of(one.person) == profile_id), None)

    def live(self, original_id: str, key: str) -> Subscription | None:
        """The chain as it stands: its last holder has the current state of it."""
        holder = self.holders.get(original_id, (key,))[-1]
        return self.people[holder].find(original_id)

    def holdings(self, key: str) -> tuple[Holding, ...]:
        """What a person has, under the policy."""
        if key not in self._had:
            own = [one.original_id for one in self.people[key].subscriptions]
            shared = [chain for chain, holders in self.holders.items() if key in holders]
            self._had[key] = tuple(one for chain in dict.fromkeys([*own, *shared]) for one in self._held(chain, key))
        return self._had[key]

    def purchases(self, key: str) -> tuple[Purchase, ...]:
        """The purchases of a person, under the policy."""
        return tuple(one.purchase for one in self.holdings(key))

    def has_access(self, key: str, at: datetime) -> bool:
        """Whether anything unlocks an access level for that person."""
        return any(one.purchase.access_level_ids and one.purchase.is_active(at) for one in self.holdings(key))

    def _held(self, chain: str, key: str) -> tuple[Holding, ...]:
        holders = self.holders.get(chain, (key,))
        if self.policy == TRANSFER or holders == (key,):
            own = self.people[key].find(chain)
            return holdings_of(own) if own is not None else ()
        live = self.live(chain, key)
        if live is None or (self.policy == DISABLED and key != holders[0]):
            return ()
        bought = holdings_of(live)
        if key == holders[0]:
            return bought
        return tuple(one._replace(purchase=replace(one.purchase, kind="access")) for one in bought)

    def _count(self, event: LifecycleEvent) -> None:
        """Money of the event, and of charges before it that nobody was told of (`left_out` in a scenario)."""
        payer, own = self.owner(event), event.transaction
        for one in (*self._uncounted(event.previous), *self._uncounted(event.subscription)):
            is_own = own is not None and (one.original_id, one.number) == (own.original_id, own.number)
            if not (is_own and event.amount > 0) and (is_own or one.refunded_at is None):
                self._pay(payer, one.price)
        self._pay(payer, event.amount + credited(event))

    def _uncounted(self, subscription: Subscription | None) -> Iterator[Transaction]:
        """Charges of a chain that no event has brought yet, latest first: what lies before a counted one is counted."""
        for one in reversed(subscription.transactions if subscription is not None else ()):
            key = (one.original_id, one.number)
            if key in self._counted:
                return
            self._counted.add(key)
            yield one

    def _pay(self, payer: str, amount: Decimal) -> None:
        self.money[payer] = self.money.get(payer, Decimal(0)) + amount

    def _meet(self, subscriber: Subscriber, at: datetime) -> None:
        key = subscriber.person.key
        self.people[key] = subscriber
        self.first.setdefault(key, at)
        self.latest[key] = at

    def _pass_on(self, event: LifecycleEvent) -> None:
        if event.other_after is None:
            return
        giver, taker = event.after.person.key, event.other_after.person.key
        for chain in moved(event):
            holders = self.holders.get(chain, (giver,))
            self.holders[chain] = (*(one for one in holders if one != taker or one == holders[0]), taker)


def moved(event: LifecycleEvent) -> tuple[str, ...]:
    """The chains that a transfer moved."""
    if event.other_after is None:
        return ()
    owned = {one.original_id for one in event.before.subscriptions}
    before = event.other_before.subscriptions if event.other_before is not None else ()
    return tuple(
        one.original_id for one in event.other_after.subscriptions if one.original_id in owned and one not in before
    )


def credited(event: LifecycleEvent) -> Decimal:
    """What Adapty counts as paid back when a product is replaced at once: the replaced transaction, whole.

    Apple's true, prorated credit is in no notification. Google pays nothing back but issues a new token (§11.3), Stripe
    charges the difference.
    """
    previous = event.previous
    if event.kind is not Kind.PRODUCT_CHANGED or previous is None or previous.store is not Store.APP_STORE:
        return Decimal(0)
    return -previous.latest.price


def fold(events: Iterable[LifecycleEvent], policy: str) -> Ledger:
    """The ledger after the events."""
    ledger = Ledger(policy)
    for event in events:
        ledger.take(event)
    return ledger
