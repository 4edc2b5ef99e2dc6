"""What an owner does in RevenueCat's dashboard and no manual names a call for: buttons, as calls of ours.

`/dashboard/…` is no path of RevenueCat's. A grant, a transfer or a webhook's address has a call of its own in the API.
"""

from __future__ import annotations

from mockserver.vendors.contract import Answer, Call
from mockserver.vendors.revenuecat import developer_bodies
from mockserver.vendors.revenuecat.errors import ParameterError, RevenueCatError
from mockserver.vendors.revenuecat.ids import checked_id
from mockserver.vendors.revenuecat.keys import authenticate_developer, check_project
from mockserver.vendors.revenuecat.visits import Visit, operation

PROJECT = "/dashboard/projects/<project_id>"


def send_test(call: Call) -> Answer:
    """Send a TEST event to the webhook."""
    check_project(call)
    return Visit.of(call).answer(202, {"object": "test_event"})


def enroll_customer(call: Call) -> Answer:
    """Enroll a customer in an experiment: the webhook tells it, now and with every event to come."""
    check_project(call)
    visit = Visit.of(call)
    try:
        checked_id(call.args["customer_id"])
    except RevenueCatError as refusal:
        raise ParameterError(str(refusal), param="customer_id") from refusal
    body = developer_bodies.enrollment(call.content)
    visit.write("enroll_customer")
    told = {"object": "experiment_enrollment", "id": body.experiment_id, "variant": body.variant}
    return visit.answer(201, told)


_OWNERS = {"authenticate": authenticate_developer, "calls_back": True}
OPERATIONS = (
    operation("send_test", f"{PROJECT}/webhooks/test", send_test, "Send a TEST event", **_OWNERS),
    operation(
        "enroll_customer",
        f"{PROJECT}/customers/<customer_id>/experiments",
        enroll_customer,
        "Enroll a customer in an experiment",
        **_OWNERS,
    ),
)
