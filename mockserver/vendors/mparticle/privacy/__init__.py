"""Data subject requests, version 3, as OpenDSR has them (mparticle.md §8).

Statuses move with the tenant's clock, an erasure that is completed really removes its user, and completed access and
portability requests have results to be fetched. Answers are sealed by HMAC where mParticle signs by RSA, so there is
no certificate; status callbacks are sealed likewise. Requests are forwarded to no partner, and throttled only where a
tester orders it.
"""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.privacy import callbacks, dialect, routes, state
from mockserver.vendors.mparticle.privacy.errors import refuse

API = Api(
    operations=routes.OPERATIONS,
    refuse=refuse,
    prefixes=("/v3/requests", "/v3/discovery", "/v3/results", "/dsr/"),
    reads={callbacks.CREATE: dialect.read_request, callbacks.CANCEL: dialect.read_cancellation},
    folds={callbacks.CREATE: state.created, callbacks.CANCEL: state.cancelled},
)
