"""One thread at a time answers; whoever is held up is relieved, and no call is lost or answered twice."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_ident
from types import SimpleNamespace

import pytest

from mockserver.cli.relay import Relay


class Pool:
    """Threads that bring calls, as granian's do: each stays with its call until the relay lets it go."""

    def __init__(self, relay, threads=32):
        self._relay = relay
        self._pool = ThreadPoolExecutor(threads)

    def bring(self, name, path="/mparticle/v2/events"):
        protocol = SimpleNamespace(name=name, response_bytes=lambda *answer: None)
        return self._pool.submit(self._relay, protocol, {"PATH_INFO": path})

    def close(self):
        self._pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture
def pool_of():
    """A pool of a relay that answers with a function of the call's name."""
    pools = []

    def make(answer, takes_time=lambda path: path.startswith("/_mock/"), threads=32):
        relay = Relay(lambda protocol, scope: answer(protocol.name), takes_time)
        pools.append((Pool(relay, threads), relay))
        return pools[-1][0]

    yield make
    for pool, relay in pools:
        for call in relay._spare:  # let the parked ones go, so that the process can end
            call.gate.release()
        pool.close()


def wait_until(holds):
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.001)


def test_call_is_answered_by_its_thread(pool_of):
    threads = []
    pool = pool_of(lambda name: threads.append(get_ident()))
    pool.bring("one").result(timeout=5)
    assert len(threads) == 1


def test_every_call_is_answered_once(pool_of):
    answered = []
    pool = pool_of(answered.append, threads=300)
    for number in range(300):
        pool.bring(number)
    wait_until(lambda: len(answered) == 300)
    assert Counter(answered) == Counter(range(300))


def test_one_thread_runs_at_a_time(pool_of):
    at_once, most = [], []

    def answer(name):
        at_once.append(name)
        most.append(len(at_once))
        at_once.remove(name)

    pool = pool_of(answer, threads=100)
    for number in range(100):
        pool.bring(number)
    wait_until(lambda: len(most) == 100)
    assert max(most) == 1


def test_held_up_thread_is_relieved(pool_of):
    release, answered = Event(), []

    def answer(name):
        if name == "slow":
            release.wait(10)
        answered.append(name)

    pool = pool_of(answer)
    slow = pool.bring("slow")
    wait_until(slow.running)
    for name in "abc":
        pool.bring(name)
    wait_until(lambda: sorted(answered) == ["a", "b", "c"])
    release.set()
    slow.result(timeout=5)
    assert answered[-1] == "slow"


def test_many_may_be_held_up(pool_of):
    release, answered = Event(), []

    def answer(name):
        if isinstance(name, int):
            release.wait(20)
        answered.append(name)

    pool = pool_of(answer)
    for number in range(8):
        pool.bring(number)
    pool.bring("quick")
    wait_until(lambda: "quick" in answered)
    assert answered == ["quick"]
    release.set()
    wait_until(lambda: len(answered) == 9)
    assert Counter(answered) == Counter([*range(8), "quick"])


def test_what_takes_time_is_not_waited_for(pool_of, monkeypatch):
    monkeypatch.setattr("mockserver.cli.relay.PATIENCE", 3600)  # nobody is relieved
    release, answered = Event(), []

    def answer(name):
        if isinstance(name, int):
            release.wait(10)
        answered.append(name)

    pool = pool_of(answer)
    for number in range(20):
        pool.bring(number, "/_mock/api/v1/verify")
    pool.bring("quick").result(timeout=5)
    assert answered == ["quick"]
    release.set()
    wait_until(lambda: len(answered) == 21)


def test_parked_threads_come_back(pool_of):
    """With every thread parked or held up, one of the parked has to be sent for new calls."""
    release, answered = Event(), []

    def answer(name):
        if name == "slow":
            release.wait(20)
        answered.append(name)

    pool = pool_of(answer, threads=3)
    pool.bring("slow")
    for name in "abcdefgh":
        pool.bring(name)
    wait_until(lambda: len(answered) == 8)
    release.set()
    wait_until(lambda: len(answered) == 9)


def test_bug_is_an_answer(pool_of, caplog):
    answers = []
    relay = Relay(lambda protocol, scope: 1 / 0, lambda path: False)
    relay(SimpleNamespace(response_bytes=lambda *answer: answers.append(answer)), {"PATH_INFO": "/x"})
    assert answers == [(500, [], b"")]
    assert "A bug of ours while answering /x" in caplog.text


def test_watchman_sleeps_and_wakes(pool_of, monkeypatch):
    monkeypatch.setattr("mockserver.cli.relay.PATIENCE", 0.001)
    monkeypatch.setattr("mockserver.cli.relay._ROUNDS_BEFORE_SLEEP", 1)
    release, answered = Event(), []
    relay = Relay(lambda protocol, scope: (release.wait(10), answered.append(protocol)), lambda path: False)
    wait_until(lambda: relay._asleep)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(relay, "slow", {"PATH_INFO": "/"})
        wait_until(lambda: relay._runner is None and not relay._asleep)
        release.set()
    assert answered == ["slow"]
