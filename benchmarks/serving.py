"""Servers as processes, timed from start to first answer, and load on them from another process."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# With byte code kept, as on any machine that starts a program twice.
ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Served(NamedTuple):
    url: str
    process: subprocess.Popen
    ready_seconds: float

    def memory_mib(self) -> float:
        """Proportional memory of the process and its children: what the server costs the machine."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_pss(pid) for pid in pids) / 1024


class Load(NamedTuple):
    per_second: float
    median_ms: float
    p99_ms: float
    errors: int


@contextmanager
def mockserver(folder, *options):
    yield from _serve(
        [sys.executable, "-m", "mockserver", "serve", "--quiet", "--storage", str(folder), *options, "--port"],
        "/_mock/health",
    )


@contextmanager
def reference():
    yield from _serve([sys.executable, "-m", "benchmarks.reference"], "/")


def _serve(command, path):
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, env=ENVIRON)
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url + path):
            if process.poll() is not None or time.perf_counter() - began > 30:
                raise RuntimeError(f"{command} does not serve")
            time.sleep(0.005)
        yield Served(url, process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(20)


def _answers(url):
    try:
        urllib.request.urlopen(url, timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _children(pid):
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _pss(pid):
    try:
        return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
    except (OSError, TypeError):
        return 0


def ask(url, path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, headers={"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=120) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def authorization(url):
    credentials = ask(url, "/_mock/api/v1/tenants/default")["vendors"]["mparticle"]["credentials"]
    return "Basic " + b64encode(f"{credentials['key']}:{credentials['secret']}".encode()).decode()


SCRIPT = """
local n, salt = 0, "%(salt)s"
local head, tail = [==[%(head)s]==], [==[%(tail)s]==]
wrk.method = "POST"
wrk.path = "%(path)s"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "%(authorization)s"
function request()
  n = n + 1
  return wrk.format(nil, nil, nil, head .. salt .. n .. tail)
end
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%f %%d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, bad))
end
"""


def load(url, path, head, tail, authorization_text="", seconds=4, connections=16, salt="a"):
    """wrk with a body that differs in one number from request to request."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            SCRIPT
            % {"salt": salt, "head": head, "tail": tail, "path": path, "authorization": authorization_text or "-"}
        )
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, url]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    values = re.search(r"RESULT (\S+) (\S+) (\S+) (\d+)", printed).groups()
    return Load(float(values[0]), float(values[1]), float(values[2]), int(values[3]))
