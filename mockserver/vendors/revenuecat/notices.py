"""Webhooks that are about no purchase: TEST, and the enrollment in an experiment (revenuecat.md §11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from mockserver.journal.entry import Entry
from mockserver.lifecycle.subscriber import Person, Store
from mockserver.vendors.contract import Message, Writing
from mockserver.vendors.revenuecat import developer_bodies
from mockserver.vendors.revenuecat.customer import app_user_id, original_app_user_id, told_aliases
from mockserver.vendors.revenuecat.events import Type
from mockserver.vendors.revenuecat.integrations import posted, takes_type
from mockserver.vendors.revenuecat.records import instant, stranger
from mockserver.vendors.revenuecat.request import Request
from mockserver.vendors.revenuecat.schemas import WEBHOOK
from mockserver.vendors.revenuecat.settings import table

_UNKNOWN = (  # what a purchase of nobody's does not have
    *("entitlement_id", "entitlement_ids", "presented_offering_id", "transaction_id", "original_transaction_id"),
    *("is_family_share", "currency", "price", "price_in_purchased_currency", "takehome_percentage", "offer_code"),
    *("tax_percentage", "commission_percentage", "metadata", "renewal_number"),
)
_TEST_PERIOD = timedelta(hours=2)


def test_notice(entry: Entry, writing: Writing) -> Iterator[Message]:
    """A TEST event: like a purchase, of nobody's; it passes every filter."""
    id_, at = writing.ids.uuid(entry.id, Type.TEST), instant(Request.of_entry(entry).at)
    person = stranger(writing.ids.uuid(entry.id, "customer"))
    event = {
        **dict.fromkeys(_UNKNOWN),
        **_customer(person, writing.settings),
        "country_code": person.country,
        "subscriber_attributes": {},
        "product_id": "test_product",
        "period_type": "NORMAL",
        "purchased_at_ms": at,
        "expiration_at_ms": at + _TEST_PERIOD,
        "environment": "SANDBOX",
        "store": "APP_STORE",
        "app_id": table(writing.settings, "app_ids")[Store.APP_STORE],
    }
    message = _message(Type.TEST, id_, at, person, event, environment="sandbox")
    return posted(message, writing.settings, writing.documents, lambda _: True)


def enrollment_notice(entry: Entry, request: Request, person: Person, writing: Writing) -> Iterator[Message]:
    """A customer was enrolled; of the two names that the manual has for the time, both are told."""
    body, at = developer_bodies.enrollment(request.content), instant(request.at)
    event = {
        **_customer(person, writing.settings),
        "experiment_id": body.experiment_id,
        "experiment_variant": body.variant,
        "offering_id": body.offering_id,
        "experiment_enrolled_at_ms": at,
        "enrolled_at_ms": at,
    }
    id_ = writing.ids.uuid(entry.id, Type.EXPERIMENT_ENROLLMENT)
    message = _message(Type.EXPERIMENT_ENROLLMENT, id_, at, person, event)
    return posted(message, writing.settings, writing.documents, lambda one: takes_type(one, message.event))


def _customer(person: Person, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "app_user_id": app_user_id(person),
        "original_app_user_id": original_app_user_id(person),
        "aliases": told_aliases(person, settings),
    }


def _message(
    type_: Type, id_: str, at: datetime, person: Person, event: Mapping[str, Any], environment: str = "production"
) -> Message:
    told = {**event, "type": type_, "id": id_, "event_timestamp_ms": at}
    return Message(
        vendor="revenuecat",
        channel="webhook",
        event=type_.value,
        subject=person.id,
        at=at,
        id=id_,
        body=orjson.dumps(WEBHOOK.dump({"event": told, "api_version": "1.0"})),
        environment=environment,
    )
