"""The pages: complete without a script, escaped, and every form does what the control API does."""

import json
import re
from html import unescape

import pytest

from mockserver.app import parts_of

SCENARIO = "trial-converts"
MARKUP = "<img src=x onerror=alert(1)>"


def text_of(page):
    return " ".join(unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)).split())


def test_root_leads_to_the_page(client):
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (302, "/_mock/")


def test_page_shows_what_to_paste(app, client):
    text = text_of(client.get("/_mock/"))
    for name, vendor in parts_of(app).vendors.items():
        assert f"{vendor.title} http://localhost/{name}" in text
        assert all(value in text for value in parts_of(app).tenants.get("default").credentials(name).values())


def test_page_lists_every_scenario(app, client):
    page = client.get("/_mock/").text
    assert all(f'value="{key}"' in page for key in parts_of(app).player.library.paths())


def test_empty_journal_says_what_to_do(client):
    assert "Nothing yet. Point an app at one of the addresses above" in text_of(client.get("/_mock/"))


def test_played_scenario_has_its_page(play):
    text = text_of(play(SCENARIO))
    assert "It holds." in text
    assert "starts trial" in text
    assert "delivered 202" in text


def test_run_is_listed_with_its_verdict(client, play):
    play(SCENARIO, seed="7")
    assert re.search(r"Runs .* three times \w{12} 7 it holds", text_of(client.get("/_mock/")))


def test_empty_seed_is_a_fresh_one(client, play):
    for _ in range(2):
        play(SCENARIO, seed="")
    assert re.search(r"three times \w{12} 1 it holds .* three times \w{12} 0 it holds", text_of(client.get("/_mock/")))


def test_run_that_did_not_hold_is_listed_so(client, play, refused):
    play(SCENARIO, seed="7")
    text = text_of(client.get("/_mock/"))
    assert re.search(r"Runs .* three times \w{12} 7 it does not hold", text)


def test_verdict_in_the_list_is_that_of_the_page(client, play, monkeypatch):
    """What was found of the latest run stands for a while, and is asked again then."""
    monkeypatch.setattr("mockserver.ui.verdicts._FRESH", 0.0)
    play(SCENARIO)
    assert "it holds" in text_of(client.get("/_mock/"))
    feed = client.get("/_mock/api/v1/entries?q=direction:in").json["entries"][0]["id"]
    whole = client.get(f"/_mock/api/v1/entries/{feed}").json
    line = {name: whole[name] for name in ("vendor", "operation", "input", "method", "path", "status", "body")}
    line["body"]["events"][0]["data"]["custom_attributes"] = {}
    assert client.post("/_mock/api/v1/entries.jsonl", data=json.dumps(line)).json["imported"] == 1
    assert "It does not hold." in text_of(client.get("/_mock/runs/latest"))
    assert "it does not hold" in text_of(client.get("/_mock/"))


def test_older_runs_are_judged_on_their_pages(client, play, monkeypatch):
    monkeypatch.setattr("mockserver.ui.verdicts._JUDGED", 1)
    play(SCENARIO, seed="7")
    play(SCENARIO, seed="8")
    assert re.search(r"8 it holds .* 7 played Clock", text_of(client.get("/_mock/")))


def test_numbers_in_a_verdict_lead_to_their_entries(client, play):
    page = play(SCENARIO)
    number, link = re.search(r'<a href="(/_mock/entries/(\d+))">#\2</a>', page.text).group(2, 1)
    assert f"Entry #{number} " in text_of(client.get(link))


def test_numbers_keep_the_tenant(client):
    client.post("/_mock/api/v1/tenants", json={"name": "mine"})
    answer = client.post("/_mock/play", data={"scenario": SCENARIO, "tenant": "mine"})
    assert re.search(r'<a href="/_mock/entries/\d+\?tenant=mine">#', client.get(answer.location).text)


