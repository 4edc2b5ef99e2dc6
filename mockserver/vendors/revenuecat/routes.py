"""What comes in: RevenueCat's REST API (revenuecat.md §12); v2 is in `developer.py`, the dashboard in `dashboard.py`.

Checked in the order key, id, body, rules. Each call writes into a draft what the log's fold will write for good, and
answers from that.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Answer, Call
from mockserver.vendors.revenuecat import bodies, dashboard, developer, findings, state
from mockserver.vendors.revenuecat.errors import AttributesError, NotFoundError, ReceiptInUseError
from mockserver.vendors.revenuecat.ids import checked_id, words_of
from mockserver.vendors.revenuecat.keys import authenticate_secret, is_secret
from mockserver.vendors.revenuecat.restoring import Outcome
from mockserver.vendors.revenuecat.subscriber import subscriber_answer
from mockserver.vendors.revenuecat.visits import Visit, details_of, operation

SUBSCRIBER = "/v1/subscribers/<app_user_id>"


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
    outcome = visit.outcome(app_user_id, sent)
    found = findings.of_attributes(sent, outcome, visit.request.caller)
    if outcome.refused:
        refusal = AttributesError(outcome.refused).answer()
        return refusal._replace(headers=visit.headers(), findings=(*findings.of_call(call), *found))
    visit.write("attributes")
    return _answer(visit, app_user_id, 200, found)


def post_receipt(call: Call) -> Answer:
    """Post a receipt: the transactions that it names become the customer's, unless their buyer keeps them."""
    visit = Visit.of(call)
    body = bodies.receipt(call.content)
    words, customers = words_of(body.fetch_token), visit.customers()
    restored = list(customers.restored(body.app_user_id, words))
    if any(outcome is Outcome.KEPT for outcome, _ in restored):
        raise ReceiptInUseError
    attributes = visit.outcome(body.app_user_id, body.attributes)
    found = (
        *findings.of_receipt(call, is_known=customers.knows(words)),
        *findings.of_attributes(body.attributes, attributes, visit.request.caller),
    )
    moves = [move.as_details() for outcome, move in restored if outcome is Outcome.TRANSFERRED]
    details = details_of(customers.person(body.app_user_id), moves=moves)
    visit.write("receipts", [one.key_name for one in attributes.refused], details)
    more = {"attributes_error_response": AttributesError(attributes.refused).body} if attributes.refused else {}
    return _answer(visit, body.app_user_id, 200, found, more)._replace(details=details)


def delete_subscriber(call: Call) -> Answer:
    """Delete a customer."""
    visit, app_user_id = _visit(call)
    _required(visit, app_user_id)
    return visit.answer(200, {"app_user_id": app_user_id, "deleted": True})


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
    ended = visit.customer(app_user_id).grants_of(visit.request.entitlement, visit.at)
    visit.write("revoke_promotionals")
    details = {"ended": [one.original_id for one in ended]}
    return _answer(visit, app_user_id, 201)._replace(details=details)


def post_attribution(call: Call) -> Answer:
    """Take in what an attribution network said; nothing is made of it."""
    visit, _ = _visit(call)
    bodies.attribution(call.content)
    return visit.answer(200, {}, findings.DEPRECATED_ATTRIBUTION)


def _visit(call: Call) -> tuple[Visit, str]:
    return Visit.of(call), checked_id(call.args["app_user_id"])


def _required(visit: Visit, app_user_id: str) -> None:
    if visit.customers().find(app_user_id) is None:
        raise NotFoundError(f"There is no customer {app_user_id!r}.")


def _answer(
    visit: Visit,
    app_user_id: str,
    status: int,
    found: tuple[Finding, ...] = (),
    more: dict[str, Any] | None = None,
) -> Answer:
    body = subscriber_answer(
        visit.customer(app_user_id),
        visit.settings,
        visit.at,
        platform=visit.request.platform,
        with_attributes=is_secret(visit.call),
    )
    etag = hashlib.blake2b(orjson.dumps(body["subscriber"]), digest_size=8).hexdigest()
    answer = visit.answer(status, {**body, **(more or {})}, found)
    return answer._replace(headers=(*answer.headers, ("x-revenuecat-etag", etag)))


OPERATIONS = (
    operation("subscriber", SUBSCRIBER, get_subscriber, "Get or create a customer", methods=("GET",)),
    operation(
        "delete_subscriber",
        SUBSCRIBER,
        delete_subscriber,
        "Delete a customer",
        methods=("DELETE",),
        authenticate=authenticate_secret,
    ),
    operation("attributes", f"{SUBSCRIBER}/attributes", set_attributes, "Update a customer's attributes"),
    operation("receipts", "/v1/receipts", post_receipt, "Create a purchase from a receipt", calls_back=True),
    operation("attribution", f"{SUBSCRIBER}/attribution", post_attribution, "Add attribution data"),
    operation(
        "promotional",
        f"{SUBSCRIBER}/entitlements/<entitlement>/promotional",
        grant_entitlement,
        "Grant an entitlement",
        authenticate=authenticate_secret,
        calls_back=True,
    ),
    operation(
        "revoke_promotionals",
        f"{SUBSCRIBER}/entitlements/<entitlement>/revoke_promotionals",
        revoke_entitlements,
        "Revoke granted entitlements",
        authenticate=authenticate_secret,
        calls_back=True,
    ),
    *developer.OPERATIONS,
    *dashboard.OPERATIONS,
)
