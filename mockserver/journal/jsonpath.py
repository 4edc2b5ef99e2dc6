"""Paths into JSON and conditions on what is found there.

A path is written `data.custom_attributes.price`, `items[0].id`, `items[*].id` or `user_attributes."a.b"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mockserver.errors import InvalidError

ANY = None  # the segment `[*]`: every element of a list, every value of an object
_PLAIN = re.compile(r"[^\s.\[\]\"'=!<>~:*]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BRACKET = re.compile(r"\[(?:(\*)|(-?\d{1,9})|'([^']*)'|\"((?:[^\"\\]|\\.)*)\")\]", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

Segment = str | int | None


@dataclass(frozen=True, slots=True)
class JSONPath:
    """Where to look in a document: names, positions, and `ANY` for all of them."""

    segments: tuple[Segment, ...]

    def find(self, document: Any) -> list[Any]:
        """Everything at this path, nothing when there is no such place."""
        found = [document]
        for segment in self.segments:
            found = [inner for outer in found for inner in _step(outer, segment)]
        return found

    @property
    def name(self) -> str | None:
        """The last name in it: a matching document contains it as a key."""
        return next((segment for segment in reversed(self.segments) if isinstance(segment, str)), None)

    def __str__(self) -> str:
        text = ""
        for segment in self.segments:
            if isinstance(segment, str):
                text += f"{'.' if text else ''}{_written(segment)}"
            else:
                text += "[*]" if segment is ANY else f"[{segment}]"
        return text


def parse_path(text: str) -> JSONPath:
    """A path as people write it; a leading `$.` is allowed.

    Raises:
        InvalidError: it is not a path, with the place where it stops being one.
    """
    rest = text[1:].removeprefix(".") if text.startswith(("$.", "$[")) else text
    segments: list[Segment] = []
    at = 0
    while at < len(rest):
        segment, at = _segment(rest, at, text)
        segments.append(segment)
        if at < len(rest) and rest[at] == ".":
            at += 1
            if at == len(rest):
                raise InvalidError(f"The path {text!r} ends with a dot.")
        elif at < len(rest) and rest[at] != "[":
            raise InvalidError(f"The path {text!r} cannot be read from {rest[at:]!r} on.")
    if not segments:
        raise InvalidError("A path names at least one key, such as data.price.")
    return JSONPath(tuple(segments))


def _segment(rest: str, at: int, whole: str) -> tuple[Segment, int]:
    if bracket := _BRACKET.match(rest, at):
        star, number, single, double = bracket.groups()
        name = single if single is not None else unescaped(double or "")
        return (ANY if star else int(number) if number else name), bracket.end()
    if rest[at] == "*":
        return ANY, at + 1
    if quoted := _QUOTED.match(rest, at):
        return unescaped(quoted[1]), quoted.end()
    if plain := _PLAIN.match(rest, at):
        return plain[0], plain.end()
    raise InvalidError(f"The path {whole!r} cannot be read from {rest[at:]!r} on.")


def unescaped(text: str) -> str:
    """What stands between double quotes: a backslash takes the meaning from the character after it."""
    return _ESCAPED.sub(r"\1", text)


def quoted(text: str) -> str:
    """The text between double quotes, so that `unescaped` gives it back."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(name: str) -> str:
    plain = _PLAIN.fullmatch(name) is not None and name != "$"
    return name if plain else quoted(name)


def _step(outer: Any, segment: Segment) -> Sequence[Any]:
    if isinstance(segment, str):
        return (outer[segment],) if isinstance(outer, dict) and segment in outer else ()
    if segment is ANY:
        return list(outer.values()) if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
    if isinstance(outer, list) and -len(outer) <= segment < len(outer):
        return (outer[segment],)
    return ()


def pointed(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points to, None if nothing is there."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            return None
    return document


def look_up(path: JSONPath, scopes: Sequence[Any]) -> list[Any]:
    """What is at a path in the first of several documents that has anything there."""
    for scope in scopes:
        found = path.find(scope)
        if found:
            return found
    return []


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on what is at a path: `=`, `!=`, `>`, `>=`, `<`, `<=`, `~` (a regular expression), `exists`.

    It holds if it holds of anything found there; `!=` if something is there and none of it is equal; `exists` with
    False if nothing is there. Numbers are compared as the decimals they are written as, and never equal text. A
    `loose` value was typed into a search line: `5` is then the number and the text alike.
    """

    path: JSONPath
    op: str
    value: Any = True
    loose: bool = False

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise InvalidError(f"There is no comparison {self.op!r}; there are {', '.join(OPERATORS)}.")
        if self.op == "~":
            compiled(self.value)

    def holds(self, found: Sequence[Any]) -> bool:
        """Whether it holds of the values found at the path."""
        if self.op == "exists":
            return bool(found) is bool(self.value)
        if self.op == "!=":
            return bool(found) and not any(self._equal(value) for value in found)
        return any(self._holds_of(value) for value in found)

    def __str__(self) -> str:
        if self.op == "exists":
            return f"{'has' if self.value else 'no'}:{self.path}"
        return f"{self.path}{self.op}{shown(self.value, self.loose)}"

    def _holds_of(self, value: Any) -> bool:
        if self.op == "=":
            return self._equal(value)
        if self.op == "~":
            return compiled(self.value).search(value if isinstance(value, str) else as_text(value)) is not None
        compare = _ORDER[self.op]
        left, right = _number(value, self.loose), _number(self.value, self.loose)
        if left is not None and right is not None:
            return compare(left, right)
        return isinstance(value, str) and isinstance(self.value, str) and compare(value, self.value)

    def _equal(self, value: Any) -> bool:
        if not self.loose:
            return equal(value, self.value)
        if isinstance(value, str):
            return value == str(self.value)
        number = _number(self.value, loose=True)
        if number is not None and is_number(value):
            return decimal(value) == number
        return as_text(value) == str(self.value)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}
OPERATORS = ("=", "!=", *_ORDER, "~", "exists")


def where(path: str, op: str, value: Any = True) -> Where:
    """A condition from its path as text.

    Raises:
        InvalidError: the path, the comparison or the regular expression cannot be read.
    """
    return Where(parse_path(path), op, value)


def equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: 5 and 5.0 are, 1 and true are not, nor 5 and "5"."""
    if is_number(left) and is_number(right):
        return decimal(left) == decimal(right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return type(left) is type(right) and bool(left == right)


def is_number(value: Any) -> bool:
    """Whether a value is a number of JSON (a truth value is none)."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def decimal(value: float | Decimal) -> Decimal:
    """A number as the decimal it is written as."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _number(value: Any, loose: bool) -> Decimal | None:
    if not is_number(value) and not (loose and isinstance(value, str)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_text(value: Any) -> str:
    """A JSON value as JSON, in one line."""
    import orjson

    if is_number(value) and not isinstance(value, float):
        return str(value)
    return orjson.dumps(value, default=str).decode()


def shown(value: Any, loose: bool = False) -> str:
    """A value as a search line has it: bare if that reads as the same again, else quoted."""
    text = str(value) if isinstance(value, str | Decimal) else as_text(value)
    bare = (loose or not isinstance(value, str)) and text and not re.search(r'[\s"]', text)
    return text if bare else quoted(text)


def compiled(pattern: object) -> re.Pattern[str]:
    """A regular expression.

    Raises:
        InvalidError: it is none.
    """
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a possible nested set: still the expression it was
            return re.compile(str(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidError(f"{str(pattern)!r} is not a regular expression: {error}.") from error
