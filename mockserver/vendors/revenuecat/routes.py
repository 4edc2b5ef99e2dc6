"""What comes in: RevenueCat's REST API, v1 and the attributes of v2 (revenuecat.md §12).

Checked in the order key, id, body, rules. Each call writes into a draft what the log's fold will write for good, and
answers from that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.drafts import Draft
from mockserver.vendors.revenuecat import bodies, findings, state
from mockserver.vendors.revenuecat.attributes import Kept, Outcome, Sent, changed
from mockserver.vendors.revenuecat.customers import Customer, Customers, Lives
from mockserver.vendors.revenuecat.errors import (
    JSON,
    AttributesError,
    NotFoundError,
    ParameterError,
    ReceiptInUseError,
    ResourceMissingError,
    RevenueCatError,
)
from mockserver.vendors.revenuecat.ids import checked_id, words_of
from mockserver.vendors.revenuecat.keys import (
    authenticate,
    authenticate_developer,
    authenticate_secret,
    check_project,
    is_secret,
)
from mockserver.vendors.revenuecat.records import millis
from mockserver.vendors.revenuecat.subscriber import subscriber_answer

SUBSCRIBER = "/v1/subscribers/<app_user_id>"
CUSTOMER = "/v2/projects/<project_id>/customers/<customer_id>"


class Visit(NamedTuple):
    """A call about a customer, with what has happened by now and a draft of the documents."""

    call: Call
    request: state.Request
    settings: Mapping[str, Any]
    lives: Lives
    draft: Draft
    at: datetime

    @classmethod
    def of(cls, call: Call) -> Visit:
        """The call, at the tenant's instant."""
        tenant, at = call.tenant, call.tenant.now()
        request, draft = state.Request.of_call(call, millis(at)), Draft(tenant.documents("revenuecat"))
        lives = Lives.until(at, tenant.history())
        return cls(call, request, tenant.settings("revenuecat"), lives, draft, at)

    def customers(self) -> Customers:
        """All customers, with what the draft says of them by now."""
        return Customers(self.lives, self.draft, self.settings, self.at)

    def write(self, operation: str, refused: Iterable[str] = ()) -> None:
        """Write what the operation writes."""
        state.WRITES[operation](self.request._replace(refused=tuple(refused)), self.draft)


def get_subscriber(call: Call) -> Answer:
    """Get a customer; one that does not exist is made."""
    visit, app_user_id = _visit(call)
    is_new = visit.customers().find(app_user_id) is None
    visit.write("subscriber")
    return _answer(visit, app_user_id, 201 if is_new else 200)


def set_attributes(call: Call) -> Answer:
    """Set attributes; of those that cannot be kept the answer tells, the others are kept (revenuecat.md §12)."""
    visit, app_user_id = _visit(call)
    sent = bodies.attributes(call.content)
    outcome = _outcome(visit, app_user_id, sent)
    found = findings.of_attributes(sent, outcome, visit.request.caller)
    if outcome.refused:
        refusal = AttributesError(outcome.refused).answer()
        return refusal._replace(headers=_headers(visit), findings=(*findings.of_call(call), *found))
    visit.write("attributes")
    return _answer(visit, app_user_id, 200, found)


def post_receipt(call: Call) -> Answer:
    """Post a receipt: the transactions that it names become the customer's."""
    visit = Visit.of(call)
    body = bodies.receipt(call.content)
    words = words_of(body.fetch_token)
    customers = visit.customers()
    if customers.is_taken(body.app_user_id, words):
        raise ReceiptInUseError
    outcome = _outcome(visit, body.app_user_id, body.attributes)
    found = (
        *findings.of_receipt(call, is_known=customers.knows(words)),
        *findings.of_attributes(body.attributes, outcome, visit.request.caller),
    )
    visit.write("receipts", [one.key_name for one in outcome.refused])
    more = {"attributes_error_response": AttributesError(outcome.refused).body} if outcome.refused else {}
    return _answer(visit, body.app_user_id, 200, found, more)


def delete_subscriber(call: Call) -> Answer:
    """Delete a customer."""
    visit, app_user_id = _visit(call)
    _required(visit, app_user_id)
    return _json(visit, 200, {"app_user_id": app_user_id, "deleted": True})


def grant_entitlement(call: Call) -> Answer:
    """Grant an entitlement, beside whatever was bought."""
    visit, app_user_id = _visit(call)
    granted = state.grant_of(visit.request)
    visit.write("promotional")
    return _answer(visit, app_user_id, 201, findings.of_grant(bodies.grant(call.content), granted))


def revoke_entitlements(call: Call) -> Answer:
    """Revoke all granted entitlements of a name; what was bought stays."""
    visit, app_user_id = _visit(call)
    _required(visit, app_user_id)
    visit.write("revoke_promotionals")
    return _answer(visit, app_user_id, 201)


