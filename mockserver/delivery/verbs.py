"""The verbs that subscribers, stores and developers have, for callers who say them as text with words as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from inspect import getdoc, signature
from typing import Any, NamedTuple

from mockserver.errors import InvalidError, nearest
from mockserver.lifecycle.acts import ACTORS, UnknownVerbError, verbs, wrong_verb
from mockserver.lifecycle.calendar import parse_period
from mockserver.lifecycle.subscriber import Offer

_MOST = 36_500  # days, hours, weeks, periods: a century
_OFFERS = ("free_trial", "pay_as_you_go", "pay_up_front")
_LONGEST = 255


class Word(NamedTuple):
    """What may be said beside a verb. `kind` is product, subscriber, store, offer, whole, amount, yes_or_no or text."""

    name: str
    kind: str
    required: bool


class Verb(NamedTuple):
    """Something that somebody can do: `user.turns_renewal_off`."""

    verb: str
    title: str
    words: tuple[Word, ...]

    @property
    def name(self) -> str:
        """Without who does it."""
        return self.verb.partition(".")[2]


def _kind(name: str, annotation: str) -> str:
    if name in {"purchases_of", "of_owner"}:
        return "subscriber"
    if name == "on":
        return "store"
    first = annotation.partition(" |")[0]
    kinds = {"Product": "product", "Offer": "offer", "int": "whole", "bool": "yes_or_no", "str": "text"}
    return "amount" if "Decimal" in annotation else kinds[first]


def _verb(verb: str) -> Verb:
    actor, _, name = verb.partition(".")
    method = getattr(type(ACTORS[actor]), name)
    words = tuple(
        Word(word, _kind(word, str(one.annotation)), one.default is one.empty)
        for word, one in signature(method).parameters.items()
        if word != "self"
    )
    return Verb(verb, (getdoc(method) or "").splitlines()[0], words)


VERBS: Mapping[str, Verb] = {verb: _verb(verb) for verb in verbs()}


def find_verb(text: str) -> Verb:
    """The verb that a text names, with its actor or without: then the user's comes first, the developer's last.

    Raises:
        InvalidError: there is none, with the nearest.
    """
    actor, dot, name = text.partition(".")
    if dot:
        if text not in VERBS:
            raise UnknownVerbError(wrong_verb(actor, name))
        return VERBS[text]
    for verb in VERBS.values():
        if verb.name == text:
            return verb
    raise InvalidError(f"There is no verb {text!r}.{nearest(text, {verb.name for verb in VERBS.values()})}")


def words_for(verb: Verb, given: Mapping[str, Any], subscriber: Callable[[str], str]) -> dict[str, Any]:
    """The words of an act, each in its form; `subscriber` gives the key of somebody by what they are called.

    Raises:
        InvalidError: a word that the verb does not take, one that it needs, or one of another form.
    """
    known = {word.name: word for word in verb.words}
    said = {name: value for name, value in given.items() if value is not None}
    for name in said:
        if name not in known:
            raise InvalidError(f"{verb.verb} takes no {name!r}.{nearest(name, known)}")
    missing = [word.name for word in verb.words if word.required and word.name not in said]
    if missing:
        raise InvalidError(f"{verb.verb} needs {' and '.join(missing)}.")
    return {name: _value(verb, known[name], value, subscriber) for name, value in said.items()}


def _value(verb: Verb, word: Word, value: Any, subscriber: Callable[[str], str]) -> Any:
    if word.kind == "whole":
        return _checked(verb, word, value, _is_whole(value), f"a whole number from 0 to {_MOST}")
    if word.kind == "yes_or_no":
        return _checked(verb, word, value, isinstance(value, bool), "true or false")
    if word.kind == "amount":
        return _amount(verb, word, value)
    if word.kind == "offer":
        return _offer(verb, word, value)
    text: str = _checked(verb, word, value, isinstance(value, str) and 0 < len(value) <= _LONGEST, "a text")
    return subscriber(text) if word.kind == "subscriber" else text


def _checked(verb: Verb, word: Word, value: Any, fits: bool, wanted: str) -> Any:
    if not fits:
        raise InvalidError(f"{word.name} of {verb.verb} is {wanted}; {value!r} is not.")
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _amount(verb: Verb, word: Word, value: Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal(-1)
    fits = not isinstance(value, bool) and amount.is_finite() and 0 <= amount < 10**9
    _checked(verb, word, value, fits, "an amount such as 11.99")
    return amount


def _offer(verb: Verb, word: Word, value: Any) -> Offer:
    fits = isinstance(value, Mapping) and value.get("type") in _OFFERS and isinstance(value.get("period"), str)
    _checked(verb, word, value, fits, f"an object of type ({', '.join(_OFFERS)}), period, price, count and id")
    parse_period(value["period"])
    count = value.get("count", 1)
    _checked(verb, word, count, _is_whole(count) and count > 0, "charged a whole number of times")
    return Offer(
        type=value["type"],
        period=value["period"],
        price=_amount(verb, word, value.get("price", 0)),
        count=count,
        category="promotional",
        id=None if value.get("id") is None else str(value["id"]),
    )
