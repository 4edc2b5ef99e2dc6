"""What the web SDK calls (mparticle.md §5.1)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
