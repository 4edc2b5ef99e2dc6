"""Whether the server is up, for those who wait for it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from marshmallow import Schema, fields

from mockserver.control.current import parts
from mockserver.control.openapi import resource

health = resource("health", "Whether the server is up")


class HealthSchema(Schema):
    """A server that is up."""

    status = fields.String()
    version = fields.String()
    vendors = fields.List(fields.String())


@health.get("/health")
@health.response(200, HealthSchema)
def up() -> dict[str, Any]:
    """The server is up."""
    return view_of()


def view_of() -> dict[str, Any]:
    """What there is to know of a server that answers."""
    return {"status": "ok", "version": version("mockserver"), "vendors": list(parts().vendors)}
