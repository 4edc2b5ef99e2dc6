"""The Data Planning API: plans, their versions, and a batch validated against a document (mparticle.md §6.6).

Checked in the order token, workspace, size, plan, body. What changes something writes into a draft what the log's fold
will write for good, and answers from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.drafts import Draft
from mockserver.vendors.mparticle.api import PLATFORM
from mockserver.vendors.mparticle.oauth import bearer, shows
from mockserver.vendors.mparticle.plans import bodies, remarks, state
from mockserver.vendors.mparticle.plans.documents import BYTES, check
from mockserver.vendors.mparticle.plans.errors import (
    ACTIVE_VERSION,
    INVALID_BATCH,
    JSON,
    LAST_VERSION,
    QUARANTINED_VERSION,
    ForbiddenError,
    PlanningError,
    PlanNotFoundError,
    UnauthorizedError,
    VersionNotFoundError,
)

PLANS = "/platform/v2/workspaces/<workspace_id>/plans"
ONE_PLAN = f"{PLANS}/<plan_id>"
VERSIONS = f"{ONE_PLAN}/versions"
ONE_VERSION = f"{VERSIONS}/<version>"

_MOST_VERSIONS = 1000


class Visit(NamedTuple):
    """A call whose client and workspace are right, with a draft of the documents."""

    call: Call
    draft: Draft
    by: str

    @classmethod
    def of(cls, call: Call) -> Visit:
        """The call, checked."""
        client_id = _check(call)
        return cls(call, Draft(call.tenant.documents(call.vendor)), f"client_id:{client_id}")

    def plan(self) -> dict[str, Any]:
        """The plan of the path.

        Raises:
            PlanNotFoundError: there is none.
        """
        plan = self.draft.get(state.PLAN, self.call.args["plan_id"])
        if plan is None:
            raise PlanNotFoundError(self.call.args["workspace_id"], self.call.args["plan_id"])
        return plan

    def version(self) -> int:
        """The number of the version of the path.

        Raises:
            PlanNotFoundError: there is no such plan.
            VersionNotFoundError: the plan has no such version.
        """
        args = self.call.args
        if args["version"] not in self.plan()["versions"]:
            raise VersionNotFoundError(args["workspace_id"], args["plan_id"], args["version"])
        return int(args["version"])

    def write(self, operation: str, plan_id: str, version: int = 0) -> Mapping[str, Any]:
        """Write what the operation writes; the details by which the fold will do the same."""
        at = round(self.call.tenant.now().timestamp() * 1000)
        request = state.Request(self.call.content, plan_id, version, at, self.by)
        state.WRITES[operation](request, self.draft)
        return request.details


def _check(call: Call) -> str:
    """The client's id, unless it is another workspace or too much; where any client is accepted, any workspace is."""
    own, workspace_id = call.tenant.credentials(call.vendor), call.args["workspace_id"]
    if workspace_id != own["workspace_id"] and shows(call, own["client_id"]):
        raise ForbiddenError(f"The client has the workspace {own['workspace_id']}, not {workspace_id}.")
    if len(call.content) > BYTES:
        raise PlanningError(f"At most {BYTES} bytes are expected, not {len(call.content)}.")
    return own["client_id"]


def plans(call: Call) -> Answer:
    """All plans, with versions but without their data points."""
    visit = Visit.of(call)
    return _json([state.plan_answer(plan) for _, plan in visit.draft.all(state.PLAN)])


def create_plan(call: Call) -> Answer:
    """A plan with its versions."""
    visit = Visit.of(call)
    body = bodies.plan(call.content)
    if visit.draft.get(state.PLAN, body["data_plan_id"]) is not None:
        text = f"The specified plan ID {body['data_plan_id']} already exists in workspace {call.args['workspace_id']}."
        raise PlanningError(text, path="/data_plan_id")
    for version in body["data_plan_versions"]:
        _check_document(version)
    details = visit.write("create_plan", body["data_plan_id"])
    return _plan_answer(visit, body["data_plan_id"], details, remarks.of_plan(body))


def get_plan(call: Call) -> Answer:
    """A plan with whole versions."""
    visit = Visit.of(call)
    return _json(state.plan_answer(visit.plan(), visit.draft))


def update_plan(call: Call) -> Answer:
    """Another name or description; the id never changes."""
    visit = Visit.of(call)
    visit.plan()
    body = bodies.plan_changes(call.content)
    details = visit.write("update_plan", call.args["plan_id"])
    return _plan_answer(visit, call.args["plan_id"], details, remarks.of_plan_changes(body, call.args["plan_id"]))


def delete_plan(call: Call) -> Answer:
    """A plan with all its versions."""
    visit = Visit.of(call)
    visit.plan()
    return Answer(204, details=visit.write("delete_plan", call.args["plan_id"]))


