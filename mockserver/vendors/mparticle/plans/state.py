"""Plans as mParticle remembers them, and which version a batch is checked by (mparticle.md §§6.1, 6.4).

The same functions write into a handler's draft, into what the log is folded into, and into the documents of the
journal's reader, so that an event is judged by the plans of its time. A plan is a document with its versions' members;
the documents of versions, which may be large, lie apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Entry, Part, Verdict
from mockserver.vendors.contract import Documents, Reading, VendorError
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.plans import bodies

PLAN, DOCUMENT = "data_plan", "data_plan_document"
"""Kinds of documents."""

Document = dict[str, Any]


class Request(NamedTuple):
    """One call that changes plans, from the wire or from the log: `by` whom, and `at` which instant (milliseconds)."""

    content: bytes
    plan_id: str
    version: int
    at: int
    by: str

    @classmethod
    def of_entry(cls, entry: Entry) -> Request:
        """A call that was answered."""
        return cls(entry.content, **entry.details)

    @property
    def details(self) -> dict[str, Any]:
        """What the log has to keep of it beside its body."""
        return {"plan_id": self.plan_id, "version": self.version, "at": self.at, "by": self.by}


class Version(NamedTuple):
    """A version of a plan: `digest` is that of its document, which `load` fetches."""

    plan_id: str
    number: int
    digest: str
    load: Callable[[], Document]


def create_plan(request: Request, documents: Documents) -> None:
    """A plan with its versions."""
    body = bodies.plan(request.content)
    plan = {
        "data_plan_id": request.plan_id,
        "data_plan_name": body["data_plan_name"],
        "data_plan_description": body.get("data_plan_description"),
        "versions": {},
        **_created(request),
    }
    for one in body["data_plan_versions"]:
        _put_version(plan, _new_version(one["version"], one, request), one.get("version_document"), documents)
    documents.put(PLAN, request.plan_id, plan)


def update_plan(request: Request, documents: Documents) -> None:
    """Another name, another description."""
    plan = _plan(request, documents)
    body = bodies.plan_changes(request.content)
    if body.get("data_plan_name"):
        plan["data_plan_name"] = body["data_plan_name"]
    if "data_plan_description" in body:
        plan["data_plan_description"] = body["data_plan_description"]
    documents.put(PLAN, request.plan_id, plan | _modified(request))


def delete_plan(request: Request, documents: Documents) -> None:
    """A plan is gone, with all its versions."""
    for number in _plan(request, documents)["versions"]:
        documents.delete(DOCUMENT, f"{request.plan_id}/{number}")
    documents.delete(PLAN, request.plan_id)


def create_version(request: Request, documents: Documents) -> None:
    """Another version."""
    plan, body = _plan(request, documents), bodies.version(request.content)
    _put_version(plan, _new_version(request.version, body, request), body.get("version_document"), documents)
    documents.put(PLAN, request.plan_id, plan)


def update_version(request: Request, documents: Documents) -> None:
    """Change what was sent of a version."""
    plan, body = _plan(request, documents), bodies.version(request.content)
    changes = {name: body[name] for name in _MEMBERS if name in body}
    version = plan["versions"][str(request.version)] | changes | _modified(request)
    document = body.get("version_document")
    if document is None:
        plan["versions"][str(request.version)] = version
    else:
        _put_version(plan, version, document, documents)
    documents.put(PLAN, request.plan_id, plan)


def delete_version(request: Request, documents: Documents) -> None:
    """A version is gone."""
    plan = _plan(request, documents)
    plan["versions"].pop(str(request.version), None)
    documents.delete(DOCUMENT, f"{request.plan_id}/{request.version}")
    documents.put(PLAN, request.plan_id, plan)


WRITES: Mapping[str, Callable[[Request, Documents], None]] = {
    "create_plan": create_plan,
    "update_plan": update_plan,
    "delete_plan": delete_plan,
    "create_plan_version": create_version,
    "update_plan_version": update_version,
    "delete_plan_version": delete_version,
}


def fold(entry: Entry, documents: Documents) -> None:
    """Write for good what a call has changed."""
    try:
        WRITES[entry.operation](Request.of_entry(entry), documents)
    except (VendorError, LookupError):  # an imported log: of a plan that it does not make, or under other rules
        return


def read(entry: Entry, reading: Reading) -> Sequence[Part]:
    """Write the same for the journal's reader; nothing in such a call is an event."""
    if entry.verdict is Verdict.ACCEPTED and reading.documents is not None:
        fold(entry, reading.documents())
    return ()