def post_attribution(call: Call) -> Answer:
    """Take in what an attribution network said; nothing is made of it."""
    visit, _ = _visit(call)
    bodies.attribution(call.content)
    return _json(visit, 200, {}, findings.DEPRECATED_ATTRIBUTION)


def set_customer_attributes(call: Call) -> Answer:
    """Set attributes by v2: all of them, or none."""
    check_project(call)
    visit = Visit.of(call)
    try:
        customer_id = checked_id(call.args["customer_id"])
    except RevenueCatError as refusal:
        raise ParameterError(str(refusal), param="customer_id") from refusal
    sent = bodies.developer_attributes(call.content)
    if visit.customers().find(customer_id) is None:
        raise ResourceMissingError
    outcome = _outcome(visit, customer_id, sent)
    if outcome.refused:
        raise ParameterError(outcome.refused[0].message, param="attributes")
    visit.write("customer_attributes")
    found = findings.of_attributes(sent, outcome, visit.request.caller)
    return _json(visit, 200, _listed(call, _customer(visit, customer_id)), found)


def _visit(call: Call) -> tuple[Visit, str]:
    return Visit.of(call), checked_id(call.args["app_user_id"])


def _required(visit: Visit, app_user_id: str) -> None:
    if visit.customers().find(app_user_id) is None:
        raise NotFoundError(f"There is no customer {app_user_id!r}.")


def _customer(visit: Visit, app_user_id: str) -> Customer:
    """The customer after the call has written: there always is one."""
    found = visit.customers().find(app_user_id)
    if found is None:
        raise NotFoundError
    return found


def _outcome(visit: Visit, app_user_id: str, sent: dict[str, Sent]) -> Outcome:
    customers = visit.customers()
    customer = customers.find(app_user_id)
    known: dict[str, Kept] = customers.written(app_user_id)
    own = customer.attributes.keys() if customer is not None else ()
    return changed(known, state.attributes_of(visit.request, sent), visit.request.at, own=own)


def _answer(
    visit: Visit,
    app_user_id: str,
    status: int,
    found: tuple[Finding, ...] = (),
    more: dict[str, Any] | None = None,
) -> Answer:
    body = subscriber_answer(
        _customer(visit, app_user_id),
        visit.settings,
        visit.at,
        platform=visit.request.platform,
        with_attributes=is_secret(visit.call),
    )
    etag = hashlib.blake2b(orjson.dumps(body["subscriber"]), digest_size=8).hexdigest()
    answer = _json(visit, status, {**body, **(more or {})}, found)
    return answer._replace(headers=(*answer.headers, ("x-revenuecat-etag", etag)))


def _json(visit: Visit, status: int, body: dict[str, Any], found: tuple[Finding, ...] = ()) -> Answer:
    return Answer(status, orjson.dumps(body), _headers(visit), findings=(*findings.of_call(visit.call), *found))


def _headers(visit: Visit) -> tuple[tuple[str, str], ...]:
    """What every answer carries, refusals of attributes too: the instant by which the log is folded."""
    return (JSON, ("x-revenuecat-request-time", str(visit.request.at)))


def _listed(call: Call, customer: Customer) -> dict[str, Any]:
    items = [
        {"object": "customer.attribute", "name": name, "value": one.value, "updated_at": one.updated_at_ms}
        for name, one in customer.attributes.items()
    ]
    return {"object": "list", "items": items, "next_page": None, "url": call.path}


def _operation(name: str, path: str, handle: Callable[[Call], Answer], title: str, **more: Any) -> Operation:
    values: dict[str, Any] = {"authenticate": authenticate, "changes": True, **more}
    return Operation(name=name, path=path, handle=handle, title=title, **values)


OPERATIONS = (
    _operation("subscriber", SUBSCRIBER, get_subscriber, "Get or create a customer", methods=("GET",)),
    _operation(
        "delete_subscriber",
        SUBSCRIBER,
        delete_subscriber,
        "Delete a customer",
        methods=("DELETE",),
        authenticate=authenticate_secret,
    ),
    _operation("attributes", f"{SUBSCRIBER}/attributes", set_attributes, "Update a customer's attributes"),
    _operation("receipts", "/v1/receipts", post_receipt, "Create a purchase from a receipt"),
    _operation("attribution", f"{SUBSCRIBER}/attribution", post_attribution, "Add attribution data"),
    _operation(
        "promotional",
        f"{SUBSCRIBER}/entitlements/<entitlement>/promotional",
        grant_entitlement,
        "Grant an entitlement",
        authenticate=authenticate_secret,
    ),
    _operation(
        "revoke_promotionals",
        f"{SUBSCRIBER}/entitlements/<entitlement>/revoke_promotionals",
        revoke_entitlements,
        "Revoke granted entitlements",
        authenticate=authenticate_secret,
    ),
    _operation(
        "customer_attributes",
        f"{CUSTOMER}/attributes",
        set_customer_attributes,
        "Set a customer's attributes (v2)",
        authenticate=authenticate_developer,
    ),
)
