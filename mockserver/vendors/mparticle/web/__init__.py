"""What the web SDK calls (mparticle.md §5.1)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.web import dialect, routes

API = Api(
    operations=routes.OPERATIONS,
    prefixes=("/JS/", "/js/", "/v3/JS/", "/webevents/", "/tags/"),
    reads={
        dialect.EVENTS: dialect.read,
        dialect.OLD_EVENTS: dialect.read,
        dialect.FORWARDING: dialect.read_forwarding,
    },
    folds={dialect.EVENTS: dialect.remember, dialect.OLD_EVENTS: dialect.remember},
)
