"""Mbaasy without a server: stories told as events, operations called as the front desk calls them."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
import pytest

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle import Scenario
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Call, Grant, VendorError, Writing
from mockserver.vendors.mbaasy import VENDOR
from mockserver.vendors.mbaasy.dialect import write_webhook

T0 = datetime(2026, 1, 15, 10, tzinfo=UTC)
TOKEN = "a" * 64


class Told(NamedTuple):
    """A message and what it says."""

    message: Any
    body: dict

    @property
    def data(self):
        return self.body["data"]

    @property
    def changed(self):
        return set(self.message.details["changed"])


def tell_events(events, *, seed=0, **changed):
    settings, told = {**VENDOR.settings, **changed}, []
    for number, event in enumerate(events):
        writing = Writing(ids=SeededIds(seed), settings=settings, told=events[:number])
        told += [Told(one, orjson.loads(one.body)) for one in write_webhook(event, writing)]
    return told


@pytest.fixture
def tell():
    """Every webhook about some events, in order."""
    return tell_events


@pytest.fixture
def story():
    """What happens when these steps do."""

    def unfold(*steps, **declared):
        return Scenario(timeline=list(steps), key="story", **declared).unfold(0)

    return unfold


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

    def later(self, **spans):
        self.at += timedelta(**spans)

    def history(self):
        return self.events

    def settings(self, vendor):
        return {**VENDOR.settings, **self.changed}

    def credentials(self, vendor):
        return {"access_token": TOKEN}

    def documents(self, vendor):
        while self.log:
            VENDOR.remember(self.log.pop(0), self.memory)
        return self.memory


class Reply(NamedTuple):
    status: int
    json: Any
    entry: Entry


class Uploader:
    """Calls an operation as the front desk does: authenticate, handle, record."""

    def __init__(self, tenant):
        self.tenant = tenant

    def find(self, vendor, token):
        tokens = dict(VENDOR.tokens({"default": {"access_token": TOKEN}}))
        return Grant(self.tenant, tokens[token]) if token in tokens else None

    def __call__(self, name, body, *, authorization=f"Bearer {TOKEN}", lost=False):
        operation = next(one for one in VENDOR.operations if one.name == name)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        call = Call(
            vendor="mbaasy",
            method="POST",
            path=operation.path,
            query="",
            headers={"authorization": authorization},
            body=content,
            content=content,
            remote="203.0.113.7",
        )
        answer = self._answer(call, operation)
        entry = self._recorded(call, operation, answer._replace(status=503, body=b"") if lost else answer, answer)
        return Reply(answer.status, orjson.loads(answer.body), entry)

    def _answer(self, call, operation):
        try:
            call.tenant, call.input = operation.authenticate(call, self)
            return operation.handle(call)
        except VendorError as refusal:
            return refusal.answer()

    def _recorded(self, call, operation, sent, meant):
        at = round(self.tenant.at.timestamp() * 1000)
        entry = Entry(
            id=f"e{len(self.tenant.log)}",
            tenant=self.tenant.name,
            direction=Direction.IN,
            vendor="mbaasy",
            operation=operation.name,
            input="default",
            method=call.method,
            path=call.path,
            query="",
            headers=[*call.headers.items()],
            body=call.body,
            status=sent.status,
            answer_headers=sent.headers,
            answer=sent.body,
            verdict=Verdict.ACCEPTED if meant.status < 400 else Verdict.REJECTED,
            received=at,
            at=at,
            findings=meant.findings,
        )
        self.tenant.log.append(entry)
        return entry


@pytest.fixture
def tenant():
    return Tenant()


@pytest.fixture
def upload(tenant):
    return Uploader(tenant)
