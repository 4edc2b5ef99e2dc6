"""The official Node SDK (npm mparticle 1.0.8) posts every kind of event that its models know (mparticle.md §11)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver.journal.entry import Verdict

CLIENTS = Path(__file__).parents[2] / "clients"

pytestmark = pytest.mark.slow


@pytest.fixture
def node():
    """The node program; in CI it must be there, elsewhere `make test` installs what is needed."""
    program = shutil.which("node")
    if program is None or not (CLIENTS / "node_modules" / "mparticle").is_dir():
        reason = "node or tests/clients/node_modules is missing; `make test` installs both"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return program


def test_node_sdk_is_understood(node, server):
    """One run of the script, as starting node takes longer than all of its requests."""
    script = CLIENTS / "mparticle_events.js"
    done = subprocess.run(
        [node, script, server.url, server.key, server.secret], capture_output=True, text=True, timeout=60, check=True
    )
    told = json.loads(done.stdout)
    assert set(told.pop("statuses").values()) == {202}
    assert told == {"bulk": 202, "withoutType": 400, "wrongSecret": 403, "emptySecret": 401}
    *single, bulk, without_type = server.entries()  # what is not authenticated belongs to no tenant
    assert {entry.path for entry in single} == {"/v2/events"}
    assert (bulk.path, without_type.verdict) == ("/v2/bulkevents", Verdict.REJECTED)
    parts = server.parts(at=-2)
    assert len(parts) == len(single)
    assert {part.verdict for part in parts} == {Verdict.ACCEPTED}
    assert {finding.rule for part in parts for finding in part.findings} == {"customer-id-spelling"}
    kinds = {event.kind for part in parts for event in part.events}
    assert kinds >= {"custom_event", "commerce_event", "crash_report", "session_start", "breadcrumb"}
    assert len(kinds) == 14
