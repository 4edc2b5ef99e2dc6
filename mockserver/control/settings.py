"""A vendor's switches for one tenant: what its dashboard would let an owner choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError

from mockserver.control.current import set_switches, tenant_of, vendor_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant
from mockserver.errors import nearest
from mockserver.vendors.contract import Vendor

settings = resource("settings", "The vendors' switches, by tenant")


class Switches(Schema):
    """Switches by name; `GET /vendors/NAME` lists them with their defaults."""

    class Meta:
        """Options."""

        unknown = INCLUDE


@settings.get("/settings/<vendor>")
@settings.arguments(InTenant, location="query")
@settings.response(200)
def shown(query: Mapping[str, Any], vendor: str) -> dict[str, Any]:
    """A vendor's switches as they stand."""
    vendor_of(vendor)
    return dict(tenant_of(query).settings(vendor))


@settings.put("/settings/<vendor>")
@settings.arguments(InTenant, location="query")
@settings.arguments(Switches)
@settings.response(200)
def put(query: Mapping[str, Any], body: Mapping[str, Any], vendor: str) -> dict[str, Any]:
    """Change some switches; the others stay as they are."""
    _check(vendor_of(vendor), body)
    tenant = tenant_of(query)
    set_switches(tenant, vendor, {**tenant.changed_settings.get(vendor, {}), **body})
    return dict(tenant.settings(vendor))


@settings.delete("/settings/<vendor>")
@settings.arguments(InTenant, location="query")
@settings.response(204)
def delete(query: Mapping[str, Any], vendor: str) -> None:
    """Put a vendor's switches back to their defaults."""
    vendor_of(vendor)
    set_switches(tenant_of(query), vendor, {})


def _check(vendor: Vendor, given: Mapping[str, Any]) -> None:
    known, errors = vendor.settings, {}
    for name, value in given.items():
        if name not in known:
            errors[name] = [f"There is no such switch.{nearest(name, known)}"]
        elif not _is_alike(known[name], value):
            errors[name] = [f"A {_kind(known[name])} is wanted, as in the default."]
        elif name in vendor.wanted and not vendor.wanted[name].fits(value):
            errors[name] = [f"{value!r} cannot be meant; {vendor.wanted[name].text} is wanted."]
    if errors:
        raise ValidationError(errors)


def _is_alike(default: Any, value: Any) -> bool:
    """Whether a value has the form of a default; a default of null says nothing of the form."""
    if default is None or value is None:
        return default is None and not isinstance(value, dict | list)
    if _kind(default) != _kind(value):
        return False
    if isinstance(default, Mapping):
        return all(_is_alike(default[key], inner) for key, inner in value.items() if key in default)
    return True


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, Mapping) else "list"
