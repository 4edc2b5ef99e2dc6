"""Runs over HTTP: a timeline, one verdict, and what came of messages that were lost on the way."""

import pytest

from mockserver.app import create_app, parts_of
from mockserver.delivery.playback import Pace, Player

KEY = "trial-converts"
MESSAGES = 5  # of one channel


def play(api, **more):
    return api.post("/runs", {"scenario": KEY, **more})


def test_run_has_timeline_and_verdict(api):
    run = play(api, seed=4)
    assert (run["scenario"], run["seed"], run["store"], run["state"]) == (KEY, 4, "app_store", "played")
    assert [row["event"] for row in run["timeline"] if row["channel"] == "hub"][:2] == [
        "trial_started",
        "trial_converted",
    ]
    assert run["verdict"]["holds"]
    assert run["verdict"]["text"].endswith(f"As expected: {2 * MESSAGES} of {2 * MESSAGES} arrived.")


def test_timeline_begins_as_scenarios_show(api):
    """A row of a run is the row of `scenarios show`, and what came of it."""
    told = api.get(f"/scenarios/{KEY}?channel=hub")["messages"]
    rows = play(api, channels=["hub"])["timeline"]
    assert [{name: row[name] for name in told[0]} for row in rows] == told
    assert {(row["outcome"], row["status"], row["attempts"]) for row in rows} == {("delivered", 202, 1)}


def test_rows_lead_to_their_entries(api):
    row = play(api, channels=["hub"])["timeline"][0]
    entry = api.get(f"/entries/{row['entry']}")
    assert (entry["direction"], entry["details"]["event"]) == ("out", "trial_started")


def test_told_to_nobody_is_told(api):
    run = play(api, channels=["webhook"])
    assert {row["outcome"] for row in run["timeline"]} == {"no target"}
    assert run["verdict"]["holds"]


def test_lost_messages_are_missing(api):
    api.put("/faults/hub/events", {"status": 500, "times": 2})
    verdict = play(api, channels=["hub"])["verdict"]
    assert not verdict["holds"]
    assert (verdict["counts"]["missing"], verdict["counts"]["arrived"]) == (2, MESSAGES - 2)
    assert "missing" in verdict["text"].splitlines()[0]
    assert "trial_started" in verdict["text"].splitlines()[0]


def test_lost_answer_is_retried_and_doubled(api):
    """The work was done, the answer lost: who sends once more is heard twice."""
    url = f"{api.parts.settings.url}/hub/events"
    key = api.get("/tenants/default")["vendors"]["hub"]["credentials"]["key"]
    api.put("/targets/acme/webhook", {"url": url, "credentials": {"key": key}})
    api.put("/faults/hub/events", {"status": 500, "times": 1, "after": True})
    run = play(api, channels=["webhook"])
    assert (run["timeline"][0]["attempts"], run["timeline"][0]["outcome"]) == (2, "delivered")
    assert run["verdict"]["holds"]
    assert api.get("/events?direction=in&event=trial_started")["total"] == 2


def test_given_up_message_is_missing(api):
    api.put("/targets/acme/webhook", {"url": f"{api.parts.settings.url}/hub/events"})
    run = play(api, channels=["webhook"])
    assert {(row["outcome"], row["status"], row["attempts"]) for row in run["timeline"]} == {("given up", 401, 3)}
    assert run["verdict"]["counts"]["missing"] == MESSAGES


def test_strange_message_is_extra(api):
    run = play(api, channels=["hub"])
    key = api.get("/tenants/default")["vendors"]["hub"]["inputs"]["acme-ios"]["key"]
    api.send("made_up", key=key)
    verdict = api.get(f"/runs/{run['id']}/verdict")
    assert [event["event"] for event in verdict["extra"]] == ["made_up"]
    assert not verdict["holds"]


def test_apps_own_events_are_not_extra(api):
    run = play(api, channels=["hub"])
    api.send("made_up")
    assert api.get(f"/runs/{run['id']}/verdict")["holds"]


def test_next_run_does_not_touch_the_last(api):
    first = play(api, channels=["hub"])
    second = play(api, channels=["hub"], seed=1)
    for run in (first, second):
        assert api.get(f"/runs/{run['id']}")["verdict"] == run["verdict"]
    assert api.get("/runs/latest")["id"] == second["id"]


def test_runs_are_listed_newest_first(api):
    ids = [play(api, channels=["hub"], seed=seed)["id"] for seed in range(3)]
    assert [run["id"] for run in api.get("/runs")["runs"]] == ids[::-1]


