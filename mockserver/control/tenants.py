"""Tenants: making, listing and deleting them, with the addresses and credentials to paste into an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema, fields

from mockserver.control.current import parts
from mockserver.control.openapi import resource
from mockserver.control.schemas import Shape, Texts
from mockserver.tenants import NOBODY, Inputs, Tenant

tenants = resource("tenants", "Isolated worlds: credentials of their own, a clock, targets, faults, a journal")


class AccessSchema(Schema):
    """How an app reaches one vendor as this tenant: `inputs` are those of partners' feeds, by name."""

    url = fields.Url(relative=False)
    credentials = Texts()
    inputs = fields.Dict(keys=fields.String(), values=Texts())


class TenantSchema(Schema):
    """A tenant."""

    name = fields.String()
    vendors = fields.Dict(keys=fields.String(), values=fields.Nested(AccessSchema))


class TenantsSchema(Schema):
    """All tenants."""

    tenants = fields.List(fields.Nested(TenantSchema))


class NewTenant(Shape):
    """A tenant to be made; without a name it gets one."""

    name = fields.String(load_default=None, allow_none=True)


@tenants.get("/tenants")
@tenants.response(200, TenantsSchema)
def listed() -> dict[str, Any]:
    """All tenants."""
    return {"tenants": [view_of(tenant) for tenant in parts().tenants.all()]}


@tenants.post("/tenants")
@tenants.arguments(NewTenant)
@tenants.response(201, TenantSchema)
def create(body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a tenant with fresh credentials."""
    return view_of(parts().tenants.create(body["name"]))


@tenants.get("/tenants/<name>")
@tenants.response(200, TenantSchema)
def one(name: str) -> dict[str, Any]:
    """One tenant."""
    return view_of(parts().tenants.get(name))


@tenants.delete("/tenants/<name>")
@tenants.response(204)
def delete(name: str) -> None:
    """Delete a tenant with everything it has seen."""
    parts().tenants.delete(name)
    parts().journal.forget(name)


def view_of(tenant: Tenant) -> dict[str, Any]:
    """A tenant as an app needs it, with addresses at the host that was asked."""
    inputs = {} if tenant.name == NOBODY else tenant.inputs
    return {"name": tenant.name, "vendors": {name: _access(name, inputs[name]) for name in parts().vendors if inputs}}


def _access(vendor: str, inputs: Inputs) -> dict[str, Any]:
    return {
        "url": f"{base_url()}/{vendor}",
        "credentials": inputs["default"],
        "inputs": {name: values for name, values in inputs.items() if name != "default"},
    }


def base_url() -> str:
    """The server's address as the client wrote it, or as the settings have it when the client did not say."""
    return request.host_url.rstrip("/") if request.host else parts().settings.url
