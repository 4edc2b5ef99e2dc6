"""The data of commerce events (mparticle.md §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.event_data import TRUNCATED, EventData
from mockserver.vendors.mparticle.fields import (
    Amount,
    Choice,
    Flag,
    JsonSchema,
    Remark,
    Text,
    Whole,
    shown,
)
from mockserver.vendors.mparticle.maps import Attributes
from mockserver.vendors.mparticle.required import RequiredChoice
from mockserver.vendors.mparticle.shapes import Many, Shape, Within


class Product(Shape):
    """A product; the SDKs omit most of it, so nothing is required."""

    id = Text(needed=True)
    name = Text()
    brand = Text()
    category = Text()
    variant = Text()
    position = Whole()
    price = Amount()
    quantity = Amount()
    coupon_code = Text()
    added_to_cart_time_ms = Whole()
    total_product_amount = Amount()
    custom_attributes = Attributes()


class ProductAction(Shape):
    """What was done with products."""

    action = RequiredChoice(
        *words.PRODUCT_ACTIONS,
        tolerated={words.WISH_LIST_SPELLING: 'as an action it is spelled "remove_from_wish_list"'},
    )
    checkout_step = Whole()
    checkout_options = Text()
    product_action_list = Text()
    product_list_source = Text()
    transaction_id = Text()
    affiliation = Text()
    total_amount = Amount()
    tax_amount = Amount()
    shipping_amount = Amount()
    coupon_code = Text()
    products = Many(Product)


class Promotion(Shape):
    """A promotion inside the app."""

    id = Text()
    name = Text()
    creative = Text()
    position = Text()


class PromotionAction(Shape):
    """What was done with promotions."""

    action = RequiredChoice(*words.PROMOTION_ACTIONS)
    promotions = Many(Promotion)


class ProductImpression(Shape):
    """Products that were shown."""

    product_impression_list = Text()
    products = Many(Product)


class ShoppingCart(Shape):
    """What lies in the cart."""

    products = Many(Product)


class Currency(Text):
    """An ISO 4217 code."""

    def remarks(self, value: Any) -> list[Remark]:
        """Not three capital letters."""
        if isinstance(value, str) and (not value or (len(value) == 3 and value.isascii() and value.isupper())):
            return [] if value.isalpha() or not value else self.unfit(value)
        return [Remark(f"An ISO 4217 code of three capital letters expected, {shown(value)} sent.", "currency-code")]

    def clean(self) -> JsonSchema:
        """Three capital letters."""
        return {"type": ["string", "null"], "pattern": "^([A-Z]{3})?$"}


class CommerceEvent(EventData):
    """A product action, a promotion action or impressions of products: exactly one of the three."""

    kinds: ClassVar[tuple[str, ...]] = ("product_action", "promotion_action", "product_impressions")

    product_action = Within(ProductAction, decisive="action")
    promotion_action = Within(PromotionAction, decisive="action")
    product_impressions = Many(ProductImpression)
    shopping_cart = Within(ShoppingCart)
    currency_code = Currency()
    screen_name = Text(words.NAME_LENGTH, TRUNCATED)
    is_non_interactive = Flag()
    event_name = Text(words.NAME_LENGTH, TRUNCATED)
    custom_event_type = Choice(*words.COMMERCE_EVENT_TYPES)

    clean_rules: ClassVar[JsonSchema] = {
        "oneOf": [
            {"required": [kind], "properties": {kind: {"type": ["object", "array"]}}}
            for kind in ("product_action", "promotion_action", "product_impressions")
        ]
    }

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def one_kind(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """None of the three, or several."""
        given = [kind for kind in self.kinds if original.get(kind) is not None]
        if len(given) == 1:
            return
        sent = " and ".join(given) or "none of them"
        text = f"Exactly one of {', '.join(self.kinds)} expected, {sent} sent; what mParticle keeps is not documented."
        raise ValidationError([Remark(text, "commerce-kind")])
