"""One attempt: where it goes, what it carries, and that nothing an endpoint does can hold it up."""

import hmac
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import responses


@contextmanager
def serving(answer):
    """A server on a port of its own; `answer` writes what it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            answer(self)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def replying(status, body=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def first(stage):
    return stage.play("consumable", "revenuecat", channels=("webhook",))[0]


def test_unaimed_webhook_goes_nowhere(stage):
    assert first(stage).outcome == "no target"


def test_feed_enters_the_mock(stage):
    tries = stage.play("consumable", "revenuecat", channels=("mparticle",))
    assert [(one.outcome, one.status) for one in tries] == [("delivered", 202)] * 3


def test_feed_can_be_aimed_elsewhere(stage):
    """An origin without a path gets the path that the vendor uses."""
    stage.aim("revenuecat", "mparticle", "http://127.0.0.1:9")
    with responses.RequestsMock() as net:
        net.post("http://127.0.0.1:9/v2/events", status=202)
        stage.play("lifetime-refund", "revenuecat", channels=("mparticle",))
        assert len(net.calls) == 2


def test_target_headers_are_added(stage, endpoint):
    stage.aim("revenuecat", headers={"x-stage": "qa"})
    first(stage)
    assert endpoint.got[0][1].headers["x-stage"] == "qa"


def test_webhook_is_signed_by_the_tenant(stage, endpoint):
    """A key that the vendor issued with the tenant's other credentials signs without having been entered anywhere."""
    stage.aim("mbaasy")
    stage.play("lifetime-refund", "mbaasy")
    request = endpoint.got[0][1]
    key = stage.tenant.credentials("mbaasy")["hmac_key"]
    assert request.headers["X-SHA256-Digest"] == hmac.digest(key.encode(), request.body, "sha256").hex()


def test_targets_key_replaces_it(stage, endpoint):
    stage.aim("mbaasy", credentials={"hmac_key": "k"})
    stage.play("lifetime-refund", "mbaasy")
    request = endpoint.got[0][1]
    assert request.headers["X-SHA256-Digest"] == hmac.digest(b"k", request.body, "sha256").hex()


def test_empty_key_signs_nothing(stage, endpoint):
    stage.aim("mbaasy", credentials={"hmac_key": ""})
    stage.play("lifetime-refund", "mbaasy")
    assert "X-SHA256-Digest" not in endpoint.got[0][1].headers


def test_vendors_real_host_is_forbidden(stage):
    stage.aim("revenuecat", url="https://s2s.mparticle.com/v2/events")
    assert first(stage).outcome == "forbidden"


def test_forbidden_message_says_why(stage):
    stage.aim("revenuecat", url="https://example.com/hook")
    first(stage)
    (finding,) = stage.entries("direction:out")[0].findings
    assert finding.message == "example.com is not on this machine; start the server with --allow-target example.com."


def test_redirects_are_not_followed(stage):
    with serving(replying(302, location="http://127.0.0.1:1/")) as url:
        stage.aim("revenuecat", url=url)
        assert (first(stage).outcome, first(stage).status) == ("failed", 302)


def test_no_cookies_are_kept(stage):
    seen = []

    def answer(handler):
        seen.append(handler.headers.get("cookie"))
        replying(200, **{"set-cookie": "a=b; Path=/"})(handler)

    with serving(answer) as url:
        stage.aim("revenuecat", url=url)
        stage.play("consumable", "revenuecat", channels=("webhook",))
    assert seen == [None, None, None]


def test_endless_answer_is_cut(stage):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass

    with serving(answer) as url:
        stage.aim("revenuecat", url=url)
        assert first(stage).outcome == "delivered"
    assert len(stage.entries("direction:out")[0].answer) == 65536


def test_broken_answer_counts_by_its_status(stage):
    with serving(replying(200, b"abc", **{"content-length": "9"})) as url:
        stage.aim("revenuecat", url=url)
        assert first(stage).outcome == "delivered"


@pytest.mark.parametrize("vendor", ["revenuecat", "nami", "adapty", "mbaasy"])
def test_closed_port_is_no_answer(stage, vendor):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    stage.aim(vendor, url=url)
    tries = stage.play("consumable", vendor, channels=("webhook",))
    assert (tries[0].outcome, tries[0].status) == ("failed", 0)
    assert "given up" in {one.outcome for one in tries}


def test_secrets_are_masked(stage, endpoint):
    stage.aim("revenuecat", credentials={"authorization": "Bearer hush"})
    first(stage)
    assert endpoint.got[0][1].headers["authorization"] == "Bearer hush"
    assert dict(stage.entries("direction:out")[0].headers)["authorization"] == "Bearer ***"
