"""REST API v2 for a secret key: customers, their attributes and transfers, webhook integrations (revenuecat.md §12).

Its lists are told whole, on one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from mockserver.vendors.contract import Answer, Call
from mockserver.vendors.revenuecat import developer_bodies, findings
from mockserver.vendors.revenuecat.customers import Customer
from mockserver.vendors.revenuecat.errors import ParameterError, ResourceMissingError, RevenueCatError
from mockserver.vendors.revenuecat.ids import checked_id
from mockserver.vendors.revenuecat.keys import authenticate_developer, check_project
from mockserver.vendors.revenuecat.records import COUNTER, WEBHOOK, WEBHOOKS, millis
from mockserver.vendors.revenuecat.settings import table
from mockserver.vendors.revenuecat.subscriber import active_entitlements
from mockserver.vendors.revenuecat.visits import Visit, details_of, operation

CUSTOMER = "/v2/projects/<project_id>/customers/<customer_id>"
_WEBHOOKS = "/v2/projects/<project_id>/integrations/webhooks"


def get_customer(call: Call) -> Answer:
    """Get a customer, with the entitlements that are active."""
    visit, customer_id = _visit(call)
    customer = _required(visit, customer_id)
    active = [
        {"object": "customer.active_entitlement", "entitlement_id": name, "expires_at": expires and millis(expires)}
        for name, expires in active_entitlements(customer, visit.settings, visit.at).items()
    ]
    body = {
        **_customer(visit, customer, customer_id),
        "active_entitlements": _list(active, f"{call.path}/active_entitlements"),
        "experiment": _experiment(customer),
    }
    if "attributes" in parse_qs(call.query).get("expand", ()):
        body["attributes"] = _list(_attributes(customer), f"{call.path}/attributes")
    return visit.answer(200, body)


def get_attributes(call: Call) -> Answer:
    """List a customer's attributes."""
    visit, customer_id = _visit(call)
    return visit.answer(200, _list(_attributes(_required(visit, customer_id)), call.path))


def set_attributes(call: Call) -> Answer:
    """Set attributes by v2: all of them, or none."""
    visit, customer_id = _visit(call)
    sent = developer_bodies.developer_attributes(call.content)
    _required(visit, customer_id)
    outcome = visit.outcome(customer_id, sent)
    if outcome.refused:
        raise ParameterError(outcome.refused[0].message, param="attributes")
    visit.write("customer_attributes")
    found = findings.of_attributes(sent, outcome, visit.request.caller)
    return visit.answer(200, _list(_attributes(visit.customer(customer_id)), call.path), found)


def transfer_customer(call: Call) -> Answer:
    """Move a customer's purchases to another one; grants stay."""
    visit, customer_id = _visit(call)
    body = developer_bodies.transfer(call.content)
    target_id = _checked(body.target_customer_id, "target_customer_id")
    source, _ = _required(visit, customer_id), _required(visit, target_id)
    if target_id in source.ids:
        raise ParameterError("A customer's purchases are theirs already.", param="target_customer_id")
    customers, apps = visit.customers(), table(visit.settings, "app_ids")
    held = customers.held_by(customer_id)
    moves = [one for one in held if body.app_ids is None or apps.get(one.chain.store) in body.app_ids]
    details = details_of(customers.person(target_id), to=target_id, moves=[one.as_details() for one in moves])
    visit.write("transfer_customer", details=details)
    sides = {"source_customer": customer_id, "target_customer": target_id}
    told = {name: _customer(visit, visit.customer(id_), id_) for name, id_ in sides.items()}
    return visit.answer(200, told)._replace(details=details)


def list_webhooks(call: Call) -> Answer:
    """List the webhook integrations."""
    check_project(call)
    visit = Visit.of(call)
    items = [_webhook(call, id_, one) for id_, one in visit.draft.all(WEBHOOK)]
    return visit.answer(200, _list(items, call.path))


def get_webhook(call: Call) -> Answer:
    """Get a webhook integration."""
    check_project(call)
    visit = Visit.of(call)
    return visit.answer(200, _webhook(call, visit.request.webhook, _known_webhook(visit)))


def create_webhook(call: Call) -> Answer:
    """Create a webhook integration: it is told what it asks for, where it asks."""
    check_project(call)
    visit = Visit.of(call)
    developer_bodies.webhook(call.content, is_new=True)
    count = (visit.draft.get(COUNTER, WEBHOOKS) or {"count": 0})["count"] + 1
    id_ = f"wh{visit.request.at:x}{count:04x}"
    details = {"webhook_id": id_}
    visit.write("create_webhook", details=details)
    known = visit.draft.get(WEBHOOK, id_) or {}
    return visit.answer(201, _webhook(call, id_, known))._replace(details=details)