def plan_answer(plan: Mapping[str, Any], documents: Documents | None = None) -> Document:
    """A plan as the API shows it; without `documents` its versions are without theirs."""
    shown = {name: value for name, value in plan.items() if name != "versions"}
    numbers = sorted(map(int, plan["versions"]))
    return shown | {"data_plan_versions": [version_answer(plan, number, documents) for number in numbers]}


def version_answer(plan: Mapping[str, Any], number: int, documents: Documents | None) -> Document:
    """A version as the API shows it."""
    shown: Document = {**plan["versions"][str(number)], "data_plan_id": plan["data_plan_id"]}
    del shown["digest"]
    if documents is not None:
        shown["version_document"] = documents.get(DOCUMENT, f"{plan['data_plan_id']}/{number}")
    return shown


def look_up(documents: Documents, plan_id: Any, version: Any, environment: Any) -> Version | str:
    """The version, or why there is none: without a number the latest that is active in the environment."""
    plan = documents.get(PLAN, plan_id) if isinstance(plan_id, str) and plan_id else None
    if plan is None:
        return f"there is no data plan {plan_id!r}"
    environment = words.DEFAULT_ENVIRONMENT if environment is None else environment
    active = [int(number) for number, one in plan["versions"].items() if is_active(one, environment)]
    number = _number(version)
    if version is not None and str(number) not in plan["versions"]:
        return f"the data plan {plan_id} has no version {version}"
    if version is None and not active:
        return f"no version of the data plan {plan_id} is active in {environment}"
    if number is not None and number not in active:
        return f"version {number} of the data plan {plan_id} is not active in {environment}"
    chosen = max(active) if number is None else number
    digest = plan["versions"][str(chosen)]["digest"]
    return Version(plan_id, chosen, digest, lambda: documents.get(DOCUMENT, f"{plan_id}/{chosen}") or {})


def is_active(version: Mapping[str, Any], environment: str) -> bool:
    """Whether a version is active in an environment: production covers development too (mparticle.md §6.1)."""
    activated = version["activated_environment"]
    return activated == "production" or (activated == "development" and environment == "development")


def _number(version: Any) -> int | None:
    """A version's number; the native and web SDKs' configuration asks for it in a query, where it is a text."""
    if isinstance(version, str) and version.isdecimal() and len(version) <= len("1000"):
        return int(version)
    return version if isinstance(version, int) and not isinstance(version, bool) else None


_MEMBERS = ("version_description", "activated_environment", "quarantine_feed_id")


def _plan(request: Request, documents: Documents) -> Document:
    plan = documents.get(PLAN, request.plan_id)
    if plan is None:
        raise LookupError(request.plan_id)
    return plan


def _new_version(number: int, body: Mapping[str, Any], request: Request) -> Document:
    return {
        "version": number,
        "version_description": body.get("version_description"),
        "activated_environment": body.get("activated_environment", "none"),
        "quarantine_feed_id": body.get("quarantine_feed_id"),
        **_created(request),
    }


def _put_version(plan: Document, version: Document, document: Document | None, documents: Documents) -> None:
    document = {"data_points": []} if document is None else document
    digest = hashlib.blake2b(orjson.dumps(document), digest_size=16).hexdigest()
    plan["versions"][str(version["version"])] = version | {"digest": digest}
    documents.put(DOCUMENT, f"{plan['data_plan_id']}/{version['version']}", document)


def _created(request: Request) -> Document:
    return {"created_on": _instant(request.at), "created_by": request.by, **_modified(request)}


def _modified(request: Request) -> Document:
    return {"last_modified_on": _instant(request.at), "last_modified_by": request.by}


def _instant(millis: int) -> str:
    """An instant as the API writes it: to the millisecond, without a zone."""
    return datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
