"""What the configurations of web and native SDKs have in common: workspace and data plan (mparticle.md §§5.1, 5.2)."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Call


class Planned(NamedTuple):
    """The data plan that an SDK asks for, as SDKs take it; None when it asks for none, or there is none.

    Then the findings say why.
    """

    plan: Mapping[str, Any] | None = None
    findings: tuple[Finding, ...] = ()


def workspace_token(call: Call) -> str:
    """The token of the tenant's workspace: SDKs name their storage and their bridge to web views by it."""
    workspace_id = call.tenant.credentials(call.vendor)["workspace_id"]
    return f"{zlib.crc32(workspace_id.encode()):08X}"


def asked(call: Call, name: str) -> str:
    """A parameter of the query, empty when it was not sent."""
    values = parse_qs(call.query).get(name)
    return values[0] if values else ""


def of_environment(given: str, known: Collection[str], place: str) -> tuple[Finding, ...]:
    """What is to be said of an environment that is none: production is assumed."""
    if given in known:
        return ()
    text = f"{' or '.join(known)} expected, {given!r} sent; production is assumed."
    return (Finding(place, "unknown-environment", text),)


def planned(call: Call, environment: str) -> Planned:
    """The data plan that the SDK asks for; without a version the latest active one (mparticle.md §6.4)."""
    from mockserver.vendors.mparticle.plans.blocking import Blocks
    from mockserver.vendors.mparticle.plans.state import look_up

    plan_id = asked(call, "plan_id")
    if not plan_id:
        return Planned()
    found = look_up(call.tenant.documents(call.vendor), plan_id, asked(call, "plan_version") or None, environment)
    if isinstance(found, str):
        text = f"The SDK checks and blocks nothing: {found}."
        return Planned(findings=(Finding("plan_id", "unknown-plan", text),))
    document = found.load()
    version = {"version": found.number, "data_plan_id": plan_id, "version_document": document}
    blocks = Blocks.of(document, call.tenant.settings(call.vendor))
    return Planned({"dtpn": {"vers": version, "blok": blocks._asdict()}})
