"""The shapes Nami writes: its batch for mParticle and its webhook's bodies. Keys stand in the order sent.

What is absent from the values is absent from the JSON; a key that must be there empty has None.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from marshmallow import INCLUDE, ValidationError, fields, validate

from mockserver.vendors.shapes import QuickSchema


class Millis(fields.Field[datetime]):
    """An instant, as milliseconds since 1970 on the wire."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> int | None:  # noqa: ARG002  marshmallow's shape
        return None if value is None else round(value.timestamp() * 1000)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002  as above
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("An integer of milliseconds is wanted.")
        return datetime.fromtimestamp(value / 1000, UTC)


class Money(fields.Field[Decimal]):
    """An amount: a decimal here, a JSON number that reads the same on the wire."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float | None:  # noqa: ARG002  as above
        return None if value is None else float(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:  # noqa: ARG002  as above
        if isinstance(value, bool):
            raise ValidationError("A number is wanted.")
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError("A number is wanted.") from error


@lru_cache(maxsize=256)
def _spelled(at: datetime, spelling: str) -> str:
    return at.astimezone(UTC).strftime(spelling)


class Instant(fields.Field[datetime]):
    """An ISO 8601 instant, spelled in one of the three ways that one document of Nami's shows (nami.md §7)."""

    def __init__(self, spelling: str, **more: Any) -> None:
        super().__init__(**more)
        self._spelling = spelling

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002  as above
        return None if value is None else _spelled(value, self._spelling)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002  as above
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise ValidationError("An ISO 8601 instant is wanted.") from error


CREATED = "%Y-%m-%dT%H:%M:%S.%f+00:00"
WHOLE_SECONDS = "%Y-%m-%dT%H:%M:%SZ"
FRACTIONS = "%Y-%m-%dT%H:%M:%S.%fZ"


class Shape(QuickSchema):
    """A shape that keeps what it does not know."""

    class Meta:
        """What marshmallow is told of every shape."""

        unknown = INCLUDE


class CustomAttributesSchema(Shape):
    """Everything as text; the first three are of `user.*` events, the rest of devices' (nami.md §3)."""

    namiml_event_category = fields.String(required=True, validate=validate.OneOf(["user", "device"]))
    namiml_event_subcategory1 = fields.String(validate=validate.OneOf(["subscription", "journey"]))
    event_platform = fields.String(validate=validate.OneOf(["apple", "google"]))
    app_env = fields.String()
    locale = fields.String()
    impression_id = fields.String()
    original_transaction_id = fields.String()
    purchase_env = fields.String(validate=validate.OneOf(["production", "sandbox"]))
    source = fields.String()
    subscription_interval = fields.String(
        validate=validate.OneOf(["day", "week", "month", "quarter", "halfyear", "year"])
    )
    subcription_interval_count = fields.String()  # the missing "s" is Nami's
    app_platform_id = fields.String()  # this and the rest are of impressions
    controller_name = fields.String()
    cta_type = fields.String()
    developer_paywall_id = fields.String()
    initiator = fields.String(validate=validate.OneOf(["nami_ml", "nami_rules", "user", "unknown"]))
    id = fields.String()
    name = fields.String()


