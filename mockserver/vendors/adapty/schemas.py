"""The shapes of Adapty's payloads: requests as they come in (adapty.md §4, §7), the profile as it goes out (§5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from mockserver.vendors.adapty.errors import InvalidBodyError, ParseError
from mockserver.vendors.adapty.fields import (
    Choice,
    Day,
    Email,
    Flag,
    Group,
    Identifier,
    Instant,
    Listing,
    Number,
    Text,
    faults_of,
)
from mockserver.vendors.adapty.objects import AccessLevel, Profile, Purchase

PLATFORMS = ("iOS", "macOS", "iPadOS", "visionOS", "Android", "web")
ATTRIBUTE_LIMIT = 30
LONGEST_VALUE = 50  # adapty.md §7, §17: 50 in the newest pages, 30 in older ones
CANCELLATION_REASONS = (
    "voluntarily_cancelled",
    "billing_error",
    "price_increase",
    "product_was_not_available",
    "refund",
    "cancelled_by_developer",
    "new_subscription_replace",
    "upgraded",
    "unknown",
    "adapty_revoked",
)


_MESSAGES = {"type": "dict: value is not a valid dict"}


class Request(Schema):
    """A body that comes in: what is not known is passed over, as Adapty does."""

    error_messages = _MESSAGES

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE


class AttributeValue(Text):
    """A text of at most 50 characters or a number; booleans and integers become floats, null and "" delete (§7)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, int | float):
            return float(value)
        return super()._deserialize(value, attr, data, **options)


class AttributePair(Request):
    """One custom attribute."""

    key = Text(required=True, longest=30, pattern=r"[A-Za-z0-9._-]+")
    value = AttributeValue(required=True, allow_none=True, longest=LONGEST_VALUE)


class InstallationMeta(Request):
    """The device of a profile. Empty texts are sent in practice, so only the types are checked."""

    device_id = Text(required=True)
    device = Text(allow_none=True)
    locale = Text(allow_none=True)
    os = Text(allow_none=True)
    platform = Choice(*PLATFORMS, blank=True, allow_none=True)
    timezone = Text(allow_none=True)
    user_agent = Text(allow_none=True)
    app_build = Text(allow_none=True)
    app_version = Text(allow_none=True)
    adapty_sdk_version = Text(allow_none=True)
    idfa = Text(allow_none=True)
    idfv = Text(allow_none=True)
    advertising_id = Text(allow_none=True)
    android_id = Text(allow_none=True)
    android_app_set_id = Text(allow_none=True)


class ProfileRequest(Request):
    """Create and update (§4.1). Nothing is required: the OpenAPI page wants `installation_meta`, clients do not."""

    first_name = Text(allow_none=True)
    last_name = Text(allow_none=True)
    phone_number = Text(allow_none=True)
    gender = Choice("f", "m", "o", allow_none=True)
    email = Email(allow_none=True)
    birthday = Day(allow_none=True)
    ip_country = Text(allow_none=True, pattern="[A-Za-z]{2}")
    store_country = Text(allow_none=True, pattern="[A-Za-z]{2}")
    ip_v4_address = Text(allow_none=True)
    store = Choice("app_store", "play_store", "stripe", "adapty", "paddle", allow_none=True)
    store_account_token = Identifier(allow_none=True)
    att_status = Choice(0, 1, 2, 3, allow_none=True)
    analytics_disabled = Flag(allow_none=True)
    custom_attributes = Listing(Group(AttributePair))
    installation_meta = Group(InstallationMeta)


class GrantRequest(Request):
    """Grant an access level (§4.2)."""

    access_level_id = Text(required=True)
    starts_at = Instant(allow_none=True, load_default=None)
    expires_at = Instant(allow_none=True, load_default=None)


class RevokeRequest(Request):
    """Revoke an access level (§4.3)."""

    access_level_id = Text(required=True)
    revoke_at = Instant(allow_none=True, load_default=None)


class Price(Request):
    """What was paid."""

    country = Text(required=True, pattern="[A-Za-z]{2}")
    currency = Text(required=True, pattern="[A-Za-z]{3}")
    value = Number(required=True)


class OfferRequest(Request):
    """The offer that a transaction used."""

    category = Choice("introductory", "promotional", "offer_code", "win_back", required=True)
    type = Choice("free_trial", "pay_as_you_go", "pay_up_front", required=True)
    id = Text(allow_none=True, load_default=None)


class Transaction(Request):
    """What both kinds of transaction share (§4.4)."""

    purchase_type = Choice("subscription", "one_time_purchase", required=True)
    store = Text(required=True)
    environment = Choice("Production", "Sandbox", load_default="Production")
    store_product_id = Text(required=True)
    store_transaction_id = Text(required=True, longest=50)
    store_original_transaction_id = Text(required=True)
    is_family_shared = Flag(load_default=False)
    price = Group(Price, required=True)
    purchased_at = Instant(required=True)
    variation_id = Text(allow_none=True, load_default=None)
    offer = Group(OfferRequest, allow_none=True, load_default=None)
    refunded_at = Instant(allow_none=True, load_default=None)
    cancellation_reason = Choice(*CANCELLATION_REASONS, allow_none=True, load_default=None)


