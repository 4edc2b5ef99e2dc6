"""Whether a version's document can be taken: its form, its size and every definition in it (mparticle.md §§6.1-6.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.plans.errors import INVALID_DOCUMENT, INVALID_PLAN, PlanningError
from mockserver.vendors.mparticle.plans.keywords import Fault, faults
from mockserver.vendors.mparticle.plans.points import BARE, CRITERIA, IDLE, key_of_point
from mockserver.vendors.mparticle.plans.wording import as_json

DATA_POINTS: Final = 1000
BYTES: Final = 10 * 1024 * 1024
"""Of a request that brings a document (mparticle.md §6.6)."""

_ERRORS = 100
"""How many errors are listed."""
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "custom_event": (*words.CUSTOM_EVENT_TYPES, words.UNKNOWN),
    "product_action": (*words.PRODUCT_ACTIONS, words.UNKNOWN),
    "promotion_action": words.PROMOTION_ACTIONS,
}
"""What the criterion of a type may be: of custom events that is their type, of the others their action."""


def check(document: Any) -> None:
    """Take a document or say everything that is wrong with it.

    Raises:
        PlanningError: it cannot be taken.
    """
    if not isinstance(document, dict) or not _can_be_kept(document):
        raise PlanningError(INVALID_DOCUMENT)
    points = document.get("data_points")
    if not isinstance(points, list):
        raise PlanningError(INVALID_PLAN)
    if len(points) > DATA_POINTS:
        raise PlanningError(f"Data plan exceeds maximum of {DATA_POINTS} with {len(points)} data points.")
    if trouble := next(filter(None, map(_trouble, points)), None):
        raise PlanningError(INVALID_PLAN, [{"message": INVALID_PLAN, **trouble}])
    if errors := [error for point in points for error in _errors(point)]:
        raise PlanningError(errors[0]["message"], errors[:_ERRORS])


def _can_be_kept(document: Mapping[str, Any]) -> bool:
    try:
        orjson.dumps(document)
    except TypeError:  # orjson reads deeper nesting than it writes
        return False
    return True


def _trouble(point: Any) -> dict[str, Any] | None:
    """Why something is no data point; None if it is one."""
    match = point.get("match") if isinstance(point, dict) else None
    validator = point.get("validator") if isinstance(point, dict) else None
    if not isinstance(match, dict) or not isinstance(validator, dict):
        return {"match_key": "", "error_type": "invalid_data_point"}
    key = key_of_point(match) or str(match.get("type"))
    if not _is_match(match):
        return {"match_key": key, "error_type": "invalid_match", "value": as_json(match)}
    if validator.get("type") != "json_schema" or not isinstance(validator.get("definition"), dict):
        return {"match_key": key, "error_type": "invalid_validator", "value": as_json(validator)[:200]}
    return None


def _is_match(match: Mapping[str, Any]) -> bool:
    kind, criteria = match.get("type"), match.get("criteria")
    if kind in BARE or kind in IDLE:
        return criteria is None or isinstance(criteria, dict)
    if not isinstance(kind, str) or kind not in CRITERIA or not isinstance(criteria, dict):
        return False
    wanted = [criteria.get(name) for name in CRITERIA[kind]]
    return all(isinstance(one, str) for one in wanted) and wanted[-1] in _VALUES.get(kind, wanted)


def _errors(point: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    key = key_of_point(point["match"]) or str(point["match"].get("type"))
    return (_error(key, fault) for fault in faults(point["validator"]["definition"]))


def _error(key: str, fault: Fault) -> dict[str, Any]:
    """A schema error (mparticle.md §6.6): the message, and where it is; what there is not is left out."""
    error = {
        "message": fault.text,
        "match_key": key,
        "error_type": fault.kind,
        "value": None if fault.value is None else as_json(fault.value)[:200],
        "schema_pointer": fault.pointer,
        "keyword": fault.keyword,
    }
    return {name: value for name, value in error.items() if value is not None}


def doubles(document: Mapping[str, Any]) -> list[str]:
    """The keys that several data points share: only the last of them is looked at."""
    keys = Counter(key_of_point(point["match"]) for point in document.get("data_points") or ())
    return [key for key, count in keys.items() if key is not None and count > 1]
