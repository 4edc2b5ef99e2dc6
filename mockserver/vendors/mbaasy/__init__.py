"""Mbaasy: its client API (uploads of receipts and purchases) and its signed webhook.

After mbaasy/docs of December 2018, a customer's middleware for Express and a published payload (contract mbaasy.md).
Mbaasy has no integration with mParticle, and tells no money anywhere. Not imitated: see `not_imitated` below.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from mockserver.vendors.contract import Channel, Inputs, Issuer, Vendor
from mockserver.vendors.mbaasy import dialect, routes, state
from mockserver.vendors.mbaasy.errors import refuse
from mockserver.vendors.mbaasy.settings import SETTINGS, WANTED, choice

_RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
_OFFSETS = tuple(later - earlier for earlier, later in pairwise((timedelta(), *_RETRIES)))


def credentials(issuer: Issuer) -> Inputs:
    """An app's access token, and the key that its webhook integration signs with."""
    return {
        "default": {
            "access_token": f"{issuer.random.getrandbits(256):064x}",
            "hmac_key": f"{issuer.random.getrandbits(256):064x}",
        }
    }


def gaps(settings: Mapping[str, Any]) -> tuple[timedelta, ...]:
    """The gaps between attempts, as the list of minutes is read (mbaasy.md §7)."""
    return _OFFSETS if choice(settings, "retries") == "offsets" else _RETRIES


VENDOR = Vendor(
    title="Mbaasy",
    hosts=("mbaasy.com", "*.mbaasy.com"),
    operations=routes.OPERATIONS,
    refuse=refuse,
    credentials=credentials,
    tokens=routes.tokens,
    read=dialect.read,
    remember=state.remember,
    channels={
        "webhook": Channel(
            title="Webhook",
            write=dialect.write_webhook,
            sign=dialect.sign,
            retries=_RETRIES,
            schedule=gaps,
            timeout=10.0,
            fetches=True,
        )
    },
    settings=SETTINGS,
    wanted=WANTED,
    imitated=(
        "client API: upload of Apple receipts, Google purchases and Google purchases by token",
        "webhook: in_app_purchase.created and .updated with the diff, signature, retries",
    ),
    not_imitated=(
        "webhooks of what comes in by the client API: a receipt proves purchases, it does not make or change them",
        "receipt cryptography: an upload proves the transactions (Apple) or order (Play) whose ids stand in it",
        "GraphQL, imports, queue (SQS) integration, dashboard",
        "events before 24 November 2018, without a name",
    ),
)
