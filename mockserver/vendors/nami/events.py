"""Nami's events: what its webhook tells under dotted names and its feeds under short ones (nami.md §1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import Environment, Person, Store, Subscription, Transaction
from mockserver.vendors.nami.user import ANDROID, IOS, PLATFORMS, User

# Feed and webhook tell of the same things, so what both name has the same id: it depends on no channel.
STABLE = SeededIds("nami")


class Name(StrEnum):
    """The dotted names of the events that a subscriber's life can cause."""

    IMPRESSION = "device.impression"
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
        return self.split(".")

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

    `subscription` is None of device.impression alone. `transaction` is what was bought, of device.transaction alone,
    and `impression_id` the impression of the paywall where it was.
    """

    name: Name
    cause: str
    at: datetime
    user: User
    subscription: Subscription | None
    transaction: Transaction | None = None
    impression_id: str | None = None

    @cached_property
    def id(self) -> str:
        """The event's own id, in every channel and every retry."""
        return id_of(self.cause, self.name)

    @property
    def is_of_device(self) -> bool:
        """Whether it says nothing of the user's state."""
        return self.name.category == "device"

    @property
    def environment(self) -> Environment:
        """Of the purchase; of an impression the real one."""
        return Environment.PRODUCTION if self.subscription is None else self.subscription.environment

    @property
    def person(self) -> Person:
        """Whom it is about."""
        return self.user.person

    @property
    def platform(self) -> str:
        """The platform of the store of the purchase, of an impression that of the device: `ios` or `android`."""
        if self.subscription is None:
            return self.person.devices[0].platform if self.person.devices else IOS
        return PLATFORMS[self.subscription.store]

    @property
    def event_platform(self) -> str:
        """The same as Nami says it."""
        return _NAMES[self.platform]


_NAMES = {IOS: "apple", ANDROID: "google"}


def id_of(cause: str, name: Name) -> str:
    """The id of an event that something causes."""
    return STABLE.uuid("event", cause, name)


def platform_name(store: Store) -> str:
    """What Nami calls the platform of a store."""
    return _NAMES[PLATFORMS[store]]
