"""Mbaasy's records of a purchase: one version after another, and the resource that a version is (mbaasy.md §3, §4).

A record is derived from the events alone. What changes nothing makes no version, so nothing is told of a mere expiry,
a price that was announced, or a change that waits for the period's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Self

from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import State
from mockserver.vendors.mbaasy.countries import currency_of
from mockserver.vendors.mbaasy.entitlements import entitlements_of
from mockserver.vendors.mbaasy.noticing import noticed_at
from mockserver.vendors.mbaasy.objects import Face, Purchase
from mockserver.vendors.mbaasy.purchases import Sighting, face_of, may_concern, sightings, to_millis
from mockserver.vendors.mbaasy.settings import table, value

IDS = SeededIds("mbaasy")  # of what the store's id alone decides: webhook and client API tell the same ones
_OVER = frozenset({State.EXPIRED, State.REFUNDED})


class Record(NamedTuple):
    """One version of a purchase: how it was seen, and when that was noticed.

    `country` is that of the store account, which stays, whoever uses the purchase. `was_canceled` says that it is or
    was: what is unset again is null, not absent, so that a diff applied to the data before it gives the data after it.
    """

    sighting: Sighting
    face: Face
    version: int
    country: str
    created_at: datetime
    updated_at: datetime
    was_canceled: bool


class Records:
    """The last version of every purchase; `changes` are what the last event made new, each with the version before."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.latest: dict[str, Record] = {}
        self.changes: tuple[tuple[Record | None, Record], ...] = ()

    def follow(self, event: LifecycleEvent, delay: timedelta = timedelta()) -> Self:
        """Take one more event in, which is noticed so much later than usual."""
        self.changes = tuple(self._changes(event, delay))
        self.latest |= {after.sighting.chain: after for _, after in self.changes}
        return self

    def _changes(self, event: LifecycleEvent, delay: timedelta) -> Iterator[tuple[Record | None, Record]]:
        for sighting in sightings(event):
            before = self.latest.get(sighting.chain)
            after = following(before, sighting, self._settings, delay)
            if after is not None:
                yield before, after


def latest_record(chain: str, events: Iterable[LifecycleEvent], settings: Mapping[str, Any]) -> Record | None:
    """The last version of a purchase that comes of the events."""
    records = Records(settings)
    for event in events:
        if may_concern(event, chain):
            records.follow(event)
    return records.latest.get(chain)


def following(
    before: Record | None, sighting: Sighting, settings: Mapping[str, Any], delay: timedelta
) -> Record | None:
    """The version that an event makes of a purchase; None when it changes nothing, or what was never known is over."""
    face = face_of(sighting, settings)
    is_canceled = face.canceled_at is not None
    if before is None:
        if sighting.subscription.state in _OVER:
            return None
        at = noticed_at(sighting.event, None, None, settings, delay)
        return Record(sighting, face, 1, sighting.person.country, at, at, is_canceled)
    if face == before.face:
        return None
    at = noticed_at(sighting.event, before.updated_at, before.face.current_period_end_at, settings, delay)
    return before._replace(
        sighting=sighting,
        face=face,
        version=before.version + 1,
        updated_at=at,
        was_canceled=before.was_canceled or is_canceled,
    )


def purchase_of(record: Record, settings: Mapping[str, Any]) -> Purchase:
    """The resource as that version has it."""
    one = record.sighting.subscription
    chain, store = one.original_id, one.store
    id_, fact_id = _ids(chain)
    return Purchase(
        **record.face._asdict(),
        id=id_,
        version=record.version,
        marketplace=table(settings, "marketplaces")[store],
        app_family_id=value(settings, "app_family_id"),
        fact_id=fact_id,
        app_identifier=table(settings, "app_identifiers")[store],
        quantity=1,
        type=table(settings, "types")[one.product.kind],
        environment=one.environment.value,
        country_code=record.country,
        currency_code=currency_of(record.country),
        unique_identifier=int(chain) if chain.isdecimal() else None,
        metadata=value(settings, "metadata"),
        entitlements=entitlements_of(one.product, value(settings, "entitlements")),
        purchased_at=to_millis(one.first.purchased_at),
        created_at=record.created_at,
        updated_at=record.updated_at,
        last_synced_at=None,
    )


@lru_cache(maxsize=256)
def _ids(chain: str) -> tuple[str, str]:
    """The ids of a purchase and of its fact."""
    return IDS.uuid("purchase", chain), IDS.uuid("fact", chain)
