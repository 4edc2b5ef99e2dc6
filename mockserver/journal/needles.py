"""What the bytes of a body must contain if a condition on it is to hold: found many times faster than by decoding it.

A needle may find more than matches (the condition itself is then asked), never less. Bodies are searched as
`bodies.searchable` left them, so text stands as itself; numbers stand as their sender wrote them, `5`, `5.0` or `5e0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from mockserver.journal.jsonpath import Where, decimal, is_number

_LONGEST = 30  # digits of a number that is still searched for


class Literal:
    """Certain bytes."""

    def __init__(self, wanted: bytes) -> None:
        self._wanted = wanted

    def search(self, data: bytes, start: int) -> int:
        """Where they are at or after `start`, -1 if nowhere."""
        return data.find(self._wanted, start)


class Pattern:
    """What a regular expression matches."""

    def __init__(self, pattern: bytes) -> None:
        self._search = re.compile(pattern).search

    def search(self, data: bytes, start: int) -> int:
        """Where it is at or after `start`, -1 if nowhere."""
        found = self._search(data, start)
        return found.start() if found else -1


class Folded:
    """Text in any case (of ASCII letters), as it is or as it stands within JSON."""

    def __init__(self, text: str) -> None:
        self._forms = {text.encode().lower(), orjson.dumps(text)[1:-1].lower()}
        self._last = (b"", b"")

    def search(self, data: bytes, start: int) -> int:
        """Where it is at or after `start`, -1 if nowhere."""
        if self._last[0] is not data:
            self._last = (data, data.lower())
        return min((at for form in self._forms if (at := self._last[1].find(form, start)) >= 0), default=-1)


Needle = Literal | Pattern | Folded


def contains(body: bytes, text: str) -> bool:
    """Whether free text stands in a body."""
    return Folded(text).search(body, 0) >= 0


def needle_of(conditions: Iterable[Where], texts: Iterable[str]) -> Needle | None:
    """The needle for all of some conditions and texts that is likely to be the rarest; None if they leave none."""
    conditions = list(conditions)
    for condition in conditions:
        if condition.op == "=" and (needle := _of_value(condition)) is not None:
            return needle
    for text in sorted(texts, key=len, reverse=True):
        return Folded(text)
    for condition in conditions:
        if condition.path.name is not None and (condition.op, condition.value) != ("exists", False):
            return Literal(orjson.dumps(condition.path.name))
    return None


def _of_value(condition: Where) -> Needle | None:
    value = condition.value
    if isinstance(value, str) and not (condition.loose and _may_be_bare(value)):
        return Literal(orjson.dumps(value))
    alternatives = _alternatives(value, condition.loose)
    if not alternatives or not isinstance(condition.path.segments[-1], str):
        return None
    key = re.escape(orjson.dumps(condition.path.segments[-1]))
    return Pattern(key + rb"\s*:\s*(?:" + b"|".join(alternatives) + b")")


def _may_be_bare(text: str) -> bool:
    """Whether typed text may mean something else than text."""
    try:
        Decimal(text)
    except InvalidOperation:
        return text in {"true", "false", "null"} or text[:1] in {"[", "{"}
    return True


def _alternatives(value: Any, loose: bool) -> list[bytes]:
    """How an equal value may be written; none if that cannot be said."""
    if value is None or isinstance(value, bool):
        return [orjson.dumps(value)]
    if is_number(value):
        return _number(decimal(value))
    if not loose or value[:1] in {"[", "{"}:
        return []
    written = [re.escape(orjson.dumps(value))]
    if value in {"true", "false", "null"}:
        return [*written, value.encode()]
    return written + (_number(Decimal(value)) or [rb"[-0-9]"])


def _number(number: Decimal) -> list[bytes]:
    """A number is written with an exponent, or digit by digit with zeros behind."""
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST or len(number.as_tuple().digits) > _LONGEST:
        return []
    if number == 0:
        return [rb"-?[0-9.]+[eE]", rb"-?0(?![0-9.])", rb"-?0\.0+(?![0-9])"]
    whole, _, fraction = format(number, "f").partition(".")
    fraction = fraction.rstrip("0")
    tail = rf"\.{fraction}0*(?![0-9])" if fraction else r"(?:\.0+)?(?![0-9.])"
    return [rb"-?[0-9.]+[eE]", f"{whole}{tail}".encode()]
