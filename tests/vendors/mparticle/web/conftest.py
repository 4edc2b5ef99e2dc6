"""A page of a tenant's: by the wire forms of the web SDK (mparticle.md §5.1), and in a real browser."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver.journal.search import parse

CLIENTS = Path(__file__).parents[3] / "clients"
SDK = CLIENTS / "node_modules" / "@mparticle" / "web-sdk"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60


@dataclass
class Page:
    """A page with the key of the web input; `world` is the tenant."""

    world: Any
    feed: str = "web"

    @property
    def key(self):
        return self.world.tenant.credentials("mparticle", self.feed)["key"]

    def get(self, path, **headers):
        """Ask for something, with no credentials but what stands in the path."""
        return self.world("GET", path.format(key=self.key), authorization=None, **headers)

    def post(self, path, body, **headers):
        """Send bytes, or anything else as JSON, as browsers do without a preflight."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"content-type": "text/plain;charset=UTF-8", "origin": "https://shop.example"}
        return self.world("POST", path.format(key=self.key), sent, authorization=None, **{**usual, **headers})

    def upload(self, batch, **headers):
        return self.post("/v3/JS/{key}/events", batch, **headers)

    def events(self, line=""):
        """What the journal finds, oldest first."""
        return self.world.server.journal.find_events(self.world.tenant.name, parse(line), newest=False)

    def rules(self):
        """The rules of everything that the journal says of the last call."""
        parts = self.world.parts
        said = [*self.world.entry.findings, *(one for part in parts for one in part.findings)]
        return [one.rule for one in (*said, *(f for part in parts for event in part.events for f in event.findings))]


@pytest.fixture
def page(world):
    yield Page(world)
    assert not world.server.journal.index.errors, list(world.server.journal.index.errors)


class Pages(SimpleHTTPRequestHandler):
    """The folder of clients as a shop, and beside it a page with the snippet as the SDK's own manual has it."""

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=str(CLIENTS))

    def do_GET(self):
        path, _, key = self.path.partition("?")
        if path != "/snippet.html":
            super().do_GET()
            return
        content = snippet(key).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        """Nothing is printed."""


def snippet(key):
    """The snippet and the first event from the SDK's manual, and what happened for the test to read."""
    manual = (SDK / "README.md").read_text("utf-8")
    start = manual.index("<script")
    code = manual[start : manual.index("```", start)].partition("</script>")[0].replace("REPLACE WITH API KEY", key)
    assert key in code
    event = "mParticle.logEvent('Play Movie', mParticle.EventType.Navigation, { rating: 'PG' });"
    ready = "mParticle.ready(() => { window.told = mParticle.Identity.getCurrentUser().getMPID(); });"
    return f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{code}\n{event}\n{ready}</script>'


@pytest.fixture(scope="session")
def pages():
    """The port at which pages are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@dataclass
class Visit:
    """A page that is open: what it told of itself, what went wrong in it, and what the journal has of it."""

    process: Any
    journal: Any
    tenant: str
    told: Any = None
    troubles: tuple = ()

    def wait(self, line):
        """The entries that a search line finds, waited for if there are none yet."""
        found = self.journal.follow(self.tenant, parse(line), 0, PATIENCE)
        assert found, f"nothing came that is {line}"
        return found

    def events(self, line):
        return self.journal.find_events(self.tenant, parse(line), newest=False)

    def entries(self, line=""):
        return self.journal.find_entries(self.tenant, parse(line), None, newest=False)

    def leave(self):
        self.process.stdin.write("leave\n")
        self.process.stdin.flush()


@dataclass
class Browser:
    """Opens pages, each in a Chromium of its own."""

    node: str
    chromium: str
    running: Any
    served: Any

    @property
    def key(self):
        return self.served.tenant.credentials("mparticle", "web")["key"]

    @contextmanager
    def visit(self, address, *flags, **query):
        """A page, once it has told of itself."""
        asked = urlencode(query) if query else self.key
        command = [self.node, "browser.js", self.chromium, f"{address}?{asked}", *flags]
        process = subprocess.Popen(command, cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            said = process.stdout.readline()
            assert said, "the browser has told nothing; its complaint is above"
            yield Visit(process, self.running.parts.journal, self.served.tenant.name, **json.loads(said))
        finally:
            process.stdin.close()
            process.wait(PATIENCE)
            process.stdout.close()


@pytest.fixture
def browser(running, server):
    """Chromium and node; in CI they must be there, elsewhere `make test` installs what is needed."""
    node, chromium = shutil.which("node"), next(filter(None, map(shutil.which, CHROMIUM)), None)
    if node is None or chromium is None or not SDK.is_dir():
        reason = "chromium, node or tests/clients/node_modules is missing; `make test` installs all"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return Browser(node, chromium, running, server)
