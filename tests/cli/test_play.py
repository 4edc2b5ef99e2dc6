"""`mockserver play`: what was told, what came of it, one verdict and its exit code."""

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest


@pytest.fixture
def hook():
    """A staging app's webhook: its address, and what came there."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", seen
    server.shutdown()
    server.server_close()


def test_own_server_plays_and_judges(run):
    outcome = run("play", "trial-converts", "--vendor", "revenuecat", "--channel", "mparticle")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "7-day trial converts, then renews three times (trial-converts, seed 0)"
    assert lines[2].startswith("2026-01-15 10:00:00  starts trial  (user-")
    assert re.fullmatch(r"    revenuecat → mparticle  trial_started +delivered 202", lines[3])


def test_json_is_the_run(run):
    played = run("play", "trial-converts", "--vendor", "revenuecat", "--channel", "mparticle", "--json").json
    assert (played["scenario"], played["state"], played["verdict"]["holds"]) == ("trial-converts", "played", True)
    assert len(played["timeline"]) == 5


def test_several_are_played_in_turn(run):
    played = run("play", "monthly", "weekly", "--vendor", "revenuecat", "--channel", "mparticle", "--json").json
    assert [one["scenario"] for one in played] == ["monthly", "weekly"]


def test_webhooks_reach_their_target(run, hook):
    url, seen = hook
    outcome = run("play", "trial-converts", "--vendor", "revenuecat", "--target", f"revenuecat.webhook={url}")
    assert outcome.code == 0
    assert [path for path, _ in seen] == ["/hook"] * 5


def test_unreachable_target_does_not_hold(run):
    outcome = run(
        *("play", "monthly", "--vendor", "nami", "--channel", "webhook"),
        *("--target", "nami.webhook=http://127.0.0.1:9/hook"),
    )
    assert outcome.code == 1
    assert "given up (28 attempts)" in outcome.out


def test_server_elsewhere_plays(ask, mockserver):
    outcome = ask("play", "trial-converts", "--vendor", "revenuecat", "--channel", "mparticle", "--seed", "3")
    assert outcome.code == 0
    assert [event.name for event in mockserver.events(vendor="mparticle")][:2] == ["trial_started", "trial_converted"]


def test_story_played_again_is_as_expected(ask, mockserver):
    for seed in range(2):
        outcome = ask("play", "trial-converts")
        assert outcome.code == 0, outcome.out
        assert f"(trial-converts, seed {seed})" in outcome.out


def test_pace_takes_its_time(run):
    outcome = run("play", "trial-cancelled", "--vendor", "revenuecat", "--channel", "mparticle", "--pace", "0.01")
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["trial-convert"], "There is no scenario 'trial-convert'; did you mean 'trial-converts'?\n"),
        (["monthly", "--pace", "slow"], "'slow' is no pace; instant is, or seconds for a day of the story.\n"),
        (["monthly", "--pace", "-1"], "'-1' is no pace; instant is, or seconds for a day of the story.\n"),
        (["monthly", "--target", "x"], "'x' is no target; VENDOR.CHANNEL=URL is.\n"),
        ([], "Missing argument 'KEY...'.\n"),
    ],
)
def test_mistakes_are_usage(run, args, sentence):
    outcome = run("play", *args)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", sentence)


def test_real_hosts_are_never_played_to(run):
    outcome = run("play", "monthly", "--target", "adapty.webhook=https://api.adapty.io/x")
    assert outcome.code == 2
    assert "a mock never sends there" in outcome.err
