"""What Adapty knows of a profile, under Adapty's own names (adapty.md §5): frozen values, dumped by `schemas.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

Attribute = str | float


class Offer(NamedTuple):
    """An introductory or promotional price as a purchase used it."""

    category: str
    type: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One chain of charges, one purchase that does not renew, or one grant, as it stands at an instant.

    `expires_at` is the end of what is paid for, `access_until` the end of access as things stand (the end of grace, the
    instant of a refund; None: never). `access_level_ids` are what it unlocks. `kind` says in which list of the profile
    it appears: `subscription`, `non_subscription`, or `access` for what is access and nothing else (a grant, a shared
    purchase).
    """

    kind: str
    store: str
    store_product_id: str
    store_base_plan_id: str | None = None
    store_transaction_id: str
    store_original_transaction_id: str
    environment: str
    purchased_at: datetime
    originally_purchased_at: datetime
    expires_at: datetime | None
    access_until: datetime | None
    access_level_ids: tuple[str, ...] = ()
    offer: Offer | None = None
    starts_at: datetime | None = None
    renewal_cancelled_at: datetime | None = None
    billing_issue_detected_at: datetime | None = None
    is_in_grace_period: bool = False
    cancellation_reason: str | None = None
    is_refund: bool = False
    is_consumable: bool = False
    will_renew: bool = False

    def is_active(self, at: datetime) -> bool:
        """Whether it unlocks anything at that instant: what Adapty computes, and v2 leaves to the reader."""
        started = self.starts_at is None or self.starts_at <= at
        return started and (self.access_until is None or at < self.access_until)


class AccessLevel(NamedTuple):
    """One access level of a profile and the purchase that it comes from."""

    access_level_id: str
    purchase: Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The ten keys of adapty.md §5.1."""

    app_id: str
    profile_id: str
    customer_user_id: str | None
    total_revenue_usd: float
    segment_hash: str
    timestamp: int
    custom_attributes: Mapping[str, Attribute]
    access_levels: tuple[AccessLevel, ...] = ()
    subscriptions: tuple[Purchase, ...] = ()
    non_subscriptions: tuple[Purchase, ...] = ()


def access_levels(purchases: tuple[Purchase, ...], at: datetime) -> tuple[AccessLevel, ...]:
    """One access level for each id, from the purchase that unlocks it longest (adapty.md §5.2)."""
    best: dict[str, Purchase] = {}
    for purchase in purchases:
        for level in purchase.access_level_ids:
            if level not in best or _longer(purchase, best[level], at):
                best[level] = purchase
    return tuple(AccessLevel(level, purchase) for level, purchase in best.items())


def _longer(one: Purchase, other: Purchase, at: datetime) -> bool:
    if one.is_active(at) != other.is_active(at):
        return one.is_active(at)
    if one.access_until is None or other.access_until is None:
        return one.access_until is None
    return one.access_until >= other.access_until
