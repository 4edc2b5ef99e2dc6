"""Documents in memory for what is folded from the log into users, and an app's calls of the Identity API."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.identity.resolution import config_of
from mockserver.vendors.mparticle.settings import SETTINGS


class MemoryDocuments:
    """What a vendor remembers, without a database: values go through JSON as they do there."""

    def __init__(self, **switches):
        self.stored = {}
        self.put("settings", "changed", switches)

    def get(self, kind, id_):
        value = self.stored.get((kind, id_))
        return None if value is None else orjson.loads(value)

    def put(self, kind, id_, value):
        self.stored[kind, id_] = orjson.dumps(value)

    def delete(self, kind, id_):
        self.stored.pop((kind, id_), None)

    def all(self, kind):
        return [(id_, orjson.loads(value)) for (of, id_), value in self.stored.items() if of == kind]


@pytest.fixture
def documents():
    return MemoryDocuments()


@pytest.fixture
def make_documents():
    """Makes documents of a tenant with these switches."""
    return MemoryDocuments


@pytest.fixture
def people(documents):
    return People(documents)


@pytest.fixture
def config():
    """Makes an owner's choices from switches."""
    return lambda **switches: config_of({**SETTINGS, **switches})


@dataclass
class App:
    """A client of the Identity API: what it sends is complete but for what a test says."""

    world: Any

    def __call__(self, operation, known, query="", **more):
        """Identify, login, logout or search."""
        body = {"environment": "development", "known_identities": known, **more}
        return self.world("POST", f"/v1/{operation}{query}", body)

    def mpid(self, operation, query="", more=None, **known):
        """The mpid that is answered."""
        answer = self(operation, known, query, **(more or {}))
        assert answer.status_code == 200, answer.data
        return answer.json["mpid"]

    def modify(self, mpid, *changes, **more):
        """Changes as (type, old value, new value)."""
        names = ("identity_type", "old_value", "new_value")
        told = [dict(zip(names, change, strict=True)) for change in changes]
        return self.world(
            "POST", f"/v1/{mpid}/modify", {"environment": "development", "identity_changes": told, **more}
        )

    @property
    def people(self):
        return People(self.world.documents)

    def identities(self, mpid):
        """The current identities of a user as the store has them."""
        return {name: one.value for name, one in self.people.get(int(mpid)).identities.items()}


@pytest.fixture
def app(world):
    return App(world)
