"""Tokens for the platform's APIs (mparticle.md §7): `bearer` makes the authenticator of each of them."""

from __future__ import annotations

from mockserver.vendors.mparticle.api import Api
from mockserver.vendors.mparticle.oauth import errors, routes
from mockserver.vendors.mparticle.oauth.tokens import bearer, shows

__all__ = ["API", "bearer", "shows"]

API = Api(operations=routes.OPERATIONS, refuse=errors.refuse, prefixes=("/oauth",))
