"""Whatever is sent, there is an answer, never a 500, and the next good request is answered."""

import gzip
import http.client
import random
import socket

import pytest

pytestmark = pytest.mark.slow
GOOD = b'{"events": [{"event_type": "session_start", "data": {}}]}'
PATHS = (
    "/mparticle/v2/events",
    "/mparticle/v2/bulkevents",
    "/mparticle/v2/bulkevents/historical",
    "/adapty/api/v2/server-side-api/profile/",
    "/revenuecat/v1/subscribers/u/attributes",
    "/mbaasy/client/itunes_connect/receipts",
    "/mparticle/nowhere",
    "/nowhere",
    "/_mock/api/v1/verify",
    "/_mock/api/v1/runs",
)
METHODS = ("POST", "POST", "POST", "GET", "PUT", "DELETE", "PATCH")


def bodies(dice):
    """Broken in every way that comes to mind, one after the other for ever."""
    deep = b"[" * 5_000 + b"]" * 5_000
    shapes = (
        lambda: dice.randbytes(dice.randrange(200)),
        lambda: GOOD[: dice.randrange(len(GOOD))],
        lambda: GOOD.replace(b"session_start", dice.randbytes(8).hex().encode()),
        lambda: b'{"events": ' + dice.choice([b"null", b"1", b'"x"', b"{}", b"[1]", b"[null]", b"[[]]"]) + b"}",
        lambda: dice.choice(
            [b"", b"null", b"[]", b"{}", b"NaN", b"1e999", b'"\\ud800"', b"\xff\xfe", b"\xef\xbb\xbf{}"]
        ),
        lambda: b'{"mpid": ' + b"9" * dice.randrange(1, 400) + b', "events": []}',
        lambda: b'{"a": ' + deep + b"}",
        lambda: gzip.compress(GOOD, mtime=0)[: dice.randrange(40)],
    )
    while True:
        yield dice.choice(shapes)()


def test_ten_thousand_malformed_requests_do_no_harm(serve):
    """Some with good credentials and some without, on every sort of path."""
    dice = random.Random(0)
    with serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

        def ask(method, path, body, **headers):
            for _ in range(2):  # a server may close a connection whose body it did not want
                try:
                    connection.request(method, path, body, headers)
                    answer = connection.getresponse()
                    answer.read()
                    return answer.status
                except (ConnectionError, http.client.RemoteDisconnected):
                    connection.close()
            raise AssertionError(f"no answer to {method} {path} {body[:100]!r}")

        statuses = set()
        memory = 0.0
        for number, body in zip(range(10_000), bodies(dice), strict=False):
            headers = {"Authorization": server.authorization} if dice.random() < 0.8 else {}
            if dice.random() < 0.2:
                headers["Content-Encoding"] = dice.choice(["gzip", "br", "deflate", "identity"])
            headers["Content-Type"] = dice.choice(
                ["application/json", "text/plain", "application/x-www-form-urlencoded"]
            )
            statuses.add(ask(dice.choice(METHODS), dice.choice(PATHS), body, **headers))
            if number == 2_000:
                memory = server.memory()
        assert not {status for status in statuses if status >= 500}
        assert ask("POST", PATHS[0], GOOD, Authorization=server.authorization) == 202
        assert server.memory() - memory < 30
        newest = server.ask("/_mock/api/v1/entries?limit=1")["entries"][0]
        assert (newest["verdict"], newest["events"]) == ("accepted", ["session_start"])
        connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"POST /mparticle/v2/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /mparticle/v2/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /mparticle/v2/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nshort",
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: \xff\r\n\r\n",
    ],
)
def test_broken_protocol_does_not_stop_it(serve, raw):
    with serve() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
            one.sendall(raw)
            one.shutdown(socket.SHUT_WR)
            one.recv(1000)
        assert server.ask("/_mock/health")["status"] == "ok"