def test_seed_is_the_first_not_played_yet(api):
    assert [play(api, **given)["seed"] for given in ({}, {"seed": 1}, {}, {"seed": None})] == [0, 1, 2, 3]


def test_seed_is_fresh_for_each_scenario(api):
    play(api)
    assert api.post("/runs", {"scenario": "monthly"})["seed"] == 0


def test_given_seed_is_kept(api):
    assert [play(api, seed=0)["seed"] for _ in range(2)] == [0, 0]


def test_cleared_journal_knows_no_seed(api):
    play(api)
    api.delete("/entries")
    assert play(api)["seed"] == 0


def test_runs_survive_a_restart(api, settings):
    run = play(api)
    again = create_app(settings)
    found = again.test_client().get(f"/_mock/api/v1/runs/{run['id']}").json
    parts_of(again).close()
    assert found == run


def test_changed_settings_do_not_change_the_past(api, monkeypatch):
    run = play(api)
    monkeypatch.setattr(Player, "prepare", None)
    assert api.get(f"/runs/{run['id']}") == run


def test_run_can_be_followed(api, monkeypatch):
    """Played beside the request: rows get their outcome one by one."""
    seen = []

    def seconds(self, gap):
        seen.append(api.get("/runs/latest"))
        return 0.0

    monkeypatch.setattr(Pace, "seconds", seconds)
    run = play(api, channels=["hub"], wait=True)
    assert {one["state"] for one in seen} == {"playing"}
    told = [sum(row["outcome"] is not None for row in one["timeline"]) for one in seen]
    assert told == list(range(MESSAGES))
    assert all(len(one["timeline"]) == MESSAGES and one["verdict"]["holds"] for one in seen)
    assert run["state"] == "played"


def test_run_without_waiting_is_played(api):
    run = play(api, channels=["hub"], wait=False)
    answer = api.get(f"/entries?run={run['id']}&order=oldest&within=10&after=0")
    assert answer["entries"]
    for thread in _threads(run["id"]):
        thread.join(10)
    assert api.get(f"/runs/{run['id']}")["state"] == "played"


def test_one_run_at_a_time(api, monkeypatch):
    found = []

    def seconds(self, gap):
        found.append(api.problem("POST", "/runs", {"scenario": KEY}))
        return 0.0

    monkeypatch.setattr(Pace, "seconds", seconds)
    play(api, channels=["hub"])
    assert found[0]["status"] == 409
    assert "is still being played in tenant default" in found[0]["detail"]


def test_broken_off_run_has_failed(api, monkeypatch, caplog):
    def broken(self, gap):
        raise RuntimeError("out of paper")

    monkeypatch.setattr(Pace, "seconds", broken)
    assert api.call("POST", "/runs", {"scenario": KEY, "channels": ["hub"]}).status_code == 500
    monkeypatch.undo()
    run = api.get("/runs/latest")
    assert (run["state"], run["error"]) == ("failed", "A bug of ours; the server's log has it.")
    assert {row["outcome"] for row in run["timeline"]} == {None}
    assert run["verdict"]["counts"]["missing"] == MESSAGES
    assert play(api, channels=["hub"])["state"] == "played"


def test_stopped_server_leaves_a_failed_run(api):
    """Nothing noted the end: whoever reads the log later knows that it never came."""
    tenant = api.parts.tenants.get("default")
    api.parts.player.play(tenant, api.parts.player.prepare(tenant, KEY))
    run = api.get("/runs/latest")
    assert (run["state"], run["error"]) == ("failed", "The server stopped before the run ended.")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "scenario"),
        ({"scenario": KEY, "pace": "slow"}, "pace"),
        ({"scenario": KEY, "pace": -1}, "pace"),
        ({"scenario": KEY, "pace": True}, "pace"),
        ({"scenario": KEY, "seed": 1.5}, "seed"),
        ({"scenario": KEY, "seed": 2**63}, "seed"),
        ({"scenario": KEY, "vendors": "acme"}, "vendors"),
        ({"scenario": KEY, "vendor": ["acme"]}, "vendor"),
    ],
)
def test_wrong_orders_are_refused(api, body, field):
    assert list(api.problem("POST", "/runs", body)["errors"]) == [field]


def test_unknown_names_are_not_found(api):
    assert api.problem("POST", "/runs", {"scenario": "nope"})["status"] == 404
    assert api.problem("POST", "/runs", {"scenario": KEY, "vendors": ["acne"]})["status"] == 404
    assert api.problem("GET", "/runs/nope")["status"] == 404
    assert api.problem("GET", "/runs/latest/verdict")["status"] == 404


def _threads(run):
    from threading import enumerate as running

    return [thread for thread in running() if thread.name == f"run-{run}"]
