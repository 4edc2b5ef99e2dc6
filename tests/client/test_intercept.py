"""No socket: `requests` to the vendors' real hosts reach the mock, loopback passes, nothing else does."""

import pytest
import requests

from mockserver.client import Client
from mockserver.intercept import enter, environ_of, intercepted

PROFILE = "https://api.adapty.io/api/v2/server-side-api/profile/"


def echo(environ, start_response):
    """Answers what it was asked."""
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("content-type", "text/plain"), ("x-path", environ["PATH_INFO"])])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["HTTP_HOST"].encode(), b" ", body]


@pytest.fixture
def leads_to_echo():
    with intercepted(echo, ["api.acme.test", "*.acme.example"], passing=["friend.test"]):
        yield


def test_real_host_reaches_the_tenant(mockserver):
    key = mockserver.adapty.credentials["api_key"]
    headers = {"Authorization": f"Api-Key {key}", "adapty-customer-user-id": "u-1"}
    with mockserver.intercept():
        created = requests.post(PROFILE, json={}, headers=headers, timeout=5)
        assert requests.get(PROFILE, headers=headers, timeout=5).json()["data"]["customer_user_id"] == "u-1"
    assert created.ok
    assert [one.path for one in mockserver.entries(vendor="adapty")] == ["/api/v2/server-side-api/profile/"] * 2


def test_loopback_passes_through(mockserver):
    with mockserver.intercept():
        assert requests.get(f"{mockserver.url}/_mock/health", timeout=5).json()["status"] == "ok"


def test_other_hosts_are_refused(mockserver):
    with mockserver.intercept(), pytest.raises(requests.ConnectionError, match=r"example.com is no vendor's host"):
        requests.get("https://example.com/", timeout=5)


def test_everything_is_as_before_afterwards(mockserver):
    real = requests.adapters.HTTPAdapter.send
    with mockserver.intercept():
        assert requests.adapters.HTTPAdapter.send is not real
    assert requests.adapters.HTTPAdapter.send is real


def test_remote_server_cannot_be_entered(mockserver):
    with (
        Client(mockserver.url) as remote,
        pytest.raises(TypeError, match="Only a server in this process"),
        remote.intercept(),
    ):
        pass


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_led(leads_to_echo, method):
    answer = requests.request(method, "https://api.acme.test:8443/a%20b?c=d", data="é", timeout=5)
    assert (answer.status_code, answer.headers["x-path"]) == (201, "/a b")
    assert answer.content == f"{method} api.acme.test:8443 é".encode()


@pytest.mark.parametrize(
    ("body", "seen"),
    [(None, b""), ("é", "é".encode()), (b"\xff\x00", b"\xff\x00"), ((b"a", b"b"), b"ab"), ({"a": "b"}, b"a=b")],
    ids=["none", "text", "bytes", "pieces", "form"],
)
def test_bodies_arrive_as_sent(leads_to_echo, body, seen):
    answer = requests.post("http://eu.acme.example/", data=iter(body) if isinstance(body, tuple) else body, timeout=5)
    assert answer.content == b"POST eu.acme.example " + seen


def test_file_arrives_whole(leads_to_echo, tmp_path):
    (tmp_path / "body").write_bytes(b"whole")
    with (tmp_path / "body").open("rb") as file:
        assert requests.post("http://api.acme.test/", data=file, timeout=5).content.endswith(b" whole")


@pytest.mark.parametrize("timeout", [0.01, (5, 0.01)])
def test_late_answers_are_timeouts(timeout):
    import time

    def slow(environ, start_response):
        time.sleep(0.03)
        return echo(environ, start_response)

    with intercepted(slow, ["api.acme.test"]), pytest.raises(requests.ReadTimeout):
        requests.get("http://api.acme.test/", timeout=timeout)


def test_application_is_closed():
    closed = []

    class Chunks(list):
        def close(self):
            closed.append(True)

    reply = enter(lambda environ, start: Chunks(echo(environ, start)), "GET", "http://api.acme.test/", {}, b"x")
    assert (reply.status, reply.body, closed) == (201, b"GET api.acme.test x", [True])


def test_environ_has_headers_and_length():
    environ = environ_of("POST", "https://u:p@h.test/a?b=c", {"Content-Type": "x/y", "X-One": "1"}, b"abc")
    assert environ["CONTENT_TYPE"] == "x/y"
    assert (environ["HTTP_X_ONE"], environ["CONTENT_LENGTH"], environ["HTTP_HOST"]) == ("1", "3", "h.test")
    assert (environ["SERVER_PORT"], environ["QUERY_STRING"], environ["wsgi.url_scheme"]) == ("443", "b=c", "https")
