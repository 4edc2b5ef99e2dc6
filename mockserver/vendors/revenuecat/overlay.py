"""What a lifecycle event is to RevenueCat: whose purchase it is about, and whether anything is left to tell of it.

The history knows what the stores did. Who has a purchase at RevenueCat follows also from how it is restored there
(revenuecat.md §8), from receipts and transfers that came in by API, and a grant may have been revoked by API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.subscriber import Person, Store, Subscription
from mockserver.vendors.contract import Documents, Writing
from mockserver.vendors.revenuecat.customer import ANONYMOUS, aliases
from mockserver.vendors.revenuecat.events import Event, Type
from mockserver.vendors.revenuecat.records import CLAIMS, COUNTER, Claim, claim_of, millis, record_of
from mockserver.vendors.revenuecat.restoring import Outcome, is_kept, is_shared, moved_by, outcome_of
from mockserver.vendors.revenuecat.telling import events_of

_TURNS = frozenset({Kind.LOGGED_IN, Kind.TRANSFERRED})
_ENDS = frozenset({Type.CANCELLATION, Type.EXPIRATION})


def told_by(event: LifecycleEvent, writing: Writing) -> Sequence[Event]:
    """What RevenueCat tells of a lifecycle event, each about the customer who has the purchase by then."""
    told = events_of(event, writing.settings)
    if not told or event.subscription is None:
        return told
    person = _holder(event, writing)
    at_last = told if person is event.person else [replace(one, person=person) for one in told]
    return [one for one in at_last if not _is_revoked(one, writing.documents)]


def _holder(event: LifecycleEvent, writing: Writing) -> Person:
    """Who has the purchase: by the restores of the history, then by the last receipt or transfer of the API's since."""
    person, chain, since = event.person, event.subscription, -1
    if chain is None:
        return person
    for past in _turns(event, writing):
        if any(one.original_id == chain.original_id for one in moved_by(past)):
            person, since = _after(past, event.person, writing), millis(past.at)
    claim = _claim(chain, event, writing)
    if claim is None or claim.at <= since or claim.app_user_id in aliases(person):
        return person
    is_alias = claim.person is None and not claim.forced and _is_joined(event, claim, writing)
    return joined(person, claim.app_user_id) if is_alias else claim.holder()


def _after(past: LifecycleEvent, person: Person, writing: Writing) -> Person:
    """Whose a purchase is after a restore of the history's, which has made it `person`'s."""
    outcome = outcome_of(past, writing.settings)
    if outcome is Outcome.KEPT:
        return past.person
    if outcome is Outcome.ALIASED:
        return replace(person, known_ids=tuple(dict.fromkeys((*aliases(past.person), *aliases(person)))))
    return person


def _claim(chain: Subscription, event: LifecycleEvent, writing: Writing) -> Claim | None:
    """The last claim of a chain by the time of an event, if such claims count."""
    documents = writing.documents
    if documents is None or documents.get(COUNTER, CLAIMS) is None:
        return None
    words = {chain.original_id, *(one.id for one in chain.transactions)}
    found = [claim for word in words if (claim := claim_of(documents, word)) is not None]
    until, keeps = millis(event.at), is_kept(writing.settings)
    counting = (one for one in found if one.at <= until and (one.forced or not keeps))
    return max(counting, key=lambda one: one.write, default=None)


def _is_joined(event: LifecycleEvent, claim: Claim, writing: Writing) -> bool:
    """Whether who brought the receipt is the same customer from then on: the buyer had no id of the app's yet."""
    if is_shared(writing.settings) or event.person.customer_id is None:
        return True
    logins = (one for one in _turns(event, writing) if one.kind is Kind.LOGGED_IN)
    return any(one.person.key == event.person.key and millis(one.at) > claim.at for one in logins)


def _turns(event: LifecycleEvent, writing: Writing) -> Sequence[LifecycleEvent]:
    """The logins and restores before an event."""
    found = writing.folds.through(writing.told, event, tuple[LifecycleEvent, ...], _with_turn)
    return found[:-1] if found and found[-1] is event else found


def _with_turn(found: tuple[LifecycleEvent, ...], event: LifecycleEvent) -> tuple[LifecycleEvent, ...]:
    return (*found, event) if event.kind in _TURNS else found


def joined(person: Person, app_user_id: str) -> Person:
    """A customer who is known by one more id, the current one from now on."""
    ids = tuple(dict.fromkeys((*aliases(person), app_user_id)))
    if app_user_id.startswith(ANONYMOUS):
        return replace(person, customer_id=None, anonymous_id=app_user_id.removeprefix(ANONYMOUS), known_ids=ids)
    return replace(person, customer_id=app_user_id, known_ids=ids)


def _is_revoked(told: Event, documents: Documents | None) -> bool:
    """Whether it is the end of a grant that the API has ended before."""
    if told.store is not Store.PROMO or told.type not in _ENDS or documents is None:
        return False
    record = record_of(documents, aliases(told.person))
    since, until = millis(told.transaction.purchased_at), millis(told.happened_at)
    unlocks = told.transaction.product.entitlements
    revoked = (one for one in (record.revocations if record else ()) if one.entitlement in unlocks)
    return any(since <= one.at <= until for one in revoked)
