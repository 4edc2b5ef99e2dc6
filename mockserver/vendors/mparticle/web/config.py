"""The web SDK's configuration (mparticle.md §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.vendors.contract import Call
from mockserver.vendors.mparticle.sdk_config import asked, workspace_token

ENVIRONMENTS = {"0": "production", "1": "development"}
"""What `env` says in the query."""


def environment(call: Call) -> str:
    """Which environment the page runs in."""
    return ENVIRONMENTS.get(asked(call, "env"), "production")


def configuration(call: Call) -> dict[str, Any]:
    """What an owner set up. No address is in it: the SDK would take it in place of the page's own."""
    settings = call.tenant.settings(call.vendor)
    changed = settings["web_config"]
    ours = {
        "appName": call.tenant.name,
        "minWebviewBridgeVersion": 2,
        "workspaceToken": workspace_token(call),
        "kitConfigs": [],
        "pixelConfigs": [],
    }
    flags = _flags(settings)
    given = changed.get("flags")
    return {**ours, **changed, "flags": _texts({**flags, **given}) if isinstance(given, Mapping) else flags}


def _flags(settings: Mapping[str, Any]) -> dict[str, str]:
    return {
        "eventsV3": "100",
        "eventBatchingIntervalMillis": "1000",
        "offlineStorage": "0",
        "directURLRouting": "False",
        "cacheIdentity": "False",
        "audienceAPI": str(bool(settings["audience_api"])),
        "captureIntegrationSpecificIds": "False",
        "captureIntegrationSpecificIds.V2": "none",
        "astBackgroundEvents": "False",
    }


def _texts(flags: Mapping[str, Any]) -> dict[str, str]:
    """Flags as the SDK reads them: the text `True` and nothing else is true. Null takes a flag out."""
    return {name: str(value) for name, value in flags.items() if value is not None}
