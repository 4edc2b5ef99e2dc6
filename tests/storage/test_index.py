"""The index says what the log says, however often, by whomever and from wherever it was read."""

import json
import subprocess
import sys

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.journal.entry import Part, RecordedEvent
from mockserver.journal.index import Index
from mockserver.journal.memory import Memory
from mockserver.journal.tail import CHUNK
from mockserver.storage.database import Database
from mockserver.storage.tables import metadata

DAY = 24 * 60 * 60 * 1000
EVERYTHING = [table.name for table in metadata.sorted_tables]


def everything(book, tenant="a"):
    """All rows, but how bodies lie in blocks: that depends on when they were read."""
    rows = {name: book.rows(name, tenant) for name in EVERYTHING if name != "bodies"}
    bodies = "".join(bytes(row.data).hex() for row in book.rows("bodies", tenant))
    return {name: [tuple(row)[1:] for row in some] for name, some in rows.items()} | {"bodies": bodies}


def test_entry_becomes_rows(book):
    id_ = book.tell("trial_started", user={"customer_id": "u-1", "mpid": "7"}, amount="9.99", currency="USD", id="m-1")
    (entry,), (event,) = book.rows("entries"), book.rows("events")
    assert (entry.seq, entry.id, entry.position, entry.direction, entry.vendor) == (1, id_, 0, "in", "mparticle")
    assert (event.seq, event.n, event.name, event.amount, event.currency) == (1, 0, "trial_started", "9.99", "USD")
    assert (event.path, event.id, event.verdict, event.dropped) == ("/events/0", "m-1", "accepted", "")
    assert event.at == entry.at
    subjects = [(one.kind, one.value, one.part) for one in book.rows("subjects")]
    assert subjects == [("mpid", "7", 0), ("customer_id", "u-1", 0)]


def test_event_keeps_its_own_time(book):
    book.tell(at=5)
    assert [event.at for event in book.rows("events")] == [5]


def test_parts_count_their_events_through(book):
    book.write([{"events": [{"name": "a"}, {"name": "b"}]}, {}, {"events": [{"name": "c"}]}])
    found = [(event.n, event.name, event.part, event.path) for event in book.rows("events")]
    assert found == [(0, "a", 0, "/0/events/0"), (1, "b", 0, "/0/events/1"), (2, "c", 2, "/2/events/0")]


def test_subject_named_twice_is_one_row(book):
    body = {"user": {"customer_id": "u-1"}}
    book.write([body, body])
    assert [one.part for one in book.rows("subjects")] == [0, 1]


REFUSALS = [
    ("rejected", "accepted", "rejected"),
    ("accepted", "rejected", "rejected"),
    ("unmatched", "rejected", "unmatched"),
]


@pytest.mark.parametrize(("entry", "part", "event"), REFUSALS)
def test_refused_body_refuses_its_events(book, entry, part, event):
    book.write({"events": [{"name": "a"}], "verdict": part}, verdict=entry)
    assert [one.verdict for one in book.rows("events")] == [event]


def test_findings_know_what_they_are_about(book):
    finding = ["/x", "rule", "words", "info"]
    book.write([{}, {"findings": [finding], "events": [{"name": "a"}]}], findings=[["", "outer", "words", "error"]])
    found = [(one.n, one.part, one.event, one.rule, one.severity) for one in book.rows("findings")]
    assert found == [(0, -1, -1, "outer", "error"), (1, 1, -1, "rule", "info")]
    assert [entry.flaws for entry in book.rows("entries")] == [2]


def test_nothing_new_costs_no_question(book, monkeypatch):
    book.tell()
    end = book.index.catch_up("a")
    monkeypatch.setattr(book.database, "write", None)
    monkeypatch.setattr(book.database, "read", None)
    assert book.index.catch_up("a") == end == book.log().end()


def test_tenants_are_apart(book):
    book.tell("one", "a")
    book.tell("two", "b")
    assert [event.name for event in book.rows("events", "a")] == ["one"]
    assert [(event.seq, event.name) for event in book.rows("events", "b")] == [(1, "two")]


def test_many_entries_take_several_chunks(book):
    for number in range(2 * CHUNK + 3):
        book.tell(str(number))
    assert [(event.seq, event.name) for event in book.rows("events")] == [(n + 1, str(n)) for n in range(2 * CHUNK + 3)]


