"""Webhook integrations that were made by API v2: each takes some events, at its own address (revenuecat.md §11).

What the tenant's settings and target say of the webhook is the integration that its owner has set up by hand: it takes
what the settings want, and is told whatever the others take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.vendors.contract import Documents, Message
from mockserver.vendors.revenuecat.events import Event
from mockserver.vendors.revenuecat.payloads import app_of
from mockserver.vendors.revenuecat.records import COUNTER, WEBHOOK, WEBHOOKS
from mockserver.vendors.revenuecat.settings import choice, value

Integration = Mapping[str, Any]


def of_owner(settings: Mapping[str, Any]) -> Integration:
    """What the tenant's settings want, as if it were an integration."""
    environment = choice(settings, "webhook_environment")
    return {
        "environment": None if environment == "both" else environment,
        "event_types": [one.lower() for one in value(settings, "webhook_event_types")],
        "app_ids": value(settings, "webhook_app_ids"),
    }


def takes(integration: Integration, told: Event, settings: Mapping[str, Any]) -> bool:
    """Whether an integration wants an event; a grant is of no app."""
    environment = integration.get("environment")
    apps = integration.get("app_ids") or [one for one in [integration.get("app_id")] if one]
    return (
        (not environment or environment == told.environment.value)
        and takes_type(integration, told.type)
        and (not apps or app_of(told, settings).get("app_id") in apps)
    )


def takes_type(integration: Integration, type_: str) -> bool:
    """Whether an integration wants events of a type."""
    types = integration.get("event_types")
    return not types or type_.lower() in types


def posted(
    message: Message, settings: Mapping[str, Any], documents: Documents | None, wants: Callable[[Integration], bool]
) -> Iterator[Message]:
    """A message for each integration that wants it, the owner's first."""
    if wants(of_owner(settings)):
        yield message
    if documents is None or documents.get(COUNTER, WEBHOOKS) is None:
        return
    for id_, one in documents.all(WEBHOOK):
        if wants(one):
            given = one.get("authorization_header")
            own = (("authorization", given),) if given else ()
            yield message._replace(id=f"{message.id}/{id_}", url=one["url"], headers=(*message.headers, *own))
