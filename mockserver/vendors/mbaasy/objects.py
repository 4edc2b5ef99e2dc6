"""What Mbaasy knows of an in-app purchase, under Mbaasy's own names (mbaasy.md §3): frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

UNTOLD = frozenset({"id", "version", "app_family_id", "fact_id", "created_at"})  # never in a diff (§4)
CANCELLATION = ("canceled_at", "canceled_by")
OPTIONAL = frozenset({"current_period_start_at", "current_period_end_at", *CANCELLATION, "last_synced_at"})


class Face(NamedTuple):
    """What an event can change of a purchase: two that are equal make no new version."""

    product_id: str
    user_identifier: str | None
    is_auto_renewing: bool
    in_trial_period: bool
    in_grace_period: bool
    current_period_start_at: datetime | None
    current_period_end_at: datetime | None
    canceled_at: datetime | None
    canceled_by: str | None


class Purchase(NamedTuple):
    """The resource: one for all periods of a subscription. None is what is not set."""

    id: str
    version: int
    marketplace: str
    app_family_id: str
    fact_id: str
    app_identifier: str
    product_id: str
    quantity: int
    type: str
    environment: str
    country_code: str
    currency_code: str
    user_identifier: str | None
    is_auto_renewing: bool
    in_trial_period: bool
    in_grace_period: bool
    unique_identifier: int | None
    metadata: Mapping[str, Any]
    entitlements: tuple[str, ...]
    purchased_at: datetime
    current_period_start_at: datetime | None
    current_period_end_at: datetime | None
    canceled_at: datetime | None
    canceled_by: str | None
    created_at: datetime
    updated_at: datetime
    last_synced_at: datetime | None

    def changed_from(self, other: Purchase) -> tuple[str, ...]:
        """The names of a diff's attributes, in the resource's order; `updated_at` is always one of them."""
        return tuple(name for place, name in _TOLD if name == "updated_at" or self[place] != other[place])


_TOLD = tuple((place, name) for place, name in enumerate(Purchase._fields) if name not in UNTOLD)
