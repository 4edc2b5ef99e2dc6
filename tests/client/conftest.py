"""Sending to the mock of a test as an app would; and servers that are no mocks."""

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests


@pytest.fixture
def send(mockserver):
    """Posts an mParticle batch with one custom event about a customer, over a socket."""

    def post(event="trial_converted", customer_id="u-1", tenant=mockserver, **attributes):
        data = {"event_name": event, "custom_event_type": "transaction", "custom_attributes": attributes}
        batch = {
            "environment": "development",
            "user_identities": {"customer_id": customer_id},
            "events": [{"event_type": "custom_event", "data": data}],
        }
        credentials = tenant.mparticle.credentials
        return requests.post(
            f"{tenant.mparticle.url}/v2/events",
            json=batch,
            auth=(credentials["key"], credentials["secret"]),
            timeout=5,
        ).status_code

    return post


@pytest.fixture
def httpserver_of():
    """A server that is no mock: it answers everything alike."""
    servers = []

    def start(status, body):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def silent_server():
    """Something that lets clients connect and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
