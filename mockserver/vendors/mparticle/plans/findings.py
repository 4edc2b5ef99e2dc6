"""What the journal says of a batch that is tagged with a data plan, by the plan as it was then (mparticle.md §6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.journal.entry import Finding, Part, RecordedEvent, Severity, Verdict
from mockserver.vendors.contract import Reading
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.settings import remembered

if TYPE_CHECKING:
    from mockserver.vendors.mparticle.plans.definitions import Violation
    from mockserver.vendors.mparticle.plans.state import Version
    from mockserver.vendors.mparticle.plans.validation import Result

_RULES = {"unplanned": "plan-unplanned", "missing_required": "plan-missing"}
_BLOCKED = " It is blocked: neither profiles nor outputs get it."


class Said(NamedTuple):
    """What is said of one event or of the batch, by the path of either; `dropped` is why an event is blocked."""

    path: str
    findings: tuple[Finding, ...]
    dropped: str = ""


def judged(part: Part, batch: Mapping[str, Any], reading: Reading) -> Part:
    """The part of a batch with what its plan says; a batch that names no plan costs nothing."""
    if not batch.get("context") or reading.documents is None or part.verdict is not Verdict.ACCEPTED:
        return part
    from mockserver.vendors.mparticle.plans import state, tagging

    tag = tagging.tag_of(batch)
    if tag is None:
        return part
    documents = reading.documents()
    version = tagging.version_of(tag, batch, documents)
    if isinstance(version, state.Version):
        return _with(part, _said(part.path, version, batch, remembered(documents)))
    place, text = f"{part.path}/context/data_plan", f"Nothing is validated: {version}."
    return part._replace(findings=(*part.findings, Finding(place, "plan-not-found", text, Severity.INFO)))


def _with(part: Part, said: list[Said]) -> Part:
    of_events = {one.path: one for one in said if one.path != part.path}
    of_batch = (finding for one in said if one.path == part.path for finding in one.findings)
    events = tuple(_told(event, of_events.get(event.path)) for event in part.events)
    return part._replace(events=events, findings=(*part.findings, *of_batch))


def _told(event: RecordedEvent, said: Said | None) -> RecordedEvent:
    if said is None:
        return event
    return event._replace(findings=(*event.findings, *said.findings), dropped=event.dropped or said.dropped)


def _said(path: str, version: Version, batch: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Said]:
    from mockserver.vendors.mparticle.plans.blocking import DROP_EVENT, Blocks
    from mockserver.vendors.mparticle.plans.tagging import plan_of, validated

    plan = plan_of(version)
    blocks = Blocks.of(plan.document, settings)
    found = []
    for result in validated(plan, batch):
        is_event = isinstance(result.at, int)
        place = f"{path}/events/{result.at}" if is_event else f"{path}/{result.at}"
        told = [(one, blocks.action(result, one)) for one in result.violations[: words.REMARKS]]
        findings = tuple(_finding(version, place, result, one, blocked=action != "allow") for one, action in told)
        is_dropped = any(action == DROP_EVENT for _, action in told)
        dropped = f"blocked by the data plan {version.plan_id} v{version.number}" if is_dropped else ""
        found.append(Said(place if is_event else path, findings, dropped))
    return found


def _finding(version: Version, place: str, result: Result, violation: Violation, *, blocked: bool) -> Finding:
    from mockserver.vendors.mparticle.plans.validation import pointer

    at = place + pointer(violation.path).removeprefix("#")
    if violation.keyword == "additionalProperties":
        at += pointer((violation.key or "",)).removeprefix("#")
    text = f"The data plan {version.plan_id} v{version.number} {_sentence(result, violation)}."
    severity = Severity.ERROR if blocked else Severity.WARNING
    return Finding(at, _RULES.get(violation.kind, "plan-invalid"), text + _BLOCKED * blocked, severity)


def _sentence(result: Result, violation: Violation) -> str:
    """The rest of a sentence that begins with the plan."""
    place = "/".join(violation.path) or ("the event" if isinstance(result.at, int) else result.at)
    if violation.kind == "missing_required":
        return f'requires "{violation.expected}" in {place}, which was not sent'
    if violation.keyword == "additionalProperties":
        return f'does not have "{violation.key}" in {place}'
    if violation.kind == "unplanned":
        match = result.match or {}
        return f"does not have the {match.get('type')} {_criteria(match)}".rstrip()
    return f"wants {place}: it {violation.expected}, {violation.actual!r} was sent"


def _criteria(match: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in (match.get("criteria") or {}).items())
