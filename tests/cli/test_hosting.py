"""granian as we use it: it listens at once, and its calls are relayed."""

from inspect import signature
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from mockserver.cli.hosting import Loading, _relay_calls
from mockserver.cli.relay import Relay
from mockserver.errors import StorageError


def test_requests_wait_for_the_application():
    loaded, answers = Event(), []

    def create():
        loaded.wait(5)
        return lambda environ, start_response: [environ["PATH_INFO"].encode()]

    loading = Loading(create)
    early = Thread(target=lambda: answers.extend(loading({"PATH_INFO": "/early"}, None)))
    early.start()
    assert answers == []
    loaded.set()
    early.join()
    assert answers == [b"/early"]
    assert loading({"PATH_INFO": "/late"}, None) == [b"/late"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(StorageError("The folder is full."), "The folder is full.\n"), (ZeroDivisionError(), "")],
)
def test_failed_loading_ends_the_worker(monkeypatch, capsys, error, sentence):
    ended = Event()
    codes = []
    monkeypatch.setattr("os._exit", lambda code: (codes.append(code), ended.set()))

    def create():
        raise error

    Loading(create)
    assert ended.wait(5)
    assert (codes, capsys.readouterr().err) == ([1], sentence)


def test_calls_are_relayed(monkeypatch):
    from granian.server import mp

    seen = []
    monkeypatch.setattr(mp, "_wsgi_call_wrap", lambda callback, *rest: callback)
    _relay_calls()
    answer = mp._wsgi_call_wrap(lambda protocol, scope: seen.append(scope["PATH_INFO"]), {}, None)
    assert isinstance(answer, Relay)
    answer(SimpleNamespace(), {"PATH_INFO": "/mparticle/v2/events"})
    answer(SimpleNamespace(), {"PATH_INFO": "/_mock/api/v1/verify"})
    assert seen == ["/mparticle/v2/events", "/_mock/api/v1/verify"]


def test_granian_has_what_we_lean_on():
    """Its place between protocol and WSGI has no public name: should it move, this says so first."""
    from granian.server import mp

    assert next(iter(signature(mp._wsgi_call_wrap).parameters)) == "callback"
