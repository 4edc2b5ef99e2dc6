"""RevenueCat without a server: its operations called as the front desk calls them, over a tenant held in memory."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle import Scenario
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Call, Grant, Problem, Refusal, VendorError, Writing
from mockserver.vendors.revenuecat import VENDOR, dialect

T0 = datetime(2026, 1, 15, 10, tzinfo=UTC)
KEYS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=()))["default"]
SECRET, PUBLIC = KEYS["secret_key"], KEYS["public_ios_key"]
ROUTES = Map(
    [Rule(one.path, endpoint=one, methods=one.methods) for one in VENDOR.operations],
    strict_slashes=False,
    merge_slashes=False,
).bind("")


class Memory:
    """Documents in a dictionary; what goes in and out is a copy, as from a database."""

    def __init__(self):
        self.kinds = {}

    def get(self, kind, id):  # noqa: A002  the protocol's word
        return deepcopy(self.kinds.get(kind, {}).get(id))

    def put(self, kind, id, value):  # noqa: A002  as above
        self.kinds.setdefault(kind, {})[id] = orjson.loads(orjson.dumps(value))

    def delete(self, kind, id):  # noqa: A002  as above
        self.kinds.get(kind, {}).pop(id, None)

    def all(self, kind):
        return list(deepcopy(self.kinds.get(kind, {})).items())


@dataclass
class Tenant:
    """A tenant whose log is a list, folded when somebody asks for documents."""

    name: str = "default"
    at: datetime = T0
    events: tuple = ()
    changed: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    def now(self):
        return self.at

    def history(self):
        return self.events

    def settings(self, vendor):
        return {**VENDOR.settings, **self.changed}

    def credentials(self, vendor):
        return KEYS

    def documents(self, vendor):
        while self.log:
            VENDOR.remember(self.log.pop(0), self.memory)
        return self.memory


class Reply(NamedTuple):
    status: int
    json: Any
    headers: dict
    entry: Entry

    @property
    def subscriber(self):
        return self.json["subscriber"]

    @property
    def attributes(self):
        return {key: one["value"] for key, one in self.subscriber["subscriber_attributes"].items()}

    @property
    def faults(self):
        return {one["key_name"]: one["message"] for one in self.json["attribute_errors"]}

    @property
    def rules(self):
        return {one.rule for one in self.entry.findings}


class RevenueCat:
    """Calls an operation as the front desk does: authenticate, handle, record. `lose` loses the next answer."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.lose = False

    def find(self, vendor, token):
        tokens = dict(VENDOR.tokens({"default": KEYS}))
        return Grant(self.tenant, tokens[token]) if token in tokens else None

    def __call__(self, method, path, body=None, *, key=SECRET, remote="203.0.113.9", **headers):
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = {
            "authorization": None if key is None else f"Bearer {key}",
            "content-type": "application/json" if content else None,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in named.items() if value is not None}
        call = Call(
            vendor="revenuecat",
            method=method,
            path=unquote(path),
            query="",
            headers=sent,
            body=content,
            content=content,
            remote=remote,
        )
        try:
            operation, call.args = ROUTES.match(unquote(path), method=method)
        except HTTPException:
            operation = None
        return self._recorded(call, operation, self._answer(call, operation))

    def get(self, app_user_id="u-1", **more):
        return self("GET", f"/v1/subscribers/{app_user_id}", **more)

    def set(self, attributes, app_user_id="u-1", *, at=None, **more):
        """Set attributes: values, or whole attributes; `at` is their time."""
        whole = {
            name: one if isinstance(one, dict) else {"value": one, **({} if at is None else {"updated_at_ms": at})}
            for name, one in attributes.items()
        }
        return self("POST", f"/v1/subscribers/{app_user_id}/attributes", {"attributes": whole}, **more)

    def attributes(self, app_user_id="u-1"):
        return self.get(app_user_id).attributes

    def _answer(self, call, operation):
        if operation is None:
            return VENDOR.refuse(Refusal(problem=Problem.UNKNOWN_PATH, status=404, message="There is nothing."))
        try:
            call.tenant, call.input = operation.authenticate(call, self)
            return operation.handle(call)
        except VendorError as refusal:
            return refusal.answer()

    def _recorded(self, call, operation, answer):
        verdict = answer.verdict or (Verdict.ACCEPTED if answer.status < 400 else Verdict.REJECTED)
        if self.lose:
            answer, self.lose = answer._replace(status=503, body=b"{}", headers=()), False
        at = round(self.tenant.at.timestamp() * 1000)
        entry = Entry(
            id=f"e{len(self.tenant.log)}",
            tenant=self.tenant.name,
            direction=Direction.IN,
            vendor="revenuecat",
            operation=operation.name if operation else "",
            input="default",
            method=call.method,
            path=call.path,
            query="",
            headers=[*call.headers.items()],
            body=call.body,
            status=answer.status,
            answer_headers=answer.headers,
            answer=answer.body,
            verdict=verdict if operation else Verdict.UNMATCHED,
            received=at,
            at=at,
            findings=answer.findings,
            details=orjson.loads(orjson.dumps(answer.details)),
        )
        self.tenant.log.append(entry)
        return Reply(answer.status, orjson.loads(answer.body), dict(answer.headers), entry)


@pytest.fixture
def tenant():
    return Tenant()


@pytest.fixture
def revenuecat(tenant):
    return RevenueCat(tenant)


@pytest.fixture
def begin():
    """Begin with a fresh tenant."""
    return lambda: RevenueCat(Tenant())


@pytest.fixture
def later(tenant):
    """Let the tenant's clock go on."""

    def turn(**spans):
        tenant.at = T0 + timedelta(**spans)

    return turn


@pytest.fixture
def live(tenant):
    """Let a story be the tenant's plan; returns its events."""

    def plan(*steps, **declared):
        tenant.events = Scenario(timeline=list(steps), key="story", **declared).unfold(0)
        return tenant.events

    return plan


@pytest.fixture
def tell(tenant):
    """The bodies of every message of a channel about the tenant's plan, with what its app has set."""

    def write(channel="mparticle", **changed):
        speak = {"mparticle": dialect.write_mparticle, "webhook": dialect.write_webhook}[channel]
        writing = Writing(
            ids=SeededIds(0),
            settings={**tenant.settings("revenuecat"), **changed},
            documents=tenant.documents("revenuecat"),
        )
        return [
            SimpleNamespace(message=one, body=orjson.loads(one.body))
            for event in tenant.events
            for one in speak(event, writing)
        ]

    return write
