"""Runs: playing a scenario, and what came of it: a timeline and one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from marshmallow import Schema, ValidationError, fields

from mockserver.control.current import control, parts, tenant_of
from mockserver.control.openapi import resource
from mockserver.control.preparing import prepared
from mockserver.control.schemas import InTenant, Shape, whole
from mockserver.delivery.plan import Choice, Telling
from mockserver.delivery.playback import Pace, Run
from mockserver.delivery.verdict import Kept, untold
from mockserver.errors import MockServerError
from mockserver.tenants import Tenant

runs = resource("runs", "Scenarios as they were played, each with its seed, its timeline and its verdict")

LATEST = "latest"
_SLOWEST = 86_400.0
_INSTANT = "instant"
_STOPPED = "The server stopped before the run ended."


class PaceField(fields.Field[Pace]):
    """How fast: `instant`, or seconds of real time for a day of the story."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Pace:  # noqa: ARG002  marshmallow's signature
        if value == _INSTANT:
            return Pace()
        try:
            seconds = -1.0 if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            seconds = -1.0
        if not 0 <= seconds <= _SLOWEST:
            raise ValidationError(f"'{_INSTANT}' is wanted, or seconds for a day, from 0 to {_SLOWEST:.0f}.")
        return Pace(seconds_per_day=seconds)


class RunOrder(Shape):
    """What is to be played: by whom and on which channels (all unless said), how fast, and whether to wait for it."""

    scenario = fields.String(required=True)
    seed = whole(
        load_default=None,
        allow_none=True,
        metadata={"description": "The first that this tenant has not played the scenario with, unless said"},
    )
    vendors = fields.List(fields.String(), load_default=list)
    channels = fields.List(fields.String(), load_default=list)
    pace = PaceField(load_default=Pace(), metadata={"type": ["string", "number"]})
    wait = fields.Boolean(load_default=True)


class BriefSchema(Schema):
    """A run of a list."""

    id = fields.String()
    scenario = fields.String()
    title = fields.String()
    store = fields.String()
    seed = fields.Integer()
    vendors = fields.List(fields.String())
    channels = fields.List(fields.String())
    state = fields.String(metadata={"enum": ["playing", "played", "failed"]})
    error = fields.String(metadata={"description": "Why it failed"})


class VerdictSchema(Schema):
    """Whether everything arrived once, in time, as told, and nothing else did."""

    holds = fields.Boolean()
    verdict = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Raw(metadata={"type": "object"}))
    extra = fields.List(fields.Raw(metadata={"type": "object"}))
    text = fields.String(metadata={"description": "All of it for people"})


class RunSchema(BriefSchema):
    """A run: its timeline has a row for each message; `outcome` is null until it was told."""

    timeline = fields.List(fields.Raw(metadata={"type": "object"}))
    verdict = fields.Nested(VerdictSchema)


class RunsSchema(Schema):
    """All runs since the journal was last cleared, the newest first."""

    runs = fields.List(fields.Nested(BriefSchema))


@runs.get("/runs")
@runs.arguments(InTenant, location="query")
@runs.response(200, RunsSchema)
def listed(query: Mapping[str, Any]) -> dict[str, Any]:
    """All runs."""
    return {"runs": listing(tenant_of(query))}


@runs.post("/runs")
@runs.arguments(InTenant, location="query")
@runs.arguments(RunOrder)
@runs.response(201, RunSchema)
def play(query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Play a scenario."""
    tenant = tenant_of(query)
    return view_of(tenant, start(tenant, body).id)


@runs.get("/runs/<id>")
@runs.arguments(InTenant, location="query")
@runs.response(200, RunSchema)
def one(query: Mapping[str, Any], id: str) -> dict[str, Any]:  # noqa: A002  the name in the path
    """One run: by its id, or `latest`."""
    return view_of(tenant_of(query), id)


@runs.get("/runs/<id>/verdict")
@runs.arguments(InTenant, location="query")
@runs.response(200, VerdictSchema)
def verdict(query: Mapping[str, Any], id: str) -> dict[str, Any]:  # noqa: A002  the name in the path
    """What is missing, extra, doubled, late or different."""
    found: dict[str, Any] = view_of(tenant_of(query), id)["verdict"]
    return found


def start(tenant: Tenant, order: Mapping[str, Any]) -> Run:
    """Play what was ordered, in this request or, without `wait`, beside it."""
    choice = Choice(vendors=tuple(order["vendors"]), channels=tuple(order["channels"]))
    seed = _fresh_seed(tenant, order["scenario"]) if order["seed"] is None else order["seed"]
    run = prepared(tenant, order["scenario"], seed, choice)
    control().stage.play(tenant, run, order["pace"], wait=order["wait"])
    return run


def _fresh_seed(tenant: Tenant, scenario: str) -> int:
    """The first seed whose people the tenant does not know from this scenario: told again, vendors drop it as known."""
    kept = control().runs.all(tenant.name)
    played = {run.details["seed"] for run in kept if run.details["scenario"] == scenario}
    return next(seed for seed in count() if seed not in played)


def listing(tenant: Tenant) -> list[dict[str, Any]]:
    """All runs, the newest first."""
    playing = control().stage.playing(tenant.name)
    kept = control().runs.all(tenant.name)
    if playing is not None and playing.id not in {run.id for run in kept}:
        kept.append(Kept(details=playing.as_dict(), seq=0))
    return [_brief(run, playing) for run in reversed(kept)]


def view_of(tenant: Tenant, id: str) -> dict[str, Any]:  # noqa: A002  the word of the API
    """One run, whole.

    Raises:
        NotFoundError: there is none.
    """
    playing = control().stage.playing(tenant.name)
    if playing is not None and id not in {playing.id, LATEST}:
        playing = None
    kept = Kept(details=playing.as_dict(), seq=0) if playing else control().runs.get(tenant.name, id)
    brief = _brief(kept, playing)
    told = control().runs.told(tenant.name, kept.id)
    left = [] if brief["state"] == "played" else untold(_planned(tenant, kept, playing), told)
    judged = control().runs.judge(tenant.name, kept, told, () if playing else left)
    return {
        **brief,
        "timeline": [one.as_row() for one in told if not one.is_skipped] + [_waiting(one) for one in left],
        "verdict": {**judged.as_dict(), "text": judged.text()},
    }


def _brief(run: Kept, playing: Run | None) -> dict[str, Any]:
    names = ("id", "scenario", "title", "store", "seed", "vendors", "channels")
    known = {name: run.details[name] for name in names}
    if (playing is not None and playing.id == run.id) or (run.error is None and parts().settings.shared):
        return {**known, "state": "playing"}
    if run.error == "":
        return {**known, "state": "played"}
    return {**known, "state": "failed", "error": run.error or _STOPPED}


def _planned(tenant: Tenant, kept: Kept, playing: Run | None) -> tuple[Telling, ...]:
    """What a run that has not ended was to tell; of one that was broken off, as its scenario is now."""
    if playing is not None:
        return playing.tellings
    choice = Choice(vendors=tuple(kept.details["vendors"]), channels=tuple(kept.details["channels"]))
    try:
        return prepared(tenant, kept.details["scenario"], kept.details["seed"], choice).tellings
    except MockServerError:  # its file is gone or broken since
        return ()


def _waiting(telling: Telling) -> dict[str, Any]:
    return {**telling.as_row(), "outcome": None, "status": None, "attempts": 0, "entry": None}
