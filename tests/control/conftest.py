"""Two vendors of our own, so that these tests say nothing about anybody's wire: `acme` speaks, `hub` listens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app import create_app, parts_of
from mockserver.journal.entry import Entry, Finding, Part, RecordedEvent
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.parts import Parts
from mockserver.settings import Settings
from mockserver.vendors.contract import (
    Answer,
    Call,
    Channel,
    Delivery,
    Feed,
    Grant,
    Inputs,
    Issuer,
    Keyring,
    Message,
    Operation,
    Reading,
    Refusal,
    Vendor,
    VendorError,
    Writing,
)
from mockserver.vendors.switches import one_of

API = "/_mock/api/v1"
_JSON = (("content-type", "application/json"),)


class NoKeyError(VendorError):
    status = 401

    def answer(self) -> Answer:
        return Answer(401, b'{"error":"key"}', _JSON)


def _keys(issuer: Issuer) -> Inputs:
    return {name: {"key": f"k{issuer.random.getrandbits(64):016x}"} for name in ("default", *issuer.feeds)}


def _tokens(inputs: Inputs) -> Iterator[tuple[str, str]]:
    return ((keys["key"], name) for name, keys in inputs.items())


def _authenticate(call: Call, keyring: Keyring) -> Grant:
    grant = keyring.find(call.vendor, call.headers.get("x-key", ""))
    if grant is None:
        raise NoKeyError
    return grant


def _take(call: Call) -> Answer:
    return Answer(202, b'{"ok":true}', _JSON)


def _refuse(refusal: Refusal) -> Answer:
    return Answer(refusal.status, orjson.dumps({"error": refusal.message}), (*_JSON, *refusal.headers))


def _read(entry: Entry, reading: Reading) -> tuple[Part, ...]:
    try:
        body = orjson.loads(entry.content)
        events = tuple(
            RecordedEvent(
                name=one["name"],
                kind="custom_event",
                id=one.get("id", ""),
                path=f"/events/{number}",
                amount=str(Decimal(one["amount"])) if "amount" in one else None,
                currency=one.get("currency"),
            )
            for number, one in enumerate(body["events"])
        )
        findings = (Finding("/odd", "unknown-field", "odd is not known"),) if "odd" in body else ()
        return (Part(subjects=(("customer_id", body["customer"]),), events=events, findings=findings),)
    except (ArithmeticError, ValueError, KeyError, TypeError):
        return ()


def _writer(channel: str) -> Callable[[LifecycleEvent, Writing], list[Message]]:
    def write(event: LifecycleEvent, writing: Writing) -> list[Message]:
        Decimal(writing.settings["rates"].get("us", "0"))
        id_ = hashlib.sha256(f"{channel}/{event.id}".encode()).hexdigest()[:16]
        money = {"amount": str(event.amount), "currency": "USD"} if event.amount else {}
        body = {"customer": event.person.key, "events": [{"name": event.kind.value, "id": id_, **money}]}
        return [
            Message(
                vendor="acme",
                channel=channel,
                event=event.kind.value,
                subject=event.person.key,
                at=event.at,
                id=id_,
                body=orjson.dumps(body),
                path="/events",
                amount=event.amount or None,
                currency="USD" if event.amount else None,
                feed="acme-ios" if channel == "hub" else None,
            )
        ]

    return write


def _sign(message: Message, delivery: Delivery) -> dict[str, str]:
    return {"x-key": delivery.credentials.get("key", "")}


def vendors() -> dict[str, Vendor]:
    take = Operation(name="events", path="/events", handle=_take, authenticate=_authenticate, title="Take events")
    acme = Vendor(
        title="Acme",
        hosts=("api.acme.example",),
        operations=(),
        refuse=_refuse,
        credentials=_keys,
        tokens=_tokens,
        read=_read,
        channels={
            "hub": Channel(title="Feed into the hub", write=_writer("hub"), sign=_sign),
            "webhook": Channel(
                title="Webhook",
                write=_writer("webhook"),
                sign=_sign,
                retries=(timedelta(minutes=5), timedelta(hours=1)),
            ),
        },
        feeds=(Feed(vendor="hub"),),
        settings={"region": "us", "strict": False, "rates": {"us": "0.3"}, "codes": [], "offer": None},
        wanted={"region": one_of("us", "eu")},
        imitated=("its webhook",),
        not_imitated=("its dashboard",),
    )
    hub = Vendor(
        title="Hub",
        hosts=("*.hub.example",),
        operations=(take,),
        refuse=_refuse,
        credentials=_keys,
        tokens=_tokens,
        read=_read,
    )
    return {"acme": acme, "hub": hub}


class Api:
    """The control API as its clients use it."""

    def __init__(self, client: FlaskClient, parts: Parts) -> None:
        self.client = client
        self.parts = parts

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        if body is not None:
            options["json"] = body
        return self.client.open(f"{API}{path}", method=method, **options)

    def get(self, path: str, **options: Any) -> Any:
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, status: int = 201, **options: Any) -> Any:
        answer = self.call("POST", path, {} if body is None else body, **options)
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None

    def put(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.call("PUT", path, body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def delete(self, path: str, **options: Any) -> None:
        answer = self.call("DELETE", path, **options)
        assert answer.status_code == 204, answer.text

    def problem(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.call(method, path, body, **options)
        assert answer.content_type == "application/problem+json", answer.text
        assert answer.json["status"] == answer.status_code
        return answer.json

    def send(self, *names: str, customer: str = "u-1", key: str | None = None, **more: Any) -> TestResponse:
        """Events as an app would send them to the hub."""
        key = key or self.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]
        body = {"customer": customer, "events": [{"name": name} for name in names], **more}
        return self.client.post("/hub/events", json=body, headers={"x-key": key})


@pytest.fixture(scope="module", autouse=True)
def discovered():
    """Our two vendors in place of the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.app.discover", vendors)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(storage=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def app(settings, discovered):
    app = create_app(settings)
    yield app
    parts_of(app).close()


@pytest.fixture(autouse=True)
def as_new(app):
    """Leave nothing behind: every test finds the default tenant as it was, nobody's journal empty, and no other."""
    yield
    parts, client = parts_of(app), app.test_client()
    for tenant in parts.tenants.all()[1:]:
        client.delete(f"{API}/tenants/{tenant.name}")
    for name in ("default", "nobody"):
        client.post(f"{API}/reset?tenant={name}")
    parts.desk.bugs.clear()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def api(app, client):
    return Api(client, parts_of(app))
