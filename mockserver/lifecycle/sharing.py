"""Purchases and people: logging in, restoring on another login, family sharing (lifecycles.md §2, 33, 34, 46, 47)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import (
    NOTHING,
    Change,
    Charge,
    Impossible,
    Moment,
    continued,
    ended,
    opened,
    require,
)
from mockserver.lifecycle.people import customer_id_of, mpid_of
from mockserver.lifecycle.subscriber import Reason, State, Store, Subscriber, Subscription


def logs_in(moment: Moment) -> Sequence[Change]:
    """An anonymous person gets the app's own id and, with it, mParticle's."""
    person = moment.subscriber.person
    require(person.customer_id is None, f"{person.id} is logged in already")
    login = moment.word("customer_id") or customer_id_of(moment.ids, person.key)
    known = replace(
        person,
        customer_id=login,
        mpid=person.mpid or mpid_of(moment.ids, person.key),
        known_ids=tuple(dict.fromkeys((*person.known_ids, login))),
    )
    return [Change(kind=Kind.LOGGED_IN, after=replace(moment.subscriber, person=known))]


def restores(moment: Moment) -> Sequence[Change]:
    """What another login has bought in this store moves here."""
    wanted = moment.word("purchases_of")
    for key, owner in moment.people.items():
        if key == moment.subscriber.person.key or wanted not in {None, key}:
            continue
        moved = tuple(one for one in owner.subscriptions if _moves(one, moment.store))
        if moved:
            return [_transfer(moment, owner, moved)]
    raise Impossible(f"nobody else has bought anything in {moment.store}")


def joins_family(moment: Moment) -> Sequence[Change]:
    """Access for nothing, as long as the owner has it (App Store)."""
    require(moment.rules.can_share, f"{moment.store} knows no family sharing")
    key, shared = _shareable(moment)
    held = [one for one in moment.subscriber.with_access if one.shared_from == shared.original_id]
    require(not held, f"{key} shares with them already")
    return [_granted(moment, shared)]


def leaves_family(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A member's access by sharing ends."""
    require(subscription.is_family_share, "it was not shared by anybody")
    return [_withdrawn(moment.at, moment.subscriber.person.key, subscription)]


def stops_sharing(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Every member's access ends."""
    changes = [_withdrawn(moment.at, who, share) for who, share in shares_of(moment.people, subscription)]
    require(bool(changes), "it is shared with nobody")
    return changes


def follow(moment: Moment, change: Change) -> Iterator[Change]:
    """What a change of an owner's subscription means for those who share it."""
    owned = change.subscription
    if owned is None or owned.is_family_share:
        return
    for who, share in shares_of(moment.people, owned):
        if not owned.has_access:
            yield _withdrawn(moment.at, who, share)
        elif change.kind is Kind.EXTENDED:
            after = replace(share, period_end=owned.period_end, access_until=owned.access_until)
            yield Change(kind=Kind.EXTENDED, who=who, subscription=after, previous=share)
        elif owned.period_end != share.period_end:
            yield _carried_on(moment, who, share, owned)


def shares_of(people: Mapping[str, Subscriber], owned: Subscription) -> Iterator[tuple[str, Subscription]]:
    """Who shares a subscription, with their side of it."""
    for key, subscriber in people.items():
        for one in subscriber.subscriptions:
            if one.shared_from == owned.original_id and one.has_access:
                yield key, one


def _transfer(moment: Moment, owner: Subscriber, moved: tuple[Subscription, ...]) -> Change:
    kept = tuple(one for one in owner.subscriptions if one not in moved)
    main = next((one for one in moved if one.has_access), moved[-1])
    new_owner = moment.subscriber
    return Change(
        kind=Kind.TRANSFERRED,
        who=owner.person.key,
        subscription=main,
        previous=main,
        reason=Reason.TRANSFERRED,
        after=replace(owner, subscriptions=kept),
        other_before=new_owner,
        other_after=replace(new_owner, subscriptions=(*new_owner.subscriptions, *moved)),
    )


def _moves(subscription: Subscription, store: Store) -> bool:
    """A restore brings what the store account still holds: not what was used up, nor what was shared."""
    return subscription.store is store and not subscription.is_family_share and subscription.state is not State.NONE


def _shareable(moment: Moment) -> tuple[str, Subscription]:
    wanted = moment.word("of_owner")
    for key, owner in moment.people.items():
        if key == moment.subscriber.person.key or wanted not in {None, key}:
            continue
        for one in owner.subscriptions:
            if one.has_access and one.store is moment.store and not one.is_family_share:
                return key, one
    raise Impossible("nobody has a subscription to share")


def _granted(moment: Moment, shared: Subscription) -> Change:
    charge = Charge(product=shared.product, start=moment.at, end=shared.period_end, price=NOTHING)
    mine = opened(moment, charge, State.ACTIVE, auto_renew=False, is_family_share=True, shared_from=shared.original_id)
    return Change(kind=Kind.FAMILY_ACCESS_GRANTED, subscription=mine, transaction=mine.latest)


def _withdrawn(at: datetime, who: str, share: Subscription) -> Change:
    after = ended(share, at)
    kind = Kind.FAMILY_ACCESS_ENDED
    return Change(kind=kind, who=who, subscription=after, previous=share, reason=Reason.REVOKED)


def _carried_on(moment: Moment, who: str, share: Subscription, owned: Subscription) -> Change:
    charge = Charge(product=owned.product, start=owned.period_start, end=owned.period_end, price=NOTHING)
    after = continued(moment, share, charge, State.ACTIVE)
    return Change(
        kind=Kind.RENEWED,
        who=who,
        subscription=after,
        previous=share,
        transaction=after.latest,
        phrase="family access goes on",
    )
