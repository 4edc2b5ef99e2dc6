"""The Events API without a server: its operations called as the front desk calls them, over one tenant."""

import json
import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace

import orjson
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from mockserver.journal.encoding import decode
from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.vendors.contract import Call, Grant, Problem, Reading, Refusal, VendorError
from mockserver.vendors.mparticle import VENDOR

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
FEEDS = ("revenuecat-ios", "revenuecat-android")
OPERATIONS = {operation.path: operation for operation in VENDOR.operations}
INPUTS = VENDOR.credentials(SimpleNamespace(random=Random(0), feeds=FEEDS))
TOKENS = dict(VENDOR.tokens(INPUTS))
AUTHORIZATION = {name: token for token, name in TOKENS.items()}


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
        """Post a body (anything but bytes is sent as JSON) with the credentials of an input, unless headers say otherwise."""
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


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type, message, *args):  # noqa: A002  werkzeug's name
        logging.getLogger(__name__).debug(message, *args)


@contextmanager
def running(service):
    """The service on a free port of this machine, mounted at /mparticle."""

    @Request.application
    def application(request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.path.removeprefix("/mparticle")
        answer = service.post(path, request.get_data(), headers, method=request.method)
        response = Response(answer.body, answer.status)
        response.headers.clear()
        response.headers.extend(list(answer.headers))
        response.headers["content-length"] = str(len(answer.body))
        return response

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mparticle"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(service):
    """A running server: its address, the key and secret of its default input, and what arrived."""
    with running(service) as url:
        pair = INPUTS["default"]
        yield SimpleNamespace(
            url=url, key=pair["key"], secret=pair["secret"], entries=lambda: service.entries, service=service
        )
