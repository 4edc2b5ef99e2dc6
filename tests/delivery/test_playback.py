"""Playing: at any pace, one thing at a time, and never longer than the server runs."""

import time
from datetime import timedelta
from threading import Event, Thread

import pytest

from mockserver.delivery.playback import Pace
from mockserver.delivery.turns import StoppedError
from mockserver.errors import ConflictError


def prepared(stage, key="monthly"):
    return stage.parts.player.prepare(stage.tenant, key)


def test_pace_lets_days_take_time(stage):
    """31 + 28 + 31 days at two milliseconds each."""
    began = time.monotonic()
    stage.parts.player.play(stage.tenant, prepared(stage), pace=Pace(seconds_per_day=0.002))
    assert time.monotonic() - began >= 0.18


def test_paced_run_is_broken_off(stage):
    """A server that stops waits for no renewal."""
    caught, begun = [], Event()
    run, pace = prepared(stage), Pace(seconds_per_day=60)

    def play():
        with pytest.raises(StoppedError) as stopped:
            stage.parts.player.play(stage.tenant, run, pace=pace, watch=lambda *_: begun.set())
        caught.append(str(stopped.value))

    thread = Thread(target=play)
    thread.start()
    assert begun.wait(5)
    assert stage.parts.turns.stop(patience=5)
    thread.join(5)
    assert caught == ["The server is stopping; the run was broken off."]


def test_one_thing_turns_the_clock(stage):
    turns = stage.parts.turns
    with turns.hold("default", "it is held"), pytest.raises(ConflictError, match="it is held"):
        turns.hold("default", "another", patience=0.01).__enter__()


def test_other_tenants_are_not_held(stage):
    with stage.parts.turns.hold("default", "it is held"), stage.parts.turns.hold("other", "so is this", patience=0.01):
        assert True


def test_history_has_what_was_played(stage):
    stage.play("monthly", "revenuecat")
    assert [event.kind for event in stage.tenant.history()] == ["subscription_started", "renewed", "renewed", "renewed"]


def test_history_survives_a_broken_file(stage, tmp_path, monkeypatch):
    """What it told stays in the journal; nobody knows any more what was planned."""
    stage.play("consumable", "revenuecat")
    stage.play("monthly", "revenuecat")
    known = stage.parts.player.library.scenario

    def broken(key):
        if key == "consumable":
            raise ConflictError("This file is broken.")
        return known(key)

    monkeypatch.setattr(stage.parts.player.library, "scenario", broken)
    assert len(stage.tenant.history()) == 4


def test_choice_is_kept(stage):
    run = stage.parts.player.prepare(stage.tenant, "monthly")
    assert run.as_dict()["scenario"] == "monthly"
    assert run.tellings[-1].message.at - run.tellings[0].message.at >= timedelta(days=90)