@pytest.mark.parametrize("path", ["/_mock/entries/latest", "/_mock/runs/latest"])
def test_every_page_leads_back_to_the_lists(client, play, path):
    play(SCENARIO)
    page = client.get(path).text
    assert 'href="/_mock/#journal"' in page
    assert 'href="/_mock/#runs"' in page


def test_entries_link_to_their_pages(client, play):
    play(SCENARIO)
    page = client.get("/_mock/").text
    links = re.findall(r'href="(/_mock/entries/\w+)"', page)
    assert len(links) > 10
    assert all(client.get(link).status_code == 200 for link in links[:5])


def test_entry_page_has_everything(client, vendor):
    client.post(f"/{vendor}/nowhere", json={"price": 12345678901234567890, "who": "Zoë"}, headers={"X-Odd": "yes"})
    latest = client.get("/_mock/api/v1/entries/latest?tenant=nobody").json
    text = text_of(client.get("/_mock/entries/latest?tenant=nobody"))
    assert "POST /nowhere" in text
    assert "x-odd yes" in text
    assert '"price": 12345678901234567890, "who": "Zoë"' in text
    assert latest["findings"][0]["message"] in text
    assert "Answer 404" in text


def test_missing_answer_is_said(client):
    sent = b'{"direction": "out", "vendor": "adapty", "method": "POST", "path": "http://127.0.0.1:1/hook"}'
    client.post("/_mock/api/v1/entries.jsonl", data=sent)
    text = text_of(client.get("/_mock/entries/latest"))
    assert "POST http://127.0.0.1:1/hook" in text
    assert text.endswith("No answer came")


def test_search_narrows_the_journal(client, play):
    play(SCENARIO)
    page = text_of(client.get("/_mock/", query_string={"q": "event:renewal direction:in"}))
    assert "3 entries" in page


def test_search_that_finds_nothing_says_what_was_meant(client, play):
    play(SCENARIO)
    page = text_of(client.get("/_mock/", query_string={"q": "custmer_id:u-1"}))
    assert "Nothing matches. Did you mean customer_id:?" in page


def test_bad_search_is_explained(client, play):
    play(SCENARIO)
    page = client.get("/_mock/", query_string={"q": "evnt:renewal"})
    assert page.status_code == 200
    assert "There is no word 'evnt'. Did you mean 'event'?" in text_of(page)


def test_older_entries_are_linked(client, play):
    play(SCENARIO)
    play(SCENARIO, seed="1")
    first = client.get("/_mock/").text
    link = unescape(re.search(r'href="([^"]+)">Older ones', first)[1])
    older = client.get(link).text
    rows = re.compile(r"/_mock/entries/(\w+)")
    assert rows.search(older)
    assert not set(rows.findall(first)) & set(rows.findall(older))


@pytest.mark.parametrize("path", ["/_mock/?q={}", "/_mock/?tenant={}", "/_mock/entries/{}", "/_mock/runs/{}"])
def test_what_is_asked_is_escaped(client, path):
    assert MARKUP not in client.get(path.format(MARKUP)).text


def test_what_came_is_escaped(client, vendor):
    client.post(f"/{vendor}/{MARKUP}", data=MARKUP, headers={"X-Odd": MARKUP, "Content-Type": "text/html"})
    assert MARKUP not in client.get("/_mock/?tenant=nobody").text
    page = client.get("/_mock/entries/latest?tenant=nobody").text
    assert MARKUP not in page
    assert "&lt;img src=x onerror" in page


def test_secrets_are_masked(client, vendor):
    client.post(f"/{vendor}/nowhere", headers={"Authorization": "Basic c2VjcmV0"})
    page = client.get("/_mock/entries/latest?tenant=nobody").text
    assert "Basic ***" in page
    assert "c2VjcmV0" not in page


