"""granian as we use it: one thread for calls, others for what takes its time."""

from threading import Event, Lock, current_thread, get_ident
from types import SimpleNamespace

import pytest

from mockserver.cli.hosting import Crew, Loading, _hand_over


@pytest.fixture
def results():
    return []


def test_crew_does_all_work(results):
    done = Event()

    def work(number):
        results.append(number)
        if len(results) == 50:
            done.set()

    crew = Crew(3)
    for number in range(50):
        crew.take(lambda number=number: work(number))
    assert done.wait(5)
    assert sorted(results) == list(range(50))


def test_crew_holds_many_at_once():
    """Held-open questions do not stand in each other's way."""
    crew, release, waiting, lock = Crew(20), Event(), [], Lock()
    all_wait = Event()

    def wait():
        with lock:
            waiting.append(get_ident())
            if len(set(waiting)) == 20:
                all_wait.set()
        release.wait(5)

    for _ in range(20):
        crew.take(wait)
    assert all_wait.wait(5)
    release.set()


def test_crew_uses_its_threads_again(results):
    crew = Crew(20)
    for _ in range(5):
        done = Event()
        crew.take(lambda done=done: (results.append(current_thread().name), done.set()))
        assert done.wait(5)
    assert len(set(results)) < 5


def test_crew_has_no_more_threads_than_allowed():
    crew, release = Crew(2), Event()
    for _ in range(10):
        crew.take(lambda: release.wait(5))
    assert crew._count == 2
    release.set()


def test_requests_wait_for_the_application(results):
    loaded = Event()

    def create():
        loaded.wait(5)
        return (lambda environ, start_response: [b"here"]), SimpleNamespace(delays=False)

    loading = Loading(create)
    assert loading.takes_time()
    Crew(1).take(lambda: results.extend(loading({}, None)))
    loaded.set()
    assert loading({}, None) == [b"here"]
    assert not loading.takes_time()


@pytest.fixture
def answering(monkeypatch):
    """What granian would call for each request: (protocol, scope), answered by the thread that is noted."""
    from granian.server import mp

    monkeypatch.setattr(mp, "_wsgi_call_wrap", lambda callback, *rest: callback)
    crew = Crew(4)

    def make(callback, takes_time):
        _hand_over(takes_time, crew)
        return mp._wsgi_call_wrap(callback, {}, None)

    return make


def test_calls_are_answered_at_once(answering):
    seen = []
    answer = answering(lambda protocol, scope: seen.append(get_ident()), lambda path: path.startswith("/_mock/"))
    answer(None, {"PATH_INFO": "/mparticle/v2/events"})
    assert seen == [get_ident()]


def test_questions_are_answered_by_others(answering):
    seen, done = [], Event()
    answer = answering(lambda protocol, scope: (seen.append(get_ident()), done.set()), lambda path: True)
    answer(None, {"PATH_INFO": "/_mock/api/v1/verify"})
    assert done.wait(5)
    assert seen != [get_ident()]


def test_bug_of_another_thread_is_an_answer(answering, caplog):
    answers, done = [], Event()
    protocol = SimpleNamespace(response_bytes=lambda *answer: (answers.append(answer), done.set()))
    answer = answering(lambda protocol, scope: 1 / 0, lambda path: True)
    answer(protocol, {"PATH_INFO": "/_mock/"})
    assert done.wait(5)
    assert answers == [(500, [], b"")]
    assert "A bug of ours while answering /_mock/" in caplog.text


def test_granian_has_what_we_lean_on():
    """Its place between protocol and WSGI has no public name: should it move, this says so first."""
    from inspect import signature

    from granian.server import mp

    assert list(signature(mp._wsgi_call_wrap).parameters)[0] == "callback"
