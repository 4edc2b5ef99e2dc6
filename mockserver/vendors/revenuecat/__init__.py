"""RevenueCat: its REST API, its feed into mParticle and its own webhook.

After the manual of February 2026 (contract revenuecat.md): customers, attributes, receipts and grants of API v1;
customers, attributes, transfers and webhook integrations of v2; fourteen mParticle events over five stores, every
webhook type that is sent, three sales modes, retries and signatures. What an app sets as attributes decides what the
feed and the webhook tell, and what comes in by API is told as well. Not imitated: see `not_imitated` below.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from mockserver.vendors.contract import Channel, Feed, Inputs, Issuer, Vendor
from mockserver.vendors.revenuecat import causing, dialect, feed, keys, routes, state, webhook
from mockserver.vendors.revenuecat.errors import refuse
from mockserver.vendors.revenuecat.settings import SETTINGS, WANTED, choice

_RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80))
_OFFSETS = tuple(later - earlier for earlier, later in pairwise((timedelta(), *_RETRIES)))
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"


def credentials(issuer: Issuer) -> Inputs:
    """A project's keys: the secret one, and a public one for each app."""
    return {
        "default": {
            "secret_key": f"sk_{_text(issuer.random, 28)}",
            "public_ios_key": f"appl_{_text(issuer.random, 27)}",
            "public_android_key": f"goog_{_text(issuer.random, 27)}",
            "project_id": f"proj{issuer.random.getrandbits(32):08x}",
        }
    }


def _text(random: Random, length: int) -> str:
    return "".join(random.choices(_LETTERS, k=length))


def gaps(settings: Mapping[str, Any]) -> tuple[timedelta, ...]:
    """The gaps between attempts, as the manual's list of minutes is read (lifecycles.md §5)."""
    return _OFFSETS if choice(settings, "retries") == "offsets" else _RETRIES


VENDOR = Vendor(
    title="RevenueCat",
    hosts=("api.revenuecat.com", "*.revenuecat.com"),
    operations=routes.OPERATIONS,
    refuse=refuse,
    credentials=credentials,
    tokens=keys.tokens,
    read=dialect.read,
    remember=state.remember,
    channels={
        "mparticle": Channel(
            title="Feed into mParticle",
            write=dialect.write_mparticle,
            forward=causing.forward_mparticle,
            addressed=True,
            sign=feed.sign,
            retries=_RETRIES,
            schedule=gaps,
        ),
        "webhook": Channel(
            title="Webhook of the customer's own server",
            write=dialect.write_webhook,
            forward=causing.forward_webhook,
            addressed=True,
            sign=webhook.sign,
            retries=_RETRIES,
            schedule=gaps,
            success=lambda status: status == 200,  # any other 2xx is a failure (revenuecat.md §11)
            timeout=60.0,
        ),
    },
    feeds=(
        Feed(
            vendor="mparticle",
            platforms=("ios", "android"),
            name_attribute="revenuecat_event",
            subject_attribute="revenuecat_app_user_id",
        ),
    ),
    settings=SETTINGS,
    wanted=WANTED,
    imitated=(
        "REST v1: get, create and delete a customer, attributes, receipts, grants and revocations, attribution",
        "REST v2: get a customer, attributes, transfer, webhook integrations (each is told at its own address)",
        "feed into mParticle: 14 events, 5 stores, gross or net amounts, both platforms",
        "webhook: 17 event types, authorization, signature, retries; Web Billing and virtual currencies by a setting",
        "events of what comes in by API: grants, their ends, revocations, restored receipts, transfers",
        "restores: transfer, transfer if no active subscription, keep with original, share",
        "buttons of the dashboard, as calls of ours: POST /dashboard/projects/ID/webhooks/test sends a TEST event, "
        "…/customers/ID/experiments enrolls somebody in an experiment",
    ),
    not_imitated=(
        "validation of receipts: one is of the transactions whose ids stand in its token",
        "REST v1: log-in, offerings, refunds, deferrals; REST v2 beyond what is named above",
        "rate limits (order a fault instead), answers of 304 to an X-RevenueCat-ETag",
        "webhook type SUBSCRIBER_ALIAS, which is not sent any more",
        "stores Roku, Paddle and Test Store",
        "dashboard, experiments, paywalls, data exports",
    ),
)
