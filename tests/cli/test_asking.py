"""Commands that ask a server: tables for people, JSON for programs, exit codes for both."""

import orjson
import pytest
import requests

from mockserver.vendors import discover


@pytest.fixture
def send(mockserver, batch):
    """Posts a batch to the test's mock."""
    keys = mockserver.mparticle.credentials

    def post(event="trial_converted", **words):
        url = f"{mockserver.mparticle.url}/v2/events"
        return requests.post(url, json=batch(event, **words), auth=(keys["key"], keys["secret"]), timeout=5).status_code

    return post


def test_tenants_are_listed(ask, mockserver):
    assert mockserver.tenant in [one["name"] for one in ask("tenants", "--json").json["tenants"]]
    assert mockserver.tenant in ask("tenants").out


def test_tenant_is_shown(ask, mockserver):
    shown = ask("tenants", "show", "--json").json
    assert shown["vendors"]["mparticle"]["credentials"] == dict(mockserver.mparticle.credentials)
    table = ask("tenants", "show", mockserver.tenant).out
    assert f"key={mockserver.mparticle.credentials['key']}" in table
    assert "revenuecat-ios" in table


def test_tenant_is_made_and_deleted(ask, mockserver):
    name = f"{mockserver.tenant}-more"
    assert ask("tenants", "new", name, "--json").json["name"] == name
    assert ask("tenants", "delete", name).code == 0
    outcome = ask("tenants", "show", name)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_clock_is_turned(ask):
    assert ask("clock", "set", "2026-01-15T10:00:00Z", "--frozen").code == 0
    assert ask("clock", "advance", "1mo", "2d", "--json").json["now"] == "2026-02-17T10:00:00.000Z"
    assert ask("clock", "advance", "-12h").out == "2026-02-16T22:00:00.000Z  stands still\n"
    assert ask("clock", "show", "--json").json["frozen"]
    assert ask("clock", "reset").out.endswith("  runs\n")
    assert ask("clock").out.endswith("  runs\n")


def test_clock_that_is_off_says_so(ask):
    ask("clock", "advance", "1d")
    assert "s from real time" in ask("clock").out


@pytest.mark.parametrize("amount", ["7", "7x", "d", "1.5.2d"])
def test_odd_lengths_are_refused(ask, amount):
    outcome = ask("clock", "advance", amount)
    assert (outcome.code, outcome.err) == (2, f"{amount!r} is no length of time; 7d, 1mo, 36h, 90s or 1y is.\n")


def test_faults_are_ordered_and_cleared(ask, send):
    ordered = ask("faults", "order", "mparticle", "events", "--status", "429", "--times", "1", "--json").json["faults"]
    assert [(fault["operation"], fault["status"], fault["times"]) for fault in ordered] == [("events", 429, 1)]
    assert send() == 429
    assert send() == 202
    ask("faults", "order", "mparticle", "--status", "503", "--delay", "0.01", "--retry-after", "2", "--after")
    row = ask("faults").out.splitlines()[1]
    assert row.split("  ")[0] == "mparticle"
    assert "503, after 0.01 s, Retry-After: 2, work done, answer lost" in row
    assert ask("faults", "clear").code == 0
    assert ask("faults").out == "No faults stand.\n"


def test_unknown_operation_names_the_nearest(ask):
    outcome = ask("faults", "order", "mparticle", "event", "--status", "503")
    assert outcome.code == 2
    assert "events" in outcome.err


def test_journal_is_searched(ask, send):
    send("first")
    send("second", customer_id="u-2")
    found = ask("journal", "list", "event:second", "--json").json
    assert [entry["events"] for entry in found["entries"]] == [["second"]]
    assert ask("journal", "event:second", "--json").json == found
    table = ask("journal").out.splitlines()
    assert table[0].split()[:2] == ["#", "received"]
    assert "POST /mparticle/v2/events" in table[1]
    assert "first" in table[1]
    assert "customer_id=u-2" in table[2]


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("custmer_id:py-1", "Nothing found. Did you mean customer_id:?\n"),
        ("event:trial evt:trial_converted", "Nothing found. Did you mean event:?\n"),
        ("customer_id:u-9", "Nothing found.\n"),
        ("colour:blue", "Nothing found.\n"),
    ],
)
def test_search_that_finds_nothing_says_so(ask, send, search, said):
    send()
    assert ask("journal", "list", *search.split()).out == said
    assert ask("journal", "list", *search.split(), "--json").json == {"entries": [], "next": None, "total": 0}


def test_empty_journal_says_so(ask):
    assert ask("journal", "list").out == "The journal is empty.\n"


