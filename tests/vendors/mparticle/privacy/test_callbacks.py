"""Endpoint 20: status callbacks, to the addresses in a request, as the tenant's clock goes on (mparticle.md §8)."""

import hashlib
import hmac
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

import orjson
import pytest
import requests

ID = "a7551968-d5d6-44b2-9831-815ac9017798"


class Endpoint(ThreadingHTTPServer):
    """A controller that keeps what it is told; it answers with the statuses that were ordered, then 202."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hook)
        self.told, self.statuses, self.changed = [], [], Condition()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/callbacks"

    def said(self, count):
        """The statuses that it was told, when it was told so many or ten seconds are over."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.told) >= count, 10)
        return [orjson.loads(body)["request_status"] for _, body in self.told]


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.changed:
            self.server.told.append((dict(self.headers), body))
            self.server.changed.notify_all()
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Nothing on the terminal."""


@pytest.fixture
def endpoint():
    server = Endpoint()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def dsr(mockserver, endpoint):
    """Calls the API by a socket, with the workspace's credentials; the tenant's clock stands."""
    mockserver.clock.set("2026-01-15T10:00:00Z", frozen=True)
    own = mockserver.mparticle.credentials

    def call(method, path="", **members):
        return requests.request(
            method,
            f"{mockserver.mparticle.url}/v3/requests{path}",
            json={
                "regulation": "gdpr",
                "subject_request_id": ID,
                "subject_request_type": "access",
                "submitted_time": "2026-01-14T15:00:00Z",
                "subject_identities": {"email": {"value": "a@example.com", "encoding": "raw"}},
                "status_callback_urls": [endpoint.url],
                **members,
            },
            auth=(own["key"], own["secret"]),
            timeout=10,
        )

    return call


@pytest.fixture
def submitted(dsr, endpoint):
    """Submits a request, of which the endpoint is told at once."""

    def submit(**members):
        assert dsr("POST", **members).status_code == 201
        assert endpoint.said(1) == ["pending"]

    return submit


def test_every_change_of_status_is_told(mockserver, submitted, endpoint):
    submitted()
    mockserver.clock.advance(hours=72)
    assert endpoint.said(2) == ["pending", "in_progress"]
    mockserver.clock.advance(hours=48)
    assert endpoint.said(3) == ["pending", "in_progress", "completed"]


def test_callback_has_the_documented_form(mockserver, submitted, endpoint):
    submitted(group_id="g")
    mockserver.clock.advance(days=10)
    assert endpoint.said(3)[-1] == "completed"
    headers, body = endpoint.told[-1]
    told = orjson.loads(body)
    assert told.pop("results_url").startswith(f"{mockserver.mparticle.url}/v3/results/")
    assert told == {
        "controller_id": mockserver.mparticle.credentials["workspace_id"],
        "expected_completion_time": "2026-01-20T10:00:00.000Z",
        "subject_request_id": ID,
        "request_status": "completed",
        "api_version": "3.0",
        "extensions": None,
    }
    secret = mockserver.mparticle.credentials["secret"].encode()
    named = {name.lower(): value for name, value in headers.items()}
    assert named["x-opendsr-processor-domain"] == "opendsr.mparticle.com"
    assert b64decode(named["x-opendsr-signature"]) == hmac.new(secret, body, hashlib.sha256).digest()


def test_cancelled_request_does_not_go_on(mockserver, submitted, dsr, endpoint):
    submitted()
    assert dsr("DELETE", f"/{ID}").status_code == 200
    assert endpoint.said(2) == ["pending", "cancelled"]
    mockserver.clock.advance(days=30)
    assert endpoint.said(2) == ["pending", "cancelled"]


def test_failed_callback_is_tried_again(mockserver, submitted, endpoint):
    endpoint.statuses = [503, 500]
    submitted()
    mockserver.clock.advance(hours=1)
    assert endpoint.said(3) == ["pending"] * 3
    assert len({body for _, body in endpoint.told}) == 1


def test_callbacks_are_in_the_journal(mockserver, submitted):
    submitted()
    mockserver.mparticle.wait_for("access_pending", subject=ID, within=10)


def test_strangers_are_not_called(mockserver, dsr):
    """Nothing leaves for a host that nobody has allowed; the journal says so."""
    dsr("POST", status_callback_urls=["https://controller.example/callbacks"])
    mockserver.clock.advance(days=30)
    assert mockserver.mparticle.wait_for("access_pending", verdict="rejected", within=10).subjects
