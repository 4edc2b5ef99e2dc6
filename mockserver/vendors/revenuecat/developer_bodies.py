"""The bodies of calls of v2 and of the dashboard: one that has another form is refused whole (revenuecat.md §12)."""

from __future__ import annotations

from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, validate

from mockserver.vendors.revenuecat.attributes import CUSTOM_LIMIT, Sent, fault
from mockserver.vendors.revenuecat.bodies import first_of, parsed
from mockserver.vendors.revenuecat.errors import InvalidRequestError, ParameterError
from mockserver.vendors.revenuecat.events import Type

_LONGEST = 255


class Transfer(NamedTuple):
    """Whom purchases go to, and of which apps; None means all."""

    target_customer_id: str
    app_ids: tuple[str, ...] | None


class Enrollment(NamedTuple):
    """The part of an experiment that a customer gets."""

    experiment_id: str
    variant: str
    offering_id: str | None


class DeveloperAttributeBody(Schema):
    """One attribute of v2; null deletes it."""

    name = fields.String(required=True, validate=validate.Length(min=1))
    value = fields.String(required=True, allow_none=True)


class DeveloperAttributesBody(Schema):
    """From one to fifty attributes."""

    attributes = fields.List(
        fields.Nested(DeveloperAttributeBody),
        required=True,
        validate=validate.Length(1, CUSTOM_LIMIT, error="From {min} to {max} attributes are wanted."),
    )


class TransferBody(Schema):
    """Whom a customer's purchases are to go to."""

    target_customer_id = fields.String(required=True, validate=validate.Length(min=1))
    app_ids = fields.List(fields.String(validate=validate.Length(1, _LONGEST)), allow_none=True)


class WebhookBody(Schema):
    """A webhook integration; a change of one may leave out anything."""

    name = fields.String(required=True, validate=validate.Length(1, 1500))
    url = fields.Url(required=True, require_tld=False, schemes={"http", "https"}, validate=validate.Length(max=5000))
    authorization_header = fields.String(
        allow_none=True, validate=[validate.Length(max=5000), validate.Regexp(r"[\x20-\x7e]*\Z")]
    )
    environment = fields.String(allow_none=True, validate=validate.OneOf(["production", "sandbox"]))
    event_types = fields.List(
        fields.String(
            validate=validate.OneOf([one.lower() for one in Type if one is not Type.TEST], error="Unknown event type.")
        ),
        allow_none=True,
    )
    app_id = fields.String(allow_none=True, validate=validate.Length(1, _LONGEST))


class EnrollmentBody(Schema):
    """What a customer is enrolled in."""

    experiment_id = fields.String(required=True, validate=validate.Length(1, _LONGEST))
    experiment_variant = fields.String(required=True, validate=validate.Length(1, _LONGEST))
    offering_id = fields.String(allow_none=True, load_default=None)


_DEVELOPER = DeveloperAttributesBody()
_TRANSFER, _ENROLLMENT = TransferBody(), EnrollmentBody()
_NEW_WEBHOOK, _CHANGED_WEBHOOK = WebhookBody(), WebhookBody(partial=True)


def developer_attributes(content: bytes) -> dict[str, Sent]:
    """The attributes of a v2 body: all of them are good, or none is kept.

    Raises:
        InvalidRequestError: it is no JSON.
        ParameterError: it has another form, or one of them breaks a rule.
    """
    loaded = _developed(_DEVELOPER, content)
    for number, one in enumerate(loaded["attributes"]):
        reason = fault(one["name"], one["value"])
        if reason is not None:
            raise ParameterError(reason, param=f"attributes[{number}]")
    return {one["name"]: Sent(one["value"]) for one in loaded["attributes"]}


def transfer(content: bytes) -> Transfer:
    """Whom a customer's purchases are to go to.

    Raises:
        InvalidRequestError: it is no JSON.
        ParameterError: it has another form.
    """
    body = _developed(_TRANSFER, content)
    app_ids = body.get("app_ids")
    return Transfer(body["target_customer_id"], None if app_ids is None else tuple(app_ids))


def enrollment(content: bytes) -> Enrollment:
    """What a customer is enrolled in.

    Raises:
        InvalidRequestError: it is no JSON.
        ParameterError: it has another form.
    """
    body = _developed(_ENROLLMENT, content)
    return Enrollment(body["experiment_id"], body["experiment_variant"], body["offering_id"])


def webhook(content: bytes, *, is_new: bool) -> dict[str, Any]:
    """A webhook integration, or what is to change of one.

    Raises:
        InvalidRequestError: it is no JSON.
        ParameterError: it has another form.
    """
    return _developed(_NEW_WEBHOOK if is_new else _CHANGED_WEBHOOK, content)


def _developed(schema: Schema, content: bytes) -> dict[str, Any]:
    body = parsed(content)
    if not isinstance(body, dict):
        raise InvalidRequestError
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        path, message = first_of(error.messages)
        raise ParameterError(message, param=path) from error
    return loaded
