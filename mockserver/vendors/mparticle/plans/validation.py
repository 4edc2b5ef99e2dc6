"""A batch against a plan: what is unplanned, missing or invalid, as mParticle's validator says it (mparticle.md §6.5).

`strict` does as the Node validator; else numbers and booleans may be written as text, and identities are looked at, as
the server does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.plans.definitions import UNKNOWN, UNPLANNED, Definition, Violation
from mockserver.vendors.mparticle.plans.points import (
    USER_ATTRIBUTES,
    USER_IDENTITIES,
    key_of_event,
    key_of_point,
    match_of,
    name_of,
)

NO_SCHEMA = "Invalid JSON Schema"
"""What a plan without user attributes has for them."""


class Point(NamedTuple):
    """What a plan says of one kind of event, of attributes or of identities."""

    match: Mapping[str, Any]
    definition: Definition


class Plan:
    """The data points of a version's document by their keys; of two with one key the later decides."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.points: dict[str, Point] = {}
        for point in document.get("data_points") or ():
            key = key_of_point(point["match"])
            if key is not None:
                self.points[key] = Point(point["match"], Definition(point["validator"].get("definition") or {}))


class Result(NamedTuple):
    """What is wrong with one event (`at` is its index), or with attributes or identities (`at` is their name)."""

    at: int | str
    match: Mapping[str, Any] | None
    violations: list[Violation]

    def as_dict(self) -> dict[str, Any]:
        """As the validator writes it."""
        match = {} if self.match is None else {"match": self.match}
        return {
            "event_type": "validation_result",
            "data": {**match, "validation_errors": [written(one) for one in self.violations]},
        }


def results(plan: Plan, batch: Mapping[str, Any], *, strict: bool = False) -> Iterator[Result]:
    """What is wrong with a batch; what is right is not mentioned."""
    for at, event in enumerate(batch.get("events") or ()):
        found = of_event(plan, at, event, strict=strict)
        if found is not None:
            yield found
    for found in (of_user_attributes(plan, batch, strict=strict), None if strict else of_identities(plan, batch)):
        if found is not None:
            yield found


def of_event(plan: Plan, at: int, event: Mapping[str, Any], *, strict: bool = False) -> Result | None:
    """What is wrong with one event."""
    key = key_of_event(event)
    if key is None:
        return Result(at, None, [Violation(UNPLANNED, (), "unknown")])
    point = plan.points.get(key)
    if point is None:
        return Result(at, match_of(event), [Violation(UNPLANNED, (), name_of(event))])
    violations = point.definition.violations(event, strict=strict)
    return Result(at, point.match, violations) if violations else None


def of_user_attributes(plan: Plan, batch: Mapping[str, Any], *, strict: bool = False) -> Result | None:
    """What is wrong with the user attributes of a batch; a plan that says nothing of them is one error."""
    point = plan.points.get(USER_ATTRIBUTES)
    if point is None or not point.definition.schema:
        return Result(USER_ATTRIBUTES, {"type": USER_ATTRIBUTES}, [_NOTHING_SAID])
    violations = point.definition.violations(batch.get(USER_ATTRIBUTES), strict=strict)
    return Result(USER_ATTRIBUTES, point.match, violations) if violations else None


_NOTHING_SAID = Violation(UNKNOWN, (), USER_ATTRIBUTES, actual=NO_SCHEMA)


def of_identities(plan: Plan, batch: Mapping[str, Any]) -> Result | None:
    """What is wrong with the identities of a batch, where the plan says something of them."""
    point = plan.points.get(USER_IDENTITIES)
    if point is None:
        return None
    violations = point.definition.violations(identities(batch, point.definition.schema))
    return Result(USER_IDENTITIES, point.match, violations) if violations else None


def identities(batch: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The identities of a batch under the names that the plan has for them: plans use those of the Identity API too.

    Those of the device count where the plan names them; of others it is not documented.
    """
    planned = {*(schema.get("properties") or ()), *(schema.get("required") or ())}
    sent = batch.get(USER_IDENTITIES)
    found: dict[str, Any] = {}
    for name, value in sent.items() if isinstance(sent, dict) else ():
        others = (one for one in _OTHER_NAMES.get(name, ()) if one in planned and name not in planned)
        found[next(others, name)] = value
    return found | {name: value for name, value in _of_device(batch) if name in planned and value is not None}


def _of_device(batch: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    info = batch.get("device_info")
    info = info if isinstance(info, dict) else {}
    yield from ((name, info.get(name)) for name in words.DEVICE_IDENTITIES)
    yield "android_uuid", info.get("android_uuid")
    for name, place in words.IDENTITY_API_NAMES.items():
        if place.startswith("device_info."):
            yield name, info.get(place.removeprefix("device_info."))
    yield from ((name, batch.get("mp_deviceid")) for name in ("device_application_stamp", "mp_deviceid"))


def _names() -> dict[str, tuple[str, ...]]:
    """For each name of an identity of users, how else it is called."""
    pairs = {words.SDK_CUSTOMER_ID: "customer_id"} | {
        name: other for name, other in words.IDENTITY_API_NAMES.items() if other in words.USER_IDENTITIES
    }
    return {name: (other,) for pair in pairs.items() for name, other in (pair, pair[::-1])}


_OTHER_NAMES = _names()


def pointer(path: tuple[str, ...]) -> str:
    """Where in the event, in the attributes or in the identities."""
    return "/".join(("#", *(step.replace("~", "~0").replace("/", "~1") for step in path)))


def written(violation: Violation) -> dict[str, Any]:
    """A violation as the validator writes it: what there is not is left out."""
    members = {
        "validation_error_type": violation.kind,
        "key": violation.key,
        "error_pointer": pointer(violation.path),
        "expected": violation.expected,
        "actual": violation.actual,
        "schema_keyword": violation.keyword,
    }
    return {name: value for name, value in members.items() if value is not None}
