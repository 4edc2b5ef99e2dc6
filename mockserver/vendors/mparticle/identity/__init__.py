"""Identify, login, logout, search, modify and alias, and the users that all APIs share (mparticle.md §4)."""

from __future__ import annotations

from mockserver.vendors.mparticle import dialect as events
from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.identity import batches, dialect, errors, routes, state

_IDENTIFYING = ("identify", "login", "logout")
_BATCHES = (events.SINGLE, events.BULK, events.HISTORICAL)

API = Api(
    operations=routes.OPERATIONS,
    refuse=errors.refuse,
    prefixes=("/v1/identi", "/v1/login", "/v1/logout", "/v1/search", "/identity/"),
    reads={operation.name: dialect.read for operation in routes.OPERATIONS},
    folds={
        **dict.fromkeys(_IDENTIFYING, state.identified),
        "modify": state.modified,
        "alias": state.aliased,
        **dict.fromkeys(_BATCHES, batches.fold_events),
    },
)
