"""The bodies of calls: their shapes, and RevenueCat's refusals of other shapes (revenuecat.md §12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from mockserver.vendors.revenuecat.attributes import Sent, sent_attributes
from mockserver.vendors.revenuecat.errors import (
    AttributesBodyError,
    BadRequestError,
    InvalidReceiptError,
)
from mockserver.vendors.revenuecat.ids import checked_id

DURATIONS = (
    *("daily", "three_day", "weekly", "two_week", "monthly", "two_month", "three_month", "six_month"),
    *("yearly", "lifetime"),
)
NETWORKS = ("0", "1", "2", "3", "4", "5")
_LONGEST = 255
_LAST_MILLISECOND = 253_339_228_799_999  # of the year 9997: any duration may follow


class Receipt(NamedTuple):
    """A receipt of somebody's, perhaps with attributes."""

    app_user_id: str
    fetch_token: str
    attributes: dict[str, Sent]


class Wanted(NamedTuple):
    """A grant: until an end, or for a duration from a start."""

    end_time_ms: int | None
    duration: str
    start_time_ms: int | None


class Body(Schema):
    """A body: what is not known is passed over."""

    class Meta:
        """What marshmallow is told of every body."""

        unknown = EXCLUDE


class Instant(fields.Field[int]):
    """An integer of milliseconds that a calendar knows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002  marshmallow's shape
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LAST_MILLISECOND:
            raise ValidationError("An integer of milliseconds is wanted.")
        return value


class GrantBody(Body):
    """`end_time_ms`, or the deprecated `duration` with its start."""

    end_time_ms = Instant(allow_none=True)
    duration = fields.String(allow_none=True, validate=validate.OneOf(DURATIONS))
    start_time_ms = Instant(allow_none=True)

    @validates_schema
    def has_end(self, data: dict[str, Any], **_: Any) -> None:
        """Without an end there is a duration."""
        if data.get("end_time_ms") is None and data.get("duration") is None:
            raise ValidationError("Either end_time_ms or duration is wanted.", "end_time_ms")


class AttributionBody(Body):
    """What an attribution network said."""

    data = fields.Dict(required=True)
    network = fields.String(required=True, validate=validate.OneOf(NETWORKS))


class ReceiptBody(Body):
    """A receipt; of the many things that may be said about it only these matter here."""

    app_user_id = fields.String(required=True)
    fetch_token = fields.String(required=True)
    attributes = fields.Raw(allow_none=True)


_GRANT, _ATTRIBUTION, _RECEIPT = GrantBody(), AttributionBody(), ReceiptBody()


def attributes(content: bytes) -> dict[str, Sent]:
    """The attributes of a v1 body.

    Raises:
        BadRequestError: it is no JSON object.
        AttributesBodyError: the attributes have another form.
    """
    body = _object(content)
    if "attributes" not in body:
        raise AttributesBodyError("There are no attributes.")
    return sent_attributes(body["attributes"])


def receipt(content: bytes) -> Receipt:
    """The receipt of a body.

    Raises:
        BadRequestError: it has another form.
        InvalidReceiptError: the token is empty.
        EmptyIdError, InvalidIdError: it cannot be anybody's.
        AttributesBodyError: the attributes have another form.
    """
    body = _load(_RECEIPT, content)
    if not body["fetch_token"].strip():
        raise InvalidReceiptError
    sent = sent_attributes(body.get("attributes") or {})
    return Receipt(checked_id(body["app_user_id"]), body["fetch_token"], sent)


def grant(content: bytes) -> Wanted:
    """The grant that a body asks for.

    Raises:
        BadRequestError: it has another form.
    """
    body = _load(_GRANT, content)
    return Wanted(body.get("end_time_ms"), body.get("duration") or "", body.get("start_time_ms"))


def attribution(content: bytes) -> Mapping[str, Any]:
    """What a network said.

    Raises:
        BadRequestError: it has another form.
    """
    return _load(_ATTRIBUTION, content)


def first_of(messages: Any, path: str = "") -> tuple[str, str]:
    """The first of marshmallow's messages, and the path of what it is about."""
    if isinstance(messages, dict):
        key, inner = next(iter(messages.items()))
        name = f"[{key}]" if isinstance(key, int) else "" if key == "_schema" else f".{key}"
        return first_of(inner, f"{path}{name}")
    return path.lstrip("."), str(messages[0] if isinstance(messages, list) else messages)


def _load(schema: Schema, content: bytes) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(_object(content))
    except ValidationError as error:
        path, message = first_of(error.messages)
        raise BadRequestError(f"{path}: {message}" if path else message) from error
    return loaded


def _object(content: bytes) -> dict[str, Any]:
    body = parsed(content)
    if not isinstance(body, dict):
        raise BadRequestError("The body is no JSON object.")
    return body


def parsed(content: bytes) -> Any:
    """The JSON of a body, None where it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
