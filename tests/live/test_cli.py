"""`mockserver subscribers` and `mockserver clock advance`, as somebody at a terminal uses them."""

import orjson
import pytest

from mockserver.cli import main


@pytest.fixture
def ask(mockserver, capsys):
    """Runs a command against the server of this test; its exit code and what it printed."""

    def run(*args):
        with pytest.raises(SystemExit) as end:
            main([*args, "--server", mockserver.url, "--tenant", mockserver.tenant], "mockserver")
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return run


def test_new_subscriber_is_shown(ask):
    code, out, _ = ask("subscribers", "new", "--trial", "P7D", "--customer-id", "u-1")
    assert code == 0
    assert "subscriber-1  u-1" in out
    assert "starts trial" in out
    assert "next: store.converts_trial" in out


def test_everybody_is_listed(ask):
    ask("subscribers", "new", "--customer-id", "u-1")
    ask("subscribers", "new", "--store", "play_store", "--product", "pro.monthly", "--sandbox")
    _, out, _ = ask("subscribers")
    assert "u-1" in out
    assert "pro.monthly" in out


def test_clock_lets_them_live(ask):
    ask("subscribers", "new", "--trial", "P7D", "--customer-id", "u-1")
    ask("clock", "advance", "7d")
    code, out, _ = ask("subscribers", "show", "u-1", "--json")
    assert (code, orjson.loads(out)["state"]) == (0, "active")


def test_act_takes_words(ask):
    ask("subscribers", "new", "--customer-id", "u-1")
    _, out, _ = ask("subscribers", "act", "u-1", "extends", "days=3", "--json")
    assert orjson.loads(out)["history"][-1]["step"] == "developer extends by 3 days"


def test_act_takes_truth_and_objects(ask):
    ask("subscribers", "new", "--store", "play_store", "--customer-id", "u-1")
    code, out, _ = ask("subscribers", "act", "u-1", "store.refunds", "revoking=false", "--json")
    assert (code, orjson.loads(out)["state"]) == (0, "active")


def test_impossible_act_is_one_sentence(ask):
    ask("subscribers", "new", "--customer-id", "u-1")
    code, _, err = ask("subscribers", "act", "u-1", "turns_renewal_on")
    assert code == 2
    assert "cannot happen: premium.monthly is active" in err
    assert err.count("\n") == 1


def test_broken_word_is_usage(ask):
    code, _, err = ask("subscribers", "act", "u-1", "extends", "days")
    assert (code, "'days' is no word" in err) == (2, True)


def test_verbs_are_explained(ask):
    _, out, _ = ask("subscribers", "verbs")
    assert "user.turns_renewal_off" in out
    assert "Cancel: access stays until the period ends." in out


def test_list_is_json_for_programs(ask):
    ask("subscribers", "new", "--waiting")
    _, out, _ = ask("subscribers", "--json")
    assert orjson.loads(out)["subscribers"][0]["state"] == "none"
