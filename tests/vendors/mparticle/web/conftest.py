"""A page of a tenant's, by the wire forms of the web SDK (mparticle.md §5.1)."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.journal.search import parse


@dataclass
class Page:
    """A page with the key of the web input; `world` is the tenant."""

    world: Any
    feed: str = "web"

    @property
    def key(self):
        return self.world.tenant.credentials("mparticle", self.feed)["key"]

    def get(self, path, **headers):
        """Ask for something, with no credentials but what stands in the path."""
        return self.world("GET", path.format(key=self.key), authorization=None, **headers)

    def post(self, path, body, **headers):
        """Send bytes, or anything else as JSON, as browsers do without a preflight."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"content-type": "text/plain;charset=UTF-8", "origin": "https://shop.example"}
        return self.world("POST", path.format(key=self.key), sent, authorization=None, **{**usual, **headers})

    def upload(self, batch, **headers):
        return self.post("/v3/JS/{key}/events", batch, **headers)

    def events(self, line=""):
        """What the journal finds, oldest first."""
        return self.world.server.journal.find_events(self.world.tenant.name, parse(line), newest=False)

    def rules(self):
        """The rules of everything that the journal says of the last call."""
        parts = self.world.parts
        said = [*self.world.entry.findings, *(one for part in parts for one in part.findings)]
        return [one.rule for one in (*said, *(f for part in parts for event in part.events for f in event.findings))]


@pytest.fixture
def page(world):
    yield Page(world)
    assert not world.server.journal.index.errors, list(world.server.journal.index.errors)
