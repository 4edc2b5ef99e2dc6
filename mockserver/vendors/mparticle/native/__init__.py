"""What the Android and iOS SDKs call (mparticle.md §§5.2-5.3)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.native import dialect, routes

API = Api(
    operations=routes.OPERATIONS,
    prefixes=("/v4/", "/config/", "/nativeevents/"),
    reads={dialect.EVENTS: dialect.read},
    folds={dialect.EVENTS: dialect.remember},
)
