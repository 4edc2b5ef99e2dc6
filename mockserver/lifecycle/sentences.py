"""What is said when an act cannot happen: the act, the day, the state, and what could happen instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from mockserver.lifecycle.acts import Act, make_act
from mockserver.lifecycle.moment import Impossible, Moment
from mockserver.lifecycle.purchases import ENDED
from mockserver.lifecycle.subscriber import Subscription
from mockserver.lifecycle.transitions import TRANSITIONS, Transition

_BACK = ("user.buys()", "user.subscribes_again()")


def day_of(at: datetime, origin: datetime | None) -> str:
    """An instant as sentences say it, with the day of the story where there is one."""
    text = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"at {text}" if origin is None else f"on day {(at - origin).days} ({text})"


def refusal(when: str, act: Act, reason: str, possible: Iterable[str] = ()) -> str:
    """The sentence, and after it what is possible."""
    others = ", ".join(possible)
    instead = f"; possible there: {others}" if others else ""
    return f"{when[0].upper()}{when[1:]}, {act} cannot happen: {reason}{instead}."


def possible_acts(subscription: Subscription, moment_of: Callable[[Act], Moment]) -> list[str]:
    """What could happen to a subscription at that instant, tried out; what needs more words is taken as possible."""
    possible = list(_BACK) if subscription.state in ENDED else []
    for verb, row in TRANSITIONS.items():
        if subscription.state not in row.states or subscription.store not in row.stores or verb in _UNSEEN:
            continue
        if verb not in PLAIN_ACTS:
            possible.append(f"{verb}(...)")
        elif _succeeds(row.do, moment_of(PLAIN_ACTS[verb]), subscription):
            possible.append(f"{verb}()")
    return possible


def _succeeds(do: Transition, moment: Moment, subscription: Subscription) -> bool:
    try:
        do(moment, subscription)
    except Impossible:
        return False
    return True


def _plain() -> Mapping[str, Act]:
    """Every act on a subscription that needs no further words."""
    needing = {"user.changes_to", "user.redeems_offer", "store.announces_price", "store.defers", "developer.extends"}
    return {verb: make_act(verb) for verb in TRANSITIONS if verb not in needing}


_UNSEEN = frozenset({"user.card_fails", "store.withdraws_product", "store.declines_refund"})
PLAIN_ACTS = _plain()
