"""Refusals of seeds: the Events API's statuses and body, a message for each thing that is wrong (mparticle.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Answer
from mockserver.vendors.mparticle.errors import JSON, BadRequestError, CredentialsWrongError

_TOLD = 100
"""How many errors an answer lists at most, so that a hostile body costs no more than a bad one."""


class SeedsRefusedError(BadRequestError):
    """Something is wrong with a user's seeds: none are kept, of no user. `reasons` are JSON pointers with sentences."""

    rule = "seeds-refused"

    def __init__(
        self, reasons: Sequence[tuple[str, str]] = (("", 'Required field "environment" is missing.'),)
    ) -> None:
        super().__init__(reasons[0][1])
        self.reasons = tuple(reasons[:_TOLD])

    def answer(self) -> Answer:
        """Every reason, in the order of the body."""
        errors = [{"code": self.code, "message": text} for _, text in self.reasons]
        findings = tuple(Finding(path, self.rule, text, Severity.ERROR) for path, text in self.reasons)
        return Answer(self.status, orjson.dumps({"errors": errors}), (JSON,), findings=findings)


class WorkspaceExpectedError(CredentialsWrongError):
    """The credentials are those of an input, not the workspace's."""

    text = "The credentials of the workspace are expected, those of an input were sent."

    def explanation(self) -> str:
        """Which credentials were sent."""
        return str(self)
