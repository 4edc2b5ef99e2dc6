"""The fixtures as a user has them, in runs of their own: what they cost, what they isolate, what they raise."""

import os
import re
import subprocess
import sys
import time

import pytest

HEAVY = ("flask", "requests", "responses", "sqlalchemy", "marshmallow", "mockserver.client", "mockserver.server")


@pytest.fixture
def run_pytest(tmp_path):
    """Runs pytest on a file of tests in an empty project; what it printed."""

    def run(code, *options):
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
        (tmp_path / "test_it.py").write_text(code, "utf-8")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False).stdout

    return run


def test_unused_plugin_loads_nothing(run_pytest):
    out = run_pytest(
        "import sys\n"
        "def test_nothing(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.hasplugin('mockserver')\n"
        f"    assert not set(sys.modules) & set({HEAVY!r})\n"
    )
    assert "1 passed" in out, out


def test_fixtures_are_listed_with_their_purpose(run_pytest):
    out = run_pytest("", "--fixtures")
    for name in ("mockserver_settings", "running_mockserver", "mockserver_seed", "mockserver", "play", "intercept"):
        assert re.search(rf"^{name}\b.* -- ", out, re.MULTILINE), name
        assert re.search(rf"^{name}\b.*\n    [A-Z]", out, re.MULTILINE), name


def test_settings_can_be_overridden(run_pytest):
    out = run_pytest(
        "from dataclasses import replace\n"
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def mockserver_settings(mockserver_settings):\n"
        "    return replace(mockserver_settings, control_token='secret')\n"
        "def test_it(mockserver):\n"
        "    import requests\n"
        "    assert requests.get(f'{mockserver.url}/_mock/api/v1/clock').status_code == 401\n"
        "    assert mockserver.clock.now()\n"
    )
    assert "1 passed" in out, out


def test_seed_can_be_overridden(run_pytest):
    out = run_pytest(
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def mockserver_seed():\n"
        "    return 7\n"
        "def test_it(play):\n"
        "    assert play('monthly', vendors=['revenuecat']).seed == 7\n"
    )
    assert "1 passed" in out, out


def test_own_bugs_are_raised(run_pytest):
    out = run_pytest(
        "def test_it(mockserver, running_mockserver):\n"
        "    running_mockserver.parts.desk.bugs.append(ValueError('a bug of ours'))\n"
        "def test_next(mockserver):\n"
        "    pass\n"
    )
    assert "2 passed, 1 error" in out, out
    assert "The mock itself has failed; this is a bug of mockserver" in out
    assert "ValueError: a bug of ours" in out


def test_failure_is_shown_at_the_users_line(run_pytest):
    out = run_pytest(
        "def test_it(mockserver):\n    mockserver.mparticle.expect('trial_converted', customer_id='u-1')\n"
    )
    assert "E       AssertionError: Expected at least 1, found 0" in out, out
    assert "test_it.py:2: AssertionError" in out
    assert "client/asking.py" not in out


@pytest.mark.slow
def test_workers_do_not_meet(run_pytest):
    out = run_pytest(
        "import pytest, requests\n"
        "@pytest.mark.parametrize('number', range(40))\n"
        "def test_it(mockserver, number):\n"
        "    keys = mockserver.mparticle.credentials\n"
        "    batch = {'environment': 'development', 'user_identities': {'customer_id': 'u-1'}, 'events': [\n"
        "        {'event_type': 'custom_event', 'data': {'event_name': 'one', 'custom_event_type': 'other'}}]}\n"
        "    requests.post(f'{mockserver.mparticle.url}/v2/events', json=batch, auth=(keys['key'], keys['secret']))\n"
        "    mockserver.mparticle.expect('one', count=1)\n",
        "-n",
        "4",
    )
    assert "40 passed" in out, out


@pytest.mark.slow
def test_example_suite_passes_in_parallel():
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "4", "tests/example_app"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, " passed" in done.stdout) == (0, True), done.stdout


def test_each_test_has_a_new_world(mockserver):
    assert mockserver.entries() == []
    assert mockserver.tenant.startswith("t-")


def test_world_is_gone_afterwards(running_mockserver, request):
    names = {tenant.name for tenant in running_mockserver.parts.tenants.all()}
    assert not any(name.startswith("t-") for name in names)


def test_new_world_costs_little(mockserver):
    def once():
        began = time.thread_time()  # this thread does all the work, whatever else the machine is doing
        mockserver.new_tenant().delete()
        return time.thread_time() - began

    # 5 ms are promised, 1.5 ms measured; a machine four times as slow as that must not fail the tests
    assert min(once() for _ in range(20)) < 0.02


def test_intercept_is_the_same_mock(intercept, mockserver):
    import requests

    assert intercept is mockserver
    key = mockserver.adapty.credentials["api_key"]
    url = "https://api.adapty.io/api/v2/server-side-api/profile/"
    requests.get(url, headers={"Authorization": f"Api-Key {key}", "adapty-customer-user-id": "u-1"}, timeout=5)
    assert [entry.path for entry in mockserver.entries()] == ["/api/v2/server-side-api/profile/"]
