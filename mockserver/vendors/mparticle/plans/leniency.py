"""What the server takes though strict validators do not: numbers and booleans written as text (mparticle.md §6.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST = 64  # of a number; longer texts are none
_FLAGS = {"true": True, "false": False}


def read_texts(schema: Any, value: Any) -> Any:
    """The value, with the number or boolean in place of each text of one where the schema wants that.

    What a strict validator accepts stays as it is.
    """
    if not isinstance(schema, dict):
        return value
    if isinstance(value, str):
        return _read(schema, value)
    if isinstance(value, dict):
        named, others = schema.get("properties"), schema.get("additionalProperties")
        named = named if isinstance(named, dict) else {}
        return {name: read_texts(named.get(name, others), one) for name, one in value.items()}
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, list):
            rest = schema.get("additionalItems")
            return [read_texts(items[at] if at < len(items) else rest, one) for at, one in enumerate(value)]
        return [read_texts(items, one) for one in value]
    return value


def _read(schema: Mapping[str, Any], text: str) -> Any:
    meant = _meant(text)
    kinds = schema.get("type")
    if kinds is None:
        allowed = schema.get("enum", [schema["const"]] if "const" in schema else ())
        return meant if meant in allowed and text not in allowed else text
    kinds = kinds if isinstance(kinds, list) else [kinds]
    wanted = "boolean" in kinds if isinstance(meant, bool) else "number" in kinds or "integer" in kinds
    return meant if wanted and "string" not in kinds else text


def _meant(text: str) -> Any:
    """The number or the boolean whose text this is; the text itself where it is that of none."""
    stripped = text.strip()
    flag = _FLAGS.get(stripped.lower())
    if flag is not None:
        return flag
    if len(stripped) > _LONGEST or not _NUMBER.fullmatch(stripped):
        return text
    number = float(stripped)
    if number in (float("inf"), float("-inf")):
        return text
    return int(stripped) if stripped.lstrip("+-").isdigit() else number
