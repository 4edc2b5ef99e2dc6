"""The Profile API: users as batches, identity calls and seeds have made them (mparticle.md §7)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.profiles import dialect, errors, routes

API = Api(
    operations=routes.OPERATIONS,
    refuse=errors.refuse,
    prefixes=("/userprofile",),
    reads={operation.name: dialect.read for operation in routes.OPERATIONS},
)
