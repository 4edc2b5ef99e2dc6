"""Data plans: the API that keeps them, and what they say of the batches that are tagged with one (mparticle.md §6)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.plans import errors, routes, state

API = Api(
    operations=routes.OPERATIONS,
    refuse=errors.refuse,
    prefixes=("/platform",),
    reads=dict.fromkeys(state.WRITES, state.read),
    folds=dict.fromkeys(state.WRITES, state.fold),
)
