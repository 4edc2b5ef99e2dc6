"""A tenant's clock: reading it, setting it, turning it on, letting it run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dateutil.relativedelta import relativedelta
from flask import Response
from marshmallow import Schema, ValidationError, fields, validates_schema

from mockserver.control.current import parts, tenant_of
from mockserver.control.openapi import resource
from mockserver.control.progress import Tell, streamed, wants_lines
from mockserver.control.schemas import Instant, InTenant, Shape, is_sensible, number, whole
from mockserver.errors import InvalidError
from mockserver.lifecycle.clock import Clock, real_now
from mockserver.tenants import Tenant

clock = resource("clock", "The tenant's clock, which lifecycles, the journal and the vendors' answers go by")

_YEARS = 10_000


class ClockSchema(Schema):
    """What a clock shows; `offset_seconds` is how far it is from real time."""

    now = Instant()
    frozen = fields.Boolean()
    offset_seconds = fields.Float()


class ClockSetting(Shape):
    """What a clock is to show, and whether it is to stand still; what is left out stays as it is."""

    now = Instant()
    frozen = fields.Boolean()

    @validates_schema
    def _says_something(self, data: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's signature
        _check_not_empty(data, "now, frozen or both are wanted.")


class ClockTurn(Shape):
    """How far to turn a clock, by the calendar; negative amounts turn it back."""

    years = whole(-_YEARS, _YEARS)
    months = whole(-_YEARS * 12, _YEARS * 12)
    weeks = number(-_YEARS * 53, _YEARS * 53)
    days = number(-_YEARS * 366, _YEARS * 366)
    hours = number(-_YEARS * 8784, _YEARS * 8784)
    minutes = number(-_YEARS * 527040, _YEARS * 527040)
    seconds = number(-_YEARS * 31622400, _YEARS * 31622400)

    @validates_schema
    def _says_something(self, data: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  as above
        _check_not_empty(data, "An amount is wanted: years, months, weeks, days, hours, minutes or seconds.")


def _check_not_empty(data: Mapping[str, Any], message: str) -> None:
    if not data:
        raise ValidationError(message)


@clock.get("/clock")
@clock.arguments(InTenant, location="query")
@clock.response(200, ClockSchema)
def shown(query: Mapping[str, Any]) -> dict[str, Any]:
    """What the clock shows."""
    return view_of(tenant_of(query))


@clock.put("/clock")
@clock.arguments(InTenant, location="query")
@clock.arguments(ClockSetting)
@clock.response(200, ClockSchema)
def put(query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Set the clock, stop it or let it run; set forward, what falls due until then happens first."""
    tenant = tenant_of(query)
    turned = tenant.clock.set(body["now"]) if "now" in body else tenant.clock
    if "frozen" in body:
        turned = turned.freeze(body.get("now")) if body["frozen"] else turned.resume()
    return _turn(tenant, turned)


@clock.post("/clock/advance")
@clock.arguments(InTenant, location="query")
@clock.arguments(ClockTurn)
@clock.response(200, ClockSchema)
def advance(query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any] | Response:
    """Turn the clock on; everything that falls due happens, in order, and is delivered.

    With `Accept: application/x-ndjson` the answer is lines that say how far it is.
    """
    tenant, lives = tenant_of(query), parts().lives
    wanted = turned(tenant.clock, body)
    if not wants_lines():
        return _turn(tenant, wanted)

    def turn(tell: Tell) -> dict[str, Any]:
        lives.turn(tenant, wanted, tell)
        shown: dict[str, Any] = ClockSchema().dump(view_of(tenant))
        return shown

    return streamed(turn)


@clock.delete("/clock")
@clock.arguments(InTenant, location="query")
@clock.response(204)
def delete(query: Mapping[str, Any]) -> None:
    """Go back to real time."""
    parts().lives.turn(tenant_of(query), Clock())


def turned(given: Clock, amounts: Mapping[str, Any]) -> Clock:
    """A clock turned on by calendar amounts.

    Raises:
        InvalidError: it would leave the years that calendars know.
    """
    try:
        result = given.advance(relativedelta(**amounts))
    except (OverflowError, ValueError) as error:
        raise InvalidError("The clock would leave the years 1970 to 8999.") from error
    if not is_sensible(result.now()):
        raise InvalidError("The clock would leave the years 1970 to 8999.")
    return result


def view_of(tenant: Tenant) -> dict[str, Any]:
    """What a tenant's clock shows."""
    now = tenant.now()
    offset = (now - real_now()).total_seconds()
    return {"now": now, "frozen": tenant.clock.is_frozen, "offset_seconds": round(offset, 3)}


def _turn(tenant: Tenant, turned: Clock) -> dict[str, Any]:
    parts().lives.turn(tenant, turned)
    return view_of(tenant)
