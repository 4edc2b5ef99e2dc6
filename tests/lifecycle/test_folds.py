"""A history is gone through once, however many events follow it."""

import pytest

from mockserver.lifecycle.folds import Folds


@pytest.fixture
def taken():
    """The events that were folded, one after another."""
    return []


@pytest.fixture
def fold(taken):
    folds = Folds()

    def take(state, event):
        taken.append(event)
        return f"{state}{event}"

    return lambda told, event, key=None: folds.through(told, event, str, take, key)


def test_history_and_event_are_folded(fold):
    assert fold(["a", "b"], "c") == "abc"


def test_each_event_is_taken_once(fold, taken):
    told = []
    for event in "abcdef":
        assert fold(told, event) == "".join([*told, event])
        told.append(event)
    assert taken == [*"abcdef"]


def test_events_that_nobody_told_are_made_up_for(fold, taken):
    told = []
    fold(told, "a")
    told += ["a", "b"]
    assert fold(told, "c") == "abc"
    assert taken == [*"abc"]


def test_same_event_asked_for_again_counts_once(fold):
    told = ["a"]
    assert [fold(told, "b"), fold(told, "b")] == ["ab", "ab"]


def test_history_that_went_otherwise_is_folded_anew(fold):
    told = []
    fold(told, "a")
    told += ["x", "y"]
    assert fold(told, "z") == "xyz"


def test_histories_and_keys_are_kept_apart(fold):
    assert [fold(["a"], "b"), fold(["c"], "d"), fold(["a"], "b", "other")] == ["ab", "cd", "ab"]
