"""Faults: ordering that a vendor's operation fails or answers late, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from mockserver.control.current import parts, tenant_of, vendor_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant, Shape, number, whole
from mockserver.errors import NotFoundError, nearest
from mockserver.faults import fault_from

faults = resource("faults", "Commanded failures: so many answers of an operation are errors, late, or lost")

_EVERY = "*"


class FaultSchema(Schema):
    """A standing order; `times` counts down."""

    vendor = fields.String()
    operation = fields.String()
    status = fields.Integer(allow_none=True)
    times = fields.Integer(allow_none=True)
    retry_after = fields.Integer(allow_none=True)
    delay = fields.Float()
    after = fields.Boolean()


class FaultsSchema(Schema):
    """All standing orders."""

    faults = fields.List(fields.Nested(FaultSchema))


class FaultOrder(Shape):
    """A fault: a status, a delay in seconds, or both; `after` lets the work be done and loses only the answer."""

    status = whole(400, 599, allow_none=True)
    times = whole(1, allow_none=True, metadata={"description": "How often; until taken back unless said"})
    retry_after = whole(0, 10**9, allow_none=True, metadata={"description": "Seconds, for the header Retry-After"})
    delay = number(0, 60)
    after = fields.Boolean()


@faults.get("/faults")
@faults.arguments(InTenant, location="query")
@faults.response(200, FaultsSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """The faults that stand."""
    return {"faults": tenant_of(query).faults.standing()}


@faults.put("/faults/<vendor>/<operation>")
@faults.arguments(InTenant, location="query")
@faults.arguments(FaultOrder)
@faults.response(200, FaultSchema)
def order(query: Mapping[str, Any], body: Mapping[str, Any], vendor: str, operation: str) -> Any:
    """Order a fault of one operation, or of `*`."""
    tenant = tenant_of(query)
    _check_operation(vendor, operation)
    fault = fault_from({"vendor": vendor, "operation": operation, **body})
    parts().tenants.order(tenant, fault)
    return fault


@faults.delete("/faults")
@faults.arguments(InTenant, location="query")
@faults.response(204)
def clear(query: Mapping[str, Any]) -> None:
    """Take all faults back."""
    parts().tenants.make_well(tenant_of(query))


@faults.delete("/faults/<vendor>/<operation>")
@faults.arguments(InTenant, location="query")
@faults.response(204)
def delete(query: Mapping[str, Any], vendor: str, operation: str) -> None:
    """Take a fault back."""
    _check_operation(vendor, operation)
    parts().tenants.make_well(tenant_of(query), vendor, operation)


def _check_operation(vendor: str, operation: str) -> None:
    names = [known.name for known in vendor_of(vendor).operations]
    if operation not in {*names, _EVERY}:
        raise NotFoundError(f"{vendor} has no operation {operation!r}.{nearest(operation, names)}")