def test_outgoing_message_is_an_event(book):
    details = {"event": "RENEWAL", "subject": "u-1", "amount": 9.99, "currency": "USD", "run": "r", "message": "m-1"}
    book.write({}, direction="out", vendor="revenuecat", operation="webhook", details={**details, "attempt": 2})
    (event,) = book.rows("events")
    assert (event.name, event.kind, event.id, event.amount, event.dropped) == ("RENEWAL", "webhook", "m-1", "9.99", "")
    assert [(one.kind, one.value) for one in book.rows("subjects")] == [("subject", "u-1")]
    assert [(entry.operation, entry.run) for entry in book.rows("entries")] == [("webhook", "r")]


SENDINGS = [
    ({"skipped": "no device id"}, "not sent: no device id"),
    ({"outcome": "no target"}, "not sent: no target"),
    ({"outcome": "delivered"}, ""),
]


@pytest.mark.parametrize(("details", "dropped"), SENDINGS)
def test_message_that_was_not_sent_is_dropped(book, details, dropped):
    book.write({}, direction="out", operation="webhook", details={"event": "a", **details})
    assert [event.dropped for event in book.rows("events")] == [dropped]


def test_note_is_an_entry_without_events(book):
    book.note("run")
    assert [(entry.direction, entry.operation) for entry in book.rows("entries")] == [("note", "run")]
    assert book.rows("events") == []


def test_reset_forgets_what_came_before(book):
    book.tell("before")
    book.rows("events")
    book.tell("also before")
    book.note("reset")
    book.tell("after")
    assert [(event.seq, event.name) for event in book.rows("events")] == [(4, "after")]
    assert [entry.operation for entry in book.rows("entries")] == ["reset", "events"]


def test_repeat_is_dropped(book):
    body = {"batch": "b-1", "events": [{"name": "a"}]}
    for _ in range(2):
        book.write(body)
    book.rows("events")
    book.write(body)
    assert [event.dropped for event in book.rows("events")] == ["", "duplicate of #1", "duplicate of #1"]


def test_repeat_within_one_body_is_dropped(book):
    batch = {"batch": "b-1", "events": [{"name": "a"}]}
    book.write([batch, batch])
    assert [event.dropped for event in book.rows("events")] == ["", "duplicate of #1"]


def test_other_reason_stays(book):
    book.write({"batch": "b-1"})
    book.write({"batch": "b-1", "events": [{"name": "a", "dropped": "unplanned"}]})
    assert [event.dropped for event in book.rows("events")] == ["unplanned"]


def test_inputs_repeat_apart(book):
    for name in ("default", "other"):
        book.write({"batch": "b-1", "events": [{"name": "a"}]}, input=name)
    assert [event.dropped for event in book.rows("events")] == ["", ""]


def test_refused_batch_may_be_sent_again(book):
    body = {"batch": "b-1", "events": [{"name": "a"}]}
    book.write(body, verdict="rejected")
    book.write(body)
    assert [event.dropped for event in book.rows("events")] == ["", ""]


@pytest.mark.parametrize("asked_between", [True, False])
def test_repeat_is_forgotten_in_time(book, asked_between):
    body = {"batch": "b-1", "events": [{"name": "a"}]}
    for at in (0, 30 * DAY, 30 * DAY + 1, 31 * DAY):
        book.write(body, at=at)
        if asked_between:
            book.rows("events")
    assert [event.dropped for event in book.rows("events")] == ["", "duplicate of #1", "", "duplicate of #3"]


def test_reset_forgets_repeats(book):
    book.write({"batch": "b-1"})
    book.rows("events")
    book.note("reset")
    book.write({"batch": "b-1", "events": [{"name": "a"}]})
    assert [event.dropped for event in book.rows("events")] == [""]


def test_bug_of_a_dialect_stops_nothing(book, caplog):
    book.write({"bug": "oh no"})
    book.tell()
    assert [entry.flaws for entry in book.rows("entries")] == [1, 0]
    (finding,) = book.rows("findings")
    assert (finding.rule, finding.severity) == ("internal", "error")
    assert finding.message == "A bug of ours: reading it raised RuntimeError('oh no')."
    assert [str(error) for error in book.index.errors] == ["oh no"]
    assert "cannot be read" in caplog.text


