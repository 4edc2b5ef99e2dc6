"""The webhook of accepted batches (mparticle.md §9)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.outbound import consents, sources

API = Api(folds=dict.fromkeys(sources.OPERATIONS, consents.fold))
