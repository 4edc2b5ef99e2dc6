"""Fields of requests that complain as Adapty does: texts and codes are those of pydantic 1 (adapty.md §6.1, §18).

Every message is written `code: text`; `faults_of` takes the two apart again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields
from marshmallow.types import ErrorMessages

from mockserver.vendors.adapty.errors import NON_FIELD, Fault

_MESSAGES: ErrorMessages = {
    "required": "missing: field required",
    "null": "none.not_allowed: none is not an allowed value",
}
_LIST_MESSAGES: ErrorMessages = {**_MESSAGES, "invalid": "list: value is not a valid list"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?")


class Text(fields.Field[str]):
    """A string, of at most `longest` characters and matching `pattern` where those are given."""

    default_error_messages = _MESSAGES

    def __init__(self, *, longest: int | None = None, pattern: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._longest = longest
        self._pattern = pattern

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:  # noqa: ARG002  the shape of marshmallow's hook
        if not isinstance(value, str):
            raise ValidationError("str: str type expected")
        if self._longest is not None and len(value) > self._longest:
            raise ValidationError(f"any_str.max_length: ensure this value has at most {self._longest} characters")
        if self._pattern is not None and not re.fullmatch(self._pattern, value):
            raise ValidationError(f'str.regex: string does not match regex "^{self._pattern}$"')
        return value


class Choice(fields.Field[Any]):
    """One of a few values; `blank` takes an empty text too."""

    default_error_messages = _MESSAGES

    def __init__(self, *values: str | int, blank: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._values = values
        self._blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:  # noqa: ARG002  as above
        known = isinstance(value, str | int) and not isinstance(value, bool) and value in self._values
        if known or (self._blank and value == ""):
            return value
        permitted = ", ".join(repr(one) for one in self._values)
        raise ValidationError(f"enum: value is not a valid enumeration member; permitted: {permitted}")


class Email(Text):
    """An address of e-mail."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not _EMAIL.fullmatch(text):
            raise ValidationError("email: value is not a valid email address")
        return text


class Identifier(Text):
    """A UUID."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return str(UUID(text))
        except ValueError:
            raise ValidationError("uuid: value is not a valid uuid") from None


class Day(Text):
    """A date without a time, `YYYY-MM-DD`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if _DAY.fullmatch(text):
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                pass
        raise ValidationError("date: invalid date format")


class Instant(fields.Field[datetime]):
    """A date with a time: `Z`, `+00:00` and `+0000`, with or without a fraction; without a zone UTC (adapty.md §8)."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:  # noqa: ARG002  as above
        instant = parse_instant(value) if isinstance(value, str) else None
        if instant is None:
            raise ValidationError("datetime: invalid datetime format")
        return instant


class Number(fields.Field[Decimal]):
    """A number that is no boolean."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Decimal:  # noqa: ARG002  as above
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("float: value is not a valid float")
        return Decimal(str(value))


class Flag(fields.Field[bool]):
    """A boolean."""

    default_error_messages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:  # noqa: ARG002  as above
        if not isinstance(value, bool):
            raise ValidationError("bool: value could not be parsed to a boolean")
        return value


class Group(fields.Nested):
    """An object in the object."""

    default_error_messages = _MESSAGES


class Listing(fields.List[Any]):
    """An array of at least one item."""

    default_error_messages = _LIST_MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and not value:
            raise ValidationError("list.min_items: ensure this value has at least 1 items")
        return super()._deserialize(value, attr, data, **options)


def parse_instant(text: str) -> datetime | None:
    """The instant that an ISO 8601 text names, in UTC; None if it names none."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(re.sub(r"[.,](\d{1,6})\d*", r".\1", text.upper()))
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def faults_of(messages: Any, path: str = "") -> Iterator[Fault]:
    """A tree of marshmallow's messages as complaints, each under the dotted path of its field."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from faults_of(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    elif isinstance(messages, Sequence) and not isinstance(messages, str):
        for inner in messages:
            yield from faults_of(inner, path)
    else:
        code, _, text = str(messages).partition(": ")
        yield Fault(path or NON_FIELD, code, text)
