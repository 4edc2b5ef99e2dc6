"""Adapty without a server: its operations called as the front desk calls them, over a tenant held in memory."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
import pytest

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle import Scenario
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.adapty import SETTINGS, VENDOR
from mockserver.vendors.adapty.dialect import write_webhook
from mockserver.vendors.contract import Call, Grant, Problem, Refusal, VendorError, Writing

T0 = datetime(2026, 1, 15, 10, tzinfo=UTC)
BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
GRANT = f"{BASE}/purchase/profile/grant/access-level/"
REVOKE = f"{BASE}/purchase/profile/revoke/access-level/"
SET = f"{BASE}/purchase/set/transaction/"
KEY = "secret_live_ABCDEFGH.abcdefghijklmnopqrstuvwxyz012345"


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
    """A tenant whose log is a list."""

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
        return {**SETTINGS, **self.changed}

    def credentials(self, vendor):
        return {"api_key": KEY}

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
    def data(self):
        return self.json["data"]

    @property
    def levels(self):
        return {one["access_level_id"]: one for one in self.data["access_levels"]}


class Adapty:
    """Calls an operation as the front desk does: authenticate, handle, record."""

    def __init__(self, tenant):
        self.tenant = tenant

    def find(self, vendor, token):
        tokens = dict(VENDOR.tokens({"default": {"api_key": KEY}}))
        return Grant(self.tenant, tokens[token]) if token in tokens else None

    def __call__(self, method, path, body=None, *, user=None, profile=None, key=f"Api-Key {KEY}", **headers):
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = {
            "authorization": key,
            "content-type": "application/json" if content else None,
            "adapty-customer-user-id": user,
            "adapty-profile-id": profile,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in named.items() if value is not None}
        call = Call(vendor="adapty", method=method, path=path, query="", headers=sent, body=content, content=content)
        operation = next((one for one in VENDOR.operations if one.path == path and method in one.methods), None)
        return self._recorded(call, operation, self._answer(call, operation))

    def _answer(self, call, operation):
        if operation is None:
            return VENDOR.refuse(Refusal(problem=Problem.UNKNOWN_PATH, status=404, message="There is nothing."))
        try:
            call.tenant, call.input = operation.authenticate(call, self)
            return operation.handle(call)
        except VendorError as refusal:
            return refusal.answer()

    def _recorded(self, call, operation, answer):
        verdict = Verdict.ACCEPTED if answer.status < 400 else Verdict.REJECTED
        at = round(self.tenant.at.timestamp() * 1000)
        entry = Entry(
            id=f"e{len(self.tenant.log)}",
            tenant=self.tenant.name,
            direction=Direction.IN,
            vendor="adapty",
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
            details=answer.details,
        )
        self.tenant.log.append(entry)
        return Reply(answer.status, orjson.loads(answer.body) if answer.body else None, dict(answer.headers), entry)


@pytest.fixture
def tenant():
    return Tenant()


@pytest.fixture
def adapty(tenant):
    return Adapty(tenant)


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
        tenant.events = story(*steps, **declared)
        return tenant.events

    return plan


def story(*steps, **declared):
    """What happens when these steps do."""
    return Scenario(timeline=list(steps), key="story", **declared).unfold(0)


class Webhook(NamedTuple):
    """A message and what it says."""

    message: Any
    body: dict

    @property
    def type(self):
        return self.body["event_type"]

    @property
    def properties(self):
        return self.body["event_properties"]


@pytest.fixture
def tell():
    """Every webhook about some events, in order."""

    def write(events, *, seed=0, **changed):
        settings, found = {**SETTINGS, **changed}, []
        for number, event in enumerate(events):
            writing = Writing(ids=SeededIds(seed), settings=settings, told=events[:number])
            found += [Webhook(one, orjson.loads(one.body)) for one in write_webhook(event, writing)]
        return found

    return write


@pytest.fixture
def transaction():
    """A subscription's first transaction as a backend sends it, with changes."""

    def make(**changes):
        body = {
            "purchase_type": "subscription",
            "store": "my_store",
            "store_product_id": "premium.monthly",
            "store_transaction_id": "t-1",
            "store_original_transaction_id": "t-1",
            "price": {"country": "US", "currency": "USD", "value": 9.99},
            "purchased_at": "2026-01-15T10:00:00Z",
            "originally_purchased_at": "2026-01-15T10:00:00Z",
            "expires_at": "2026-02-15T10:00:00Z",
            "renew_status": True,
            **changes,
        }
        return {name: value for name, value in body.items() if value is not ...}

    return make
