"""Data plans and their validation (mparticle.md §6)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
