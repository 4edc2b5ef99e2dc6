"""A small backend as a team might run it in staging: Adapty tells it what subscribers do, it tells mParticle.

It knows nothing of the mock. Where mParticle is, and the keys, come from its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import mparticle
from flask import Flask, Response, jsonify, request

STATUS = {
    "trial_started": "trial",
    "trial_converted": "active",
    "subscription_started": "active",
    "subscription_renewed": "active",
    "subscription_renewal_cancelled": "cancelled",
    "trial_renewal_cancelled": "cancelled",
    "subscription_expired": "expired",
    "trial_expired": "expired",
    "subscription_refunded": "refunded",
}
PURCHASES = {"trial_converted": "purchase", "subscription_started": "purchase", "subscription_renewed": "purchase"}
ACTIONS = {**PURCHASES, "subscription_refunded": "refund"}


@dataclass
class Backend:
    """Turns Adapty's events into mParticle's."""

    mparticle_url: str
    key: str
    secret: str
    adapty_authorization: str
    told: set[str] = field(default_factory=set)

    def take(self, webhook: dict[str, Any]) -> None:
        """Tell mParticle, once for each event however often Adapty repeats it."""
        properties = webhook["event_properties"]
        event_id = properties["profile_event_id"]
        if webhook["event_type"] not in STATUS or event_id in self.told:
            return
        self._upload(self._batch(webhook, properties))
        self.told.add(event_id)

    def _batch(self, webhook: dict[str, Any], properties: dict[str, Any]) -> mparticle.Batch:
        name = webhook["event_type"]
        batch = mparticle.Batch()
        batch.environment = "production" if properties["environment"] == "Production" else "development"
        batch.source_request_id = properties["profile_event_id"]
        batch.user_identities = mparticle.UserIdentities()
        batch.user_identities.customerid = webhook["customer_user_id"]
        batch.user_attributes = {
            "subscription_status": STATUS[name],
            "subscription_product": properties["vendor_product_id"],
        }
        paid = [self._paid(ACTIONS[name], webhook, properties)] if name in ACTIONS else []
        batch.events = [self._told(name, webhook, properties), *paid]
        return batch

    def _told(self, name: str, webhook: dict[str, Any], properties: dict[str, Any]) -> mparticle.AppEvent:
        event = mparticle.AppEvent(name, "transaction")
        event.timestamp_unixtime_ms = millis(webhook["event_datetime"])
        event.custom_attributes = {"product": properties["vendor_product_id"], "store": properties["store"]}
        return event

    def _paid(self, action: str, webhook: dict[str, Any], properties: dict[str, Any]) -> mparticle.CommerceEvent:
        product = mparticle.Product()
        product.id = product.name = properties["vendor_product_id"]
        product.price, product.quantity = properties["price_local"], 1
        paid = mparticle.ProductAction(action)
        paid.products = [product]
        paid.transaction_id = properties["transaction_id"]
        paid.total_amount = properties["price_local"]
        event = mparticle.CommerceEvent(paid)
        event.timestamp_unixtime_ms = millis(webhook["event_datetime"])
        event.currency_code = properties["currency"]
        return event

    def _upload(self, batch: mparticle.Batch) -> None:
        configuration = mparticle.Configuration()
        configuration.host = f"{self.mparticle_url}/v2"
        configuration.api_key, configuration.api_secret = self.key, self.secret
        mparticle.EventsApi(configuration).upload_events(batch)


def millis(text: str) -> int:
    """An instant as Adapty writes it, as mParticle wants it."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def create_app(backend: Backend) -> Flask:
    """The backend with its one route."""
    app = Flask("staging")

    @app.post("/hooks/adapty")
    def adapty() -> tuple[Response, int]:
        if request.headers.get("Authorization", "") != backend.adapty_authorization:
            return jsonify(error="unauthorized"), 401
        webhook = request.get_json()
        if "adapty_check" in webhook:
            return jsonify(adapty_check_response=webhook["adapty_check"]), 200
        if "event_type" not in webhook:
            return jsonify(), 200
        try:
            backend.take(webhook)
        except mparticle.rest.ApiException as error:
            return jsonify(error=f"mParticle said {error.status}"), 503  # Adapty tells us again
        return jsonify(ok=True), 200

    return app