def test_journal_says_what_it_leaves_out(ask, send):
    send("first")
    send("second")
    out = ask("journal", "--limit", "1").out
    assert "second" in out
    assert "2 in all; --limit shows more." in out


def test_entry_is_shown_whole(ask, send):
    send("first", price=9.99)
    shown = ask("journal", "show", "--json").json
    assert shown["body"]["events"][0]["data"]["custom_attributes"] == {"price": 9.99}
    text = ask("journal", "show", shown["id"]).out
    assert text.startswith("POST /mparticle/v2/events  202  accepted\n")
    assert "authorization: Basic ***" in text
    assert "  first  (custom_event)" in text


def test_outgoing_message_is_shown_with_its_whole_address(ask, tmp_path):
    sent = {"direction": "out", "vendor": "adapty", "method": "POST", "path": "http://127.0.0.1:1/hook"}
    (tmp_path / "sent.jsonl").write_bytes(orjson.dumps(sent))
    ask("journal", "import", tmp_path / "sent.jsonl")
    text = ask("journal", "show").out
    assert text.startswith("adapty → POST http://127.0.0.1:1/hook  no answer  ")
    assert "\nNo answer came\n" in text


def test_findings_are_shown(ask, mockserver, send):
    send("x" * 300)
    assert "  warning  " in ask("journal", "show").out or "  error  " in ask("journal", "show").out


def test_journal_leaves_and_comes_back(ask, send, tmp_path):
    send("first")
    send("second")
    assert ask("journal", "export", "--output", tmp_path / "kept.jsonl").code == 0
    assert len((tmp_path / "kept.jsonl").read_bytes().splitlines()) == 2
    assert ask("journal", "clear").out == "The journal is empty.\n"
    assert ask("journal", "--json").json["entries"] == []
    assert ask("journal", "import", tmp_path / "kept.jsonl").out == "2 entries are in the journal now.\n"
    found = ask("journal", "--json").json["entries"]
    assert [entry["events"] for entry in found] == [["second"], ["first"]]


def test_export_goes_to_standard_output(ask, send):
    send("first")
    assert orjson.loads(ask("journal", "export").out)["path"] == "/v2/events"


def test_following_prints_what_comes(ask, mockserver, send, monkeypatch):
    pages = []
    page = mockserver.page

    def once(client, search="", **options):
        if options.get("within"):
            if pages:
                raise KeyboardInterrupt
            pages.append(search)
            send("while_following")
        return page(search, **options)

    monkeypatch.setattr("mockserver.client.Client.page", once)
    outcome = ask("journal", "follow")
    assert outcome.code == 0
    assert "while_following" in outcome.out


def test_wrong_search_is_one_sentence(ask):
    outcome = ask("journal", "evnt:x")
    assert (outcome.code, outcome.err) == (2, "There is no word 'evnt'. Did you mean 'event'?\n")


@pytest.fixture
def expects(tmp_path):
    """Writes a file of expectations."""

    def write(content, name="expected.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else orjson.dumps(content).decode(), "utf-8")
        return path

    return write


def test_expectation_that_holds(ask, send, expects):
    send()
    outcome = ask("verify", expects({"expect": [{"event": "trial_converted", "customer_id": "u-1", "count": 1}]}))
    assert outcome.code == 0
    assert outcome.out.startswith("Holds: exactly 1, found 1")


def test_expectation_that_does_not_hold(ask, send, expects):
    send(customer_id="u-2")
    outcome = ask("verify", expects({"expect": [{"event": "trial_converted", "customer_id": "u-1"}]}))
    assert (outcome.code, outcome.err) == (1, "")
    assert "customer_id: wanted 'u-1', got 'u-2'" in outcome.out


def test_expectations_may_be_a_list_or_toml(ask, send, expects):
    send()
    assert ask("verify", expects([{"event": "trial_converted"}])).code == 0
    toml = expects('[[expect]]\nevent = "trial_converted"\n', "expected.toml")
    assert ask("verify", toml, "--json").json["holds"] is True


@pytest.mark.parametrize("within", ["100ms", "0.1s", "0.1"])
def test_waiting_has_an_end(ask, expects, within):
    assert ask("verify", expects([{"event": "never"}]), "--within", within).code == 1


def test_staying_is_watched(ask, expects):
    assert ask("verify", expects([{"event": "never", "count": 0}]), "--stays", "50ms").code == 0


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("{", "broken.json", "is not JSON"),
        ("=", "broken.toml", "is not TOML"),
        ("5", "number.json", "has neither an object nor a list"),
        ('[{"evnt": "x"}]', "wrong.json", "event"),
    ],
)
def test_broken_expectations_are_usage(ask, expects, content, name, sentence):
    outcome = ask("verify", expects(content, name))
    assert (outcome.code, outcome.out) == (2, "")
    assert sentence in outcome.err


