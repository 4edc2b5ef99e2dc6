"""What a calculated attribute may be seeded with, by how it is calculated, and what the seed amounts to.

The contract names no types of calculation (mparticle.md §8). These are the manual's, so another is only remarked on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from mockserver.vendors.mparticle import names

VALUE, PAIRS, LIST = "value", "key_value_pairs", "list"
MEMBERS = (VALUE, PAIRS, LIST)
"""The forms of a seed; each calculation takes one of them."""


class Calculation(NamedTuple):
    """A type of calculation: the form of its seed, what is wrong with one, and what it amounts to."""

    member: str
    trouble: Callable[[Any], str]
    result: Callable[[Any], Any]


def calculation_of(name: Any) -> Calculation | None:
    """The calculation of that name."""
    return _CALCULATIONS.get(documented(name)) if isinstance(name, str) else None


def documented(name: str) -> str:
    """The name as the manual's table has it; its samples spell two of them shorter."""
    return _SHORT.get(name, name)


def result_of(name: Any, seed: Mapping[str, Any]) -> Any:
    """What a profile shows of a seed that was accepted; None when it cannot be known."""
    calculation = calculation_of(name)
    if calculation is not None:
        return calculation.result(seed[calculation.member])
    given = next((seed[member] for member in (VALUE, LIST) if seed.get(member) is not None), None)
    return given if not (_scalar(given) and _entries(given)) else None


def _scalar(value: Any) -> str:
    return "" if isinstance(value, str | int | float) else "Seed value must be text or a number"


def _numeric(value: Any) -> str:
    return "" if names.decimal(value) is not None else "Seed value must be numeric"


def _whole(value: Any) -> str:
    return "" if _is_whole(value) else "Seed value must be a whole number"


def _millis(value: Any) -> str:
    return "" if _is_whole(value) else "Seed value must be a timestamp in milliseconds"


def _average(value: Any) -> str:
    if not isinstance(value, dict) or not {"sum", "count"} <= value.keys():
        return 'Seed key_value_pairs must have "sum" and "count"'
    if names.decimal(value["sum"]) is None:
        return 'Seed "sum" must be numeric'
    return "" if _is_whole(value["count"], least=1) else 'Seed "count" must be a positive integer'


def _counts(value: Any) -> str:
    if not isinstance(value, dict):
        return "Seed key_value_pairs must be an object"
    return "" if all(_is_whole(count) for count in value.values()) else "Seed counts must be whole numbers"


def _entries(value: Any) -> str:
    fits = isinstance(value, list) and all(not _scalar(one) for one in value)
    return "" if fits else "Seed list must be an array of strings"


def _is_whole(value: Any, least: int = 0) -> bool:
    text = names.decimal(value)
    return text is not None and (number := Decimal(text)) == number.to_integral_value() and number >= least


def _mean(pairs: Mapping[str, Any]) -> str:
    quotient = Decimal(names.decimal(pairs["sum"]) or 0) / Decimal(names.decimal(pairs["count"]) or 1)
    return format(quotient.normalize(), "f")


def _most_frequent(pairs: Mapping[str, Any]) -> str | None:
    return max(pairs, key=lambda name: Decimal(names.decimal(pairs[name]) or 0), default=None)


def _itself(value: Any) -> Any:
    return value


def _distinct(entries: list[Any]) -> int:
    return len(set(map(str, entries)))


_NUMBER = Calculation(VALUE, _numeric, _itself)
_OCCURRENCE = Calculation(VALUE, _scalar, _itself)
_INSTANT = Calculation(VALUE, _millis, _itself)
_CALCULATIONS: Mapping[str, Calculation] = {
    "count": Calculation(VALUE, _whole, _itself),
    "sum": _NUMBER,
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "average": Calculation(PAIRS, _average, _mean),
    "first_occurrence": _OCCURRENCE,
    "last_occurrence": _OCCURRENCE,
    "first_occurrence_timestamp": _INSTANT,
    "last_occurrence_timestamp": _INSTANT,
    "unique_list": Calculation(LIST, _entries, _itself),
    "unique_values_count": Calculation(LIST, _entries, _distinct),
    "most_frequent": Calculation(PAIRS, _counts, _most_frequent),
}
_SHORT = {"min": "minimum", "max": "maximum"}
KNOWN = (*_CALCULATIONS, *_SHORT)
