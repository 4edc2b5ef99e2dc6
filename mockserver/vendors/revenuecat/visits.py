"""A call about a customer: what is known as it comes in, what it writes, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mockserver.errors import SettingsError
from mockserver.journal.entry import Finding
from mockserver.lifecycle.subscriber import Person
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.drafts import Draft
from mockserver.vendors.revenuecat import findings, state
from mockserver.vendors.revenuecat.attributes import Kept, Outcome, Sent, changed
from mockserver.vendors.revenuecat.customers import Customer, Customers
from mockserver.vendors.revenuecat.errors import JSON, MisconfiguredError, NotFoundError, ServerError
from mockserver.vendors.revenuecat.keys import authenticate
from mockserver.vendors.revenuecat.lives import Lives
from mockserver.vendors.revenuecat.records import millis, snapshot
from mockserver.vendors.revenuecat.request import Request


class Visit(NamedTuple):
    """A call about a customer, with what has happened by now and a draft of the documents."""

    call: Call
    request: Request
    settings: Mapping[str, Any]
    lives: Lives
    draft: Draft
    at: datetime

    @classmethod
    def of(cls, call: Call) -> Visit:
        """The call, at the tenant's instant."""
        tenant, at = call.tenant, call.tenant.now()
        settings = tenant.settings("revenuecat")
        request, draft = Request.of_call(call, millis(at)), Draft(tenant.documents("revenuecat"))
        return cls(call, request, settings, Lives.until(at, tenant.history(), settings), draft, at)

    def customers(self) -> Customers:
        """All customers, with what the draft says of them by now."""
        return Customers(self.lives, self.draft, self.settings, self.at)

    def customer(self, app_user_id: str) -> Customer:
        """A customer after the call has written: there always is one."""
        found = self.customers().find(app_user_id)
        if found is None:
            raise NotFoundError
        return found

    def write(self, operation: str, refused: Iterable[str] = (), details: Mapping[str, Any] | None = None) -> None:
        """Write what the operation writes."""
        request = self.request._replace(refused=tuple(refused), details=details or {})
        state.WRITES[operation](request, self.draft)

    def outcome(self, app_user_id: str, sent: dict[str, Sent]) -> Outcome:
        """What becomes of attributes that are sent."""
        customers = self.customers()
        customer = customers.find(app_user_id)
        known: dict[str, Kept] = customers.written(app_user_id)
        own = customer.attributes.keys() if customer is not None else ()
        return changed(known, state.attributes_of(self.request, sent), self.request.at, own=own)

    def answer(self, status: int, body: Mapping[str, Any], found: tuple[Finding, ...] = ()) -> Answer:
        """A body, and what is to be said of the call."""
        return Answer(status, orjson.dumps(body), self.headers(), findings=(*findings.of_call(self.call), *found))

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What every answer carries, refusals of attributes too: the instant by which the log is folded."""
        return (JSON, ("x-revenuecat-request-time", str(self.request.at)))


def details_of(person: Person | None, **more: Any) -> dict[str, Any]:
    """What is kept of a decision about somebody, for the fold; `person` is None where the history has nobody."""
    return {**more, **({} if person is None else {"person": snapshot(person)})}


def operation(name: str, path: str, handle: Callable[[Call], Answer], title: str, **more: Any) -> Operation:
    """One endpoint; a setting that cannot be is told as RevenueCat's own trouble, with the sentence that says which."""
    values: dict[str, Any] = {"authenticate": authenticate, "changes": True, **more}

    def handled(call: Call) -> Answer:
        try:
            return handle(call)
        except SettingsError as error:
            refusal = ServerError if path.startswith("/v2/") else MisconfiguredError
            raise refusal(str(error)) from error

    return Operation(name=name, path=path, handle=handled, title=title, **values)
