"""Questions find what brute force finds, whichever the database."""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.journal import lookup as module
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.jsonpath import where
from mockserver.journal.lookup import Lookup
from mockserver.journal.matchers import differences
from mockserver.journal.query import Cursor, Question, Subject, moment
from mockserver.journal.search import parse
from mockserver.journal.selection import events_asked, page_of_events
from mockserver.storage.database import Database


class Asker:
    def __init__(self, book, tenant="a") -> None:
        self._book = book
        self._tenant = tenant

    def __getattr__(self, name):
        def ask(*arguments, **options):
            self._book.index.catch_up(self._tenant)
            with self._book.database.read() as connection:
                question = [parse(one) if isinstance(one, str) and name != "position" else one for one in arguments]
                return getattr(Lookup(self._book.database, connection, self._tenant), name)(*question, **options)

        return ask

    def names(self, question, *arguments, **options):
        return [event.name for event in self.events(question, *arguments, **options)]

    def numbers(self, question, *arguments, **options):
        return [entry.seq for entry in self.entries(question, *arguments, **options)]


@pytest.fixture
def ask(book):
    return Asker(book)


@pytest.fixture(scope="module")
def told(lasting_book):
    """Asks about a few entries of every sort."""
    book = lasting_book
    gold = {"customer_id": "u-1", "mpid": "7"}
    book.write({"user": gold, "events": [{"name": "trial_started", "price": 5, "data": {"tier": "gold"}}]})
    book.write([{"user": {"customer_id": "u-2"}, "plan": "x", "events": [{"name": "a"}, {"name": "b", "plan": "y"}]}])
    book.write({"events": [{"name": "a"}], "tier": "gold"}, status=400, verdict="rejected", vendor="adapty")
    book.write(b'not JSON, "Gold"', operation="strange", path="/v2/Strange", vendor="")
    details = {
        "event": "RENEWAL",
        "subject": "u-1",
        "amount": "9.90",
        "currency": "USD",
        "run": "r-1",
        "message": "m-1",
    }
    book.write({"n": 1.0}, direction="out", vendor="revenuecat", operation="webhook", details=details)
    return Asker(book)


FOUND = [
    ("", ["RENEWAL", "a", "b", "a", "trial_started"]),
    ("event:a", ["a", "a"]),
    ("vendor:mparticle", ["b", "a", "trial_started"]),
    ("vendor:mparticle event:a", ["a"]),
    ("direction:out", ["RENEWAL"]),
    ("channel:webhook", ["RENEWAL"]),
    ("operation:events event:b", ["b"]),
    ("kind:custom_event input:default status:202", ["b", "a", "trial_started"]),
    ("customer_id:u-1", ["RENEWAL", "trial_started"]),
    ("subject:u-1 event:trial_started", ["trial_started"]),
    ("subject:7 customer_id:u-1", ["trial_started"]),
    ("mpid:u-1 vendor:mparticle", []),
    ("is:rejected", ["a"]),
    ("is:accepted event:a", ["a"]),
    ("is:dropped", []),
    ("run:r-1 id:m-1 currency:usd", ["RENEWAL"]),
    ("amount:9.9", ["RENEWAL"]),
    ("price=5", ["trial_started"]),
    ("price=5.0 data.tier=gold", ["trial_started"]),
    ("price>4 price<=5", ["trial_started"]),
    ("data.tier~^g", ["trial_started"]),
    ("tier=gold", ["a"]),
    ("has:price", ["trial_started"]),
    ("no:price is:accepted vendor:mparticle", ["b", "a"]),
    ("plan=y", ["b"]),
    ("plan=x", ["a"]),
    ("n=1 channel:webhook", ["RENEWAL"]),
    ('"GOLD"', ["a", "trial_started"]),
    ("path:V2 event:b", ["b"]),
]


@pytest.mark.parametrize(("line", "names"), FOUND)
def test_search_line_finds(told, line, names):
    assert told.names(line) == names
    assert told.count_events(line) == len(names)
    assert told.names(line, newest=False) == names[::-1]


