"""The shapes of Mbaasy's JSON: its event and resource as they go out (mbaasy.md §1-§3), uploads and answers (§8).

Keys stand in the order sent.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from mockserver.vendors.mbaasy.errors import InvalidBodyError
from mockserver.vendors.mbaasy.objects import CANCELLATION, OPTIONAL, Purchase
from mockserver.vendors.shapes import QuickSchema

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(at: datetime) -> int:
    """Unix milliseconds, cut."""
    return (at - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The instant."""
    return _EPOCH + milliseconds * _MILLISECOND


class Timestamp(fields.Field[datetime]):
    """`{"utc": "2018-02-26 10:35:47 UTC", "ms": 1519641347834}`, the text cut to seconds (§2)."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **options: Any) -> dict[str, Any] | None:  # noqa: ARG002  the shape of marshmallow's hook
        return None if value is None else dict(_timestamp(value))


@lru_cache(maxsize=256)
def _timestamp(at: datetime) -> Mapping[str, Any]:
    return {"utc": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), "ms": to_milliseconds(at)}


class PurchaseShape(QuickSchema):
    """The in-app purchase resource (§3)."""

    id = fields.String()
    version = fields.Integer()
    marketplace = fields.String()
    app_family_id = fields.String()
    fact_id = fields.String()
    app_identifier = fields.String()
    product_id = fields.String()
    quantity = fields.Integer()
    type = fields.String()
    environment = fields.String()
    country_code = fields.String()
    currency_code = fields.String()
    user_identifier = fields.String()
    is_auto_renewing = fields.Boolean()
    in_trial_period = fields.Boolean()
    in_grace_period = fields.Boolean()
    unique_identifier = fields.Integer()
    metadata = fields.Dict()
    entitlements = fields.List(fields.String())
    purchased_at = Timestamp()
    current_period_start_at = Timestamp()
    current_period_end_at = Timestamp()
    canceled_at = Timestamp()
    canceled_by = fields.String()
    created_at = Timestamp()
    updated_at = Timestamp()
    last_synced_at = Timestamp()


class EventShape(QuickSchema):
    """The envelope: seven keys (§1)."""

    id = fields.String()
    type = fields.Constant("in_app_purchase")
    name = fields.String()
    data = fields.Dict()
    previous_attributes = fields.Dict()
    new_attributes = fields.Dict()
    created_at = Timestamp()


_PURCHASE = PurchaseShape()
EVENT = EventShape()


def data_of(purchase: Purchase, *, was_canceled: bool, unset: str) -> dict[str, Any]:
    """The resource whole; what was never set is `absent` or `null` (§3, §10.3), what is unset again is null."""
    every: dict[str, Any] = _PURCHASE.dump(purchase._asdict())
    shown = {*CANCELLATION} if was_canceled else set()
    hidden = OPTIONAL - shown if unset == "absent" else frozenset()
    return {name: said for name, said in every.items() if said is not None or name not in hidden}


def diff_of(before: Purchase, after: Purchase, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old and new values of what changed, whole (§4)."""
    changed = after.changed_from(before)
    old = {name: _PURCHASE.dump_fields[name].serialize(name, before) for name in changed}
    return old, {name: data[name] for name in changed}


class Receipt(fields.String):
    """Base64, with or without the line breaks that some encoders put in."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = "".join(super()._deserialize(value, attr, data, **options).split())
        if not decoded(text):
            raise ValidationError("A receipt in base64 is wanted.")
        return text


class PurchaseData(fields.String):
    """Google's original JSON as a string: it is what was signed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if not isinstance(parsed(text.encode()), dict):
            raise ValidationError("Google's original JSON object is wanted, as a string.")
        return text


def _answerable(metadata: dict[str, Any]) -> None:
    """Refuse what could be read but not written again: orjson writes 254 levels."""
    try:
        orjson.dumps([[[metadata]]])
    except orjson.JSONEncodeError:
        raise ValidationError("Nested too deeply.") from None


def decoded(text: str) -> bytes:
    """What base64 says; nothing if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def parsed(content: bytes) -> Any:
    """The JSON of a text; None if it is none."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


_SOMETHING = validate.Length(min=1, error="Must not be blank.")


class UploadRequest(Schema):
    """What every upload may say beside its proof of purchase; what is not known is passed over."""

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE

    user_identifier = fields.String(allow_none=True)
    ip_address = fields.String(allow_none=True)
    metadata = fields.Dict(allow_none=True, validate=_answerable)


class ReceiptRequest(UploadRequest):
    """An Apple receipt."""

    receipt = Receipt(required=True, validate=_SOMETHING)
    country_code = fields.String(allow_none=True)
    identifier_for_vendor = fields.String(allow_none=True)


class PurchaseOrderRequest(UploadRequest):
    """A Google purchase with its signature."""

    purchase_data = PurchaseData(required=True, validate=_SOMETHING)
    purchase_signature = fields.String(required=True, validate=_SOMETHING)


class LegacyPurchaseOrderRequest(UploadRequest):
    """A Google purchase by its token alone."""

    package_name = fields.String(required=True, validate=_SOMETHING)
    purchase_token = fields.String(required=True, validate=_SOMETHING)
    product_id = fields.String(required=True, validate=_SOMETHING)
    order_id = fields.String(allow_none=True)


RECEIPT, PURCHASE_ORDER, LEGACY = ReceiptRequest(), PurchaseOrderRequest(), LegacyPurchaseOrderRequest()


def load(schema: Schema, content: bytes) -> dict[str, Any]:
    """The body as the schema has it.

    Raises:
        InvalidBodyError: it is no JSON object or has another form.
    """
    body = parsed(content)
    if not isinstance(body, dict):
        raise InvalidBodyError
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidBodyError(error.messages_dict) from error
    return loaded


class ReceiptShape(Schema):
    """The answer to a receipt."""

    id = fields.String()
    style = fields.String()
    app_family_id = fields.String()
    bundle_id = fields.String()
    is_fraud = fields.Boolean()
    fraud_reason = fields.String()
    environment = fields.String()
    user_identifier = fields.String()
    metadata = fields.Dict()
    ip_address = fields.String()
    in_app_purchases = fields.List(fields.Dict())
    created_at = Timestamp()
    updated_at = Timestamp()


class PurchaseOrderShape(Schema):
    """The answer to a purchase order."""

    id = fields.String()
    app_family_id = fields.String()
    package_name = fields.String()
    is_legacy = fields.Boolean()
    is_fraud = fields.Boolean()
    fraud_reason = fields.String()
    environment = fields.String()
    purchase_token = fields.String()
    order_id = fields.String()
    user_identifier = fields.String()
    metadata = fields.Dict()
    ip_address = fields.String()
    in_app_purchase = fields.Dict()
    created_at = Timestamp()
    updated_at = Timestamp()


RECEIPT_ANSWER, PURCHASE_ORDER_ANSWER = ReceiptShape(), PurchaseOrderShape()
