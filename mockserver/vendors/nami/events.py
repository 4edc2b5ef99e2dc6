"""Nami's events: what its webhook tells under dotted names and its feeds under short ones (nami.md §1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import Person, Store, Subscription, Transaction
from mockserver.vendors.nami.user import IOS, PLATFORMS, User

# Feed and webhook tell of the same things, so what both name has the same id: it depends on no channel.
STABLE = SeededIds("nami")


class Name(StrEnum):
    """The dotted names of the events that a subscriber's life can cause."""

    TRANSACTION = "device.transaction"
    TRIAL_STARTED = "user.journey.trial.started"
    TRIAL_CONVERTED = "user.journey.trial.converted"
    TRIAL_DID_NOT_CONVERT = "user.journey.trial.did_not_convert"
    PURCHASED = "user.subscription.purchased"
    RENEWED = "user.subscription.renewed"
    CANCELLED = "user.subscription.cancelled"
    EXPIRED = "user.subscription.expired"
    IN_GRACE_PERIOD = "user.subscription.in_grace_period"
    RENEWAL_IN_GRACE_PERIOD = "user.subscription.renewal_in_grace_period"
    PAUSED = "user.subscription.paused"
    RESUMED = "user.subscription.resumed"
    PURCHASE_UPDATED = "purchase.updated"  # webhook only

    @property
    def levels(self) -> list[str]:
        """The parts between the dots."""
        return self.value.split(".")

    @property
    def short(self) -> str:
        """The name at mParticle: the last level, of trials the last two."""
        return "_".join(self.levels[2:] or self.levels[1:])

    @property
    def category(self) -> str:
        """The first level: `user` or `device`."""
        return self.levels[0]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of Nami's. `cause` is the id of the lifecycle event, `user` the state after it.

    `transaction` is what was bought, of device.transaction alone.
    """

    name: Name
    cause: str
    at: datetime
    user: User
    subscription: Subscription
    transaction: Transaction | None = None

    @cached_property
    def id(self) -> str:
        """The event's own id, in every channel and every retry."""
        return STABLE.uuid("event", self.cause, self.name)

    @property
    def person(self) -> Person:
        """Whom it is about."""
        return self.user.person

    @property
    def platform(self) -> str:
        """The platform of the store of the purchase: `ios` or `android`."""
        return PLATFORMS[self.subscription.store]

    @property
    def event_platform(self) -> str:
        """The same as Nami says it."""
        return platform_name(self.subscription.store)


def platform_name(store: Store) -> str:
    """What Nami calls the platform of a store."""
    return "apple" if PLATFORMS[store] == IOS else "google"
