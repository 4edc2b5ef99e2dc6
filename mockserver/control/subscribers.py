"""Live subscribers: they come, act, and live on as the clock is turned; each vendor tells of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from mockserver.control.current import parts, tenant_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import Instant, InTenant, Shape, whole
from mockserver.delivery.newcomers import MONTHLY, Newcomer
from mockserver.delivery.population import Member
from mockserver.delivery.verbs import VERBS
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Environment, Store, Subscription

subscribers = resource("subscribers", "Live subscribers, on whom tests act while the clock is turned")

_LONGEST = 255
_MPID = re.compile(r"-?[1-9][0-9]{0,18}")


class WordSchema(Schema):
    """What may be said beside a verb."""

    name = fields.String()
    kind = fields.String(
        metadata={"enum": ["product", "subscriber", "store", "offer", "whole", "amount", "yes_or_no", "text"]}
    )
    required = fields.Boolean()


class VerbSchema(Schema):
    """Something that a user, a store or the developer can do."""

    verb = fields.String(metadata={"description": "With who does it: `user.turns_renewal_off`"})
    name = fields.String(metadata={"description": "Without, where that is enough"})
    title = fields.String()
    words = fields.List(fields.Nested(WordSchema))


class VerbsSchema(Schema):
    """All verbs."""

    verbs = fields.List(fields.Nested(VerbSchema))


class NextSchema(Schema):
    """What the stores will do next by themselves."""

    at = Instant()
    verb = fields.String()


class SubscriptionSchema(Schema):
    """One chain of charges, as it is now."""

    original_transaction_id = fields.String(attribute="original_id")
    product = fields.String(attribute="product.id")
    store = fields.Enum(Store, by_value=True)
    state = fields.String()
    auto_renew = fields.Boolean()
    has_access = fields.Boolean()
    price = fields.Decimal(attribute="product.price", as_string=True)
    currency = fields.String(attribute="product.currency")
    period_start = Instant()
    period_end = Instant(allow_none=True)
    access_until = Instant(allow_none=True)
    cancelled_at = Instant(allow_none=True)
    charges = fields.Function(lambda one: len(one.transactions), metadata={"type": "integer"})


class HappenedSchema(Schema):
    """One thing that happened, with the state of the subscription concerned after it."""

    id = fields.String()
    at = Instant()
    kind = fields.String()
    step = fields.String()
    state = fields.String(allow_none=True)
    product = fields.String(allow_none=True)
    amount = fields.Decimal(as_string=True)
    transaction_id = fields.String(allow_none=True)


class SubscriberRowSchema(Schema):
    """A subscriber of a list; `state` is that of the subscription last concerned by anything."""

    id = fields.String()
    customer_id = fields.String(allow_none=True)
    mpid = fields.String(allow_none=True)
    name = fields.String()
    email = fields.String()
    country = fields.String()
    store = fields.Enum(Store, by_value=True)
    environment = fields.Enum(Environment, by_value=True)
    product = fields.String()
    began = Instant()
    state = fields.String()
    entitlements = fields.List(fields.String())
    next = fields.Nested(NextSchema, allow_none=True)


class SubscriberSchema(SubscriberRowSchema):
    """A subscriber, whole."""

    anonymous_id = fields.String()
    subscriptions = fields.List(fields.Nested(SubscriptionSchema))
    history = fields.List(fields.Nested(HappenedSchema))


class SubscribersSchema(Schema):
    """Everybody, in order of coming."""

    subscribers = fields.List(fields.Nested(SubscriberRowSchema))


def _text(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, _LONGEST), **options)


def _check_price(price: Decimal) -> None:
    if not price.is_finite() or not 0 <= price < 10**9:
        raise ValidationError("An amount of 0 or more is wanted.")


class NewSubscriber(Shape):
    """Somebody who begins now; what is left out is made up from the seed.

    `product` is one of the catalogue, or any with `price` and `period`. With a `trial` they begin with that; without
    `buys` they wait for their first act. An `mpid` of null means that the app never set one.
    """

    store = fields.String(load_default=Store.APP_STORE.value, validate=validate.OneOf([one.value for one in Store]))
    product = _text(load_default=MONTHLY)
    trial = _text(load_default=None, allow_none=True, metadata={"description": "An ISO 8601 duration: P7D"})
    price = fields.Decimal(load_default=None, allow_none=True, validate=_check_price)
    period = _text(load_default=None, allow_none=True, metadata={"description": "An ISO 8601 duration: P1M"})
    customer_id = _text(load_default=None, allow_none=True)
    anonymous = fields.Boolean(load_default=False)
    mpid = fields.String(
        allow_none=True, validate=validate.Regexp(_MPID, error="A 64-bit integer as text is wanted, or null.")
    )
    country = fields.String(load_default="US", validate=validate.Regexp(r"[A-Z]{2}\Z", error="Two letters: US."))
    environment = fields.String(
        load_default=Environment.PRODUCTION.value, validate=validate.OneOf([one.value for one in Environment])
    )
    seed = whole(load_default=0)
    buys = fields.Boolean(load_default=True)
    vendors = fields.List(
        fields.String(), load_default=list, metadata={"description": "Who tells of them; all unless said"}
    )


class ActSchema(Schema):
    """An act: a verb, with its words beside it; `GET /subscribers/verbs` lists them."""

    class Meta:
        """Options."""

        unknown = INCLUDE

    verb = fields.String(required=True, metadata={"description": "`turns_renewal_off`, or `user.turns_renewal_off`"})


@subscribers.get("/subscribers")
@subscribers.arguments(InTenant, location="query")
@subscribers.response(200, SubscribersSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """Everybody."""
    return {"subscribers": [brief_of(member) for member in parts().lives.all(tenant_of(query))]}


@subscribers.post("/subscribers")
@subscribers.arguments(InTenant, location="query")
@subscribers.arguments(NewSubscriber)
@subscribers.response(201, SubscriberSchema)
def create(query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Let somebody begin, at what the clock shows."""
    return view_of(parts().lives.create(tenant_of(query), newcomer_of(body)))


