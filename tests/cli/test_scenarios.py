"""`mockserver scenarios`: the form that is relied on from outside, with no server and little loaded."""

import re
import subprocess
import sys

import orjson
import pytest

ROW = ["at", "step", "vendor", "channel", "event", "amount", "currency", "subject"]


def test_list_has_every_key(run):
    found = run("scenarios", "list", "--json").json["scenarios"]
    assert {
        "key": "trial-converts",
        "title": "7-day trial converts, then renews three times",
        "store": "app_store",
    } in found
    assert [one["key"] for one in found] == sorted(one["key"] for one in found)


def test_list_is_the_usual(run):
    assert run("scenarios").out == run("scenarios", "list").out
    assert run("scenarios", "--json").json == run("scenarios", "list", "--json").json


def test_show_has_the_form_relied_on(run):
    shown = run("scenarios", "show", "trial-converts", "--json").json
    assert list(shown) == ["key", "title", "store", "seed", "messages"]
    assert (shown["key"], shown["store"], shown["seed"]) == ("trial-converts", "app_store", 0)
    assert all(list(row)[: len(ROW)] == ROW for row in shown["messages"])
    assert shown["messages"] == sorted(shown["messages"], key=lambda row: row["at"])


def test_show_is_the_same_again(run):
    first, second = (run("scenarios", "show", "refund-renewal", "--json", "--payloads").out for _ in range(2))
    assert first == second


def test_seed_changes_the_people(run):
    first, second = (run("scenarios", "show", "monthly", "--json", "--seed", seed).json for seed in (0, 1))
    assert second["seed"] == 1
    assert {row["subject"] for row in first["messages"]}.isdisjoint(row["subject"] for row in second["messages"])


def test_vendor_and_channel_narrow(run):
    rows = run("scenarios", "show", "trial-converts", "--json", "--vendor", "revenuecat", "--channel", "mparticle").json
    assert {(row["vendor"], row["channel"]) for row in rows["messages"]} == {("revenuecat", "mparticle")}
    assert [row["event"] for row in rows["messages"]] == [
        "trial_started",
        "trial_converted",
        "renewal",
        "renewal",
        "renewal",
    ]
    assert [row["amount"] for row in rows["messages"]] == [None, 9.99, 9.99, 9.99, 9.99]


def test_payloads_are_the_requests(run):
    rows = run("scenarios", "show", "trial-converts", "--json", "--payloads", "--vendor", "revenuecat").json["messages"]
    assert all(set(row["request"]) == {"method", "path", "headers", "body"} for row in rows)
    assert {row["request"]["path"] for row in rows if row["channel"] == "mparticle"} == {"/v2/events"}


@pytest.mark.parametrize("option", ["--vendor", "--channel"])
def test_unknown_speakers_are_refused(run, option):
    outcome = run("scenarios", "show", "monthly", "--json", option, "revenuecta")
    assert (outcome.code, outcome.out) == (2, "")
    assert "revenuecta" in outcome.err


def test_show_without_json_is_a_timeline(run):
    lines = run("scenarios", "show", "trial-converts", "--vendor", "revenuecat").out.splitlines()
    assert lines[0] == "7-day trial converts, then renews three times (trial-converts, app_store, seed 0)"
    assert re.fullmatch(r"2026-01-15 10:00:00  starts trial  \(user-\w+\)", lines[2])
    assert lines[3] == "    revenuecat → mparticle  trial_started"
    assert lines[6] == "    revenuecat → mparticle  trial_converted   9.99 USD"


def test_own_folder_wins(run, tmp_path):
    own = tmp_path / "mine"
    own.mkdir()
    (own / "monthly.py").write_text(
        '"""Ours."""\nfrom mockserver.lifecycle import Scenario, day, user\n'
        "from mockserver.lifecycle.catalogue import MONTHLY\n"
        "SCENARIO = Scenario(product=MONTHLY, timeline=[day(0, user.buys())])\n",
        "utf-8",
    )
    assert run("scenarios", "show", "monthly", "--json", "--scenarios", own).json["title"] == "Ours"


def test_broken_file_names_its_line(run, tmp_path):
    (tmp_path / "broken.py").write_text('"""Broken."""\n\nfrom nowhere import nothing\n', "utf-8")
    outcome = run("scenarios", "show", "broken", "--scenarios", tmp_path)
    assert outcome.code == 2
    assert f"{tmp_path / 'broken.py'}:3: " in outcome.err


def test_broken_file_does_not_hide_others(run, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n", "utf-8")
    found = {one["key"]: one for one in run("scenarios", "--json", "--scenarios", tmp_path).json["scenarios"]}
    assert "ZeroDivisionError" in found["broken"]["title"]
    assert "monthly" in found


def test_new_file_can_be_played_at_once(run, tmp_path):
    outcome = run("scenarios", "new", "my-story")
    assert (outcome.code, (tmp_path / "scenarios" / "my_story.py").exists()) == (0, True)
    shown = run("scenarios", "show", "my-story", "--json", "--scenarios", tmp_path / "scenarios").json
    assert shown["title"] == "My story: a trial converts, renews once, then is refunded"
    assert [
        row["event"] for row in shown["messages"] if row["channel"] == "mparticle" and row["vendor"] == "revenuecat"
    ] == [
        "trial_started",
        "trial_converted",
        "renewal",
        "refund",
        "expiration",
    ]


def test_new_goes_into_the_folder_named(run, tmp_path):
    assert run("scenarios", "new", "here", "--scenarios", tmp_path / "mine").code == 0
    assert (tmp_path / "mine" / "here.py").exists()


def test_new_overwrites_nothing(run):
    run("scenarios", "new", "my-story")
    outcome = run("scenarios", "new", "my-story")
    assert (outcome.code, outcome.err) == (2, "scenarios/my_story.py exists already.\n")


@pytest.mark.parametrize("key", ["My-Story", "../x", "-x", "a--b", "a b", ""])
def test_odd_keys_are_refused(run, key):
    outcome = run("scenarios", "new", "--", key)
    assert outcome.code == 2
    assert "A scenario's key has a-z" in outcome.err


def test_show_loads_no_server():
    """It is asked often, by scripts: neither the web framework nor a database is loaded for it."""
    code = (
        "import sys; from mockserver.cli import main\n"
        "try: main(['scenarios', 'show', 'trial-converts', '--json'])\n"
        "except SystemExit: pass\n"
        "heavy = {'flask', 'sqlalchemy', 'requests', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert orjson.loads(done.stdout)["key"] == "trial-converts"
