"""Whether a definition keeps to the subset of JSON Schema that data plans may use (mparticle.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

UNSUPPORTED: Final = frozenset({
    "$ref", "$recursiveRef", "$recursiveAnchor", "$dynamicRef", "$dynamicAnchor", "$anchor", "patternProperties",
    "allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependencies", "dependentRequired", "dependentSchemas",
})  # fmt: skip
DEEPEST: Final = 50
"""How many schemas may lie in one another."""

_OF_SCHEMAS = ("properties", "items", "additionalProperties", "additionalItems", "contains", "propertyNames")


class Fault(NamedTuple):
    """What is wrong with a definition: a word for the kind, where, and in which keyword."""

    kind: str
    text: str
    pointer: str = "#"
    keyword: str | None = None
    value: Any = None


def faults(definition: Mapping[str, Any]) -> list[Fault]:
    """Everything in a definition that data plans do not support, else what is no JSON Schema."""
    return list(_unsupported(definition, "#", 0)) or list(_malformed(definition))


def _unsupported(schema: Any, pointer: str, depth: int) -> Iterator[Fault]:
    if not isinstance(schema, dict):
        return
    if depth > DEEPEST:
        yield Fault("too_deep", f"A definition has at most {DEEPEST} schemas in one another.", pointer)
        return
    for keyword in schema.keys() & UNSUPPORTED:
        text = f'The keyword "{keyword}" is not supported in data plans.'
        yield Fault("unsupported_keyword", text, f"{pointer}/{keyword}", keyword, schema[keyword])
    for keyword in _OF_SCHEMAS:
        for step, inner in _schemas(keyword, schema.get(keyword)):
            yield from _unsupported(inner, f"{pointer}/{keyword}{step}", depth + 1)


def _schemas(keyword: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The schemas in a keyword's value, each with the rest of the pointer to it."""
    if isinstance(value, list):
        yield from ((f"/{at}", inner) for at, inner in enumerate(value))
    elif isinstance(value, dict) and keyword == "properties":
        yield from ((f"/{name}", inner) for name, inner in value.items())
    else:
        yield "", value


def _malformed(definition: Mapping[str, Any]) -> Iterator[Fault]:
    from jsonschema_rs import Draft7Validator, ReferencingError, ValidationError

    try:
        Draft7Validator(dict(definition))
    except ValidationError as error:
        pointer = "/".join(("#", *map(str, error.instance_path)))
        keyword = next((str(step) for step in reversed(error.instance_path) if isinstance(step, str)), None)
        yield Fault("invalid_schema", f"The definition is no JSON Schema: {error.message}.", pointer, keyword)
    except (ReferencingError, ValueError) as error:
        yield Fault("invalid_schema", f"The definition is no JSON Schema: {error}.")
