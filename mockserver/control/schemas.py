"""What the shapes of several resources share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from mockserver.control.errors import by_field
from mockserver.errors import nearest
from mockserver.tenants import DEFAULT

LARGEST = 2**63 - 1
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Shape(Schema):
    """A shape that passes nothing unknown over, and says what was probably meant."""

    class Meta:
        """Options."""

        unknown = RAISE

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's signature
        """Name the nearest known field beside each unknown one."""
        known = [field.data_key or name for name, field in self.load_fields.items()]
        for name in set(by_field(error)) - set(known) - {"_schema"}:
            if isinstance(error.messages, dict):
                error.messages[name] = [f"Unknown field.{nearest(str(name), known)}"]


class InTenant(Shape):
    """The query of whatever belongs to a tenant."""

    tenant = fields.String(load_default=DEFAULT, metadata={"description": "Whose; `default` unless said."})


class Instant(fields.AwareDateTime):
    """An instant as ISO 8601 with its zone; written in UTC to the millisecond, with a Z."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)
        self.validators.append(_is_sensible)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002  marshmallow's signature
        return None if value is None else written(value)


def written(instant: datetime) -> str:
    """An aware instant as this API writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_sensible(instant: datetime) -> bool:
    """Whether calendars and clocks can go on from an instant."""
    return _EARLIEST <= instant < _LATEST


def _is_sensible(instant: datetime) -> None:
    if not is_sensible(instant):
        raise ValidationError("An instant from 1970 to 8999 is wanted.")


class Texts(fields.Dict):
    """A JSON object of texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=fields.String(), values=fields.String(), **options)


class Whole(fields.Integer):
    """A whole number, as a number or (in a query) as text; 1.5 is none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def whole(low: int = 0, high: int = LARGEST, **options: Any) -> Whole:
    """A whole number in a range."""
    return Whole(validate=validate.Range(low, high), **options)


def number(low: float, high: float, **options: Any) -> fields.Float:
    """A number in a range."""
    return fields.Float(validate=validate.Range(low, high), **options)


class ProblemSchema(Schema):
    """An error (RFC 9457)."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "One sentence that says what is wrong."})
    instance = fields.String()
    errors = fields.Raw(metadata={"description": "Messages by field, where fields are wrong."})


def shown(values: Mapping[str, str]) -> dict[str, str]:
    """A mapping whose values are nobody's business."""
    return dict.fromkeys(values, "***")
