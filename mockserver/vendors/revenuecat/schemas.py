"""The shapes RevenueCat writes: its batch for mParticle, its webhook's envelope, the Subscriber of its API.

Keys stand in the order sent. What is absent from the values is absent from the JSON; a key that must be there empty
has None.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

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
        return None if value is None else float(value) + 0.0  # never -0.0

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:  # noqa: ARG002  as above
        if isinstance(value, bool):
            raise ValidationError("A number is wanted.")
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError("A number is wanted.") from error


class Shape(QuickSchema):
    """A shape that keeps what it does not know: RevenueCat adds fields without a new version."""

    class Meta:
        """What marshmallow is told of every shape."""

        unknown = INCLUDE


class CustomAttributesSchema(Shape):
    """By what mParticle's users find the events of this feed (revenuecat.md §4)."""

    revenuecat_expiration_reason = fields.String()
    revenuecat_new_product_id = fields.String()
    revenuecat_product_id = fields.String()
    revenuecat_event = fields.String(required=True)
    revenuecat_auto_resume_at_ms = Millis()
    revenuecat_transferred_from = fields.String()
    revenuecat_transferred_to = fields.String()


class ProductSchema(Shape):
    """The one product of a commerce event."""

    id = fields.String(required=True)
    price = Money(required=True)
    quantity = fields.Integer(required=True)
    total_product_amount = Money(required=True)


class ProductActionSchema(Shape):
    """A purchase or a refund."""

    action = fields.String(required=True, validate=validate.OneOf(["purchase", "refund"]))
    transaction_id = fields.String(required=True, allow_none=True)
    total_amount = Money(required=True)
    products = fields.List(fields.Nested(ProductSchema), required=True, validate=validate.Length(equal=1))


class EventDataSchema(Shape):
    """A custom event has a name, a commerce event a product action."""

    event_name = fields.String()
    custom_event_type = fields.String(validate=validate.Equal("transaction"))
    source_message_id = fields.String(required=True)
    timestamp_unixtime_ms = Millis(required=True)
    custom_attributes = fields.Nested(CustomAttributesSchema, required=True)
    product_action = fields.Nested(ProductActionSchema)
    currency_code = fields.String()
    is_non_interactive = fields.Boolean()


class FeedEventSchema(Shape):
    """An event with its mParticle type."""

    data = fields.Nested(EventDataSchema, required=True)
    event_type = fields.String(required=True, validate=validate.OneOf(["custom_event", "commerce_event"]))


class BatchSchema(Shape):
    """The batch of exactly one event that the feed posts (revenuecat.md §3)."""

    events = fields.List(fields.Nested(FeedEventSchema), required=True, validate=validate.Length(equal=1))
    source_request_id = fields.String(required=True)
    user_attributes = fields.Dict(keys=fields.String(), required=True)
    device_info = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    application_info = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    user_identities = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    schema_version = fields.Integer(required=True, validate=validate.Equal(2))
    environment = fields.String(required=True, validate=validate.OneOf(["production", "development"]))
    mpid = fields.String(required=True)


class AttributeSchema(Shape):
    """One subscriber attribute."""

    value = fields.String(required=True)
    updated_at_ms = Millis(required=True)