def test_only_our_script_may_run(client):
    answer = client.get("/_mock/")
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])[1]
    assert f'<script nonce="{nonce}">' in answer.text
    assert nonce not in client.get("/_mock/").headers["Content-Security-Policy"]
    assert not re.search(r"\b(src|href)=\"(https?:)?//", answer.text)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"do": "set", "now": "2030-01-01T00:00:00Z"}, "2030-01-01 00:00"),
        ({"do": "advance", "days": "1", "hours": "0"}, "running"),
        ({"do": "stop"}, "standing still"),
    ],
)
def test_clock_is_turned(client, form, shown):
    answer = client.post("/_mock/clock", data=form)
    assert answer.location == "/_mock/#clock"
    text = text_of(client.get("/_mock/"))
    assert shown in text
    client.post("/_mock/clock", data={"do": "real"})
    assert "running, real time" in text_of(client.get("/_mock/"))


def test_stopped_clock_runs_again(client):
    client.post("/_mock/clock", data={"do": "stop"})
    client.post("/_mock/clock", data={"do": "run"})
    assert "UTC, running" in text_of(client.get("/_mock/"))


@pytest.mark.parametrize(
    ("path", "form", "status", "said"),
    [
        ("/_mock/clock", {"do": "advance", "days": "many"}, 422, "days: Not a valid number."),
        ("/_mock/clock", {"do": "set", "now": "soon"}, 422, "now: Not a valid datetime."),
        ("/_mock/play", {"scenario": "trial-convert"}, 404, "trial-converts"),
        ("/_mock/play", {}, 422, "scenario: Missing data"),
        ("/_mock/play", {"scenario": SCENARIO, "pace": "fast"}, 422, "pace:"),
        ("/_mock/play", {"scenario": SCENARIO, "tenant": "nowhere"}, 404, "There is no tenant 'nowhere'."),
    ],
)
def test_wrong_forms_are_explained(client, path, form, status, said):
    answer = client.post(path, data=form)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert said in text_of(answer)


def test_links_keep_the_tenant(client):
    client.post("/_mock/api/v1/tenants", json={"name": "mine"})
    answer = client.post("/_mock/play", data={"scenario": SCENARIO, "tenant": "mine"})
    assert answer.location.endswith("?tenant=mine")
    page = client.get("/_mock/?tenant=mine").text
    assert "?tenant=mine" in re.search(r'href="(/_mock/entries/[^"]+)"', page)[1]


def test_refused_requests_have_a_page(client, vendor):
    client.post(f"/{vendor}/nowhere")
    text = text_of(client.get("/_mock/?tenant=nobody"))
    assert "1 entry" in text
    assert "Scenarios" not in text.split("What nobody has seen")[1]


def test_foreign_form_is_refused(client):
    answer = client.post("/_mock/play", data={"scenario": SCENARIO}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "may not change anything here" in text_of(answer)


def test_reading_changes_nothing(app, client, play):
    play(SCENARIO)
    before = client.get("/_mock/api/v1/entries").json["total"]
    for path in ("/_mock/", "/_mock/runs/latest", "/_mock/entries/latest", "/_mock/login"):
        assert client.get(path).status_code == 200
    assert client.get("/_mock/api/v1/entries").json["total"] == before


@pytest.mark.parametrize("path", ["/_mock/", "/_mock/runs/x", "/_mock/entries/x"])
def test_locked_page_asks_for_the_token(locked, path):
    answer = locked.get(path)
    assert answer.status_code == 401
    assert 'name="token" type="password"' in answer.text
    assert "Scenarios" not in answer.text


def test_token_opens_the_pages(locked):
    answer = locked.post("/_mock/login", data={"token": "sésame"})
    assert (answer.status_code, answer.location) == (303, "/_mock/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "sésame" not in cookie
    assert locked.get("/_mock/").status_code == 200
    assert locked.get("/_mock/api/v1/clock").status_code == 200


def test_wrong_token_does_not(locked):
    answer = locked.post("/_mock/login", data={"token": "guess"})
    assert answer.status_code == 401
    assert "That is not the token" in text_of(answer)
    assert locked.get("/_mock/").status_code == 401
