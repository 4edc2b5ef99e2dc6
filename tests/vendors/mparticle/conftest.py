"""The Events API without a server: its operations called as the front desk calls them, over one tenant."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from mockserver.app import create_app, parts_of
from mockserver.journal.encoding import decode
from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle.clock import Clock
from mockserver.settings import Settings
from mockserver.vendors.contract import Call, Grant, Problem, Reading, Refusal, VendorError
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.credentials import basic_authorization

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
FEEDS = ("revenuecat-ios", "revenuecat-android")
OPERATIONS = {operation.path: operation for operation in VENDOR.operations}
INPUTS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=FEEDS))
TOKENS = dict(VENDOR.tokens(INPUTS))
AUTHORIZATION = {name: token for token, name in TOKENS.items() if token.startswith("Basic ")}


class Keyring:
    """One tenant's tokens; `asked` says how often it was looked at."""

    def __init__(self):
        self.tenant = SimpleNamespace(name="default", now=lambda: NOW)
        self.asked = 0

    def find(self, vendor, token):
        self.asked += 1
        return Grant(self.tenant, TOKENS[token]) if vendor == "mparticle" and token in TOKENS else None


@dataclass
class Service:
    """What a client sees, and what the journal then reads; `at` is the tenant's clock."""

    reading: Reading = field(default_factory=Reading)
    at: int = NOW_MS
    entries: list = field(default_factory=list, repr=False)
    inputs = INPUTS
    authorizations = TOKENS

    def post(self, path, body, headers=None, *, method="POST", feed="default"):
        """Post bytes, or anything else as JSON, with an input's credentials, unless headers say otherwise."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": AUTHORIZATION[feed]} if headers is None else headers
        call = Call(vendor="mparticle", method=method, path=path, query="", headers=sent, body=raw)
        answer = self._answer(call)
        self.entries.append(self._entry(call, answer))
        return answer

    def event(self, event, **batch):
        return self.post("/v2/events", {"events": [event], **batch})

    def parts(self):
        """What the journal reads in the last entry."""
        return VENDOR.read(self.entries[-1], self.reading)

    def findings(self):
        """Everything that the journal says of the last entry's body."""
        parts = self.parts()
        said = [finding for part in parts for finding in part.findings]
        return said + [finding for part in parts for event in part.events for finding in event.findings]

    def refusal(self, path, body, **options):
        """The sentence of a 400, in the one shape that the Events API has."""
        answer = self.post(path, body, **options)
        assert answer.status == 400
        assert dict(answer.headers)["content-type"] == "application/json"
        (error,) = orjson.loads(answer.body)["errors"]
        assert error.keys() == {"code", "message"}
        assert error["code"] == "BAD_REQUEST"
        return error["message"]

    def _answer(self, call):
        operation = OPERATIONS.get(call.path)
        if operation is None:
            return VENDOR.refuse(Refusal(problem=Problem.UNKNOWN_PATH, status=404, message="Nothing here."))
        if call.method != "POST":
            return VENDOR.refuse(Refusal(problem=Problem.METHOD_NOT_ALLOWED, status=405, message="POST alone."))
        try:
            grant = operation.authenticate(call, Keyring())
            call.tenant, call.input = grant
            call.content = decode(call.body, call.headers.get("content-encoding", ""))
            return operation.handle(call)
        except VendorError as refusal:
            return refusal.answer()

    def _entry(self, call, answer):
        operation = OPERATIONS.get(call.path)
        return Entry(
            id=str(len(self.entries)), tenant="default", direction=Direction.IN, vendor="mparticle",
            operation=operation.name if operation else "", input=call.input, method=call.method, path=call.path,
            query="", headers=tuple(call.headers.items()), body=call.body, status=answer.status,
            answer_headers=answer.headers, answer=answer.body,
            verdict=Verdict.ACCEPTED if answer.status < 400 else Verdict.REJECTED,
            received=self.at + 5, at=self.at, findings=answer.findings,
        )  # fmt: skip


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def keyring():
    return Keyring()


@pytest.fixture
def random():
    """Makes sources of randomness that are all seeded alike."""
    return lambda: Random(1)


