"""The JSON Schema of one data point: what may stand in it, and what it finds in a value (mparticle.md §§6.3, 6.5).

jsonschema-rs decides; here its errors become violations in mParticle's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from mockserver.vendors.mparticle.plans.formats import FORMATS
from mockserver.vendors.mparticle.plans.leniency import read_texts
from mockserver.vendors.mparticle.plans.wording import actual, expected

UNPLANNED, MISSING, INVALID, UNKNOWN = "unplanned", "missing_required", "invalid_value", "unknown"

DEEPEST = 100
"""How far into a value is looked."""

_INVALID_KEYWORDS = frozenset({
    "type", "const", "enum", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf", "maxLength",
    "minLength", "pattern", "format",
})  # fmt: skip
_EXPONENT_FROM = 1e21
"""From here on JavaScript writes numbers with an exponent, on which AJV's `multipleOf` fails."""


class Violation(NamedTuple):
    """One deviation: `path` leads to the value, or to the object that has too much or too little."""

    kind: str
    path: tuple[str, ...]
    key: str | None
    expected: str | None = None
    actual: str | int | float | None = None
    keyword: str | None = None


class Definition:
    """A schema, compiled at its first use: of a thousand data points a batch touches a few."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def violations(self, value: Any, *, strict: bool = False) -> list[Violation]:
        """What is wrong with a value; nulls count as absent. `strict` is how the Node validator does it."""
        cleaned = without_nulls(value)
        validator = self._strict if strict else self._lenient
        if validator.is_valid(cleaned):
            return []
        if not strict:
            cleaned = read_texts(self.schema, cleaned)
        return [found for error in validator.iter_errors(cleaned) for found in self._found(error, value, cleaned)]

    @cached_property
    def _strict(self) -> Any:
        return _compiled(self.schema, {"multipleOf": _AsAjv})

    @cached_property
    def _lenient(self) -> Any:
        return _compiled(self.schema, {"multipleOf": _AsAnybody})

    def _found(self, error: Any, value: Any, cleaned: Any) -> Iterator[Violation]:
        """One error of the library's: several violations where it names several attributes, none where AJV has none."""
        path = tuple(str(step) for step in error.instance_path)
        at = inside(cleaned, error.instance_path)
        keyword, last = error.kind.name, path[-1] if path else None
        if keyword == "additionalProperties":
            yield from (_unplanned(path, name) for name in error.kind.unexpected)
        elif keyword == "falseSchema" and error.schema_path[-1] == "additionalProperties":  # there are no `properties`
            yield from (_unplanned(path, name) for name in at)
        elif keyword == "additionalItems":
            yield Violation(UNPLANNED, path, None, keyword=keyword)
        elif keyword == "required":
            if (
                error.kind.property not in at
            ):  # it may be there: then it is one too many, of which the library says both
                yield Violation(MISSING, path, last, expected=error.kind.property, keyword=keyword)
        elif keyword == "propertyNames":
            yield from self._found(error.kind.error, value, cleaned)
            text = f"property name '{error.kind.error.instance}' is invalid"
            yield Violation(UNKNOWN, path, last, text, actual(inside(value, error.instance_path)), keyword)
        elif not _is_overruled(keyword, inside(self.schema, error.schema_path[:-1])):
            yield self._invalid(error, value, at)

    def _invalid(self, error: Any, value: Any, at: Any) -> Violation:
        path = tuple(str(step) for step in error.instance_path)
        keyword = "false schema" if error.kind.name == "falseSchema" else error.kind.name
        kind = INVALID if keyword in _INVALID_KEYWORDS else UNKNOWN
        text = expected(keyword, inside(self.schema, error.schema_path), at)
        return Violation(
            kind, path, path[-1] if path else None, text, actual(inside(value, error.instance_path)), keyword
        )


def _unplanned(path: tuple[str, ...], name: str) -> Violation:
    return Violation(UNPLANNED, path, name, actual=name, keyword="additionalProperties")


def _is_overruled(keyword: str, schema: Mapping[str, Any]) -> bool:
    """Of a limit and an exclusive limit on the same side AJV looks at the stricter alone."""
    for plain, exclusive, sign in (("maximum", "exclusiveMaximum", -1), ("minimum", "exclusiveMinimum", 1)):
        if keyword in (plain, exclusive) and plain in schema and exclusive in schema:
            weaker = plain if sign * schema[plain] <= sign * schema[exclusive] else exclusive
            return keyword == weaker
    return False


class _AsAjv:
    """`multipleOf` as AJV does it, with the divisions of floating point: 0.3 is no multiple of 0.1."""

    def __init__(self, parent: Mapping[str, Any], rule: Any, path: Sequence[str | int]) -> None:  # noqa: ARG002  the library's shape
        self.rule = rule

    def validate(self, value: Any) -> None:
        """Raise for a number that is no multiple."""
        if isinstance(value, int | float) and not isinstance(value, bool) and not self.fits(value):
            raise ValueError(f"{value} is no multiple of {self.rule}")

    def fits(self, value: float) -> bool:
        """Whether it is a multiple."""
        try:
            quotient = float(value) / float(self.rule)
        except (OverflowError, ZeroDivisionError):
            return False
        return abs(quotient) < _EXPONENT_FROM and quotient.is_integer()


class _AsAnybody(_AsAjv):
    """`multipleOf` as everybody else does it, too: 0.3 is a multiple of 0.1."""

    def fits(self, value: float) -> bool:
        """Whether it is a multiple in floating point or in decimals."""
        try:
            return super().fits(value) or not Decimal(str(value)) % Decimal(str(self.rule))
        except ArithmeticError:
            return False


def _compiled(schema: Mapping[str, Any], keywords: Mapping[str, Any]) -> Any:
    from jsonschema_rs import Draft7Validator

    return Draft7Validator(dict(schema), formats=dict(FORMATS), validate_formats=True, keywords=dict(keywords))


def without_nulls(value: Any, depth: int = 0) -> Any:
    """An object without its nulls, at any depth but in lists; anything else is an empty object."""
    if not isinstance(value, dict) or depth > DEEPEST:
        return {}
    return {
        name: without_nulls(one, depth + 1) if isinstance(one, dict) else one
        for name, one in value.items()
        if one is not None
    }


def inside(value: Any, path: Sequence[str | int]) -> Any:
    """What is at the end of a path; a step into a list may be the text of its number."""
    for step in path:
        value = value[int(step) if isinstance(value, list) else step]
    return value
