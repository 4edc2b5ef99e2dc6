"""What a vendor's switch may be set to, beyond having the form of its default; what may not be is refused when set."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

_PRINTABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?|")


class Wanted(NamedTuple):
    """What is wanted of a value, in words that end a sentence ("… is wanted."), and whether one fits."""

    text: str
    fits: Callable[[Any], bool]


def one_of(*words: str) -> Wanted:
    """One of a few words."""
    return Wanted(" or ".join(words), lambda value: value in words)


def whole(low: int, high: int) -> Wanted:
    """A whole number within bounds."""
    return Wanted(f"a whole number from {low} to {high}", lambda value: _is_whole(value) and low <= value <= high)


def number(low: float, high: float) -> Wanted:
    """Any number within bounds."""
    return Wanted(f"a number from {low:g} to {high:g}", lambda value: _is_number(value) and low <= value <= high)


def text(*, empty: bool = False) -> Wanted:
    """A text."""
    return Wanted("a text", lambda value: isinstance(value, str) and (empty or bool(value)))


def header() -> Wanted:
    """What a header's value may be; nothing is allowed too."""
    return Wanted("printable ASCII", lambda value: isinstance(value, str) and _PRINTABLE.fullmatch(value) is not None)


def amount() -> Wanted:
    """A decimal above zero, as a number or as text."""
    return Wanted("a decimal above 0", _is_amount)


def pattern() -> Wanted:
    """A regular expression."""
    return Wanted("a regular expression", _is_pattern)


def yes_or_no() -> Wanted:
    """True or false."""
    return Wanted("true or false", lambda value: isinstance(value, bool))


def each(wanted: Wanted, names: Collection[str] = ()) -> Wanted:
    """A table with something in each row; with `names` of these rows alone."""
    rows = f"for {' and '.join(names)}, " if names else "in each row "

    def fits(value: Mapping[str, Any]) -> bool:
        return all((not names or name in names) and wanted.fits(one) for name, one in value.items())

    return Wanted(f"{rows}{wanted.text}", fits)


def each_of(wanted: Wanted) -> Wanted:
    """A list of such things."""
    return Wanted(f"for each, {wanted.text}", lambda value: all(wanted.fits(one) for one in value))


def some_of(*choices: Any) -> Wanted:
    """A list of some of a few things."""
    named = ", ".join(map(str, choices))
    return Wanted(
        f"a list of some of {named}", lambda value: all(any(_same(one, other) for other in choices) for one in value)
    )


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        decimal = Decimal(str(value))
    except InvalidOperation:
        return False
    return decimal.is_finite() and 0 < decimal < 10**9


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return isinstance(value, str)