class ProductSchema(Shape):
    """What was bought."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    price = Money(required=True)
    quantity = fields.Integer(required=True)


class ProductActionSchema(Shape):
    """A purchase; all but the action can be switched off."""

    action = fields.String(required=True, validate=validate.Equal("purchase"))
    transaction_id = fields.String()
    total_amount = Money()
    products = fields.List(fields.Nested(ProductSchema), validate=validate.Length(equal=1))


class EventDataSchema(Shape):
    """A custom event has a name, a commerce event a product action."""

    event_name = fields.String()
    custom_event_type = fields.String(validate=validate.OneOf(["transaction", "other", "impression"]))
    source_message_id = fields.String(required=True)
    timestamp_unixtime_ms = Millis(required=True)
    custom_attributes = fields.Nested(CustomAttributesSchema, required=True)
    product_action = fields.Nested(ProductActionSchema)
    currency_code = fields.String(validate=validate.Length(equal=3))


class FeedEventSchema(Shape):
    """An event with its mParticle type."""

    data = fields.Nested(EventDataSchema, required=True)
    event_type = fields.String(required=True, validate=validate.OneOf(["custom_event", "commerce_event"]))


class UserAttributesSchema(Shape):
    """Arrays of texts, and texts that say true or false (nami.md §4)."""

    namiml_active_entitlements = fields.List(fields.String(), required=True)
    namiml_active_skus = fields.List(fields.String(), required=True)
    namiml_device_ids = fields.List(fields.String(), required=True)
    namiml_device_platforms = fields.List(fields.String(), required=True)
    namiml_former_subscriber = fields.String(required=True)
    namiml_in_grace_period = fields.String(required=True)
    namiml_in_trial_period = fields.String(required=True)
    namiml_in_intro_offer_period = fields.String(required=True)


class BatchSchema(Shape):
    """The batch of one event that a feed posts; never an mpid (nami.md §6)."""

    events = fields.List(fields.Nested(FeedEventSchema), required=True, validate=validate.Length(equal=1))
    source_request_id = fields.String(required=True)
    user_attributes = fields.Nested(UserAttributesSchema)
    device_info = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    application_info = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    user_identities = fields.Dict(keys=fields.String(), values=fields.String())
    partner_identities = fields.Dict(keys=fields.String(), values=fields.String())
    partner_identity = fields.String()
    schema_version = fields.Integer()
    environment = fields.String(required=True, validate=validate.OneOf(["production", "development"]))


class EntitlementSchema(Shape):
    """An active entitlement and the purchase behind it."""

    description = fields.String(required=True)
    entitlement_ref_id = fields.String(required=True)
    expiration = Instant(WHOLE_SECONDS, required=True, allow_none=True)
    last_verified = Instant(FRACTIONS, required=True)
    name = fields.String(required=True)
    purchase_platform = fields.String(required=True)
    sku_ref_id = fields.String(required=True)
    pending_sku_ref_id = fields.String()


class JourneySchema(Shape):
    """Seven flags."""

    former_subscriber = fields.Boolean(required=True)
    in_account_hold = fields.Boolean(required=True)
    in_grace_period = fields.Boolean(required=True)
    in_trial_period = fields.Boolean(required=True)
    in_intro_offer_period = fields.Boolean(required=True)
    in_pause = fields.Boolean(required=True)
    is_cancelled = fields.Boolean(required=True)


class AppPlatformSchema(Shape):
    """The app on one platform, as the Control Center knows it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    platform_type = fields.String(required=True)
    marketplace_app_id = fields.String(required=True)


class DeviceSchema(Shape):
    """A device of the user."""

    id = fields.String(required=True)
    platform = fields.Nested(AppPlatformSchema, required=True)


class ExternalIdSchema(Shape):
    """An id that others gave the user or the purchase."""

    key = fields.String(required=True)
    type = fields.String(required=True)
    value = fields.String(required=True)


class WebhookSchema(Shape):
    """What every webhook has, what `user.*` events add, and what transactions and purchase.updated add (nami.md §7)."""

    active_entitlements = fields.List(fields.Nested(EntitlementSchema))
    customer_journey_state = fields.Nested(JourneySchema)
    devices = fields.List(fields.Nested(DeviceSchema))
    event_type = fields.String(required=True)
    event_platform = fields.String()
    external_ids = fields.List(fields.Nested(ExternalIdSchema))
    app_env = fields.String()
    locale = fields.String()
    impression_id = fields.String()
    original_transaction_id = fields.String()
    purchase_env = fields.String()
    source = fields.String()
    subscription_interval = fields.String()
    subcription_interval_count = fields.String()
    app_platform_id = fields.String()
    controller_name = fields.String()
    cta_type = fields.String()
    developer_paywall_id = fields.String()
    initiator = fields.String()
    name = fields.String()
    collapse_key = fields.String()
    billing_cycles = fields.Integer(allow_none=True)
    canceled_at = Instant(WHOLE_SECONDS, allow_none=True)
    current_term_length = fields.String(allow_none=True)
    devices_with_access = fields.List(fields.String())
    entitlements = fields.List(fields.String())
    expires_at = Instant(WHOLE_SECONDS, allow_none=True)
    is_active = fields.Boolean(allow_none=True)
    is_auto_renewable = fields.Boolean(allow_none=True)
    is_free_trial_conversion = fields.Boolean(allow_none=True)
    user_id = fields.String(required=True)
    id = fields.String(required=True)
    created_date = Instant(CREATED, required=True)


BATCH = BatchSchema()
WEBHOOK = WebhookSchema()