ODD = [
    {"name": "nul\0", "id": "\0"},
    {"name": "late", "at": 10**30},
    {"name": "early", "at": -(10**30)},
    {"name": None},
    {"name": {"an": "object"}},
    {"name": "a", "amount": 5},
]


@pytest.mark.parametrize("event", ODD, ids=lambda event: str(event)[:20])
def test_odd_values_stop_nothing(book, event):
    """Clients and dialects may say what no database can keep."""
    book.write(json.dumps({"user": {"id": "\0"}, "events": [event]}).encode())
    book.tell("next")
    assert [one.seq for one in book.rows("entries")] == [1, 2]
    assert [one.name for one in book.rows("events")][-1] == "next"


def test_broken_promise_of_a_dialect_stops_nothing(book):
    """It names a severity that there is not, after it named an event."""
    body = {"user": {"id": "1"}, "batch": "b", "events": [{"name": "a"}], "findings": [["", "", "", "loud"]]}
    book.write(body)
    book.write({**body, "findings": []})
    assert [(event.seq, event.dropped) for event in book.rows("events")] == [(2, "")]
    assert [finding.rule for finding in book.rows("findings")] == ["internal"]
    assert len(book.index.errors) == 1


def test_deleted_index_comes_back_the_same(book):
    for number in range(5):
        book.write({"batch": str(number % 3), "user": {"customer_id": str(number)}, "events": [{"name": "a"}]})
        before = everything(book)
    book.index.forget("a")
    assert everything(book) == before


def test_forgotten_tenant_leaves_others(book):
    book.tell(tenant="a")
    book.tell(tenant="b")
    before = book.rows("events", "b")
    book.rows("events", "a")
    book.index.forget("a")
    with book.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entries").scalar() == 1
    assert book.rows("events", "b") == before


def test_forgetting_makes_no_database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'index.db'}")
    Index(database, lambda _: None, None).forget("a")
    assert list(tmp_path.iterdir()) == []


def test_other_log_is_noticed(book):
    """The file was deleted, or put in place of another: what was known of it is worth nothing."""
    for _ in range(3):
        book.tell("old")
    book.rows("events")
    book.log().close(remove=True)
    book.tell("new")
    assert [(event.seq, event.name) for event in book.rows("events")] == [(1, "new")]


def test_emptied_log_empties_the_index(book):
    book.tell()
    book.rows("events")
    book.log().close(remove=True)
    assert book.rows("entries") == []


def test_second_reader_goes_on(book):
    """Another process has read a part."""
    book.tell("one")
    book.rows("events")
    other = Index(book.database, book.log, lambda *_: ())
    book.write({})
    other.catch_up("a")
    book.tell("three")
    assert [(event.seq, event.name) for event in book.rows("events")] == [(1, "one"), (3, "three")]


def test_lost_database_is_read_anew(book, tmp_path):
    """A reader that believed to know everything must not, once everything was lost."""
    if not book.database.url.startswith("sqlite:///"):
        pytest.skip("only a file can be lost")
    book.tell()
    before = everything(book)
    book.database.close()
    (tmp_path / "index.db").write_bytes(b"garbage" * 1000)
    assert everything(book) == before


def test_torn_tail_is_not_read_again_and_again(book, tmp_path, monkeypatch):
    book.tell()
    with (tmp_path / "logs" / "a.log").open("ab") as file:
        file.write(b'{"entry":"torn')
    assert len(book.rows("entries")) == 1
    monkeypatch.setattr(book.database, "write", None)
    assert book.index.catch_up("a") == book.log().end()