class WebhookEventSchema(Shape):
    """The event of a webhook; which keys it has depends on its type (revenuecat.md §11)."""

    event_timestamp_ms = Millis(required=True)
    product_id = fields.String(allow_none=True)
    new_product_id = fields.String(allow_none=True)
    period_type = fields.String(allow_none=True)
    purchased_at_ms = Millis(allow_none=True)
    expiration_at_ms = Millis(allow_none=True)
    grace_period_expiration_at_ms = Millis(allow_none=True)
    auto_resume_at_ms = Millis(allow_none=True)
    environment = fields.String()
    entitlement_id = fields.String(allow_none=True)
    entitlement_ids = fields.List(fields.String(), allow_none=True)
    presented_offering_id = fields.String(allow_none=True)
    transaction_id = fields.String(allow_none=True)
    original_transaction_id = fields.String(allow_none=True)
    is_family_share = fields.Boolean(allow_none=True)
    country_code = fields.String(allow_none=True)
    product_display_name = fields.String()
    adjustments = fields.List(fields.Dict())
    source = fields.String()
    purchase_environment = fields.String()
    virtual_currency_transaction_id = fields.String()
    app_user_id = fields.String()
    aliases = fields.List(fields.String())
    original_app_user_id = fields.String()
    transferred_from = fields.List(fields.String())
    transferred_to = fields.List(fields.String())
    cancel_reason = fields.String()
    expiration_reason = fields.String()
    is_trial_conversion = fields.Boolean()
    renewal_number = fields.Integer(allow_none=True)
    metadata = fields.Raw(allow_none=True)
    currency = fields.String(allow_none=True)
    price = Money(allow_none=True)
    price_in_purchased_currency = Money(allow_none=True)
    subscriber_attributes = fields.Dict(keys=fields.String(), values=fields.Nested(AttributeSchema))
    experiments = fields.List(fields.Dict())
    experiment_id = fields.String()
    experiment_variant = fields.String()
    offering_id = fields.String(allow_none=True)
    experiment_enrolled_at_ms = Millis()
    enrolled_at_ms = Millis()
    store = fields.String()
    takehome_percentage = Money(allow_none=True)
    offer_code = fields.String(allow_none=True)
    tax_percentage = Money(allow_none=True)
    commission_percentage = Money(allow_none=True)
    type = fields.String(required=True)
    id = fields.String(required=True)
    app_id = fields.String()


class WebhookSchema(Shape):
    """What a webhook's body holds."""

    event = fields.Nested(WebhookEventSchema, required=True)
    api_version = fields.String(required=True, validate=validate.Equal("1.0"))


class Iso(fields.Field[datetime]):
    """An instant, to the second, as v1 of the API has it."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002  as above
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class TransactionId(fields.Field[str]):
    """A store's id of a transaction: a number if the App Store gave it, else text (revenuecat.md §12, Traps)."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> int | str:  # noqa: ARG002  as above
        return int(value) if obj.store == "app_store" and value.isdecimal() else str(value)


class PriceSchema(Schema):
    """What was paid, in the currency it was paid in."""

    amount = Money(required=True)
    currency = fields.String(required=True)


class EntitlementSchema(Schema):
    """What a purchase unlocks, also when it has ended."""

    expires_date = Iso()
    grace_period_expires_date = Iso()
    product_identifier = fields.String()
    product_plan_identifier = fields.String()
    purchase_date = Iso()


class SubscriptionSchema(Schema):
    """A subscription or a grant, as it stands."""

    auto_resume_date = Iso()
    billing_issues_detected_at = Iso()
    display_name = fields.String(allow_none=True)
    expires_date = Iso()
    grace_period_expires_date = Iso()
    is_sandbox = fields.Boolean()
    original_purchase_date = Iso()
    ownership_type = fields.String()
    period_type = fields.String()
    price = fields.Nested(PriceSchema)
    product_plan_identifier = fields.String()
    purchase_date = Iso()
    refunded_at = Iso()
    store = fields.String()
    store_transaction_id = TransactionId()
    unsubscribe_detected_at = Iso()


class NonSubscriptionSchema(Schema):
    """One purchase of what does not renew."""

    display_name = fields.String(allow_none=True)
    id = fields.String()
    is_sandbox = fields.Boolean()
    price = fields.Nested(PriceSchema)
    purchase_date = Iso()
    store = fields.String()
    store_transaction_id = TransactionId()


def _by_name(shape: type[Schema], *, many: bool = False) -> fields.Dict:
    """Objects by name."""
    return fields.Dict(keys=fields.String(), values=fields.Nested(shape, many=many))


class SubscriberSchema(Schema):
    """A customer; the attributes only for who may see them."""

    entitlements = _by_name(EntitlementSchema)
    first_seen = Iso()
    last_seen = Iso()
    management_url = fields.String(allow_none=True)
    non_subscriptions = _by_name(NonSubscriptionSchema, many=True)
    original_app_user_id = fields.String()
    original_application_version = fields.String(allow_none=True)
    original_purchase_date = Iso()
    other_purchases = fields.Dict()
    subscriber_attributes = fields.Dict()
    subscriptions = _by_name(SubscriptionSchema)


class SubscriberAnswerSchema(Schema):
    """The Subscriber object of an instant (revenuecat.md §12)."""

    request_date = Iso()
    request_date_ms = Millis()
    subscriber = fields.Nested(SubscriberSchema)


BATCH = BatchSchema()
SUBSCRIBER = SubscriberAnswerSchema()
WEBHOOK = WebhookSchema()
