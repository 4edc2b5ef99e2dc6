"""The lines a running server writes: read from the logs beside it, a flood only counted."""

from threading import Event, Thread

import pytest

from mockserver.cli.follow import Content, Flood, Tails, content_of, follow, line_of
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.log import FileLog, render

BODY = (
    b'{"environment":"development","user_identities":{"customer_id":"u-1"},"events":'
    b'[{"event_type":"custom_event","data":{"event_name":"one","custom_event_type":"other"}}]}'
)


@pytest.fixture
def write(tmp_path):
    """Appends an entry to a tenant's log."""

    def append(tenant="default", body=BODY, **head):
        known = {
            "entry": "e-1",
            "received": 1_768_471_200_000,
            "vendor": "mparticle",
            "operation": "events",
            "method": "POST",
            "path": "/v2/events",
            "status": 202,
            "verdict": Verdict.ACCEPTED,
            "headers": [["content-type", "application/json"]],
        }
        log = FileLog(tmp_path / f"{tenant}.log", tenant)
        log.append(render({**known, **head}, body, b""))
        log.close()

    return append


def test_only_news_are_told(write, tmp_path):
    write(path="/old")
    tails = Tails(tmp_path)
    assert list(tails.news()) == []
    write(path="/new")
    assert [entry.path for entry in tails.news()] == ["/new"]
    assert list(tails.news()) == []


def test_new_tenants_are_followed(write, tmp_path):
    tails = Tails(tmp_path)
    write("t-1")
    assert [entry.tenant for entry in tails.news()] == ["t-1"]


def test_log_begun_anew_is_read_from_its_start(write, tmp_path):
    write(body=b"x" * 1000)
    tails = Tails(tmp_path)
    (tmp_path / "default.log").unlink()
    write(path="/anew")
    assert [entry.path for entry in tails.news()] == ["/anew"]


def test_flood_is_not_read(write, tmp_path):
    tails = Tails(tmp_path)
    for _ in range(3):
        write(body=b"x" * 100_000)
    (flood,) = tails.news()
    assert isinstance(flood, Flood)
    assert flood.size > 300_000
    write(path="/after")
    assert [entry.path for entry in tails.news()] == ["/after"]


def test_missing_folder_is_no_matter(tmp_path):
    assert list(Tails(tmp_path / "none").news()) == []


def test_line_tells_what_matters(write, tmp_path):
    tails = Tails(tmp_path)
    write("t-1")
    (entry,) = tails.news()
    line = line_of(entry, Content(("one", "two", "three", "four"), 2))
    assert line[8:] == "  ✓  POST /mparticle/v2/events  202  one, two, three and 1 more  2 findings  [t-1]"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({"verdict": Verdict.REJECTED, "status": 403}, "✗  POST /mparticle/v2/events  403"),
        ({"verdict": Verdict.UNMATCHED, "status": 404, "vendor": "", "path": "/x"}, "?  POST /x  404"),
        (
            {
                "direction": Direction.OUT,
                "path": "http://127.0.0.1:1/hook",
                "status": 0,
                "details": {"outcome": "failed"},
            },
            "✓  mparticle → POST http://127.0.0.1:1/hook  failed",
        ),
    ],
)
def test_line_has_the_verdict_and_the_way(write, tmp_path, head, words):
    tails = Tails(tmp_path)
    write(**head)
    (entry,) = tails.news()
    assert line_of(entry, Content((), 0))[10:] == words


def test_content_is_read_as_the_vendor_does(write, tmp_path):
    tails = Tails(tmp_path)
    write()
    write(direction=Direction.OUT, details={"event": "told"})
    write(vendor="")
    incoming, outgoing, stray = tails.news()
    content = content_of()
    assert content(incoming).events == ("one",)
    assert content(outgoing) == Content(("told",), 0)
    assert content(stray) == Content((), 0)


def test_following_prints_until_stopped(write, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("mockserver.cli.follow._EVERY", 0.01)
    printed = Event()
    lines = []
    monkeypatch.setattr("mockserver.cli.follow.print_line", lambda text, style="": (lines.append(text), printed.set()))
    stop = Event()
    thread = Thread(target=follow, args=(Tails(tmp_path), stop))
    thread.start()
    write()
    write(direction=Direction.NOTE)
    assert printed.wait(10)
    stop.set()
    thread.join()
    assert [line[10:] for line in lines] == ["✓  POST /mparticle/v2/events  202  one"]
