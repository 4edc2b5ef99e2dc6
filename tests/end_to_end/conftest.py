"""A server as a process of its own on a real port, which a test may also kill."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest


class Process:
    """A `mockserver serve`, with what a sender needs to know of it."""

    def __init__(self, folder, *options):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
        command = [
            sys.executable,
            "-m",
            "mockserver",
            "serve",
            "--port",
            "0",
            "--quiet",
            "--storage",
            str(folder),
            *options,
        ]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.url = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())[0]
        self.port = int(self.url.rpartition(":")[2])
        self.credentials = self.ask("/_mock/api/v1/tenants/default")["vendors"]["mparticle"]["credentials"]
        pair = f"{self.credentials['key']}:{self.credentials['secret']}"
        self.authorization = "Basic " + b64encode(pair.encode()).decode()

    def ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return orjson.loads(answer.read())

    def memory(self):
        """Resident memory of all its processes in MiB."""
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1024

    def kill(self, signal_=signal.SIGKILL):
        os.killpg(self.process.pid, signal_)
        self.process.wait(20)
        self.process.stdout.close()  # nothing is read from it after the first line


def _family(pid):
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(other for child in children for other in _family(child))]


def _resident(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])


@pytest.fixture
def serve(tmp_path):
    """Starts servers on one storage, one after the other."""
    started = []

    @contextmanager
    def start(*options):
        server = Process(tmp_path, *options)
        started.append(server)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.kill(signal.SIGTERM)

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def deadline():
    """Whether a time, in seconds from now, has passed."""

    def until(seconds):
        end = time.monotonic() + seconds
        return lambda: time.monotonic() > end

    return until
