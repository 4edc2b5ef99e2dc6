"""Data planning through an app: a client with its token, plans that a test needs, and what the journal then reads."""

from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.journal.query import Question
from mockserver.vendors.mparticle.oauth.tokens import token

BUY = {"type": "custom_event", "criteria": {"event_name": "Buy", "custom_event_type": "transaction"}}
EVERY_EVENT = Question(vendor="mparticle")


@dataclass
class Planner:
    """A client of the Data Planning API, and the owner of the events that are tagged with its plans."""

    world: Any

    @staticmethod
    def point(match, definition):
        """A data point."""
        return {"match": match, "validator": {"type": "json_schema", "definition": definition}}

    @staticmethod
    def attributes(properties, *, required=(), others=False):
        """The definition of an event with custom attributes."""
        inner = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": others}
        return {"properties": {"data": {"properties": {"custom_attributes": inner}, "required": ["custom_attributes"]}}}

    @property
    def price(self):
        """The data point of `bought`: a price from 1 to 10."""
        price = {"type": "number", "minimum": 1, "maximum": 10}
        return self.point(BUY, self.attributes({"price": price}, required=["price"]))

    @staticmethod
    def bought(**custom_attributes):
        """The event that most plans here are about."""
        data = {"event_name": "Buy", "custom_event_type": "transaction", "custom_attributes": custom_attributes}
        return {"event_type": "custom_event", "data": data}

    @property
    def own(self):
        return self.world.tenant.credentials("mparticle")

    @property
    def base(self):
        return f"/platform/v2/workspaces/{self.own['workspace_id']}/plans"

    def __call__(self, method, path="", body=None, **options):
        """Call it with a token."""
        given = token(self.own["client_id"], self.own["client_secret"], self.world.tenant.now())
        headers = {"authorization": f"Bearer {given}", **options.pop("headers", {})}
        data = {} if body is None else {"data": body} if isinstance(body, bytes) else {"json": body}
        return self.world.client.open(f"/mparticle{self.base}{path}", method=method, headers=headers, **data, **options)

    def plan(self, *points, plan_id="trial-plan", active="production", **more):
        """Make a plan of one version with these data points."""
        version = {"activated_environment": active, "version_document": {"data_points": list(points), **more}}
        body = {"data_plan_id": plan_id, "data_plan_name": "Trial", "data_plan_versions": [version]}
        answer = self("POST", "", body)
        assert answer.status_code == 200, answer.data
        return answer.json

    def validate(self, points, batch):
        """The results of a batch against data points."""
        answer = self("POST", "/validate", {"document": {"data_points": points}, "batch": batch})
        assert answer.status_code == 200, answer.data
        assert answer.json["batch"] == batch
        return answer.json["results"]

    def refusal(self, method, path="", body=None):
        """The sentences of a 400, in the one shape that this API has."""
        answer = self(method, path, body)
        assert (answer.status_code, answer.mimetype) == (400, "application/json")
        assert answer.json.keys() == {"errors"}
        return [error["message"] for error in answer.json["errors"]]

    def send(self, *events, plan="trial-plan", version=None, path="/v2/events", **batch):
        """Send a batch of events that is tagged with a plan."""
        tag = {"plan_id": plan} | ({} if version is None else {"plan_version": version})
        body = {"events": list(events), "context": {"data_plan": tag}, **batch}
        answer = self.world("POST", path, [body] if "bulk" in path else body)
        assert answer.status_code == 202, answer.data
        assert answer.data == b""

    def events(self):
        """The events that the journal has, oldest first."""
        journal = self.world.server.journal
        found = journal.find_events(self.world.tenant.name, EVERY_EVENT, None, newest=False)
        assert not journal.index.errors, list(journal.index.errors)
        return found

    def said(self):
        """What plans say of the last event and of its batch: rule and path."""
        return [(one.rule, one.path) for one in self.events()[-1].findings if one.rule.startswith("plan-")]


@pytest.fixture
def planner(world):
    return Planner(world)
