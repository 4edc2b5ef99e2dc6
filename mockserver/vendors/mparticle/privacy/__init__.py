"""Data subject requests (mparticle.md §8)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
