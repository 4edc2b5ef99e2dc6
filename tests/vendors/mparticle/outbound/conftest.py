"""The customer's server at the other end of the webhook."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import responses

from mockserver.tenants import Target

URL = "http://127.0.0.1:9/mparticle"


@dataclass
class Hook:
    """What the customer's server got. `statuses` are answered in turn, then 200."""

    world: Any
    statuses: list[int] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    def answer(self, request):
        self.requests.append(request)
        return (self.statuses.pop(0) if self.statuses else 200), {}, ""

    def settle(self):
        """Have everything passed on that is due now."""
        tenant = self.world.tenant
        self.world.server.forwarder.pass_until(tenant, tenant.now(), lambda instant: None)

    @property
    def bodies(self):
        self.settle()
        return [orjson.loads(request.body) for request in self.requests]

    @property
    def body(self):
        """The one that came."""
        (body,) = self.bodies
        return body

    @property
    def event(self):
        """The one event of the one body that came."""
        (event,) = self.body["events"]
        return event

    @property
    def names(self):
        """What the journal calls the messages."""
        self.settle()
        return [entry.details["event"] for *_, entry in self.world.tenant.log.read(0) if entry.direction == "out"]


@pytest.fixture
def hook(world):
    found = Hook(world)
    world.server.tenants.aim(world.tenant, "mparticle", "webhook", Target(url=URL, headers={}, credentials={}))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        net.add_callback(responses.POST, URL, found.answer)
        yield found
        found.settle()
