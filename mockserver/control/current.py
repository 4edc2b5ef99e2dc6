"""What a view works with: the mock that the current request came to, and the tenant it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from flask import current_app

from mockserver.errors import NotFoundError, nearest
from mockserver.journal.memory import SETTINGS
from mockserver.tenants import Tenant
from mockserver.vendors.contract import Vendor

if TYPE_CHECKING:
    from mockserver.control.stage import Stage
    from mockserver.delivery.verdict import Runs
    from mockserver.parts import Parts

KEY = "mockserver.control"


class Control(NamedTuple):
    """What the control API keeps between requests."""

    parts: Parts
    stage: Stage
    runs: Runs


def control() -> Control:
    """The control API of the application that serves the current request."""
    return cast("Control", current_app.extensions[KEY])


def parts() -> Parts:
    """What the mock is made of."""
    return control().parts


def tenant_of(query: Mapping[str, Any]) -> Tenant:
    """The tenant that a query names.

    Raises:
        NotFoundError: there is none.
    """
    return parts().tenants.get(query["tenant"])


def vendor_of(name: str) -> Vendor:
    """The vendor of that name.

    Raises:
        NotFoundError: there is none; the sentence names the nearest.
    """
    vendors = parts().vendors
    if name not in vendors:
        raise NotFoundError(f"There is no vendor {name!r}.{nearest(name, vendors)}")
    return vendors[name]


def set_switches(tenant: Tenant, vendor: str, values: Mapping[str, Any]) -> None:
    """Change a vendor's settings for a tenant, and have its log say so: what is folded later goes by them."""
    parts().tenants.set(tenant, vendor, values)
    note_switches(tenant, vendor)


def note_switches(tenant: Tenant, vendor: str) -> None:
    """Have a tenant's log say what it has changed of a vendor's settings."""
    values = tenant.changed_settings.get(vendor, {})
    parts().recorder.note(tenant, SETTINGS, {"vendor": vendor, "values": values})