ENTRIES = [
    ("", [5, 4, 3, 2, 1]),
    ("event:a", [3, 2]),
    ("event:a customer_id:u-2", [2]),
    ("customer_id:u-1", [5, 1]),
    ("is:rejected", [3]),
    ("operation:strange", [4]),
    ("path:strange", [4]),
    ("gold", [4, 3, 1]),
    ("tier=gold", [3]),
    ("data.tier=gold", [1]),
    ("[0].plan=x", [2]),
    ("plan=y event:b", [2]),
    ("plan=y event:a", []),
    ("amount:9.9", [5]),
    ("run:r-1", [5]),
    ("no:price", [5, 4, 3, 2]),
]


@pytest.mark.parametrize(("line", "numbers"), ENTRIES)
def test_search_line_finds_entries(told, line, numbers):
    assert told.numbers(line) == numbers
    assert told.count_entries(line) == len(numbers)


def test_event_carries_everything(told):
    (event,) = told.events("event:RENEWAL")
    assert (event.vendor, event.channel, event.kind, event.id, event.run) == (
        "revenuecat",
        "webhook",
        "webhook",
        "m-1",
        "r-1",
    )
    assert (event.amount, event.currency, event.direction) == (Decimal("9.90"), "USD", Direction.OUT)
    assert (event.seq, event.n, event.status, event.verdict, event.counts) == (5, 0, 202, Verdict.ACCEPTED, True)
    assert event.subjects == (("subject", "u-1"),)
    assert event.when == moment(event.at) == datetime(2026, 1, 9, 23, 6, 44, tzinfo=UTC)


def test_payload_is_read_when_asked_for(told):
    (event,) = told.events("event:b")
    assert event.payload == {"name": "b", "plan": "y"}
    assert event.body[0]["plan"] == "x"
    assert event.scopes == (event.payload, event.body[0], event.body)


def test_shorthand_is_asked_for_in_full(book, ask):
    """Where a dialect says what a body abbreviates, questions and payloads have that."""
    event = {"name": "a", "t": "gold"}
    book.write({"events": [event], "in full": {"events": [{**event, "data": {"tier": "gold"}}]}})
    book.tell("a", data={"tier": "red"})
    (found,) = ask.events("data.tier=gold")
    assert (found.pointer, found.payload) == ("/events/0", {**event, "data": {"tier": "gold"}})
    assert ask.numbers("t=gold") == [1]


def test_payload_of_no_json_is_nothing(book, ask):
    book.write(b"{}", direction="out", details={"event": "a"})
    book.write(b"plain", direction="out", details={"event": "b"})
    assert [event.payload for event in ask.events("")] == [None, {}]


def test_entry_carries_what_a_list_shows(told):
    entry = told.entries("customer_id:u-2")[0]
    assert (entry.seq, entry.events, entry.subjects) == (2, ("a", "b"), (("customer_id", "u-2"),))
    assert (entry.method, entry.path, entry.status, entry.vendor) == ("POST", "/v2/events", 202, "mparticle")


def test_findings_come_with_what_they_are_about(book, ask):
    ruled = [["/x", "of-part", "…", "info"]]
    book.write(
        [{"events": [{"name": "a"}], "findings": ruled}, {"events": [{"name": "b"}]}],
        findings=[["", "of-entry", "…", "error"]],
    )
    assert [[one.rule for one in event.findings] for event in ask.events("", newest=False)] == [
        ["of-entry", "of-part"],
        ["of-entry"],
    ]
    assert ask.names("finding:of-part") == ask.names("rule:of-part") == ["a"]
    assert ask.names("finding:of-entry") == ["b", "a"]
    assert [one.rule for one in ask.entries("finding:of-part")[0].findings] == ["of-entry", "of-part"]


def test_any_finding_is_asked_for(book, ask):
    book.write([{"events": [{"name": "a"}], "findings": [["/x", "of-part", "…", "info"]]}, {"events": [{"name": "b"}]}])
    book.write({"events": [{"name": "c"}]}, findings=[["", "of-entry", "…", "error"]])
    book.write({"events": [{"name": "d"}]})
    book.write(b"{}", findings=[["", "of-entry", "…", "error"]])
    assert ask.names("finding:*") == ["c", "a"]
    assert ask.numbers("finding:*") == [4, 2, 1]
    assert (ask.count_events("finding:*"), ask.count_entries("finding:*")) == (2, 3)


