"""Waiting is woken by what arrives: never early, never late, never by polling."""

import time
from threading import Event, Thread

import pytest

from mockserver.journal import waiting
from mockserver.journal.waiting import Bell, until, while_it_stays

LONG = 30.0


class Growing:
    """A log that only has a length."""

    def __init__(self) -> None:
        self.length = 0
        self.looked = Event()

    def end(self):
        self.looked.set()
        return self.length


@pytest.fixture
def log():
    return Growing()


def later(act):
    thread = Thread(target=act)
    thread.start()
    return thread


def test_growth_before_waiting_is_seen(log):
    log.length = 1
    assert Bell().wait(log.end, 0, 0)


def test_time_is_up(log):
    began = time.monotonic()
    assert not Bell().wait(log.end, 0, 0.02)
    assert time.monotonic() - began >= 0.02


def test_ring_wakes(log):
    bell = Bell()

    def append():
        log.looked.wait(LONG)
        log.length = 1
        bell.ring()

    thread = later(append)
    began = time.monotonic()
    assert bell.wait(log.end, 0, LONG)
    assert time.monotonic() - began < LONG / 2
    thread.join()


def test_ring_without_growth_wakes_nobody(log):
    bell = Bell()

    def ring():
        log.looked.wait(LONG)
        bell.ring()

    thread = later(ring)
    assert not bell.wait(log.end, 0, 0.1)
    thread.join()


def test_ring_wakes_all(log):
    bell = Bell()
    woken = []
    threads = [later(lambda: woken.append(bell.wait(log.end, 0, LONG))) for _ in range(4)]
    while bell._waiting < 4:
        log.looked.wait(LONG)
    log.length = 1
    bell.ring()
    for thread in threads:
        thread.join(LONG)
    assert woken == [True] * 4


def test_ring_takes_no_lock_when_nobody_waits():
    bell = Bell()
    bell._condition = None
    bell.ring()


def test_nobody_is_left_waiting(log):
    bell = Bell()
    bell.wait(log.end, 0, 0)
    with pytest.raises(ZeroDivisionError):
        bell.wait(lambda: 1 // 0, 0, 0)
    assert bell._waiting == 0


def test_other_process_is_noticed(log):
    """Its bell is not heard here: the log's size is looked at."""

    def append():
        log.looked.wait(LONG)
        log.length = 1

    thread = later(append)
    assert Bell().wait(log.end, 0, LONG, shared=True)
    thread.join()


def test_alone_nothing_is_looked_at_between(log, monkeypatch):
    monkeypatch.setattr(waiting, "_LOOK", 0.001)
    looks = []
    Bell().wait(lambda: looks.append(1) or 0, 0, 0.1)
    assert len(looks) == 2


class Story:
    """Looks that see one thing after another; the log grows between them as often as said."""

    def __init__(self, *seen) -> None:
        self._seen = list(seen)
        self.timeouts = []

    def look(self):
        return len(self._seen), self._seen.pop(0)

    def wait(self, end, timeout):
        assert end == len(self._seen) + 1
        self.timeouts.append(timeout)
        return bool(self._seen)


def test_good_is_told_at_once():
    story = Story("good", "later")
    assert until(story.look, lambda seen: seen == "good", story.wait, 0) == "good"
    assert story.timeouts == []


def test_looks_again_after_each_growth():
    story = Story("a", "b", "good", "later")
    assert until(story.look, lambda seen: seen == "good", story.wait, LONG) == "good"
    assert len(story.timeouts) == 2
    assert all(LONG - 5 < timeout <= LONG for timeout in story.timeouts)


def test_last_look_is_told_when_time_is_up():
    story = Story("a", "b")
    assert until(story.look, lambda _: False, story.wait, LONG) == "b"


def test_what_stays_is_watched_to_the_end():
    story = Story(1, 2, 3)
    assert while_it_stays(story.look, bool, story.wait, LONG) == 3


def test_what_breaks_is_told_at_once():
    story = Story(1, 0, 1)
    assert while_it_stays(story.look, bool, story.wait, LONG) == 0
