"""The TLS front: the same mock, by HTTPS, under any name."""

import socket
import ssl

import pytest
import requests

from mockserver.errors import SettingsError
from mockserver.server import MockServer
from mockserver.tls import Authority, TlsFront


@pytest.fixture(scope="module")
def server():
    with MockServer(tls_port=0) as running:
        yield running


def answered(server, name, request):
    """What comes back on a connection to a host of this name."""
    context = ssl.create_default_context(cafile=server.tls.authority)
    with (
        socket.create_connection(("127.0.0.1", server.tls.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(request)
        return b"".join(iter(lambda: secure.recv(65536), b""))


def test_health_answers(server):
    answer = requests.get(f"{server.tls_url}/_mock/health", verify=server.tls.authority, timeout=10)
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize("name", ["s2s.mparticle.com", "identity.eu1.mparticle.com", "events.shop.example"])
def test_any_host_is_believed(server, name):
    """A real host, one of a pod, and a domain of the customer's own."""
    request = (
        "POST /mparticle/v2/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert answered(server, name, request.encode()).startswith(b"HTTP/1.1 401 ")


def test_real_host_is_mounted_at_the_root(server):
    request = b"GET /v2/events HTTP/1.1\r\nHost: s2s.mparticle.com\r\nConnection: close\r\n\r\n"
    assert b'"code":"METHOD_NOT_ALLOWED"' in answered(server, "s2s.mparticle.com", request)


def test_large_bodies_pass(server):
    body = b"x" * 3_000_000
    answer = requests.post(f"{server.tls_url}/mparticle/v2/events", body, verify=server.tls.authority, timeout=30)
    assert answer.status_code == 401


def test_authority_outlives_the_server(tmp_path):
    first = Authority(tmp_path).file.read_bytes()
    assert Authority(tmp_path).file.read_bytes() == first
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


def test_broken_authority_is_said(tmp_path):
    (tmp_path / "ca.pem").write_bytes(b"no certificate")
    (tmp_path / "ca.key").write_bytes(b"no key")
    with pytest.raises(SettingsError, match="are no authority"):
        Authority(tmp_path)


def test_taken_port_is_said(server, tmp_path):
    with pytest.raises(SettingsError, match="Nothing can listen on"):
        TlsFront(("127.0.0.1", 1), tmp_path, port=server.tls.port).start()


def test_mock_that_is_gone_ends_the_connection(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        front = TlsFront(nobody.getsockname(), tmp_path).start()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"https://127.0.0.1:{front.port}", verify=front.authority, timeout=10)
        front.stop()


def test_stopping_breaks_connections_off(tmp_path):
    with MockServer(storage=tmp_path, tls_port=0) as running:
        context = ssl.create_default_context(cafile=running.tls.authority)
        plain = socket.create_connection(("127.0.0.1", running.tls.port), timeout=10)
        secure = context.wrap_socket(plain, server_hostname="localhost")
    with secure, pytest.raises(OSError):  # noqa: PT011  reset, or an end without its alert
        raise OSError if secure.recv(1) == b"" else AssertionError


def test_without_tls_is_said():
    with MockServer() as running, pytest.raises(SettingsError, match="has no TLS"):
        _ = running.tls_url
