"""What the configurations of web and native SDKs have in common: workspace and data plan (mparticle.md §§5.1, 5.2)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Call

UNKNOWN_PLAN = "The data plan was not found."
"""The sentence is not documented."""


def workspace_token(call: Call) -> str:
    """The token of the tenant's workspace: SDKs name their storage and their bridge to web views by it."""
    workspace_id = call.tenant.credentials(call.vendor)["workspace_id"]
    return f"{zlib.crc32(workspace_id.encode()):08X}"


def asked(call: Call, name: str) -> str:
    """A parameter of the query, empty when it was not sent."""
    values = parse_qs(call.query).get(name)
    return values[0] if values else ""


def asked_plan(call: Call) -> tuple[str, int | None]:
    """Which data plan and version the SDK asks for; no version is the latest active one (mparticle.md §6.4)."""
    version = asked(call, "plan_version")
    return asked(call, "plan_id"), int(version) if version.isdecimal() and len(version) < 5 else None


def plan_of(call: Call, environment: str) -> Mapping[str, Any] | None:
    """The plan that the SDK asks for, as it takes it, None when there is no such plan in the environment."""
    plan_id, version = asked_plan(call)
    found = _version_for(call, plan_id, version, environment)
    if found is None:
        return None
    blocking = call.tenant.settings(call.vendor)["plan_blocking"]
    return {"dtpn": {"vers": found, "blok": {name: bool(blocking.get(name)) for name in ("ev", "ea", "ua", "id")}}}


def _version_for(call: Call, plan_id: str, version: int | None, environment: str) -> Any:
    try:
        from mockserver.vendors.mparticle.plans.state import version_for  # type: ignore[import-untyped,unused-ignore]
    except ImportError:  # while the plans are being made
        return None
    return version_for(call.tenant.documents(call.vendor), plan_id, version, environment)


def unknown_plan(call: Call, environment: str) -> Finding:
    """That there is no such plan."""
    plan_id, version = asked_plan(call)
    which = f"version {version} of the data plan {plan_id!r}" if version else f"the data plan {plan_id!r}"
    text = f"There is no {which} in the environment {environment}: the SDK blocks and checks nothing."
    return Finding("plan_id", "unknown-plan", text)
