"""What each store allows and how long it waits (lifecycles.md §5): the numbers behind the transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from types import NoneType
from typing import Any, Self, TypeVar

from mockserver.errors import InvalidError
from mockserver.lifecycle.calendar import Calendar, Pace, accelerated, parse_period
from mockserver.lifecycle.subscriber import Environment, Store


class Proration(StrEnum):
    """How Play settles a change of product at once; App Store and Stripe know one way each."""

    WITHOUT_PRORATION = "WITHOUT_PRORATION"
    WITH_TIME_PRORATION = "WITH_TIME_PRORATION"
    CHARGE_FULL_PRICE = "CHARGE_FULL_PRICE"
    CHARGE_PRORATED_PRICE = "CHARGE_PRORATED_PRICE"
    DEFERRED = "DEFERRED"


class AfterRetries(StrEnum):
    """What a Stripe account does with a subscription whose card goes on failing (its owner's setting)."""

    CANCEL = "cancel"
    UNPAID = "unpaid"
    PAST_DUE = "past_due"


_NONE = timedelta()
_PLAY_GRACE, _PLAY_HOLD = timedelta(minutes=5), timedelta(minutes=10)  # of a licence tester
Choice = TypeVar("Choice", bound=StrEnum)


def chosen(choices: type[Choice], value: str) -> Choice:
    """The member of an enumeration that a text names.

    Raises:
        InvalidError: there is none, with those there are.
    """
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(choices)
        raise InvalidError(f"{value!r} is not a {choices.__name__.lower()}: there are {known}.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRules:
    """One store's rules.

    `grace` and `retry` count from the failed charge, `hold` from the end of grace (None: what is left of `retry`).
    `cancel_notice` is how long before the period's end a cancellation comes too late to stop the charge,
    `charges_early` how long before it a renewal may be charged. `price_notice` is how long after its announcement a
    price increase first applies, `asks_for_consent` whether it has to be accepted. `keeps_chain` means that coming back
    continues the original transaction.
    """

    store: Store
    grace: timedelta = _NONE
    grace_choices: tuple[int, ...] = tuple(range(31))
    grace_in_trial: bool = True
    retry: timedelta = timedelta(days=60)
    hold: timedelta | None = None
    after_retries: AfterRetries = AfterRetries.CANCEL
    cancel_notice: timedelta = _NONE
    charges_early: timedelta = _NONE
    price_notice: timedelta = _NONE
    asks_for_consent: bool = False
    keeps_chain: bool = False
    can_reactivate: bool = True
    can_change_product: bool = True
    can_pause: bool = False
    can_share: bool = False
    proration: Proration = Proration.WITHOUT_PRORATION
    pace: Pace = Pace.TRUE
    renewal_limit: int | None = None
    slack: timedelta = _NONE
    calendar: Calendar = field(default_factory=Calendar)

    def period_end(
        self, start: datetime, period: str, anchor: datetime | None = None, *, trial: bool = False
    ) -> datetime:
        """When a period that begins at `start` ends."""
        length = parse_period(period)
        if self.pace is not Pace.TRUE:
            return start + accelerated(self.pace, length.days, trial=trial)
        nominal = start - self.slack if anchor is not None and anchor != start else start
        return self.calendar.after(nominal, length, anchor) + self.slack

    def whole_period(self, end: datetime, period: str, anchor: datetime | None = None) -> timedelta:
        """The length of the period that ends at `end`, as it is sold."""
        length = parse_period(period)
        if self.pace is not Pace.TRUE:
            return accelerated(self.pace, length.days)
        return end - self.calendar.before(end, length, anchor if length.months else None)

    def wait(self, days: timedelta) -> timedelta:
        """A store's waiting time as it is on this clock; on test clocks it shrinks by the table of periods."""
        if days == _NONE or self.pace is Pace.TRUE:
            return days
        if self.pace is Pace.PLAY_TESTER:
            return min(days, _PLAY_GRACE)
        return accelerated(self.pace, days / timedelta(days=1))

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The same rules with some of them changed: by their own names, or `grace_days`, `retry_days`, `hold_days`.

        Raises:
            InvalidError: there is no such rule, or it has no such value.
        """
        kinds = {one.name: str(one.type) for one in fields(self) if one.name not in {"store", "calendar"}}
        values: dict[str, Any] = {}
        for name, value in changes.items():
            short = name.removesuffix("_days")
            if name != short and kinds.get(short, "").startswith("timedelta"):
                values[short] = _days(name, value)
            elif name in kinds:
                values[name] = chosen(_ENUMS[name], value) if name in _ENUMS else _fitting(name, value, kinds[name])
            else:
                near = get_close_matches(name, [*kinds, "grace_days", "retry_days", "hold_days"], 1)
                raise InvalidError(f"Stores have no rule {name!r}{f'; did you mean {near[0]!r}?' if near else '.'}")
        return replace(self, **values)


_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "timedelta": ((timedelta,), "a timedelta"),
    "timedelta | None": ((timedelta, NoneType), "a timedelta or None"),
    "bool": ((bool,), "True or False"),
    "int | None": ((int, NoneType), "a whole number or None"),
    "tuple[int, ...]": ((tuple,), "a tuple of whole numbers"),
}
_CENTURY = 36_500


def _fitting(name: str, value: Any, kind: str) -> Any:
    """The value of a rule, if it is one that the rule can have."""
    types, wanted = _KINDS[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise InvalidError(f"The rule {name} is {wanted}; {value!r} is not.")
    return value


def _days(name: str, value: Any) -> timedelta:
    """So many days."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _CENTURY:
        raise InvalidError(f"The rule {name} is a number of days, from 0 to {_CENTURY}; {value!r} is not.")
    return timedelta(days=value)


_ENUMS: Mapping[str, type[StrEnum]] = {"after_retries": AfterRetries, "proration": Proration, "pace": Pace}
_DAY = timedelta(days=1)

_RULES = {
    Store.APP_STORE: StoreRules(
        store=Store.APP_STORE,
        grace=16 * _DAY,
        grace_choices=(0, 3, 6, 16, 28),
        cancel_notice=_DAY,
        charges_early=_DAY,
        price_notice=27 * _DAY,
        asks_for_consent=True,
        keeps_chain=True,
        can_share=True,
    ),
    Store.PLAY_STORE: StoreRules(
        store=Store.PLAY_STORE, grace=7 * _DAY, price_notice=37 * _DAY, asks_for_consent=True, can_pause=True
    ),
    Store.STRIPE: StoreRules(
        store=Store.STRIPE,
        grace=14 * _DAY,
        retry=14 * _DAY,
        can_reactivate=False,
        proration=Proration.CHARGE_PRORATED_PRICE,
    ),
    Store.AMAZON: StoreRules(
        store=Store.AMAZON,
        grace_choices=(0,),
        can_change_product=False,
    ),
    Store.PROMO: StoreRules(store=Store.PROMO, can_change_product=False),
}
_SANDBOX: dict[Store, dict[str, Any]] = {
    Store.APP_STORE: {
        "pace": Pace.APPLE_SANDBOX,
        "renewal_limit": 12,
        "cancel_notice": _NONE,
        "charges_early": _NONE,
        "price_notice": _NONE,
    },
    Store.PLAY_STORE: {
        "pace": Pace.PLAY_TESTER,
        "renewal_limit": 6,
        "grace": _PLAY_GRACE,
        "hold": _PLAY_HOLD,
        "price_notice": _NONE,
    },
}


def rules_for(
    store: Store,
    environment: Environment = Environment.PRODUCTION,
    calendar: Calendar | None = None,
    changes: Mapping[str, Any] | None = None,
) -> StoreRules:
    """A store's rules, on its test clock in the sandbox, with some of them changed.

    Stripe and Amazon keep true time in the sandbox, and a grant is always real (lifecycles.md §5, scenario 39).
    """
    days = calendar or Calendar()
    rules = replace(_RULES[store], calendar=days)
    if store is Store.PLAY_STORE:
        rules = replace(rules, slack=timedelta(minutes=days.play_slack_minutes))
    if environment is Environment.SANDBOX:
        rules = replace(rules, **_SANDBOX.get(store, {}))
    rules = rules.changed(changes or {})
    if rules.pace is Pace.TEST_STORE and "renewal_limit" not in (changes or {}):
        rules = replace(rules, renewal_limit=5)
    if rules.pace is Pace.PLAY_TESTER and rules.hold is not None:
        rules = replace(rules, hold=min(rules.hold, _PLAY_HOLD))
    if rules.pace is Pace.TESTFLIGHT and "renewal_limit" not in (changes or {}):
        rules = replace(rules, renewal_limit=None)
    return rules