def update_webhook(call: Call) -> Answer:
    """Change a webhook integration."""
    check_project(call)
    visit = Visit.of(call)
    developer_bodies.webhook(call.content, is_new=False)
    _known_webhook(visit)
    visit.write("update_webhook")
    return visit.answer(200, _webhook(call, visit.request.webhook, _known_webhook(visit)))


def delete_webhook(call: Call) -> Answer:
    """Delete a webhook integration."""
    check_project(call)
    visit = Visit.of(call)
    _known_webhook(visit)
    deleted = {"object": "webhook_integration", "id": visit.request.webhook, "deleted_at": visit.request.at}
    return visit.answer(200, deleted)


def _visit(call: Call) -> tuple[Visit, str]:
    """The call, and whom it is about."""
    check_project(call)
    return Visit.of(call), _checked(call.args["customer_id"], "customer_id")


def _required(visit: Visit, customer_id: str) -> Customer:
    found = visit.customers().find(customer_id)
    if found is None:
        raise ResourceMissingError
    return found


def _checked(customer_id: str, param: str) -> str:
    try:
        return checked_id(customer_id)
    except RevenueCatError as refusal:
        raise ParameterError(str(refusal), param=param) from refusal


def _customer(visit: Visit, customer: Customer, customer_id: str) -> dict[str, Any]:
    return {
        "object": "customer",
        "id": customer_id,
        "project_id": visit.call.args["project_id"],
        "first_seen_at": millis(customer.first_seen),
        "last_seen_at": millis(customer.last_seen),
        "last_seen_app_version": None,
        "last_seen_country": customer.country,
        "last_seen_platform": customer.platform,
        "last_seen_platform_version": None,
    }


def _experiment(customer: Customer) -> dict[str, Any] | None:
    """The last experiment that the customer was enrolled in."""
    if not customer.experiments:
        return None
    last = customer.experiments[-1]
    id_ = last["experiment_id"]
    return {"object": "experiment_enrollment", "id": id_, "name": id_, "variant": last["experiment_variant"]}


def _attributes(customer: Customer) -> list[dict[str, Any]]:
    return [
        {"object": "customer.attribute", "name": name, "value": one.value, "updated_at": one.updated_at_ms}
        for name, one in customer.attributes.items()
    ]


def _known_webhook(visit: Visit) -> Mapping[str, Any]:
    found = visit.draft.get(WEBHOOK, visit.request.webhook)
    if found is None:
        raise ResourceMissingError
    return found


def _webhook(call: Call, id_: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """An integration; its authorization header is never told."""
    names = ("name", "url", "environment", "event_types", "app_id")
    return {
        "object": "webhook_integration",
        "id": id_,
        "project_id": call.args["project_id"],
        **{name: known.get(name) for name in names},
        "created_at": known["created_at"],
    }


def _list(items: Iterable[Mapping[str, Any]], url: str) -> dict[str, Any]:
    return {"object": "list", "items": list(items), "next_page": None, "url": url}


def _operation(name: str, path: str, handle: Any, title: str, method: str = "POST", **more: Any) -> Any:
    return operation(name, path, handle, title, methods=(method,), authenticate=authenticate_developer, **more)


OPERATIONS = (
    _operation("customer", CUSTOMER, get_customer, "Get a customer (v2)", "GET"),
    _operation("list_customer_attributes", f"{CUSTOMER}/attributes", get_attributes, "List attributes (v2)", "GET"),
    _operation("customer_attributes", f"{CUSTOMER}/attributes", set_attributes, "Set a customer's attributes (v2)"),
    _operation(
        "transfer_customer",
        f"{CUSTOMER}/actions/transfer",
        transfer_customer,
        "Transfer a customer's purchases (v2)",
        calls_back=True,
    ),
    _operation("list_webhooks", _WEBHOOKS, list_webhooks, "List webhook integrations (v2)", "GET"),
    _operation("create_webhook", _WEBHOOKS, create_webhook, "Create a webhook integration (v2)"),
    _operation("webhook", f"{_WEBHOOKS}/<webhook_id>", get_webhook, "Get a webhook integration (v2)", "GET"),
    _operation("update_webhook", f"{_WEBHOOKS}/<webhook_id>", update_webhook, "Update a webhook integration (v2)"),
    _operation(
        "delete_webhook", f"{_WEBHOOKS}/<webhook_id>", delete_webhook, "Delete a webhook integration (v2)", "DELETE"
    ),
)
