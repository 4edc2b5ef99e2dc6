"""Nami ML: its feeds into mParticle, one for each platform, and its own webhook.

After Nami's and mParticle's pages on the integration, the former as it stands now, the latter of March 2022 (contract
nami.md): all thirteen events, as a subscriber's life causes them. Not imitated: see `not_imitated`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

from mockserver.vendors.contract import Channel, Feed, Inputs, Issuer, Vendor
from mockserver.vendors.nami import dialect, feed, webhook
from mockserver.vendors.nami.errors import refuse
from mockserver.vendors.nami.settings import SETTINGS, WANTED

_LONGEST = timedelta(hours=24)
_MOST_MINUTES = 64


def credentials(issuer: Issuer) -> Inputs:
    """An app in the Control Center: its id, and the key of its API."""
    return {
        "default": {
            "app_platform_id": str(UUID(int=issuer.random.getrandbits(128), version=4)),
            "api_key": f"{issuer.random.getrandbits(160):040x}",
        }
    }


def tokens(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The Authorization header of an app."""
    for name, keys in inputs.items():
        yield f"Bearer {keys['api_key']}", name


def _gaps() -> Iterator[timedelta]:
    """Exponential with jitter, then about hourly, for 24 hours (nami.md §7); the same in every process."""
    random, passed, minutes = Random("nami"), timedelta(), 1
    while True:
        gap = timedelta(seconds=round(60 * minutes * random.uniform(0.8, 1.2)))
        passed += gap
        if passed > _LONGEST:
            return
        yield gap
        minutes = min(2 * minutes, _MOST_MINUTES)


_RETRIES = tuple(_gaps())

VENDOR = Vendor(
    title="Nami ML",
    hosts=("*.namiml.com", "namiml.com"),
    operations=(),
    refuse=refuse,
    credentials=credentials,
    tokens=tokens,
    read=dialect.read,
    channels={
        "mparticle": Channel(
            title="Feeds into mParticle", write=dialect.write_mparticle, sign=feed.sign, retries=_RETRIES
        ),
        "webhook": Channel(
            title="Webhook of the customer's own server",
            write=dialect.write_webhook,
            sign=webhook.sign,
            retries=_RETRIES,
        ),
    },
    feeds=(Feed(vendor="mparticle", platforms=("ios", "android")),),
    settings=SETTINGS,
    wanted=WANTED,
    imitated=(
        "feeds into mParticle, iOS and Android: all 13 events, user attributes, identities",
        "webhook: the same events and purchase.updated, signature, retries",
    ),
    not_imitated=(
        "device.session.start, device.session.end",
        "events of transfers and of product changes: their names are unknown",
        "purchase.updated starts its two minutes anew for what the store does, not for two acts of a user within them",
        "stores Amazon and Roku; the legacy integration for all platforms",
        "API, Control Center, paywalls, campaigns",
    ),
)
