"""JSON Schemas made from the marshmallow ones and compiled once, so that clean bodies never meet marshmallow.

`accepts` is the quick yes of the answer: what it says yes to, marshmallow does not refuse. `is_clean` is the quick yes
of the reading: what it says yes to, marshmallow has no remark on. A no decides nothing. Both are built at the first
use: marshmallow and the compiler take longer to import than the rest of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mockserver.vendors.mparticle.fields import JsonSchema
    from mockserver.vendors.mparticle.shapes import Shape


class Compiled(NamedTuple):
    """The compiled schemas, as predicates of a parsed body."""

    accepts: Callable[[Any], bool]
    accepts_bulk: Callable[[Any], bool]
    is_clean: Callable[[Any], bool]


@cache
def compiled() -> Compiled:
    """The predicates; built once for each process."""
    from jsonschema_rs import Draft7Validator, RegexOptions

    accepted = batch_schema(clean=False)
    return Compiled(
        accepts=Draft7Validator(accepted).is_valid,
        accepts_bulk=Draft7Validator({"type": "array", "items": accepted}).is_valid,
        is_clean=Draft7Validator(batch_schema(clean=True), pattern_options=RegexOptions()).is_valid,
    )


def batch_schema(*, clean: bool) -> JsonSchema:
    """The JSON Schema of a batch: what is surely accepted, or what surely needs no remark."""
    from mockserver.vendors.mparticle.schemas import BatchSchema

    return _object(BatchSchema, clean=clean)


def _object(shape: type[Shape], *, clean: bool) -> JsonSchema:
    """An object of the shape: closed when it is to be clean, as unknown members are remarked on."""
    from mockserver.vendors.mparticle.shapes import instance

    members = instance(shape).fields
    found = {name: _member(member, clean=clean) for name, member in members.items()}
    properties = {name: schema for name, schema in found.items() if schema is not None}
    rules = shape.clean_rules if clean else shape.accepted_rules
    required = [name for name in properties if members[name].required] + rules.get("required", [])
    closed = {"additionalProperties": False} if clean else {}
    return {"type": "object", "properties": properties} | closed | rules | ({"required": required} if required else {})


def _member(member: Any, *, clean: bool) -> JsonSchema | None:
    """One member's schema, None where nothing is refused."""
    from mockserver.vendors.mparticle.fields import Member
    from mockserver.vendors.mparticle.maps import ByPurpose
    from mockserver.vendors.mparticle.schemas import Events
    from mockserver.vendors.mparticle.shapes import Many, Within

    if isinstance(member, Events):
        return _nullable({"type": "array", "items": {"anyOf": _event_types(clean=clean)}})
    if isinstance(member, Within) and (clean or member.decisive):
        return _nullable(_object(member.shape, clean=clean))
    if isinstance(member, Many) and clean:
        return _nullable({"type": "array", "items": _object(member.shape, clean=True)})
    if isinstance(member, ByPurpose) and clean:
        values = _nullable(_object(member.shape, clean=True))
        return _nullable({"type": "object", "additionalProperties": values})
    if not isinstance(member, Member):
        raise TypeError(f"{member!r} has no JSON Schema.")
    if not clean:
        return member.accepted()
    return member.clean() if member.allow_none else {"allOf": [member.clean(), {"not": {"type": "null"}}]}


def _nullable(schema: JsonSchema) -> JsonSchema:
    """The keywords for objects and arrays say nothing of null, so only the type has to allow it."""
    return schema | {"type": [schema["type"], "null"]}


def _event_types(*, clean: bool) -> list[JsonSchema]:
    """One branch for all event types of the same shape of data, the most frequent first."""
    from mockserver.vendors.mparticle.events import EVENT_TYPES

    shapes: dict[type[Shape], list[str]] = {}
    for kind, shape in EVENT_TYPES.items():
        shapes.setdefault(shape, []).append(kind)
    return [_event(kinds, shape, clean=clean) for shape, kinds in shapes.items()]


def _event(kinds: list[str], shape: type[Shape], *, clean: bool) -> JsonSchema:
    """An event of the given types; its data may only be missing where nothing is to be said of an empty one."""
    from mockserver.vendors.mparticle.shapes import instance

    data = _object(shape, clean=clean)
    needed = bool(instance(shape).validate({}))
    closed = {"additionalProperties": False} if clean else {}
    return {
        "type": "object",
        "required": ["event_type", "data"] if needed else ["event_type"],
        "properties": {"event_type": {"enum": kinds}, "data": data if needed else _nullable(data)},
    } | closed
