"""Webhook integrations that were made by API v2: each takes some events, and has an Authorization of its own (§11).

What the tenant's settings say of the webhook goes for all of them. One event is sent once, to where the tester has
aimed the channel: an integration's address is shown and not called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.vendors.contract import Documents
from mockserver.vendors.revenuecat.events import Event
from mockserver.vendors.revenuecat.payloads import app_of
from mockserver.vendors.revenuecat.records import COUNTER, WEBHOOK, WEBHOOKS
from mockserver.vendors.revenuecat.settings import choice, value

Integration = Mapping[str, Any]


def integrations_in(documents: Documents | None) -> Sequence[Integration]:
    """Those that there are."""
    if documents is None or documents.get(COUNTER, WEBHOOKS) is None:
        return ()
    return [one for _, one in documents.all(WEBHOOK)]


def of_owner(settings: Mapping[str, Any]) -> Integration:
    """What the tenant's settings ask for, as if it were one."""
    environment, app_ids = choice(settings, "webhook_environment"), value(settings, "webhook_app_ids")
    return {
        "environment": None if environment == "both" else environment,
        "event_types": [one.lower() for one in value(settings, "webhook_event_types")],
        "app_ids": app_ids,
    }


def takes(integration: Integration, told: Event, settings: Mapping[str, Any]) -> bool:
    """Whether an integration wants an event; a grant is of no app."""
    environment, types = integration.get("environment"), integration.get("event_types")
    apps = integration.get("app_ids") or [one for one in [integration.get("app_id")] if one]
    return (
        (not environment or environment == told.environment.value)
        and (not types or told.type.lower() in types)
        and (not apps or app_of(told, settings).get("app_id") in apps)
    )