def test_pages_continue(book, ask):
    for number in range(3):
        book.write({"events": [{"name": f"{number}{letter}"} for letter in "ab"]})
    assert ask.names("", 2) == ["2b", "2a"]
    assert ask.names("", 3, Cursor(3, 1)) == ["2a", "1b", "1a"]
    assert ask.names("", 3, Cursor(1, 0), newest=False) == ["0b", "1a", "1b"]
    assert ask.numbers("", 1, 3) == [2]
    assert ask.numbers("event:0a", 5, 1, newest=False) == []


def test_pages_of_bodies_continue(book, ask):
    for number in range(30):
        book.write({"events": [{"name": str(number), "even": number % 2 == 0, "x": number}]})
    assert ask.names("even=true", 2) == ["28", "26"]
    assert ask.names("even=true", 2, Cursor(27, 0)) == ["24", "22"]
    assert ask.names("x>=28", newest=False) == ["28", "29"]


@pytest.mark.parametrize("reference", ["2", "#2", "latest", "id"])
def test_entry_is_found_by_reference(book, ask, reference):
    book.tell()
    id_ = book.tell()
    assert ask.position(id_ if reference == "id" else reference) == book.rows("entries")[1].position


@pytest.mark.parametrize("reference", ["3", "#0", "latest-", "", "9" * 30, "nope"])
def test_unknown_reference_finds_nothing(book, ask, reference):
    book.tell()
    assert ask.position(reference) is None


def test_counts_are_grouped(told):
    assert [tuple(count) for count in told.counts()] == [
        ("in", "", "accepted", 1),
        ("in", "adapty", "rejected", 1),
        ("in", "mparticle", "accepted", 2),
        ("out", "revenuecat", "accepted", 1),
    ]


PLANS = [
    ("event:a", "ix_events_tenant_name_seq (tenant=? AND name=?)"),
    ("customer_id:u-1", "events USING PRIMARY KEY (tenant=? AND seq=?)"),
    ("customer_id:u-1", "subjects USING PRIMARY KEY (tenant=? AND value=? AND kind=?)"),
    ("run:r", "ix_entries_tenant_run (tenant=? AND run=?)"),
    ("finding:*", "findings USING PRIMARY KEY (tenant=? AND seq=?)"),
    ("rule:r", "ix_findings_tenant_rule_seq (tenant=? AND rule=?)"),
]


@pytest.mark.parametrize(("line", "step"), PLANS)
def test_planner_takes_the_index(tmp_path, line, step):
    """SQLite knows nothing of tables that nobody analysed, unless it is told."""
    database = Database(f"sqlite:///{tmp_path / 'index.db'}")
    with database.read() as connection:
        asked = page_of_events(events_asked("a", parse(line)), None, newest=True)
        sql = asked.limit(100).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert any(step in row for row in plan), plan
    database.close()


def test_search_reaches_beyond_the_first_rows(book, ask, monkeypatch):
    """The first rows are looked at one by one, all others only if their bodies have what is looked for."""
    monkeypatch.setattr(module, "_FIRST", 3)
    monkeypatch.setattr(module, "_SEQS", 2)
    for number in range(20):
        book.write({"events": [{"name": str(number), "hit": number in {2, 7, 19}, "text": f"t{number}"}]})
        book.index.catch_up("a")
    assert ask.names("hit=true") == ["19", "7", "2"]
    assert ask.names("hit=true", 1, newest=False) == ["2"]
    assert ask.names("hit=true", 5, Cursor(8, 0), newest=False) == ["19"]
    assert ask.numbers("hit=true") == [20, 8, 3]
    assert ask.names('"T7"') == ["7"]
    assert ask.names("text=t7 event:7") == ["7"]


