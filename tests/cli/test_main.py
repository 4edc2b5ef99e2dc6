"""The command line as a whole: what exists, what is meant, and how it says what goes wrong."""

import subprocess
import sys

import pytest

from mockserver import cli
from mockserver.errors import MockServerError


def test_help_lists_every_command(run):
    outcome = run("--help")
    assert outcome.code == 0
    assert all(f"\n  {name} " in outcome.out for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(run, name):
    outcome = run(name, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: mockserver {name}")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["scenaros"], "There is no command 'scenaros'; did you mean 'scenarios'?"),
        (["scenarios", "shwo"], "There is no command 'shwo'; did you mean 'show'?"),
        (["scenarios", "show"], "Missing argument 'KEY'."),
        (
            ["scenarios", "show", "trial-convert"],
            "There is no scenario 'trial-convert'; did you mean 'trial-converts'?",
        ),
        (["serve", "--prot", "1"], "No such option '--prot'."),
        (["vendors", "adabty"], "There is no vendor 'adabty'. Did you mean 'adapty'?"),
    ],
)
def test_mistakes_are_one_sentence(run, args, sentence):
    outcome = run(*args)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(sentence)
    assert outcome.err.count("\n") == 1


def test_nobody_answering_says_what_to_do(run):
    outcome = run("tenants", "--server", "127.0.0.1:9")
    assert (outcome.code, outcome.err) == (
        2,
        "Nothing answers at http://127.0.0.1:9; `mockserver serve` starts a server.\n",
    )


def test_bugs_are_no_traces(run, monkeypatch):
    monkeypatch.setattr("mockserver.cli.scenarios.library_of", lambda folders: 1 / 0)
    outcome = run("scenarios")
    assert outcome.code == 2
    assert outcome.err.startswith("mockserver has failed: ZeroDivisionError: division by zero")


def test_bugs_are_traced_on_request(monkeypatch):
    monkeypatch.setenv("MOCKSERVER_DEBUG", "1")
    monkeypatch.setattr("mockserver.cli.scenarios.library_of", lambda folders: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["scenarios"], "mockserver")


def test_our_errors_are_sentences(run, monkeypatch):
    def refuse(folders):
        raise MockServerError("It cannot be.")

    monkeypatch.setattr("mockserver.cli.scenarios.library_of", refuse)
    assert run("scenarios").err == "It cannot be.\n"


def test_version_is_printed(run):
    from importlib.metadata import version

    assert run("--version").out.strip() == version("mockserver")


def test_module_runs_too():
    done = subprocess.run([sys.executable, "-m", "mockserver", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: python -m mockserver")


def test_importing_the_package_costs_nothing():
    code = (
        "import sys; before = set(sys.modules); import mockserver; "
        "print(*sorted(set(sys.modules) - before - {'importlib', 'typing'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    new = {name.split(".")[0] for name in done.stdout.split()}
    assert new <= {"mockserver", *sys.stdlib_module_names}
    assert "mockserver.app" not in done.stdout


def test_public_names_are_there():
    import mockserver

    assert list(mockserver.__all__) == sorted(mockserver.__all__)
    assert all(getattr(mockserver, name).__name__ == name for name in mockserver.__all__)
    assert set(mockserver.__all__) <= set(dir(mockserver))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = mockserver.nonsense
