"""The plan that a batch is tagged with, and the batch without what that plan blocks (mparticle.md §6.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle.plans import points, state
from mockserver.vendors.mparticle.plans.blocking import DROP_ATTRIBUTE, DROP_EVENT, Blocks
from mockserver.vendors.mparticle.plans.definitions import inside
from mockserver.vendors.mparticle.plans.validation import Plan, Result, of_event, of_identities, of_user_attributes

Batch = Mapping[str, Any]


class Tag(NamedTuple):
    """Plan and version that a batch names."""

    plan_id: str
    version: Any


def tag_of(batch: Batch) -> Tag | None:
    """What a batch is tagged with; most are with nothing."""
    context = batch.get("context")
    tag = context.get("data_plan") if isinstance(context, dict) else None
    if not isinstance(tag, dict):
        return None
    plan_id = tag.get("plan_id")
    return Tag(plan_id, tag.get("plan_version")) if isinstance(plan_id, str) and plan_id else None


def plan_of(version: state.Version) -> Plan:
    """The plan that a version's document describes, compiled once for equal documents."""
    plan = _PLANS.get(version.digest)
    if plan is None:
        if len(_PLANS) >= _MOST_PLANS:
            _PLANS.clear()
        plan = _PLANS[version.digest] = Plan(version.load())
    return plan


_PLANS: dict[str, Plan] = {}
"""Compiled plans by the digests of their documents: a cache, of which nothing can be seen but the time it saves."""
_MOST_PLANS = 64


def version_of(tag: Tag, batch: Batch, documents: Documents) -> state.Version | str:
    """The version that a tagged batch is checked by, or why there is none."""
    return state.look_up(documents, tag.plan_id, tag.version, batch.get("environment"))


def validated(plan: Plan, batch: Batch) -> Iterator[Result]:
    """What is wrong with what mParticle validates of a batch in reality: not all that can be planned is (§6.2)."""
    events = batch.get("events")
    for at, event in enumerate(events if isinstance(events, list) else ()):
        found = of_event(plan, at, event) if _is_validated(event) else None
        if found is not None:
            yield found
    has_attributes = points.USER_ATTRIBUTES in plan.points
    for found in (of_user_attributes(plan, batch) if has_attributes else None, of_identities(plan, batch)):
        if found is not None:
            yield found


def passed(batch: Batch, documents: Documents, settings: Mapping[str, Any]) -> Batch:
    """The batch without what its plan blocks: what profiles and outputs see of it."""
    tag = tag_of(batch)
    version = None if tag is None else version_of(tag, batch, documents)
    if not isinstance(version, state.Version):
        return batch
    plan = plan_of(version)
    blocks = Blocks.of(plan.document, settings)
    if not any((blocks.ev, blocks.ea, blocks.ua)):
        return batch
    rest = deepcopy(dict(batch))
    dropped = {result.at for result in validated(plan, batch) if _strip(rest, result, blocks)}
    if isinstance(events := rest.get("events"), list):
        told = {*(batch.get(points.USER_ATTRIBUTES) or ())} - {*(rest.get(points.USER_ATTRIBUTES) or ())}
        rest["events"] = [one for at, one in enumerate(events) if at not in dropped and not _is_change(one, told)]
    return rest


def _strip(batch: dict[str, Any], result: Result, blocks: Blocks) -> bool:
    """Take blocked attributes out of a batch; whether the event that the result is about is blocked altogether."""
    whole = batch["events"][result.at] if isinstance(result.at, int) else batch.get(result.at)
    for violation in result.violations:
        action = blocks.action(result, violation)
        if action == DROP_EVENT:
            return True
        if action == DROP_ATTRIBUTE:
            inside(whole, violation.path).pop(violation.key, None)
    return False


def _is_change(event: Any, attributes: set[str]) -> bool:
    """Whether an event is how an SDK tells of one of the attributes."""
    if not attributes or not isinstance(event, dict) or event.get("event_type") != "user_attribute_change":
        return False
    data = event.get("data")
    return isinstance(data, dict) and data.get("user_attribute_name") in attributes


def _is_validated(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("event_type") not in points.VALIDATED:
        return False
    data = event.get("data")
    return not (isinstance(data, dict) and data.get("custom_event_type") == "attribution")
