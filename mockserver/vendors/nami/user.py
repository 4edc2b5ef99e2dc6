"""A user as Nami knows one: what is active, and where on the customer's journey that is (nami.md §§4, 5, 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import (
    PeriodType,
    Person,
    ProductKind,
    State,
    Store,
    Subscriber,
    Subscription,
)

IOS, ANDROID = "ios", "android"
PLATFORMS: Mapping[Store, str] = {Store.APP_STORE: IOS, Store.PLAY_STORE: ANDROID}  # no others are covered
_IDS = SeededIds("nami/users")
_OFF = frozenset({State.TRIAL_OFF, State.ACTIVE_OFF})


def user_id(person: Person) -> str:
    """Nami's own id of a user: made at the first start of the app, the same after a login."""
    return _user_id(person.anonymous_id)


@lru_cache(maxsize=256)
def _user_id(anonymous_id: str) -> str:
    return _IDS.uuid("user", anonymous_id)


def known(subscriber: Subscriber) -> tuple[Subscription, ...]:
    """What Nami knows of: purchases in its stores that the store has confirmed."""
    return tuple(one for one in subscriber.subscriptions if one.store in PLATFORMS and one.state is not State.GRANTED)


def active(subscriber: Subscriber) -> tuple[Subscription, ...]:
    """What Nami counts as active, in order of purchase."""
    return tuple(one for one in known(subscriber) if one.has_access)


def entitlements(subscriber: Subscriber) -> tuple[str, ...]:
    """The active entitlements, each once."""
    return tuple(dict.fromkeys(name for one in active(subscriber) for name in one.product.entitlements))


class Journey(NamedTuple):
    """`customer_journey_state`, in the order of the published sample; mParticle gets four of the seven."""

    former_subscriber: bool
    in_account_hold: bool
    in_grace_period: bool
    in_trial_period: bool
    in_intro_offer_period: bool
    in_pause: bool
    is_cancelled: bool


@dataclass(frozen=True)
class User:
    """A subscriber at one instant, with what had happened until then."""

    subscriber: Subscriber
    told: Sequence[LifecycleEvent]

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.subscriber.person

    @cached_property
    def active(self) -> tuple[Subscription, ...]:
        """The purchases behind the active entitlements."""
        return tuple(one for one in active(self.subscriber) if one.product.entitlements)

    @cached_property
    def entitlements(self) -> tuple[str, ...]:
        """The `entitlement_ref_id` of each active entitlement."""
        return entitlements(self.subscriber)

    @cached_property
    def skus(self) -> tuple[str, ...]:
        """The `sku_ref_id` of each purchase behind them."""
        return tuple(dict.fromkeys(one.product.id for one in self.active))

    @cached_property
    def journey(self) -> Journey:
        """Where the user stands."""
        having, all_known = self.active, known(self.subscriber)
        renewing = [one for one in having if one.product.kind is ProductKind.SUBSCRIPTION and not one.is_family_share]
        return Journey(
            former_subscriber=not having and self._has_paid,
            in_account_hold=any(_is_on_hold(one) for one in all_known),
            in_grace_period=any(one.state is State.GRACE for one in having),
            in_trial_period=any(_is_in(one, PeriodType.TRIAL) and one.state is not State.GRACE for one in having),
            in_intro_offer_period=any(_is_in(one, PeriodType.INTRO) for one in having),
            in_pause=any(one.state is State.PAUSED for one in all_known),
            is_cancelled=bool(renewing) and all(one.state in _OFF for one in renewing),
        )

    @property
    def _has_paid(self) -> bool:
        """Whether anything but consumables was ever paid for, also what has moved to another user since."""
        if any(_was_paid(one) for one in known(self.subscriber)):
            return True
        key = self.person.key
        return any(_was_paid(one) for event in self.told if event.person.key == key for one in known(event.before))


def _was_paid(subscription: Subscription) -> bool:
    return subscription.product.kind is not ProductKind.CONSUMABLE and subscription.ever_paid


def _is_in(subscription: Subscription, period_type: PeriodType) -> bool:
    return subscription.latest.period_type is period_type


def _is_on_hold(subscription: Subscription) -> bool:
    return subscription.store is Store.PLAY_STORE and subscription.state is State.RETRY
