"""Bodies of the Data Planning API, read: what a handler answers by, and what the fold of the log reads again."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.vendors.mparticle.plans.errors import REQUIRED, PlanningError

Body = dict[str, Any]


def plan(content: bytes) -> Body:
    """A plan to be made, with an id: without one it is the slug of the name, as mParticle makes it."""
    from mockserver.vendors.mparticle.plans.schemas import PlanSchema

    body = _loaded(PlanSchema, content)
    name, plan_id = body.get("data_plan_name"), body.get("data_plan_id")
    plan_id = plan_id or _slug(name or "")
    if not plan_id:
        raise PlanningError(REQUIRED, path="/data_plan_id")
    versions = _numbered(body.get("data_plan_versions") or [])
    return body | {"data_plan_id": plan_id, "data_plan_name": name or plan_id, "data_plan_versions": versions}


def plan_changes(content: bytes) -> Body:
    """What is to be changed of a plan."""
    from mockserver.vendors.mparticle.plans.schemas import PlanChangesSchema

    return _loaded(PlanChangesSchema, content)


def version(content: bytes) -> Body:
    """A version to be made or to be changed."""
    from mockserver.vendors.mparticle.plans.schemas import VersionSchema

    return _loaded(VersionSchema, content)


def validation(content: bytes) -> tuple[Body, Body]:
    """The document and the batch of a request to validate; a whole version is as good as its document."""
    body = parsed(content)
    document, batch = body.get("document"), body.get("batch")
    if document is None or batch is None:
        raise PlanningError(REQUIRED, path="/document" if document is None else "/batch")
    if isinstance(document, dict) and "data_points" not in document and "version_document" in document:
        document = document["version_document"]
    return document, batch


def parsed(content: bytes) -> Body:
    """The body as a JSON object; an empty one has no members."""
    if not content.strip():
        return {}
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise PlanningError(f"The request JSON is malformed: {error}.") from error
    if not isinstance(body, dict):
        raise PlanningError("A JSON object is expected.")
    return body


def _loaded(schema: Any, content: bytes) -> Body:
    from marshmallow import ValidationError

    from mockserver.vendors.mparticle.plans.schemas import sentences

    try:
        body: Body = schema().load(parsed(content))
    except ValidationError as error:
        raise PlanningError(errors=[{"message": text} for text in sentences(error)]) from error
    return body


def _numbered(versions: list[Body]) -> list[Body]:
    """The versions, each with a number: one that has none follows on the one before it."""
    last, found = 0, []
    for one in versions:
        last = one.get("version", last + 1)
        found.append(one | {"version": last})
    numbers = [one["version"] for one in found]
    if len({*numbers}) < len(numbers):
        raise PlanningError("Each version number may be used once.", path="/data_plan_versions")
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:255]
