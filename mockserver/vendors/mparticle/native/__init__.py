"""What the Android and iOS SDKs call (mparticle.md §§5.2-5.3)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
