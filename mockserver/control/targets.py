"""Targets: where a tenant's messages go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from mockserver.control.current import parts, tenant_of, vendor_of
from mockserver.control.openapi import resource
from mockserver.control.schemas import InTenant, Shape, shown
from mockserver.delivery.targets import check_target
from mockserver.errors import NotFoundError, nearest
from mockserver.tenants import Target

targets = resource("targets", "The address of each vendor's webhooks and feeds")

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?|")
_URL = re.compile(r"[\x21-\x7e]{1,2000}")


class TargetSchema(Schema):
    """Where a channel's messages go; the values of headers and credentials are not shown."""

    vendor = fields.String()
    channel = fields.String()
    url = fields.String()
    headers = fields.Dict(keys=fields.String(), values=fields.String())
    credentials = fields.Dict(keys=fields.String(), values=fields.String())


class TargetsSchema(Schema):
    """Every target that was set."""

    targets = fields.List(fields.Nested(TargetSchema))


class Aim(Shape):
    """A target: `headers` are added as they are, `credentials` replace the tenant's own where messages are signed."""

    url = fields.String(required=True, validate=lambda url: _check(_URL, url, "An address in ASCII is wanted."))
    headers = fields.Dict(
        keys=fields.String(validate=lambda name: _check(_NAME, name, "A header's name is wanted.")),
        values=fields.String(validate=lambda value: _check(_VALUE, value, "Printable ASCII is wanted.")),
        load_default=dict,
    )
    credentials = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=lambda value: _check(_VALUE, value, "Printable ASCII is wanted.")),
        load_default=dict,
    )


def _check(form: re.Pattern[str], text: str, message: str) -> None:
    if not form.fullmatch(text):
        raise ValidationError(message)


@targets.get("/targets")
@targets.arguments(InTenant, location="query")
@targets.response(200, TargetsSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """The targets that were set."""
    found = tenant_of(query).targets
    return {"targets": [_view(vendor, channel, target) for (vendor, channel), target in sorted(found.items())]}


@targets.put("/targets/<vendor>/<channel>")
@targets.arguments(InTenant, location="query")
@targets.arguments(Aim)
@targets.response(200, TargetSchema)
def aim(query: Mapping[str, Any], body: Mapping[str, Any], vendor: str, channel: str) -> dict[str, Any]:
    """Send a channel's messages to an address: loopback, or a host that the server was started to allow."""
    tenant = tenant_of(query)
    _check_channel(vendor, channel)
    if not f"{body['url']}/".startswith(f"{parts().settings.url}/"):
        check_target(body["url"], parts().vendors, parts().settings.allow_targets)
    target = Target(**body)
    parts().tenants.aim(tenant, vendor, channel, target)
    return _view(vendor, channel, target)


@targets.delete("/targets/<vendor>/<channel>")
@targets.arguments(InTenant, location="query")
@targets.response(204)
def delete(query: Mapping[str, Any], vendor: str, channel: str) -> None:
    """Send a channel's messages where they went before any target was set."""
    _check_channel(vendor, channel)
    parts().tenants.aim(tenant_of(query), vendor, channel, None)


def _check_channel(vendor: str, channel: str) -> None:
    channels = vendor_of(vendor).channels
    if channel not in channels:
        raise NotFoundError(f"{vendor} has no channel {channel!r}.{nearest(channel, channels)}")


def _view(vendor: str, channel: str, target: Target) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "channel": channel,
        "url": target.url,
        "headers": shown(target.headers),
        "credentials": shown(target.credentials),
    }
