"""mParticle's data planning SDK and command line call the mock by their real hosts' names (mparticle.md §11).

Both know `https://api.mparticle.com` alone; `HTTPS_PROXY` leads them to the mock, by absolute-form requests in plain
HTTP.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parents[3] / "clients"
MODULES = CLIENTS / "node_modules" / "@mparticle"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def node():
    """The node program; in CI it must be there, elsewhere `make test` installs what is needed."""
    program = shutil.which("node")
    if program is None or not all((MODULES / name).is_dir() for name in ("data-planning-node", "cli")):
        reason = "node or tests/clients/node_modules is missing; `make test` installs both"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return program


@pytest.fixture(scope="module")
def own(running):
    """The credentials of a tenant that the tests here share."""
    return running.parts.tenants.create().credentials("mparticle")


@pytest.fixture(scope="module")
def run(node, running):
    """Runs a client, without any other proxy of this machine."""
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environ["HTTPS_PROXY"] = running.url.rstrip("/")

    def run_client(script, *arguments):
        command = [node, str(script), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_client


@pytest.fixture(scope="module")
def told(run, own):
    """What all calls of the SDK gave, in one run."""
    script = CLIENTS / "mparticle_planning.js"
    return json.loads(run(script, own["workspace_id"], own["client_id"], own["client_secret"]))


@pytest.fixture
def mp(run, own):
    """The command line; a flag that is only there has the value True."""
    own_flags = {name: own[key] for name, key in _OWN.items()}

    def run_command(command, **flags):
        shown = {name: value if isinstance(value, str | int) else json.dumps(value) for name, value in flags.items()}
        arguments = [
            f"--{name}" if value is True else f"--{name}={value}" for name, value in (shown | own_flags).items()
        ]
        return run(MODULES / "cli" / "bin" / "run", f"planning:{command}", *arguments)

    return run_command


_OWN = {"workspaceId": "workspace_id", "clientId": "client_id", "clientSecret": "client_secret"}


def test_sdk_does_all_it_can(told):
    """§11: it fetches a token before every call."""
    assert told["created"] == told["plan"]
    assert [version["version"] for version in told["plan"]["data_plan_versions"]] == [1]
    assert "version_document" not in told["plans"][0]["data_plan_versions"][0]
    assert told["updated"]["data_plan_description"] == "By Node."
    assert told["next"] == told["version"]
    assert told["activated"]["activated_environment"] == "production"
    assert told["versionDeleted"] is told["deleted"] is True
    assert told["left"] == []


def test_sdk_understands_refusals(told, own):
    assert told["active"][0]["message"].endswith("this version is active in prod and cannot be deleted.")
    assert told["last"][0]["message"].endswith("plans must contain at least one plan version.")
    text = f"The specified plan ID gone in workspace {own['workspace_id']} was not found."
    assert told["unknown"] == [{"message": text}]
    assert told["unsupported"][0]["keyword"] == "anyOf"
    assert told["forbidden"] == {"status": 403}


def test_server_is_more_lenient_than_the_sdk(told):
    """§14: number as text in plans."""
    actual = {
        mode: [error["actual"] for one in told[mode]["results"] for error in one["data"]["validation_errors"]]
        for mode in ("local", "server", "event")
    }
    assert actual == {"local": ["cheap", "5"], "server": ["cheap"], "event": ["cheap"]}


HOME = {
    "match": {"type": "screen_view", "criteria": {"screen_name": "Home"}},
    "validator": {"type": "json_schema", "definition": {}},
}
ATTRIBUTES = {
    "match": {"type": "user_attributes", "criteria": {}},
    "validator": {"type": "json_schema", "definition": {"type": "object"}},
}
VERSION = {
    "version": 1,
    "activated_environment": "development",
    "version_document": {"data_points": [HOME, ATTRIBUTES]},
}


def test_command_line_keeps_plans(mp, tmp_path):
    """npm @mparticle/cli 1.0.8."""
    fetched = tmp_path / "plan.json"
    plan = {"data_plan_id": "cli", "data_plan_name": "Command line", "data_plan_versions": [VERSION]}
    assert "cli" in mp("data-plans:create", dataPlan=plan)
    mp("data-plans:fetch", dataPlanId="cli", outFile=str(fetched))
    assert json.loads(fetched.read_text())["data_plan_versions"][0]["version_document"] == VERSION["version_document"]
    assert "Updated Data Plan with ID 'cli'" in mp("data-plans:update", dataPlanId="cli", dataPlanFile=str(fetched))
    made = mp("data-plan-versions:create", dataPlanId="cli", dataPlanVersion={"version_description": "next"})
    assert "Created Data Plan Version: 'cli:v2'" in made
    changed = mp(
        "data-plan-versions:update", dataPlanId="cli", versionNumber=2, dataPlanVersion=VERSION | {"version": 2}
    )
    assert "Updated Data Plan Version: 'cli:v2'" in changed
    assert [one["data_plan_id"] for one in json.loads(mp("data-plans:fetch-all"))] == ["cli"]


@pytest.mark.parametrize("mode", [{}, {"serverMode": True}], ids=["by itself", "on the server"])
@pytest.mark.parametrize("subject", ["event", "batch"])
def test_command_line_validates(mp, subject, mode):
    away = {"event_type": "screen_view", "data": {"screen_name": "Away"}}
    sent = {"event": away, "batch": {"events": [away], "environment": "development"}}[subject]
    command = {"event": "events:validate", "batch": "batches:validate"}[subject]
    told = json.loads(mp(command, dataPlanVersion=VERSION, **{subject: sent}, **mode))
    (result,) = told["results"]
    assert result["event_type"] == "validation_result"
    assert result["data"]["match"] == {"type": "screen_view", "criteria": {"screen_name": "Away"}}
    assert result["data"]["validation_errors"][0]["key"] == "Away"