def test_failed_chunk_leaves_nothing(book, monkeypatch):
    book.tell()
    with monkeypatch.context() as patch:
        patch.setattr("mockserver.journal.bodies.add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            book.index.catch_up("a")
    assert len(book.rows("entries")) == 1


def test_collector_is_on_again(book):
    import gc

    book.tell()
    book.index.catch_up("a")
    assert gc.isenabled()


CATCH_UP = """
import sys
from pathlib import Path
from mockserver.journal.entry import Part, RecordedEvent
from mockserver.journal.index import Index
from mockserver.journal.log import FileLog
from mockserver.storage.database import Database

log = FileLog(Path(sys.argv[2]), "a")
part = Part(subjects=(("customer_id", "u-1"),), events=(RecordedEvent("a"),))
index = Index(Database(sys.argv[1]), lambda _: log, lambda *_: [part])
print("ready", flush=True)
for line in sys.stdin:
    index.catch_up("a")
    print("done", flush=True)
"""


def test_processes_take_in_an_entry_once(shared_url, tmp_path):
    from mockserver.journal.log import FileLog, render

    log = FileLog(tmp_path / "a.log", "a")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", CATCH_UP, shared_url, str(tmp_path / "a.log")]
    readers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for reader in readers:
        reader.stdout.readline()
    count = 0
    for size in (1, 40, 3 * CHUNK, 1, 2, CHUNK):
        for _ in range(size):
            count += 1
            log.append(render({"entry": f"{count:022}", "received": 1, "at": 1}, b"{}", b""))
        for reader in readers:
            reader.stdin.write("go\n")
            reader.stdin.flush()
        for reader in readers:
            assert reader.stdout.readline() == "done\n"
    for reader in readers:
        reader.communicate(timeout=30)
    database = Database(shared_url)
    with database.read() as connection:
        for table in ("entries", "events", "subjects"):
            rows = connection.exec_driver_sql(f"SELECT seq FROM {table} ORDER BY seq").scalars().all()  # noqa: S608  our own names
            assert rows == list(range(1, count + 1))
    database.close()
    log.close()


names = st.sampled_from(["a", "b", "trial_started"])
users = st.dictionaries(st.sampled_from(["customer_id", "mpid"]), st.sampled_from(["1", "2", "ü 3"]), max_size=2)
events = st.lists(st.fixed_dictionaries({"name": names}), max_size=3)
batches = st.fixed_dictionaries({"user": users, "events": events}, optional={"batch": st.sampled_from(["x", "y"])})
bodies = st.one_of(batches, st.lists(batches, max_size=3), st.binary(max_size=20), st.just({"bug": "x"}))
steps = st.lists(st.one_of(bodies, st.just("reset"), st.just("ask")), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_asking_at_any_time_changes_nothing(steps, make_book):
    """What is in the index depends on the log alone, not on when questions made it read."""
    book = make_book()
    asked, unasked = f"{book.tenant}-asked", f"{book.tenant}-unasked"
    for step in steps:
        if step == "ask":
            book.index.catch_up(asked)
            continue
        book.write_twice(step, (asked, unasked))
    assert everything(book, asked) == everything(book, unasked)


def judging(entry, documents):
    """A dialect whose entries put plans, or are judged by the plan that there is."""
    body = orjson.loads(entry.content)
    if "plan" in body:
        documents(entry.vendor).put("plan", "p", {"allows": body["plan"]})
    if "bug" in body:
        raise RuntimeError(body["bug"])
    plan = documents(entry.vendor).get("plan", "p") or {"allows": "anything"}
    return [Part(events=(RecordedEvent(plan["allows"]),))]


@pytest.fixture
def judged(book):
    book.index = Index(book.database, book.log, judging)
    return lambda: [row.name for row in book.rows("events")]


@pytest.mark.parametrize("asked_between", [True, False])
def test_entry_is_read_by_the_documents_of_its_time(book, judged, asked_between):
    book.write({})
    book.write({"plan": "buy"})
    if asked_between:
        judged()
    book.write({"plan": "sell"})
    assert judged() == ["anything", "buy", "sell"]
    book.index.forget("a")
    assert judged() == ["anything", "buy", "sell"]


def test_reading_that_fails_changes_no_document(book, judged):
    book.write({"plan": "buy", "bug": "oh no"})
    book.write({})
    assert judged() == ["anything"]


def test_cleared_journal_forgets_what_entries_are_read_by(book, judged):
    book.write({"plan": "buy"})
    judged()
    book.note("reset")
    book.write({})
    assert judged() == ["anything"]


def test_readers_documents_are_not_what_vendors_remember(book, judged):
    book.write({"plan": "buy"})
    judged()
    memory = Memory(book.database, book.log, {"mparticle": lambda entry, documents: None})
    assert memory.documents("a", "mparticle").all("plan") == []
