"""Calculated attributes' seeds and user attributes beside them (mparticle.md §8).

A seed is kept as sent and shown as the attribute's value; what events after the cutoff date would add is not known.
"""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.errors import refuse
from mockserver.vendors.mparticle.seeding import dialect, routes, state

API = Api(
    operations=routes.OPERATIONS,
    refuse=refuse,
    prefixes=(routes.SINGLE_PATH, routes.BULK_PATH),
    reads=dict.fromkeys((routes.SINGLE, routes.BULK), dialect.read),
    folds=dict.fromkeys((routes.SINGLE, routes.BULK), state.fold),
)
