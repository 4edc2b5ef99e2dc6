"""Everybody of a tenant's history at an instant, and what the stores say that they have (revenuecat.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import Subscriber, Subscription
from mockserver.vendors.revenuecat.customer import aliases
from mockserver.vendors.revenuecat.restoring import Outcome, moved_by, outcome_of

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
    """A person of the history: when first and last seen in the app, the last event, since when not anonymous.

    `joined` are the ids of anonymous customers whose purchases this one has restored: all are one customer.
    """

    subscriber: Subscriber
    first_seen: datetime
    last_seen: datetime
    latest: datetime
    named_at: datetime | None = None
    joined: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """Every App User ID, oldest first."""
        return list(dict.fromkeys((*self.joined, *aliases(self.subscriber.person))))


@dataclass(slots=True)
class Lives:
    """Everybody of a history, by their first id; `unconfirmed` are chains that no store has confirmed yet.

    A chain that somebody has restored is in `restored`, with when, and in `kept` if its buyer keeps it, with whom.
    """

    settings: Mapping[str, Any]
    people: dict[str, Life] = field(default_factory=dict)
    unconfirmed: set[str] = field(default_factory=set)
    restored: dict[str, datetime] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @classmethod
    def until(cls, at: datetime, events: Iterable[LifecycleEvent], settings: Mapping[str, Any]) -> Lives:
        """What has happened by an instant."""
        lives = cls(settings)
        for event in events:
            if event.at <= at:
                lives.take(event)
        return lives

    def take(self, event: LifecycleEvent) -> None:
        """Fold one more event in."""
        self._meet(event.after, event, was_there=event.kind is not Kind.TRANSFERRED)
        if event.other_after is not None:
            self._meet(event.other_after, event, was_there=True)
            self._restore(event, event.other_after)
        if event.subscription is None:
            return
        if event.kind is Kind.ACCESS_GRANTED_IN_OUTAGE:
            self.unconfirmed.add(event.subscription.original_id)
        elif event.kind is not Kind.EXPIRED:
            self.unconfirmed.discard(event.subscription.original_id)

    def chains(self) -> Iterator[tuple[Life, Subscription]]:
        """Every purchase with who has it, as far as the history tells."""
        for life in self.people.values():
            for chain in life.subscriber.subscriptions:
                yield self.people.get(self.kept.get(chain.original_id, ""), life), chain

    def _restore(self, event: LifecycleEvent, restorer: Subscriber) -> None:
        """Purchases were restored by somebody else; what becomes of that is the owner's setting."""
        outcome, buyer = outcome_of(event, self.settings), aliases(event.person)
        for chain in moved_by(event):
            self.restored[chain.original_id] = event.at
            if outcome is Outcome.KEPT:
                self.kept.setdefault(chain.original_id, buyer[0])
            else:
                self.kept.pop(chain.original_id, None)
        if outcome is Outcome.ALIASED:
            life = self.people[aliases(restorer.person)[0]]
            life.joined = tuple(dict.fromkeys((*self.people[buyer[0]].ids, *life.joined)))

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
