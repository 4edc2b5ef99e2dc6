"""The vendors: what of them is imitated, at which paths, and their switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from mockserver.control.current import parts, vendor_of
from mockserver.control.openapi import resource
from mockserver.vendors.contract import Vendor

vendors = resource("vendors", "Whom this server imitates, what of them, and what not")


class OperationSchema(Schema):
    """One endpoint."""

    name = fields.String()
    methods = fields.List(fields.String())
    path = fields.String(metadata={"description": "Below the vendor's mount, with <variables>"})
    aliases = fields.List(fields.String(), metadata={"description": "Further paths of the same"})
    title = fields.String()


class ChannelSchema(Schema):
    """A way the vendor speaks out."""

    name = fields.String()
    title = fields.String()


class VendorSchema(Schema):
    """A vendor."""

    name = fields.String()
    title = fields.String()
    hosts = fields.List(fields.String(), metadata={"description": "Its real hosts, as patterns"})
    operations = fields.List(fields.Nested(OperationSchema))
    channels = fields.List(fields.Nested(ChannelSchema))
    settings = fields.Raw(metadata={"description": "Its switches with their defaults"})
    wanted = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "What a switch may be, beyond having the form of its default"},
    )
    imitated = fields.List(fields.String())
    not_imitated = fields.List(fields.String())


class VendorsSchema(Schema):
    """All vendors."""

    vendors = fields.List(fields.Nested(VendorSchema))


@vendors.get("/vendors")
@vendors.response(200, VendorsSchema)
def listed() -> dict[str, Any]:
    """All vendors."""
    return {"vendors": [_view(name, vendor) for name, vendor in parts().vendors.items()]}


@vendors.get("/vendors/<name>")
@vendors.response(200, VendorSchema)
def one(name: str) -> Mapping[str, Any]:
    """One vendor."""
    return _view(name, vendor_of(name))


def _view(name: str, vendor: Vendor) -> dict[str, Any]:
    return {
        "name": name,
        "title": vendor.title,
        "hosts": vendor.hosts,
        "operations": vendor.operations,
        "channels": [{"name": key, "title": channel.title} for key, channel in vendor.channels.items()],
        "settings": dict(vendor.settings),
        "wanted": {switch: wanted.text.rstrip(",") for switch, wanted in vendor.wanted.items()},
        "imitated": vendor.imitated,
        "not_imitated": vendor.not_imitated,
    }
