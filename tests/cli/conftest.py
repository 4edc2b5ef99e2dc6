"""Running the command line as a user does, in this process; and a server for it to ask."""

from typing import NamedTuple

import orjson
import pytest

from mockserver.cli import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return orjson.loads(self.out)


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in an empty folder; its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    for name in ("MOCKSERVER_URL", "MOCKSERVER_TENANT", "MOCKSERVER_CONTROL_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(arg) for arg in args], "mockserver")
        printed = capsys.readouterr()
        return Outcome(end.value.code, printed.out, printed.err)

    return run_command


@pytest.fixture
def ask(run, mockserver):
    """Runs a command that asks the server of this test, as its tenant."""
    return lambda *args: run(*args, "--server", mockserver.url, "--tenant", mockserver.tenant)


@pytest.fixture
def batch():
    """An mParticle batch with one custom event about a customer."""

    def make(event="trial_converted", customer_id="u-1", **attributes):
        data = {"event_name": event, "custom_event_type": "transaction", "custom_attributes": attributes}
        return {
            "environment": "development",
            "user_identities": {"customer_id": customer_id},
            "events": [{"event_type": "custom_event", "data": data}],
        }

    return make
