"""Android and iOS by their wire forms: requests signed by hand, as their SDKs do it (mparticle.md §§2, 5.2, 5.3)."""

import gzip
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.journal.search import parse

DATE = "Sun, 22 Nov 2026 08:12:31 GMT"


def signed(secret, method, date, path, body=b""):
    """What §2 says: method, date, path and body, with no newline between the last two."""
    return hmac.new(secret.encode(), f"{method}\n{date}\n{path}".encode() + body, hashlib.sha256).hexdigest()


@dataclass
class App:
    """An installed app of a tenant's; `world` is the tenant."""

    world: Any
    feed: str = "android"

    @property
    def key(self):
        return self.world.tenant.credentials("mparticle", self.feed)["key"]

    @property
    def secret(self):
        return self.world.tenant.credentials("mparticle", self.feed)["secret"]

    def headers(self, method, path, body=b"", date=DATE):
        return {"date": date, "x-mp-signature": signed(self.secret, method, date, path, body)}

    def get(self, path, *, signs=None, **headers):
        """Ask for something; `signs` is the path that is signed, where it is not the one that is called."""
        made = self.headers("GET", signs or path)
        return self.world("GET", path, authorization=None, **{**made, **headers})

    def config(self, query="?av=1.2.0&sv=5.60.0", **headers):
        return self.get(f"/v4/{self.key}/config{query}", **{"x-mp-env": "1", **headers})

    def upload(self, batch, path=None, *, body=None, **headers):
        """Send a batch as Android does: gzip on the wire, signed over the text."""
        text = json.dumps(batch).encode() if body is None else body
        own = f"/v2/{self.key}/events"
        made = self.headers("POST", own, text)
        encoding = {"content-type": "application/json", "content-encoding": "gzip"}
        sent = gzip.compress(text, mtime=0)
        return self.world("POST", path or own, sent, authorization=None, **{**encoding, **made, **headers})

    def send(self, *messages, **members):
        """Send messages in an otherwise usual batch; the one recorded part of it."""
        assert self.upload({**BATCH, "msgs": list(messages), **members}).status_code == 202
        (part,) = self.world.parts
        return part

    def events(self, line=""):
        """What the journal finds, oldest first."""
        return self.world.server.journal.find_events(self.world.tenant.name, parse(line), newest=False)

    def findings(self):
        """Everything that the journal says of the last call, as pairs of rule and place."""
        parts = self.world.parts
        said = [*self.world.entry.findings, *(one for part in parts for one in part.findings)]
        said += [one for part in parts for event in part.events for one in event.findings]
        return [(one.rule, one.path) for one in said]


NOW_MS = 1768471200000  # 2026-01-15T10:00:00Z
BATCH = {
    "dt": "h",
    "id": "8d2fd7c7-9f3a-4c9c-9f50-1c1f5d8f1d6a",
    "ct": NOW_MS,
    "sdk": "5.60.0",
    "mpid": "5501234567890123456",
    "dbg": True,
    "das": "6f2a1c1e-5f4b-4a63-8a0f-0d4f2b0f8c11",
}


@pytest.fixture
def app(world):
    yield App(world)
    assert not world.server.journal.index.errors, list(world.server.journal.index.errors)


@pytest.fixture
def ios(world):
    return App(world, "ios")


@pytest.fixture
def sign():
    return signed


@pytest.fixture
def batch():
    return BATCH
