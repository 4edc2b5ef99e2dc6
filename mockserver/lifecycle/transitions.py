"""The state machine as a table: which verb is possible in which state, and what does it (lifecycles.md §2, §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from mockserver.lifecycle import alterations, billing, purchases, refunds, renewals, sharing
from mockserver.lifecycle.moment import Change, Moment
from mockserver.lifecycle.subscriber import State, Store, Subscription

Opening = Callable[[Moment], Sequence[Change]]
Transition = Callable[[Moment, Subscription], Sequence[Change]]


class Row(NamedTuple):
    """One verb: what it does, from which states, and in which stores (all unless said)."""

    do: Transition
    states: frozenset[State]
    stores: frozenset[Store] = frozenset(Store)


def _row(do: Transition, *states: State, only: Store | None = None) -> Row:
    return Row(do, frozenset(states), frozenset(Store) if only is None else frozenset({only}))


_TRIAL, _TRIAL_OFF, _INTRO, _ACTIVE, _ACTIVE_OFF = (
    State.TRIAL,
    State.TRIAL_OFF,
    State.INTRO,
    State.ACTIVE,
    State.ACTIVE_OFF,
)
_GRACE, _RETRY, _PAUSE_SET, _PAUSED = State.GRACE, State.RETRY, State.PAUSE_SET, State.PAUSED
_RENEWING = (_TRIAL, _INTRO, _ACTIVE)
_PAYING = (_INTRO, _ACTIVE, _ACTIVE_OFF)

# Acts that need no subscription: they begin one, or are about the person.
OPENINGS: Mapping[str, Opening] = {
    "user.sees_paywall": purchases.sees_paywall,
    "user.starts_trial": purchases.starts_trial,
    "user.buys": purchases.buys,
    "user.buys_at_intro_price": purchases.buys_at_intro_price,
    "user.subscribes_again": purchases.subscribes_again,
    "user.logs_in": sharing.logs_in,
    "user.restores": sharing.restores,
    "user.joins_family": sharing.joins_family,
    "store.grants_in_outage": purchases.grants_in_outage,
    "store.drops_pending_purchase": purchases.drops_pending_purchase,
    "developer.grants": purchases.grants,
}

# Acts on a subscription.
TRANSITIONS: Mapping[str, Row] = {
    "store.converts_trial": _row(renewals.converts_trial, _TRIAL, _TRIAL_OFF),
    "store.ends_trial": _row(renewals.ends_trial, _TRIAL_OFF),
    "store.renews": _row(renewals.renews, *_PAYING, _GRACE, _RETRY),
    "store.ends_period": _row(renewals.ends_period, *_PAYING),
    "store.withdraws_product": _row(renewals.withdraws_product, *_RENEWING),
    "store.fails_to_charge": _row(billing.fails_to_charge, *_RENEWING),
    "store.recovers": _row(billing.recovers, _GRACE, _RETRY),
    "user.fixes_card": _row(billing.fixes_card, *_RENEWING, _GRACE, _RETRY, _PAUSE_SET, _PAUSED),
    "store.ends_grace": _row(billing.ends_grace, _GRACE),
    "store.gives_up": _row(billing.gives_up, _GRACE, _RETRY, _PAUSED),
    "user.turns_renewal_off": _row(renewals.turns_renewal_off, *_RENEWING, _PAUSE_SET, _PAUSED),
    "developer.cancels": _row(renewals.turns_renewal_off, *_RENEWING, _PAUSE_SET, _PAUSED),
    "store.cancels": _row(renewals.turns_renewal_off, *_RENEWING, _PAUSE_SET, _PAUSED),
    "user.turns_renewal_on": _row(renewals.turns_renewal_on, _TRIAL_OFF, _ACTIVE_OFF),
    "user.card_fails": _row(billing.card_fails, *_RENEWING, _PAUSE_SET, _PAUSED),
    "user.changes_to": _row(alterations.changes_to, *_RENEWING, _ACTIVE_OFF),
    "user.takes_change_back": _row(alterations.takes_change_back, *_RENEWING),
    "user.pauses": _row(alterations.pauses, _ACTIVE, only=Store.PLAY_STORE),
    "user.takes_pause_back": _row(alterations.takes_pause_back, _PAUSE_SET, only=Store.PLAY_STORE),
    "store.begins_pause": _row(alterations.begins_pause, _PAUSE_SET, only=Store.PLAY_STORE),
    "store.resumes": _row(alterations.resumes, _PAUSED, only=Store.PLAY_STORE),
    "user.resumes": _row(alterations.resumes, _PAUSED, only=Store.PLAY_STORE),
    "store.announces_price": _row(alterations.announces_price, *_RENEWING),
    "user.accepts_price": _row(alterations.accepts_price, *_RENEWING),
    "developer.extends": _row(alterations.extends, *_RENEWING, _TRIAL_OFF, _ACTIVE_OFF),
    "store.defers": _row(alterations.extends, *_RENEWING, only=Store.PLAY_STORE),
    "user.redeems_offer": _row(alterations.redeems_offer, *_PAYING, only=Store.APP_STORE),
    "user.tops_up": _row(purchases.tops_up, _ACTIVE, only=Store.PLAY_STORE),
    "developer.removes_grant": _row(purchases.removes_grant, State.GRANTED, only=Store.PROMO),
    "store.ends_grant": _row(purchases.ends_grant, State.GRANTED),
    "store.confirms_purchase": _row(purchases.confirms_purchase, State.GRANTED),
    "store.refunds": _row(refunds.refunds, *set(State) - {State.REFUNDED, State.GRANTED}),
    "developer.refunds": _row(refunds.refunds, *set(State) - {State.REFUNDED, State.GRANTED}),
    "store.declines_refund": _row(refunds.declines_refund, *set(State) - {State.REFUNDED, State.GRANTED}),
    "store.reverses_refund": _row(refunds.reverses_refund, State.REFUNDED, only=Store.APP_STORE),
    "user.leaves_family": _row(sharing.leaves_family, _ACTIVE, only=Store.APP_STORE),
    "user.stops_sharing": _row(sharing.stops_sharing, *_RENEWING, _ACTIVE_OFF, _GRACE, only=Store.APP_STORE),
}
SHARED = frozenset({"user.leaves_family"})
