"""mParticle's switches for a tenant: what an owner would choose in its dashboard (mparticle.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.vendors.contract import Documents

SETTINGS: Mapping[str, Any] = {
    "strategy": "profile_conversion",  # profile_link, profile_isolation, best_match (§4.4)
    "tokens_end": True,  # a bearer's token ends 28800 s after it was given out, by the tenant's clock (§2)
}


def remembered(documents: Documents) -> Mapping[str, Any]:
    """The switches as a fold has to go by them: those of the time of the entry."""
    return {**SETTINGS, **(documents.get("settings", "changed") or {})}
