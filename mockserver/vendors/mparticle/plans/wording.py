"""What a validator says was expected: the texts of AJV 6, which mParticle's own passes on (mparticle.md §6.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

_TEXTS: Mapping[str, str] = {
    "maximum": "should be <= {}",
    "minimum": "should be >= {}",
    "exclusiveMaximum": "should be < {}",
    "exclusiveMinimum": "should be > {}",
    "multipleOf": "should be multiple of {}",
    "maxLength": "should NOT be longer than {} characters",
    "minLength": "should NOT be shorter than {} characters",
    "pattern": 'should match pattern "{}"',
    "format": 'should match format "{}"',
    "enum": "should be equal to one of the allowed values",
    "const": "should be equal to constant",
    "maxItems": "should NOT have more than {} items",
    "minItems": "should NOT have fewer than {} items",
    "maxProperties": "should NOT have more than {} properties",
    "minProperties": "should NOT have fewer than {} properties",
    "contains": "should contain a valid item",
    "false schema": "boolean schema is false",
}


def expected(keyword: str, rule: Any, value: Any) -> str:
    """What a keyword with that rule wants, which the value is not."""
    special = _SPECIAL.get(keyword)
    return special(rule, value) if special else _TEXTS.get(keyword, "").format(_shown(rule))


def actual(value: Any) -> str | int | float:
    """A value as results show it: texts and numbers as they are, anything else as JSON."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return as_json(value)


def as_json(value: Any) -> str:
    """JSON without blanks; what is nested too deeply to be written is not shown."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # orjson reads deeper nesting than it writes
        return "..."


def _type(rule: Any, value: Any) -> str:  # noqa: ARG001  the shape of all of them
    return f"should be {','.join(rule) if isinstance(rule, list) else rule}"


def _unique(rule: Any, value: Any) -> str:  # noqa: ARG001  as above
    written = [as_json(item) for item in value]
    last, first = next((at, written.index(one)) for at, one in reversed([*enumerate(written)]) if one in written[:at])
    return f"should NOT have duplicate items (items ## {first} and {last} are identical)"


_SPECIAL: Mapping[str, Callable[[Any, Any], str]] = {"type": _type, "uniqueItems": _unique}


def _shown(rule: Any) -> str:
    """A rule in a sentence; a number without a fraction has no point."""
    if isinstance(rule, float) and rule.is_integer() and abs(rule) < 1e21:
        return str(int(rule))
    return rule if isinstance(rule, str) else as_json(rule)
