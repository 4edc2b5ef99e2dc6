"""How a key of an app's shorthand is spelled out: its name in the Events API, and what its value becomes.

Values that are not what they should be stay as they are: whoever judges the batch has something to say of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Make = Callable[[Any], Any]

_DIGITS = 18  # any number of so many digits fits into 64 bits


def same(value: Any) -> Any:
    """The value as it was sent."""
    return value


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a key means. Without a name the Events API has nothing like it.

    A `table` says the same of the keys inside: of an object, of each object of a list or, `by_name`, of each object
    under a name that the sender chose.
    """

    name: str = ""
    make: Make = same
    table: Mapping[str, Spelled] | None = None
    by_name: bool = False
    open: bool = False


Table = Mapping[str, Spelled]

UNSAID = Spelled()
"""A key that the SDKs send and the Events API has no word for."""


def table(*unsaid: str, **names: str | Spelled) -> Table:
    """A table of plain names, of whatever needs more than a name, and of keys that have none."""
    named = {key: name if isinstance(name, Spelled) else Spelled(name) for key, name in names.items()}
    return named | dict.fromkeys(unsaid, UNSAID)


def flag(value: Any) -> Any:
    """True and false, which the SDKs also write as text."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def number(value: Any) -> Any:
    """A number, which iOS writes as text where it formats it."""
    if not isinstance(value, str) or not value.isascii() or len(value) > _DIGITS:
        return value
    whole, _, fraction = value.removeprefix("-").partition(".")
    if not whole.isdecimal() or (fraction and not fraction.isdecimal()):
        return value
    return float(value) if fraction else int(value.partition(".")[0])


def as_flag(name: str) -> Spelled:
    """A name whose value is true or false."""
    return Spelled(name, flag)


def as_number(name: str) -> Spelled:
    """A name whose value is a number."""
    return Spelled(name, number)


def word(words: Mapping[str, str]) -> Make:
    """A word of the SDKs' as one of the Events API's."""

    def made(value: Any) -> Any:
        return words.get(value, value) if isinstance(value, str) else value

    return made


def lower(value: Any) -> Any:
    """Words that the SDKs write in capitals."""
    return value.lower() if isinstance(value, str) else value


def single(value: Any) -> Any:
    """Custom flags: the SDKs send lists even of one text."""
    if not isinstance(value, dict):
        return value
    return {name: one[0] if isinstance(one, list) and len(one) == 1 else one for name, one in value.items()}
