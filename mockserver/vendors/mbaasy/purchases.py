"""What an event shows Mbaasy of purchases (mbaasy.md §5; lifecycles.md §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, overload

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import PeriodType, Person, Reason, State, Store, Subscription
from mockserver.vendors.mbaasy.objects import Face
from mockserver.vendors.mbaasy.settings import value

STORES = frozenset({Store.APP_STORE, Store.PLAY_STORE})
_STILL_TRIED = frozenset({State.GRACE, State.RETRY})
_WISHED = frozenset({Reason.UNSUBSCRIBED, Reason.DEVELOPER})
_MARKETPLACE = "marketplace"


class Sighting(NamedTuple):
    """One purchase as an event shows it, and whose it is then."""

    event: LifecycleEvent
    subscription: Subscription
    person: Person

    @property
    def chain(self) -> str:
        """What the purchase is known by in its store."""
        return self.subscription.original_id


def sightings(event: LifecycleEvent) -> Iterator[Sighting]:
    """Every purchase that an event may have changed, in the order in which it is told."""
    if not event.detected:
        return
    for sighting in _concerned(event):
        one = sighting.subscription
        if one.store in STORES and one.state is not State.GRANTED:  # granted in an outage: no store knows of it yet
            yield sighting


def may_concern(event: LifecycleEvent, chain: str) -> bool:
    """Whether a purchase could be among an event's, found without looking closely: histories are long."""
    if event.kind in {Kind.TRANSFERRED, Kind.LOGGED_IN}:
        return True
    named = (event.subscription, event.previous)
    return any(one is not None and one.original_id == chain for one in named)


def _concerned(event: LifecycleEvent) -> Iterator[Sighting]:
    if event.kind is Kind.TRANSFERRED:
        yield from _transferred(event)
    elif event.kind is Kind.LOGGED_IN:
        held = (one for one in event.after.subscriptions if one.state is not State.NONE)  # used up: on no receipt
        yield from (Sighting(event, one, event.person) for one in held)
    elif event.subscription is not None:
        yield Sighting(event, event.subscription, event.person)
        yield from _replaced(event, event.subscription)


def _transferred(event: LifecycleEvent) -> Iterator[Sighting]:
    owner = event.other_after
    for one in event.before.subscriptions:
        moved = owner.find(one.original_id) if owner is not None else None
        if owner is not None and moved is not None:
            yield Sighting(event, moved, owner.person)


def _replaced(event: LifecycleEvent, fresh: Subscription) -> Iterator[Sighting]:
    """The purchase that a new one took the place of, as Play changes products (§5)."""
    previous = event.previous
    if previous is None or previous.original_id == fresh.original_id:
        return
    old = event.after.find(previous.original_id)
    if old is not None:
        yield Sighting(event, old, event.person)


def face_of(sighting: Sighting, settings: Mapping[str, Any]) -> Face:
    """What the event shows of it. This runs for every event of a history, so the rest waits until it is told."""
    one = sighting.subscription
    renews = one.product.period is not None
    canceled_at, canceled_by = _cancellation(one)
    return Face(
        product_id=one.product.id,
        user_identifier=sighting.person.customer_id,
        is_auto_renewing=renews and one.auto_renew,
        in_trial_period=one.latest.period_type is PeriodType.TRIAL,
        in_grace_period=one.state in _STILL_TRIED,
        current_period_start_at=to_millis(one.period_start) if renews else None,
        current_period_end_at=to_millis(_period_end(one, settings)) if renews else None,
        canceled_at=to_millis(canceled_at),
        canceled_by=canceled_by,
    )


@overload
def to_millis(at: datetime) -> datetime: ...
@overload
def to_millis(at: None) -> None: ...
@overload
def to_millis(at: datetime | None) -> datetime | None: ...
def to_millis(at: datetime | None) -> datetime | None:
    """The instant without what a Timestamp cannot say: cut, not rounded (§2)."""
    if at is None or not at.microsecond % 1000:
        return at
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _cancellation(one: Subscription) -> tuple[datetime | None, str | None]:
    """When and by whom. What a family withdrew before its end was revoked by the store (lifecycles.md §2, 47).

    An instalment plan is cancelled when it is paid off (lifecycles.md §2, 50).
    """
    if one.is_committed and one.cancel_reason in _WISHED:
        return None, None
    ended, end = one.expired_at, one.period_end
    is_revoked = one.is_family_share and one.state is State.EXPIRED and one.cancelled_at is None
    if is_revoked and ended is not None and (end is None or ended < end):
        return ended, _MARKETPLACE
    return one.cancelled_at, one.cancelled_by


def _period_end(one: Subscription, settings: Mapping[str, Any]) -> datetime | None:
    end, refunded = one.period_end, one.refunded_at if one.state is State.REFUNDED else None
    if end is not None and refunded is not None and value(settings, "refund_ends_period"):
        return min(end, refunded)
    return end
