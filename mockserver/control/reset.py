"""Making a tenant new again; its credentials stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.control.current import parts, set_switches, tenant_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant
from mockserver.lifecycle.clock import Clock

reset = resource("reset", "Making a tenant new again")


@reset.post("/reset")
@reset.arguments(InTenant, location="query")
@reset.response(204)
def all_of_it(query: Mapping[str, Any]) -> None:
    """Clear journal, state, clock, targets, faults and settings; the credentials stay."""
    tenant, tenants = tenant_of(query), parts().tenants
    tenants.turn_clock(tenant, Clock())
    tenants.make_well(tenant)
    for vendor, channel in list(tenant.targets):
        tenants.aim(tenant, vendor, channel, None)
    for vendor in list(tenant.changed_settings):
        set_switches(tenant, vendor, {})
    parts().journal.clear(tenant.name)
