"""The Data Planning API's refusals, in its one body shape (mparticle.md §6.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer, Refusal, VendorError

JSON = ("content-type", "application/json")

REQUIRED = "A required value was missing."
INVALID_BATCH = "Invalid Event Batch."
INVALID_DOCUMENT = "Invalid Document."
INVALID_PLAN = "Invalid data plan document."
LAST_VERSION = "Unable to delete plan version - plans must contain at least one plan version."
ACTIVE_VERSION = "Unable to delete plan version - this version is active in prod and cannot be deleted."
QUARANTINED_VERSION = (
    "Unable to delete plan version. "
    "Plan versions with an associated quarantine feed can only be deleted through the UI."
)

_BODILESS = frozenset({401, 403, 429})


class PlanningError(VendorError):
    """A refusal by sentences; `errors` are whole members of the answer's list where they say more than a sentence."""

    rule = "plan-request-refused"

    def __init__(self, message: str = REQUIRED, errors: Sequence[Mapping[str, Any]] = (), path: str = "") -> None:
        super().__init__(message)
        self.errors = list(errors) or [{"message": message}]
        self.path = path

    def answer(self) -> Answer:
        """The refusal, and in words for the journal."""
        finding = Finding(
            self.path, self.rule, " ".join(error["message"] for error in self.errors[:10]), Severity.ERROR
        )
        return Answer(self.status, orjson.dumps({"errors": self.errors}), (JSON,), findings=(finding,))


class PlanNotFoundError(PlanningError):
    """No such plan in the workspace."""

    status = 404
    rule = "plan-not-found"

    def __init__(self, workspace_id: str = "", plan_id: str = "") -> None:
        super().__init__(f"The specified plan ID {plan_id} in workspace {workspace_id} was not found.")


class VersionNotFoundError(PlanningError):
    """No such version in the plan."""

    status = 404
    rule = "plan-not-found"

    def __init__(self, workspace_id: str = "", plan_id: str = "", version: str = "") -> None:
        text = f"The specified version {version} in plan ID {plan_id} was not found in workspace {workspace_id}."
        super().__init__(text)


class UnauthorizedError(VendorError):
    """No token that holds; there is no body."""

    status = 401
    rule = "token-refused"
    path = "Authorization"

    def __init__(self, reason: str = "A token is expected.") -> None:
        super().__init__(reason)

    def answer(self) -> Answer:
        """The status alone, and in words for the journal."""
        return Answer(self.status, findings=(Finding(self.path, self.rule, str(self), Severity.ERROR),))


class ForbiddenError(UnauthorizedError):
    """A token that holds, for another workspace; there is no body either."""

    status = 403
    rule = "workspace-refused"
    path = ""


def refuse(refusal: Refusal) -> Answer:
    """What the core refuses: 401, 403 and 429 have no body."""
    headers = refusal.all_headers
    if refusal.status in _BODILESS:
        return Answer(refusal.status, headers=headers)
    return Answer(refusal.status, orjson.dumps({"errors": [{"message": refusal.message}]}), (JSON, *headers))