def test_escaped_and_packed_bodies_are_searched(book, ask):
    book.write(
        json.dumps({"events": [{"name": "escaped", "word": "grün/rot", "k\u00e9y": 1}]}).replace("/", "\\/").encode()
    )
    packed = gzip.compress(b'{"events": [{"name": "packed", "word": "gr\xc3\xbcn/rot"}]}')
    book.write(packed, headers=[["content-encoding", "gzip"]])
    assert ask.names("word=grün/rot") == ["packed", "escaped"]
    assert ask.names('"grün/ROT"') == ["packed", "escaped"]
    assert ask.names("kéy=1") == ["escaped"]


values = st.sampled_from(
    [
        0,
        -0.0,
        1,
        1.0,
        -1,
        5.5,
        1e3,
        1000,
        1e-7,
        10**17,
        "1",
        "1.0",
        "",
        'a"b\\',
        "ü",
        "x",
        True,
        False,
        None,
        [1],
        {"a": 1},
    ]
)
events = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"])},
    optional={
        "x": values,
        "data": st.fixed_dictionaries({}, optional={"x": values, "ü y": values}),
        "list": st.lists(values, max_size=3),
        "amount": st.sampled_from(["1", "1.0", "-2.50"]),
        "at": st.sampled_from([0, 1000, 2000]),
        "findings": st.just([["/y", "of-event", "…", "info"]]),
    },
)
batches = st.fixed_dictionaries(
    {"events": st.lists(events, max_size=3)},
    optional={"x": values, "user": st.just({"k": "v"}), "findings": st.just([["/x", "of-part", "…", "info"]])},
)
paths = st.sampled_from(["x", "data.x", 'data."ü y"', "list[0]", "list[*]", "list[-1]", "nothing"])
numbers = st.sampled_from([0, 1, 1000, Decimal("5.50"), 1e-7, 10**17])
conditions = st.one_of(
    st.builds(where, paths, st.sampled_from(["=", "!="]), values),
    st.builds(where, paths, st.sampled_from([">", ">=", "<", "<="]), st.one_of(numbers, st.sampled_from(["", "x"]))),
    st.builds(where, paths, st.just("exists"), st.booleans()),
    st.builds(where, paths, st.just("~"), st.sampled_from(["^1", "a.b", "tr", "."])),
)
typed = st.builds(
    lambda path, op, value: parse(f"{path}{op}{value}").where[0],
    paths,
    st.sampled_from(["=", "!=", ">", "<="]),
    st.sampled_from(
        ["1", "1.0", "0", "1e3", "1000", "5.50", "true", "null", "x", "ü", "[1]", "1e-7", "nan", '"1"', '""']
    ),
)
questions = st.builds(
    Question,
    event=st.sampled_from(["", "a"]),
    subjects=st.sampled_from([(), (Subject("v"),), (Subject("v", "k"),), (Subject("v", "other"),)]),
    amount=st.sampled_from([None, Decimal(1), Decimal("-2.5")]),
    since=st.sampled_from([None, moment(1000)]),
    until=st.sampled_from([None, moment(2000)]),
    rule=st.sampled_from(["", "", "of-part", "of-event", "of-entry", "*"]),
    text=st.sampled_from([(), ("X",), ('a"b',), ("Ü",)]),
    where=st.lists(st.one_of(conditions, typed), max_size=2).map(tuple),
)


ruled = st.sampled_from([[], [], [["", "of-entry", "…", "error"]]])
bodies = st.lists(st.tuples(st.one_of(batches, st.lists(batches, max_size=2)), ruled), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies=bodies, asked=st.lists(questions, min_size=1, max_size=4))
def test_questions_find_what_brute_force_finds(bodies, asked, make_book):
    book = make_book()
    for body, flaws in bodies:
        book.write(body, tenant=book.tenant, findings=flaws)
    ask = Asker(book, book.tenant)
    everything = ask.events(Question())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FIRST", 1)
        for question in asked:
            expected = [event for event in everything if not differences(question, event)]
            assert ask.events(question) == expected
            assert ask.count_events(question) == len(expected)
