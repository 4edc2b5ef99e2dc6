"""Tokens for the platform's APIs (mparticle.md §7)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
