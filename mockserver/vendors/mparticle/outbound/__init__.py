"""The webhook of accepted batches (mparticle.md §9)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
