"""The README keeps its word: every command in it runs, every snippet passes, every address answers."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from mockserver.vendors import discover

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SNIPPETS = [text for language, text in BLOCKS if language == "python"]
MADE_BY_MAKE = "make run"
pytestmark = pytest.mark.slow


def commands():
    """Each command of the console blocks with the lines that it must print, in order of reading."""
    found = []
    for language, text in BLOCKS:
        if language != "console":
            continue
        for chunk in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            lines = chunk.rstrip("\n").split("\n")
            size = 1
            while (
                size < len(lines)
                and (lines[size - 1].endswith("\\") or lines[size].startswith("  "))
                and _is_open(lines[:size])
            ):
                size += 1
            found.append(("\n".join(lines[:size]), lines[size:]))
    return found


def _is_open(lines):
    """Whether a command goes on: a backslash at its end, or a quotation not closed."""
    text = "\n".join(lines)
    return text.endswith("\\") or text.count("'") % 2 == 1


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server as `mockserver serve` starts it, on a free port, and a shell beside it."""
    folder = tmp_path_factory.mktemp("readme")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKSERVER_", "PYTEST"))}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    command = ["mockserver", "serve", "--port", "0", "--quiet"]
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True)
    address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
    environ["MOCKSERVER_URL"] = address
    for language, text in BLOCKS:
        if language == "json":
            (folder / "expected.json").write_text(text, "utf-8")

    def run(line):
        line = line.replace("http://127.0.0.1:4600", address)
        return subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
        )

    yield run
    process.send_signal(signal.SIGINT)
    process.stdout.close()
    assert process.wait(10) == 0


def test_commands_run_in_order(served):
    """One test, because the later ones ask for what the earlier ones sent."""
    for line, expected in commands():
        if line == MADE_BY_MAKE:
            continue
        done = served(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        for wanted in expected:
            assert wanted.strip() in done.stdout, f"{line} printed\n{done.stdout}"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda text: re.search(r"def (\w+)", text)[1])
def test_snippet_passes(snippet, tmp_path):
    (tmp_path / "test_snippet.py").write_text(snippet, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_snippet.py"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_every_vendor_that_listens_has_an_address():
    listening = {name for name, vendor in discover().items() if vendor.operations}
    assert listening == {name for name in discover() if f"127.0.0.1:4600/{name}" in README}


def test_make_run_serves_in_a_fresh_clone(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    for name in subprocess.run(
        ["git", "-C", str(ROOT), "diff", "--name-only", "--diff-filter=d", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split():
        shutil.copy(ROOT / name, clone / name)
    environ = {**os.environ, "MOCKSERVER_PORT": "0"}
    with (tmp_path / "printed").open("w") as out:
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environ, stdout=out, stderr=out, start_new_session=True
        )
    try:
        printed = _wait_for(tmp_path / "printed", "As expected", process)
        address = re.search(r"http://127\.0\.0\.1:\d+", printed)[0]
        assert urllib.request.urlopen(f"{address}/_mock/health", timeout=5).status == 200
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)


def _wait_for(path, text, process):
    deadline = time.monotonic() + 240
    while text not in (printed := path.read_text("utf-8")):
        assert process.poll() is None, printed
        assert time.monotonic() < deadline, printed
        time.sleep(0.2)  # another program's output: there is nothing to be woken by
    return printed
