"""A vendor is where its clients look for it: at its prefix, at its real host, behind a forward proxy."""

import http.client
import socket

import pytest

pytestmark = pytest.mark.slow
BODY = b'{"events": []}'


def status(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", path, BODY, {"Authorization": server.authorization, **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_vendor_is_found_wherever_its_clients_look(serve):
    with serve() as server:
        assert status(server, "/mparticle/v2/events") == 202
        assert status(server, "/v2/events", Host="s2s.mparticle.com") == 202
        assert status(server, "/v2/events", Host="s2s.us2.mparticle.com:443") == 202
        assert status(server, "http://s2s.mparticle.com/v2/events", Host="s2s.mparticle.com") == 202
        assert status(server, "https://s2s.mparticle.com/v2/events", Host="s2s.mparticle.com") == 202
        assert status(server, "/v2/events") == 404
        paths = [entry["path"] for entry in server.ask("/_mock/api/v1/entries")["entries"]]
        assert paths == ["/v2/events"] * 5


def test_body_in_chunks_is_read(serve):
    with serve() as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        head = f"POST /mparticle/v2/events HTTP/1.1\r\nHost: x\r\nAuthorization: {server.authorization}\r\n"
        chunks = b"".join(b"%x\r\n%b\r\n" % (1, BODY[at : at + 1]) for at in range(len(BODY)))
        one.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert b" 202 " in one.recv(1000)
        assert server.ask("/_mock/api/v1/entries/latest")["body"] == {"events": []}


def test_workers_share_one_journal(serve):
    with serve("--workers", "2") as server:
        assert {status(server, "/mparticle/v2/events") for _ in range(40)} == {202}
        assert {server.ask("/_mock/api/v1/entries?limit=0")["total"] for _ in range(10)} == {40}
