"""What becomes of purchases that somebody restores who has not bought them (revenuecat.md §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import ProductKind, State, Subscription
from mockserver.vendors.revenuecat.settings import choice

_ONCE = frozenset({ProductKind.CONSUMABLE, ProductKind.LIFETIME})


class Outcome(StrEnum):
    """They move, both sides become one customer, or nothing happens."""

    TRANSFERRED = "transferred"
    ALIASED = "aliased"
    KEPT = "kept"


def outcome(settings: Mapping[str, Any], bought: Iterable[Subscription], *, is_anonymous: bool) -> Outcome:
    """What becomes of purchases of somebody's, anonymous or not, when somebody else restores them."""
    if is_kept(settings):
        return Outcome.KEPT
    if is_shared(settings) or is_anonymous:
        return Outcome.ALIASED
    if choice(settings, "restore_behavior") == "transfer_if_no_active" and any(_is_active(one) for one in bought):
        return Outcome.KEPT
    return Outcome.TRANSFERRED


def is_kept(settings: Mapping[str, Any]) -> bool:
    """Whether purchases stay with their buyer, whoever restores them."""
    return choice(settings, "restore_behavior") == "keep_with_original"


def is_shared(settings: Mapping[str, Any]) -> bool:
    """Whether who restores purchases becomes one customer with their buyer, whoever that is (legacy)."""
    return choice(settings, "restore_behavior") == "share"


def outcome_of(event: LifecycleEvent, settings: Mapping[str, Any]) -> Outcome:
    """What RevenueCat makes of a restore of the history's."""
    return outcome(settings, moved_by(event), is_anonymous=event.before.person.customer_id is None)


def moved_by(event: LifecycleEvent) -> tuple[Subscription, ...]:
    """The purchases that an event has moved from one to another."""
    if event.kind is not Kind.TRANSFERRED or event.other_after is None:
        return ()
    left = {one.original_id for one in event.after.subscriptions}
    return tuple(one for one in event.before.subscriptions if one.original_id not in left)


def _is_active(chain: Subscription) -> bool:
    """Whether it stands in the way of a transfer; what does not renew never does, nor does a grant."""
    return chain.has_access and chain.product.kind not in _ONCE and chain.state is not State.GRANTED
