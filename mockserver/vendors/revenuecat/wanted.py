"""What a setting may be: forms that say what is wrong with a value, and where inside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """What is wrong: `path` leads to it inside the setting (`.app_store`, `[2]`), `words` say what is wanted there."""

    path: str
    value: Any
    words: str


Wanted = Callable[[Any], Fault | None]
_CENTURY = 3_153_600_000  # seconds
_LAST_MILLISECOND = 253_402_300_799_999  # of the year 9999
_LONGEST = 5_000  # characters


def that(fits: Callable[[Any], bool], words: str) -> Wanted:
    """A value that fits, or the words for it."""
    return lambda value: None if fits(value) else Fault("", value, words)


def one_of(*choices: str) -> Wanted:
    """One of a few words."""
    return that(lambda value: isinstance(value, str) and value in choices, " or ".join(choices))


def list_of(wanted: Wanted) -> Wanted:
    """A list of such values."""

    def fault(value: Any) -> Fault | None:
        if not isinstance(value, list | tuple):
            return Fault("", value, "a list")
        return _first((f"[{index}]", one, wanted) for index, one in enumerate(value))

    return fault


def table(names: Collection[str] | None, wanted: Wanted) -> Wanted:
    """An object of such values; with `names` by those names only."""

    def fault(value: Any) -> Fault | None:
        if not isinstance(value, Mapping):
            return Fault("", value, "an object")
        unknown = next((name for name in value if not isinstance(name, str)), None)
        if names is not None:
            unknown = next((name for name in value if name not in names), unknown)
        if unknown is not None:
            return Fault(f".{unknown}", value[unknown], f"a row for {' or '.join(names or ('a text',))}")
        return _first((f".{name}", one, wanted) for name, one in value.items())

    return fault


def row(needed: Mapping[str, Wanted], more: Mapping[str, Wanted]) -> Wanted:
    """An object with certain keys, and perhaps others."""
    words = f"an object with {', '.join(needed)}"

    def fault(value: Any) -> Fault | None:
        if not isinstance(value, Mapping) or not needed.keys() <= value.keys() <= {*needed, *more}:
            return Fault("", value, words)
        return _first((f".{name}", value[name], wanted) for name, wanted in {**needed, **more}.items() if name in value)

    return fault


def _first(parts: Iterable[tuple[str, Any, Wanted]]) -> Fault | None:
    for path, value, wanted in parts:
        found = wanted(value)
        if found is not None:
            return found._replace(path=path + found.path)
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and not any("\ud800" <= one <= "\udfff" for one in value)


def _is_header(value: Any) -> bool:
    return _is_text(value) and value.isascii() and (value == "" or value.isprintable())


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LAST_MILLISECOND


def _is_within(value: Any, low: int, high: int) -> bool:
    number = _number(value)
    return number is not None and low <= number <= high


def _number(value: Any) -> Decimal | None:
    """A number, or the text of one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


SWITCH = that(lambda value: isinstance(value, bool), "true or false")
TEXT = that(_is_text, "a text")
TEXT_OR_NULL = that(lambda value: value is None or _is_text(value), "a text or null")
HEADER = that(_is_header, "a text of one line in ASCII")
WHOLE = that(_is_whole, "a whole number")
SECONDS = that(lambda value: _is_within(value, 0, _CENTURY), "a number of seconds")
SHARE = that(lambda value: _is_within(value, 0, 1), "a number from 0 to 1")
RATE = that(lambda value: _is_within(value, 0, 10**9), "a number, such as 1.39")
