"""The scenarios that can be played, and what each would have told, with nothing sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from mockserver.control.current import parts, tenant_of
from mockserver.control.openapi import resource
from mockserver.control.preparing import prepared
from mockserver.control.schemas import InTenant, whole
from mockserver.delivery.plan import Choice, rows
from mockserver.errors import MockServerError

scenarios = resource("scenarios", "Stories of subscribers that can be played, one a file")


class ScenarioSchema(Schema):
    """A scenario; `error` says why a file cannot be read."""

    key = fields.String()
    title = fields.String(allow_none=True)
    store = fields.String(allow_none=True)
    error = fields.String()


class ScenariosSchema(Schema):
    """All scenarios, by key."""

    scenarios = fields.List(fields.Nested(ScenarioSchema))


class Telling(InTenant):
    """From which seed, by whom, and whether with the requests as they would be sent."""

    seed = whole(load_default=0)
    vendor = fields.List(fields.String(), load_default=list)
    channel = fields.List(fields.String(), load_default=list)
    payloads = fields.Boolean(load_default=False)


class TellingSchema(Schema):
    """What a scenario would have told."""

    key = fields.String()
    title = fields.String()
    store = fields.String()
    seed = fields.Integer()
    messages = fields.List(fields.Raw(metadata={"type": "object"}))


@scenarios.get("/scenarios")
@scenarios.response(200, ScenariosSchema)
def listed() -> dict[str, Any]:
    """All scenarios."""
    return {"scenarios": views()}


@scenarios.get("/scenarios/<key>")
@scenarios.arguments(Telling, location="query")
@scenarios.response(200, TellingSchema)
def told(query: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What a scenario would have each vendor tell; nothing is sent."""
    choice = Choice(vendors=tuple(query["vendor"]), channels=tuple(query["channel"]))
    run = prepared(tenant_of(query), key, query["seed"], choice)
    messages = list(rows(run.tellings, payloads=query["payloads"]))
    return {"key": run.key, "title": run.title, "store": run.store, "seed": run.seed, "messages": messages}


def views() -> list[dict[str, Any]]:
    """Every scenario; a file that cannot be read is listed with the reason."""
    return [_view(key) for key in parts().player.library.paths()]


def _view(key: str) -> dict[str, Any]:
    try:
        scenario = parts().player.library.scenario(key)
    except MockServerError as error:
        return {"key": key, "title": None, "store": None, "error": str(error)}
    return {"key": key, "title": scenario.title, "store": scenario.store.value}