@subscribers.get("/subscribers/verbs")
@subscribers.response(200, VerbsSchema)
def verbs() -> dict[str, Any]:
    """What subscribers, stores and the developer can do."""
    return {"verbs": VERBS.values()}


@subscribers.get("/subscribers/<name>")
@subscribers.arguments(InTenant, location="query")
@subscribers.response(200, SubscriberSchema)
def one(query: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One of them: by id, or by any id that the app has for them."""
    return view_of(parts().lives.find(tenant_of(query), name))


@subscribers.delete("/subscribers/<name>")
@subscribers.arguments(InTenant, location="query")
@subscribers.response(204)
def delete(query: Mapping[str, Any], name: str) -> None:
    """Forget somebody: nothing happens to them any more."""
    parts().lives.remove(tenant_of(query), name)


@subscribers.post("/subscribers/<name>/acts")
@subscribers.arguments(InTenant, location="query")
@subscribers.arguments(ActSchema)
@subscribers.response(200, SubscriberSchema)
def act(query: Mapping[str, Any], body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Have somebody do something, or something done to them, at what the clock shows."""
    words = {word: value for word, value in body.items() if word != "verb"}
    return view_of(parts().lives.act(tenant_of(query), name, body["verb"], words))


def newcomer_of(body: Mapping[str, Any]) -> Newcomer:
    """Who is to begin."""
    has_mpid = body.get("mpid", "") is not None
    return Newcomer(**{**body, "mpid": body.get("mpid"), "has_mpid": has_mpid, "vendors": tuple(body["vendors"])})


def brief_of(member: Member) -> dict[str, Any]:
    """Somebody as a list shows them."""
    person = member.subscriber.person
    return {
        "id": member.id,
        "customer_id": person.customer_id,
        "mpid": person.mpid,
        "name": person.name,
        "email": person.email,
        "country": person.country,
        "store": member.engine.store,
        "environment": member.engine.environment,
        "product": member.newcomer.product if member.latest is None else member.latest.product.id,
        "began": member.began,
        "state": member.state.value,
        "entitlements": member.subscriber.entitlements,
        "next": member.next,
    }


def view_of(member: Member) -> dict[str, Any]:
    """Somebody whole."""
    return {
        **brief_of(member),
        "anonymous_id": member.subscriber.person.anonymous_id,
        "subscriptions": member.subscriber.subscriptions,
        "history": [_event(member, event) for event in member.events],
    }


def _event(member: Member, event: LifecycleEvent) -> dict[str, Any]:
    concerned = _side(member, event)
    return {
        "id": event.id,
        "at": event.at,
        "kind": event.kind.value,
        "step": event.step,
        "state": None if concerned is None else concerned.state.value,
        "product": None if concerned is None else concerned.product.id,
        "amount": event.amount,
        "transaction_id": None if event.transaction is None else event.transaction.id,
    }


def _side(member: Member, event: LifecycleEvent) -> Subscription | None:
    """The subscription concerned, as this person has it afterwards."""
    own = event.other_after if event.other_after and event.other_after.person.key == member.id else event.after
    return None if event.subscription is None else own.find(event.subscription.original_id) or event.subscription
