"""`mockserver serve`, as a process: ready soon, many at once, gone without a trace."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from mockserver.cli.serve import bound, prepare_storage
from mockserver.client import Client, UnreachableError
from mockserver.errors import SettingsError, StorageError
from mockserver.settings import Settings

pytestmark = pytest.mark.slow  # many processes, each loading everything


def start(folder, *options, **environ):
    """A server on a free port; it is ready when it has printed its address."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", *options],
        cwd=folder,
        env={**known, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = process.stdout.readline()
    match = re.search(r"http://\S+", first)
    if match is None:
        process.kill()
        raise AssertionError(f"{first}{process.communicate()[1]}")
    return process, match[0]


def stop(process, how=signal.SIGTERM):
    """End a server; its exit code and all it printed since."""
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def read_until(process, text):
    """What a server prints until a text comes; it hangs, and the run's time limit ends it, if it never does."""
    out = ""
    while text not in out:
        line = process.stdout.readline()
        assert line, f"it ended, having printed {out}"
        out += line
    return out


@pytest.fixture
def serve(tmp_path):
    """Starts servers that are killed at the end at the latest."""
    started = []

    def start_one(*options, **environ):
        process, url = start(tmp_path, *options, **environ)
        started.append(process)
        return process, url

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One server for the tests that only ask it something."""
    folder = tmp_path_factory.mktemp("served")
    process, url = start(folder)
    yield SimpleNamespace(url=url, folder=folder, process=process)
    process.kill()
    process.communicate()


@pytest.fixture
def client(served):
    with Client(served.url) as first:
        made = first.new_tenant()
        yield made
        made.delete()


def batch(event="one"):
    data = {"event_name": event, "custom_event_type": "other"}
    return {
        "environment": "development",
        "user_identities": {"customer_id": "u-1"},
        "events": [{"event_type": "custom_event", "data": data}],
    }


def post(client, event="one", **options):
    keys = client.mparticle.credentials
    auth = (keys["key"], keys["secret"])
    return requests.post(f"{client.mparticle.url}/v2/events", json=batch(event), auth=auth, timeout=10, **options)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_server_ends_well(serve, how):
    process, _ = serve()
    code, _, err = stop(process, how)
    assert (code, err) == (0, "")


def test_open_question_does_not_hold_the_end_up(serve):
    process, url = serve("--quiet")
    with Client(url) as client, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.wait_for, "never", within=60)
        time.sleep(0.3)
        began = time.monotonic()
        assert stop(process)[0] == 0
        assert time.monotonic() - began < 10
        assert isinstance(waiting.exception(timeout=10), UnreachableError)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_other_loopback_addresses_are_served(serve, host):
    _, url = serve("--host", host)
    assert requests.get(f"{url}/_mock/health", timeout=5).ok


def test_data_lies_below_the_current_folder(serve, tmp_path):
    process, url = serve()
    with Client(url) as client:
        assert post(client).status_code == 202
    stop(process)
    assert (tmp_path / ".mockserver" / "log" / "default.log").stat().st_size > 0


def test_data_outlives_the_server(serve):
    process, url = serve("--storage", "kept")
    with Client(url) as client:
        assert post(client, "before").status_code == 202
        credentials = dict(client.mparticle.credentials)
    process.kill()
    process.communicate()
    _, url = serve("--storage", "kept")
    with Client(url) as client:
        assert [event.name for event in client.events()] == ["before"]
        assert dict(client.mparticle.credentials) == credentials


def test_banner_has_what_to_paste(serve):
    process, url = serve()
    with Client(url) as client:
        keys = client.mparticle.credentials
    out = read_until(process, keys["secret"])
    assert f"Pages: {url}/_mock/" in out
    assert f"{url}/mparticle" in out
    assert f"key={keys['key']}" in out


def test_requests_are_told_in_lines(serve):
    process, url = serve()
    with Client(url) as client:
        post(client, "told_here")
    line = read_until(process, "told_here").splitlines()[-1]
    assert re.search(r"^\d\d:\d\d:\d\d  ✓  POST /mparticle/v2/events  202  told_here", line)


def test_quiet_server_tells_nothing(serve):
    process, url = serve("--quiet")
    with Client(url) as client:
        post(client, "told_here")
    time.sleep(1.2)  # longer than the teller's round
    assert "told_here" not in stop(process)[1]


def test_variables_are_options(serve):
    _, url = serve(MOCKSERVER_CONTROL_TOKEN="secret", MOCKSERVER_ACCEPT_ANY_CREDENTIALS="1")
    assert requests.get(f"{url}/_mock/api/v1/clock", timeout=5).status_code == 401
    assert requests.post(f"{url}/mparticle/v2/events", json=batch(), auth=("a", "b"), timeout=5).status_code == 202
    with Client(url, token="secret") as client:
        assert [event.name for event in client.events()] == ["one"]


def test_scenario_is_played_at_the_start(serve):
    process, url = serve("--play", "trial-converts", "--quiet")
    with Client(url) as client:
        client.wait_for("trial_converted", vendor="mparticle", within=20)
    read_until(process, "trial converts")
    assert process.poll() is None


def test_story_is_told_before_what_to_paste(serve):
    """And the requests that it made are not told again, in lines that would push all this off the screen."""
    process, url = serve("--play", "monthly")
    out = read_until(process, "access_token=")
    marks = ["(monthly, seed 0)", "As expected", "The clock is back at real time.", f"Pages: {url}/_mock/", "key="]
    assert sorted(marks, key=out.index) == marks
    with Client(url) as client:
        assert abs(datetime.now(UTC) - client.clock.now()) < timedelta(minutes=1)
        assert post(client, "told_here").status_code == 202
    lines = read_until(process, "told_here").splitlines()
    assert [line for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)] == lines[-1:]


def test_story_played_at_each_start_is_as_expected(serve):
    for seed in range(2):
        process, _ = serve("--play", "monthly", "--storage", "kept", "--quiet")
        out = read_until(process, "Pages: ")
        assert f"(monthly, seed {seed})" in out
        assert "As expected" in out
        assert stop(process)[0] == 0


def test_clock_stays_when_nothing_is_played(serve):
    process, url = serve("--storage", "kept", "--quiet")
    with Client(url) as client:
        client.clock.set("2030-01-01T00:00:00Z", frozen=True)
    stop(process)
    process, url = serve("--storage", "kept", "--quiet", "--play", "trial-convert")
    read_until(process, "Pages: ")
    with Client(url) as client:
        assert client.clock.now().year == 2030


def test_unknown_scenario_does_not_end_it(serve):
    process, url = serve("--play", "trial-convert")
    assert process.stderr.readline() == "There is no scenario 'trial-convert'; did you mean 'trial-converts'?\n"
    assert requests.get(f"{url}/_mock/health", timeout=5).ok
    assert stop(process)[::2] == (0, "")


def test_workers_share_what_came(serve):
    _, url = serve("--workers", "2", "--quiet")
    with Client(url) as client:
        tenant = client.new_tenant()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: post(tenant, f"event_{number}").status_code, range(40)))
        assert answers == [202] * 40
        assert len(tenant.events()) == 40


def test_taken_port_is_one_sentence(tmp_path, served):
    port = served.url.rpartition(":")[2]
    command = [sys.executable, "-m", "mockserver", "serve", "--port", port]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Port {port} of 127.0.0.1 is in use; choose another with --port, or 0 for any.\n"


def test_open_address_needs_a_token(tmp_path):
    command = [sys.executable, "-m", "mockserver", "serve", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104  refused
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--control-token" in done.stderr
    assert done.stderr.count("\n") == 1


def test_killed_parent_leaves_nobody(serve):
    process, url = serve()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/_mock/health", timeout=1)
        except requests.ConnectionError:
            return
        time.sleep(0.05)
    raise AssertionError("The worker still serves.")


def test_questions_held_open_hold_nobody_up(client):
    with ThreadPoolExecutor(40) as pool:
        waiting = [
            pool.submit(lambda: client.with_tenant(client.tenant).wait_for("late", within=20)) for _ in range(39)
        ]
        time.sleep(0.3)
        began = time.monotonic()
        assert post(client, "other").status_code == 202
        assert time.monotonic() - began < 1
        assert post(client, "late").status_code == 202
        assert {future.result(timeout=10).name for future in waiting} == {"late"}


def test_late_answers_hold_nobody_up(client):
    client.faults.order("mparticle", "events", delay=1.5, times=1)
    other = client.new_tenant()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(post, client)
        time.sleep(0.2)
        began = time.monotonic()
        assert post(other).status_code == 202
        assert time.monotonic() - began < 1
        assert late.result().status_code == 202
    client.faults.clear()
    other.delete()


def test_unfinished_bodies_hold_nobody_up(client, served):
    host, port = served.url.removeprefix("http://").split(":")
    head = b"POST /mparticle/v2/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    stalled = [socket.create_connection((host, int(port))) for _ in range(10)]
    for connection in stalled:
        connection.sendall(head)
    began = time.monotonic()
    assert post(client).status_code == 202
    assert time.monotonic() - began < 2
    for connection in stalled:
        connection.close()


def test_real_host_is_served_at_the_root(client):
    key = client.adapty.credentials["api_key"]
    headers = {"Host": "api.adapty.io", "Authorization": f"Api-Key {key}", "adapty-customer-user-id": "u-1"}
    answer = requests.get(f"{client.url}/api/v2/server-side-api/profile/", headers=headers, timeout=5)
    assert answer.status_code == 404
    assert "profile" in answer.text


def test_every_port_is_an_answer():
    assert bound(Settings(port=0)).port > 0
    assert bound(Settings(port=0, workers=2)).shared


def test_foreign_address_is_refused():
    with pytest.raises(SettingsError, match=r"Nothing can listen on 192.0.2.1:0"):
        bound(Settings(host="192.0.2.1", port=0, control_token="secret"))


def test_file_in_the_way_of_the_storage(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        prepare_storage(Path(tmp_path / "file" / "folder"))


def test_listening_comes_before_loading(tmp_path):
    """A client that comes too early waits a moment; it is not refused."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mockserver", "serve", "--port", str(port), "--quiet"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/_mock/health", timeout=20)
                break
            except requests.ConnectionError:
                time.sleep(0.01)
        assert answer.json()["status"] == "ok"
    finally:
        process.terminate()
        process.wait()


def test_serves_with_tls_too(serve, tmp_path):
    process, _ = serve("--tls-port", "0")
    url = re.search(r"https://[\d.:]+", read_until(process, "With TLS: "))[0]
    answer = requests.get(f"{url}/_mock/health", verify=tmp_path / ".mockserver" / "tls" / "ca.pem", timeout=20)
    assert answer.json()["status"] == "ok"


def test_taken_tls_port_is_said(served, tmp_path):
    port = served.url.rpartition(":")[2]
    with pytest.raises(AssertionError, match=r"Nothing can listen on .* with TLS"):
        start(tmp_path, "--tls-port", port)