def create_version(call: Call) -> Answer:
    """Another version; without a number it follows on the latest."""
    visit = Visit.of(call)
    numbers = {*map(int, visit.plan()["versions"])}
    body = bodies.version(call.content)
    number = body.get("version", max(numbers, default=0) + 1)
    if number in numbers:
        raise PlanningError(f"The plan {call.args['plan_id']} has a version {number} already.", path="/version")
    if number > _MOST_VERSIONS:
        raise PlanningError(f"A plan has versions up to {_MOST_VERSIONS}.", path="/version")
    _check_document(body)
    details = visit.write("create_plan_version", call.args["plan_id"], number)
    return _version_answer(visit, number, details, remarks.of_version(body))


def get_version(call: Call) -> Answer:
    """A whole version."""
    visit = Visit.of(call)
    return _version_answer(visit, visit.version())


def update_version(call: Call) -> Answer:
    """Other contents, another description, another environment."""
    visit = Visit.of(call)
    number = visit.version()
    body = bodies.version(call.content)
    _check_document(body)
    details = visit.write("update_plan_version", call.args["plan_id"], number)
    return _version_answer(visit, number, details, remarks.of_version(body, number))


def delete_version(call: Call) -> Answer:
    """A version, unless it is the last, active in production, or has a quarantine feed."""
    visit = Visit.of(call)
    number, versions = visit.version(), visit.plan()["versions"]
    version = versions[str(number)]
    if len(versions) == 1:
        raise PlanningError(LAST_VERSION)
    if version["activated_environment"] == "production":
        raise PlanningError(ACTIVE_VERSION)
    if version["quarantine_feed_id"] is not None:
        raise PlanningError(QUARANTINED_VERSION)
    return Answer(204, details=visit.write("delete_plan_version", call.args["plan_id"], number))


def validate(call: Call) -> Answer:
    """A batch against a document, neither of which is kept."""
    from mockserver.vendors.mparticle.plans import served
    from mockserver.vendors.mparticle.plans.validation import Plan

    _check(call)
    document, batch = bodies.validation(call.content)
    check(document)
    if not served.is_batch(batch):
        raise PlanningError(INVALID_BATCH, path="/batch")
    return _json(served.answer(Plan(document), batch, call.tenant.now()))


def _check_document(version: Mapping[str, Any]) -> None:
    if version.get("version_document") is not None:
        check(version["version_document"])


def _plan_answer(visit: Visit, plan_id: str, details: Mapping[str, Any], found: tuple[Finding, ...]) -> Answer:
    plan = visit.draft.get(state.PLAN, plan_id) or {}
    return _json(state.plan_answer(plan, visit.draft))._replace(details=details, findings=found)


def _version_answer(
    visit: Visit, number: int, details: Mapping[str, Any] | None = None, found: tuple[Finding, ...] = ()
) -> Answer:
    answer = _json(state.version_answer(visit.plan(), number, visit.draft))
    return answer._replace(details=details or {}, findings=found)


def _json(body: Any) -> Answer:
    return Answer(200, orjson.dumps(body), (JSON,))


_authenticate = bearer(UnauthorizedError)


def _operation(
    name: str, path: str, method: str, handle: Callable[[Call], Answer], title: str, *, changes: bool = True
) -> Operation:
    return Operation(
        name=name,
        path=path,
        aliases=(f"{path}/",),
        methods=(method,),
        handle=handle,
        authenticate=_authenticate,
        title=title,
        changes=changes,
        body_limit=2 * BYTES,
        cors=PLATFORM,
    )


OPERATIONS = (
    _operation("plans", PLANS, "GET", plans, "All data plans"),
    _operation("create_plan", PLANS, "POST", create_plan, "Create a data plan"),
    _operation(
        "validate_plan",
        f"{PLANS}/validate",
        "POST",
        validate,
        "Validate a batch against a data plan",
        changes=False,
    ),
    _operation("get_plan", ONE_PLAN, "GET", get_plan, "Get a data plan"),
    _operation("update_plan", ONE_PLAN, "PATCH", update_plan, "Update a data plan"),
    _operation("delete_plan", ONE_PLAN, "DELETE", delete_plan, "Delete a data plan"),
    _operation("create_plan_version", VERSIONS, "POST", create_version, "Create a version of a data plan"),
    _operation("get_plan_version", ONE_VERSION, "GET", get_version, "Get a version of a data plan"),
    _operation("update_plan_version", ONE_VERSION, "PATCH", update_version, "Update a version of a data plan"),
    _operation("delete_plan_version", ONE_VERSION, "DELETE", delete_version, "Delete a version of a data plan"),
)
