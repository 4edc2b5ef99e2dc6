"""The configuration of Android and iOS (mparticle.md §5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from mockserver.vendors.contract import Call
from mockserver.vendors.mparticle.sdk_config import workspace_token

ENVIRONMENTS = {"1": "development", "2": "production"}
"""What `x-mp-env` says."""


def environment(call: Call) -> str:
    """Which environment the app runs in."""
    return ENVIRONMENTS.get(call.headers.get("x-mp-env", ""), "production")


def configuration(call: Call, plan: Mapping[str, Any] | None) -> dict[str, Any]:
    """What an owner set up, but for the time of the answer: that changes with every call."""
    settings = call.tenant.settings(call.vendor)
    ours = {
        "dt": "ac",
        "id": "1",
        "dbg": environment(call) == "development",
        "cue": "appdefined",
        "pmk": [],
        "oo": False,
        "wst": workspace_token(call),
        "alias_max_window": settings["alias_max_window"],
        "flags": {"AudienceAPI": bool(settings["audience_api"])},
        "eks": [],
    }
    planned = {} if plan is None else {"dpr": plan}
    both = {**ours, **planned, **settings["native_config"]}
    return {name: value for name, value in both.items() if value is not None}


def etag(config: Mapping[str, Any]) -> str:
    """The same for the same configuration."""
    return f'"{blake2b(orjson.dumps(config, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()}"'


def is_known(call: Call, tag: str) -> bool:
    """Whether the app says that it has this very configuration."""
    known = (one.strip().removeprefix("W/") for one in call.headers.get("if-none-match", "").split(","))
    return any(one in (tag, tag.strip('"'), "*") for one in known)
