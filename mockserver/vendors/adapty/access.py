"""Whose access levels a transition changes, and to what: `access_level_updated` (adapty.md §11.3, §12).

An access level is the profile's, whatever unlocks it: where another purchase goes on unlocking it, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import Environment, Person, Store
from mockserver.vendors.adapty.flows import was_unconfirmed
from mockserver.vendors.adapty.objects import access_levels
from mockserver.vendors.adapty.purchases import Holding, held
from mockserver.vendors.adapty.sharing import ENABLED, Ledger, credited, moved
from mockserver.vendors.contract import Writing

_INSTANT = timedelta(microseconds=1)
Levels = Mapping[str, Holding]


class Access(NamedTuple):
    """One access level of somebody's, as it is now."""

    person: Person
    level: str
    holding: Holding


class Books(NamedTuple):
    """Who had which access levels before the last event, and everything after it."""

    before: Mapping[str, Levels]
    after: Ledger

    def followed(self, event: LifecycleEvent) -> Books:
        """The ledger with one more event in it, and what those concerned had until then."""
        ledger = self.after
        ledger.stand_before(event)
        concerned = _concerned(event, ledger)
        before = {key: _levels(ledger, key, event.at - _INSTANT) for key in concerned if key in ledger.people}
        ledger.take(event)
        return Books(before, ledger)


def keep_books(event: LifecycleEvent, writing: Writing) -> Books:
    """The books after the history and the event."""
    policy = writing.settings["sharing"]
    return writing.folds.through(writing.told, event, lambda: Books({}, Ledger(policy)), Books.followed)


def accesses(event: LifecycleEvent, books: Books) -> tuple[Access, ...]:
    """Every access level that changed; none when a mere grant runs out (adapty.md §1.13)."""
    if not event.detected or _is_silent(event):
        return ()
    shared = _shared(event, books.after)
    if shared is not None:
        return shared
    changed = (one for key in _concerned(event, books.after) for one in _changed(event, books, key))
    return (*_replaced(event, books.after), *changed)


def _concerned(event: LifecycleEvent, ledger: Ledger) -> tuple[str, ...]:
    own = [event.after.person.key, *([event.other_after.person.key] if event.other_after is not None else [])]
    chain = event.subscription.original_id if event.subscription is not None else ""
    return tuple(dict.fromkeys([*ledger.sharers(chain, ledger.owner(event)), *own]))


def _levels(ledger: Ledger, key: str, at: datetime) -> dict[str, Holding]:
    holdings = ledger.holdings(key)
    sources = {id(one.purchase): one for one in holdings}
    levels = access_levels(tuple(one.purchase for one in holdings), at)
    return {level: sources[id(purchase)] for level, purchase in levels}


def _is_silent(event: LifecycleEvent) -> bool:
    subscription = event.subscription
    if subscription is None:
        return False
    if event.kind is Kind.EXPIRED and (subscription.store is Store.PROMO or was_unconfirmed(event)):
        return True
    return subscription.is_family_share and subscription.environment is Environment.SANDBOX


def _shared(event: LifecycleEvent, ledger: Ledger) -> tuple[Access, ...] | None:
    """Where access is shared, everybody who shares is told, also those for whom nothing changes (adapty.md §17)."""
    if event.kind is not Kind.TRANSFERRED or ledger.policy != ENABLED:
        return None
    chains = set(moved(event))
    return tuple(
        Access(ledger.people[key].person, level, holding)
        for key in _concerned(event, ledger)
        for level, holding in _levels(ledger, key, event.at).items()
        if holding.subscription.original_id in chains and holding.purchase.is_active(event.at)
    )


def _changed(event: LifecycleEvent, books: Books, key: str) -> Iterator[Access]:
    """The access levels of one person that are not what they were an instant ago."""
    before, after = books.before.get(key, {}), _levels(books.after, key, event.at)
    person = books.after.people[key].person
    for level, holding in {**before, **after}.items():
        old = before.get(level)
        if level not in after:
            yield Access(person, level, _ended(holding, event))
        elif old is None or _state(old, event.at - _INSTANT) != _state(holding, event.at):
            yield Access(person, level, holding)


def _state(holding: Holding, at: datetime) -> tuple[object, ...]:
    return holding.purchase, holding.purchase.is_active(at)


def _ended(holding: Holding, event: LifecycleEvent) -> Holding:
    return holding._replace(purchase=replace(holding.purchase, access_until=event.at, will_renew=False))


def _replaced(event: LifecycleEvent, ledger: Ledger) -> Iterator[Access]:
    """The old product's access, told apart when another takes its place at once (adapty.md §12, upgrade)."""
    old, new = event.previous, event.subscription
    if event.kind is not Kind.PRODUCT_CHANGED or old is None or new is None:
        return
    reason = "upgraded" if old.original_id == new.original_id else "new_subscription_replace"
    holding = _ended(held(old, old.latest), event)
    ended = replace(holding.purchase, cancellation_reason=reason, is_refund=credited(event) != 0)
    for key in ledger.sharers(old.original_id, ledger.owner(event)):
        for level in ended.access_level_ids:
            yield Access(ledger.people[key].person, level, holding._replace(purchase=ended))