@dataclass
class World:
    """A fresh tenant of an app in this process: calls of its clients, its clock, its switches and its journal."""

    client: Any
    server: Any
    tenant: Any

    def __call__(self, method, path, body=None, *, feed="default", **headers):
        """Send bytes, or anything else as JSON, with an input's Basic credentials, unless headers say otherwise."""
        raw = body if isinstance(body, bytes | None) else orjson.dumps(body)
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        if "authorization" not in headers:
            pair = self.tenant.credentials("mparticle", feed)
            sent["authorization"] = basic_authorization(pair["key"], pair["secret"])
        return self.client.open(f"/mparticle{path}", method=method, data=raw, headers=sent)

    def sign(self, method, path, body=b"", *, feed="android", date="Thu, 15 Jan 2026 10:00:00 GMT"):
        """The headers of a native SDK: key, date, and HMAC over method, date, path and uncompressed body (§2)."""
        pair = self.tenant.credentials("mparticle", feed)
        text = f"{method}\n{date}\n{path}".encode() + body
        signature = hmac.new(pair["secret"].encode(), text, hashlib.sha256).hexdigest()
        return {"authorization": None, "x-mp-key": pair["key"], "date": date, "x-mp-signature": signature}

    @property
    def own(self):
        """The credentials of the default input, with the numbers of the account."""
        return self.tenant.credentials("mparticle")

    @property
    def entry(self):
        """The last call as the log has it."""
        return [entry for *_, entry in self.tenant.log.read(0) if entry.direction is Direction.IN][-1]

    @property
    def findings(self):
        """Everything that the journal says of the last call, by rule."""
        parts = self.parts
        said = [*self.entry.findings, *(finding for part in parts for finding in part.findings)]
        return {finding.rule: finding for finding in said}

    @property
    def parts(self):
        """What the journal reads in the last call."""
        return VENDOR.read(self.entry, Reading())

    @property
    def documents(self):
        """What is remembered, caught up with the log."""
        return self.tenant.documents("mparticle")

    def stand(self, at=NOW, **later):
        """Let the tenant's clock stand at an instant, or later than that by so many days or hours."""
        self.server.tenants.turn_clock(self.tenant, Clock.frozen_at(at + timedelta(**later)))

    def set(self, **switches):
        """Change switches as a tester does."""
        path = f"/_mock/api/v1/settings/mparticle?tenant={self.tenant.name}"
        assert self.client.put(path, json=switches).status_code == 200

    def forget(self):
        """Have what is remembered made anew from the log."""
        self.server.journal.forget(self.tenant.name)


@pytest.fixture(scope="session")
def apart(tmp_path_factory):
    """An app that tests of APIs share, each with a tenant of its own."""
    made = create_app(Settings(storage=tmp_path_factory.mktemp("apart")))
    yield made
    parts_of(made).close()


@pytest.fixture(scope="session")
def make_world(apart):
    """Makes fresh tenants, also for fixtures that more than one test shares."""

    def make():
        server = parts_of(apart)
        made = World(apart.test_client(), server, server.tenants.create())
        made.stand()
        return made

    return make


@pytest.fixture
def world(make_world):
    made = make_world()
    yield made
    assert not made.server.desk.bugs, list(made.server.desk.bugs)
    assert not made.server.journal.memory.errors, list(made.server.journal.memory.errors)


@dataclass
class Served:
    """A tenant of a real server, as one of mParticle's clients and the journal see it."""

    url: str
    tenant: Any

    @property
    def key(self):
        return self.tenant.credentials("mparticle")["key"]

    @property
    def secret(self):
        return self.tenant.credentials("mparticle")["secret"]

    def entries(self):
        return [entry for *_, entry in self.tenant.log.read(0)]

    def parts(self, at=-1):
        """What the journal reads in an entry, the last unless said otherwise."""
        return VENDOR.read(self.entries()[at], Reading())


@pytest.fixture(scope="session")
def running():
    from mockserver.server import MockServer

    with MockServer() as server:
        yield server


@pytest.fixture
def server(running):
    """A fresh tenant of a running server, for a client that needs a socket."""
    tenant = running.parts.tenants.create()
    yield Served(running.url_for("mparticle"), tenant)
    running.parts.tenants.delete(tenant.name)