class SubscriptionTransaction(Transaction):
    """A transaction of a chain."""

    originally_purchased_at = Instant(required=True)
    expires_at = Instant(required=True)
    renew_status = Flag(required=True)
    renew_status_changed_at = Instant(allow_none=True, load_default=None)
    billing_issue_detected_at = Instant(allow_none=True, load_default=None)
    grace_period_expires_at = Instant(allow_none=True, load_default=None)


PROFILE = ProfileRequest()
GRANT = GrantRequest()
REVOKE = RevokeRequest()
ONE_TIME = Transaction()
SUBSCRIPTION = SubscriptionTransaction()


def parse(content: bytes) -> Any:
    """The JSON of a body; an empty body is an empty object, which public clients send on create.

    Raises:
        ParseError: it is no JSON.
    """
    if not content.strip():
        return {}
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ParseError(str(error)) from error


def load(schema: Schema, content: bytes) -> dict[str, Any]:
    """The body as the schema has it.

    Raises:
        ParseError: it is no JSON.
        InvalidBodyError: it has another form.
    """
    try:
        loaded: dict[str, Any] = schema.load(parse(content))
    except ValidationError as error:
        raise InvalidBodyError(tuple(faults_of(error.messages))) from error
    return loaded


def load_transaction(content: bytes) -> dict[str, Any]:
    """A transaction, by the schema of its `purchase_type`.

    Raises:
        ParseError: it is no JSON.
        InvalidBodyError: it has another form.
    """
    value = parse(content)
    one_time = isinstance(value, Mapping) and value.get("purchase_type") == "one_time_purchase"
    return load(ONE_TIME if one_time else SUBSCRIPTION, content)


class Moment(fields.Field[datetime]):
    """An instant as v2 answers it: Python's isoformat with a colon in the offset (§8)."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **options: Any) -> str | None:  # noqa: ARG002  the shape of marshmallow's hook
        return None if value is None else value.astimezone(UTC).isoformat()


class OfferShape(Schema):
    """An offer as it goes out."""

    category = fields.String()
    type = fields.String()
    id = fields.String()


class NonSubscriptionShape(Schema):
    """A purchase that does not renew: exactly the ten keys of §5.3."""

    purchase_id = fields.Function(lambda one: purchase_id(one))  # noqa: PLW0108  the field hides the function of its name
    store = fields.String()
    store_product_id = fields.String()
    store_base_plan_id = fields.String()
    store_transaction_id = fields.String()
    store_original_transaction_id = fields.String()
    purchased_at = Moment()
    environment = fields.String()
    is_refund = fields.Boolean()
    is_consumable = fields.Boolean()


class SubscriptionShape(Schema):
    """A chain of charges (§5.2)."""

    store = fields.String()
    store_product_id = fields.String()
    store_base_plan_id = fields.String()
    store_transaction_id = fields.String()
    store_original_transaction_id = fields.String()
    offer = fields.Nested(OfferShape)
    environment = fields.String()
    purchased_at = Moment()
    originally_purchased_at = Moment()
    expires_at = Moment()
    renewal_cancelled_at = Moment()
    billing_issue_detected_at = Moment()
    is_in_grace_period = fields.Boolean()
    cancellation_reason = fields.String()


class AccessLevelShape(SubscriptionShape):
    """An access level (§5.2). The newest pages have no `environment` here, older ones do: it is left out (§17)."""

    class Meta:
        """marshmallow's options."""

        exclude = ("environment", "expires_at")

    starts_at = Moment()
    access_until = Moment(data_key="expires_at")


class ProfileShape(Schema):
    """A profile: exactly the ten keys of §5.1, arrays where there is nothing, no `is_active` anywhere."""

    app_id = fields.String()
    profile_id = fields.String()
    customer_user_id = fields.String()
    total_revenue_usd = fields.Float()
    segment_hash = fields.String()
    timestamp = fields.Integer()
    custom_attributes = fields.Function(
        lambda one: [{"key": key, "value": value} for key, value in one.custom_attributes.items()]
    )
    access_levels = fields.Function(lambda one: [_access_level(level) for level in one.access_levels])
    subscriptions = fields.List(fields.Nested(SubscriptionShape))
    non_subscriptions = fields.List(fields.Nested(NonSubscriptionShape))


_ACCESS_LEVEL = AccessLevelShape()
_PROFILE = ProfileShape()


def _access_level(level: AccessLevel) -> dict[str, Any]:
    return {"access_level_id": level.access_level_id, **_ACCESS_LEVEL.dump(level.purchase)}


def purchase_id(purchase: Purchase) -> str:
    """Adapty's own id of a purchase that does not renew: the same for the same transaction."""
    return str(uuid5(NAMESPACE_URL, f"adapty-purchase:{purchase.store}:{purchase.store_transaction_id}"))


def profile_answer(profile: Profile) -> dict[str, Any]:
    """`{"data": Profile}`, as every operation about a profile answers."""
    return {"data": _PROFILE.dump(profile)}


@lru_cache(maxsize=256)
def webhook_date(instant: datetime | None) -> str | None:
    """An instant as webhooks write it: always six digits, no colon in the offset (§8)."""
    return None if instant is None else f"{instant.astimezone(UTC).isoformat(timespec='microseconds')[:26]}+0000"
