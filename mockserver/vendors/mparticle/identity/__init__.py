"""Identify, login, logout, search, modify and alias (mparticle.md §4)."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api

API = Api()