def test_missing_expectations_are_usage(ask):
    outcome = ask("verify", "nowhere.json")
    assert (outcome.code, outcome.err) == (2, "nowhere.json cannot be read: No such file or directory.\n")


def test_odd_time_is_usage(ask, expects):
    outcome = ask("verify", expects([]), "--within", "soon")
    assert (outcome.code, "'soon' is no length of time" in outcome.err) == (2, True)


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_vendor_is_described(run, name):
    found = run("vendors", name)
    assert (found.code, found.err) == (0, "")
    assert "setting" in found.out or not discover()[name].settings


def test_refused_sender_is_pointed_at(ask, mockserver):
    requests.post(f"{mockserver.mparticle.url}/v2/events", json={}, auth=("stranger", "x"), timeout=5)
    assert "with refused credentials, or for no vendor: --tenant nobody" in ask("journal", "list").out
    with pytest.raises(AssertionError, match="came with credentials of no tenant"):
        mockserver.mparticle.wait_for("anything")


def test_own_scenarios_are_the_servers_business(run, tmp_path):
    found = run("play", "monthly", "--server", "http://127.0.0.1:1", "--scenarios", tmp_path)
    assert found.code == 2
    assert "start it with --scenarios" in found.err


def test_vendors_need_no_server(run):
    found = run("vendors", "--json").json["vendors"]
    assert "mparticle" in [one["name"] for one in found]
    assert run("vendors").out.splitlines()[0].split()[:2] == ["name", "vendor"]


def test_vendor_is_shown_with_what_is_imitated(run):
    one = run("vendors", "adapty", "--json").json
    assert {"operations", "channels", "settings", "imitated", "not_imitated", "hosts"} <= set(one)
    text = run("vendors", "adapty").out
    assert text.startswith("Adapty (adapty), instead of api.adapty.io\n")
    assert "Not imitated:" in text
    assert "/adapty/api/v2/server-side-api/profile/" in text


def test_settings_are_shown_changed_and_reset(ask):
    assert ask("settings", "set", "mparticle", "strategy=profile_link").code == 0
    assert ask("settings", "show", "mparticle", "--json").json["strategy"] == "profile_link"
    assert '"profile_link"' in ask("settings", "show", "mparticle").out
    assert ask("settings", "reset", "mparticle").code == 0
    assert ask("settings", "show", "mparticle", "--json").json["strategy"] == "profile_conversion"


def test_settings_say_what_is_wanted(ask):
    rows = dict(line.split(maxsplit=1) for line in ask("settings", "show", "mparticle").out.splitlines())
    wanted = discover()["mparticle"].wanted["strategy"].text
    assert rows["setting"].split() == ["value", "wanted"]
    assert rows["strategy"].split(maxsplit=1)[1].strip() == wanted


def test_value_of_a_setting_is_json_or_text(ask):
    changed = ask("settings", "set", "revenuecat", "sales=net", "sandbox_offsets=true", "--json")
    assert (changed.code, changed.err.count("\n")) == (2, 1)  # there are no such switches, and the nearest is named
    assert ask("settings", "set", "mparticle", "strategy=7").code == 2


@pytest.mark.parametrize("switch", ["strategy", "=x"])
def test_setting_without_value_is_said(ask, switch):
    outcome = ask("settings", "set", "mparticle", switch)
    assert (outcome.code, "is no NAME=VALUE" in outcome.err) == (2, True)


def test_targets_are_set_and_cleared(ask):
    assert ask("targets").out.startswith("No targets are set")
    url = "http://127.0.0.1:1/hook"
    shown = ask("targets", "set", "adapty", "webhook", url, "--header", "X-From: mock", "--json").json["targets"]
    assert [(one["vendor"], one["channel"], one["url"]) for one in shown] == [("adapty", "webhook", url)]
    assert shown[0]["headers"] == {"X-From": "***"}  # it may be a secret
    assert url in ask("targets").out
    assert ask("targets", "clear", "adapty", "webhook").code == 0
    assert ask("targets", "--json").json == {"targets": []}


def test_target_of_the_world_is_refused(ask):
    outcome = ask("targets", "set", "adapty", "webhook", "https://api.adapty.io/hook")
    assert (outcome.code, "a mock never sends there" in outcome.err) == (2, True)


def test_header_without_value_is_said(ask):
    outcome = ask("targets", "set", "adapty", "webhook", "http://127.0.0.1:1/", "--header", "nothing")
    assert (outcome.code, "is no NAME:VALUE" in outcome.err) == (2, True)
