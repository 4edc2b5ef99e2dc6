"""The search line: every word, every mistake, and back again."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import InvalidError, nearest
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.jsonpath import OPERATORS, JSONPath, Where, parse_path
from mockserver.journal.query import Question, Subject
from mockserver.journal.search import WORDS, line, meant, parse, without

DAY = datetime(2026, 1, 15, tzinfo=UTC)

LINES = [
    ("", Question()),
    ("  \t\n ", Question()),
    ("vendor:adapty event:trial_started", Question(vendor="adapty", event="trial_started")),
    ("is:rejected is:kept", Question(verdict=Verdict.REJECTED, dropped=False)),
    ("is:dropped", Question(dropped=True)),
    ("direction:out channel:webhook", Question(direction=Direction.OUT, channel="webhook")),
    ("operation:events input:ios kind:x run:r", Question(operation="events", input="ios", kind="x", run="r")),
    ("customer_id:u-1", Question(subjects=(Subject("u-1", "customer_id"),))),
    ("subject:u-1 subject:7", Question(subjects=(Subject("u-1"), Subject("7")))),
    ("subject:event=u-1", Question(subjects=(Subject("u-1", "event"),))),
    ('subject:"a=b"', Question(subjects=(Subject("a=b"),))),
    ("status:202 amount:9.90 currency:USD", Question(status=202, amount=Decimal("9.90"), currency="USD")),
    ("since:2026-01-15", Question(since=DAY)),
    ("until:2026-01-15T01:00:00+01:00", Question(until=DAY)),
    ("received:2026-01-15T00:00:00Z", Question(received_since=DAY)),
    ("path:/v2/events rule:name-too-long id:m-1", Question(path="/v2/events", rule="name-too-long", id="m-1")),
    ("finding:name-too-long", Question(rule="name-too-long")),
    ("finding:*", Question(rule="*")),
    ('free "two words" "say \\"hi\\" \\\\"', Question(text=("free", "two words", 'say "hi" \\'))),
    ("don't", Question(text=("don't",))),
    ('event:"Trial started"', Question(event="Trial started")),
    ("data.price>=5", Question(where=(Where(parse_path("data.price"), ">=", "5", loose=True),))),
    ('a="5" b!=c', Question(where=(Where(parse_path("a"), "=", "5"), Where(parse_path("b"), "!=", "c", loose=True)))),
    ('user."$country"=GB', Question(where=(Where(parse_path('user."$country"'), "=", "GB", loose=True),))),
    ('user."a b:c"~^x', Question(where=(Where(parse_path('user."a b:c"'), "~", "^x", loose=True),))),
    (
        "has:a.b no:c[0]",
        Question(where=(Where(parse_path("a.b"), "exists"), Where(parse_path("c[0]"), "exists", False))),
    ),
]


@pytest.mark.parametrize(("text", "question"), LINES)
def test_line_is_understood(text, question):
    assert parse(text) == question


MISTAKES = [
    ("vender:adapty", "There is no word 'vender'. Did you mean 'vendor'?"),
    ("evnt:a", "There is no word 'evnt'. Did you mean 'event'?"),
    ("is:rejectd", "is: knows no 'rejectd'. Did you mean 'rejected'?"),
    ("is:x", "is: knows no 'x'. There are accepted, dropped, kept, rejected, unmatched."),
    ("direction:up", "direction: knows no 'up'. There are in, note, out."),
    ("status:abc", "status: is a number such as 202, not 'abc'."),
    ("amount:nan", "amount: is a decimal such as 9.99, not 'nan'."),
    ("since:yesterday", "since: is a day or an instant such as 2026-01-15T10:00:00Z, not 'yesterday'."),
    ("received:0001-01-01T00:00:00+14:00", "received: is a day or an instant such as 2026-01-15T10:00:00Z, "),
    ("finding:a rule:b", "rule: says again what was said before: a."),
    ("fnding:a", "There is no word 'fnding'. Did you mean 'finding'?"),
    ("event:a event:b", "event: says again what was said before: a."),
    ("event:", "Nothing stands after event: in the search."),
    (":a", "'' is not a word that can be asked for; words look like event: or customer_id:."),
    ("5:a", "'5' is not a word that can be asked for; words look like event: or customer_id:."),
    ("=5", "Nothing stands before '='; write a path such as data.price=5."),
    ("a>=", "Nothing is compared with 'a'; write a>=VALUE."),
    ('event:"a', 'A quotation mark is not closed in: event:"a'),
    ('event:a"b"', 'Quotation marks stand around a whole value, not within it: a"b"'),
    ("a..b=1", "The path 'a..b' cannot be read from '.b' on."),
    ("a~(", "'(' is not a regular expression: "),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_mistake_is_said(text, sentence):
    with pytest.raises(InvalidError) as caught:
        parse(text)
    assert str(caught.value).startswith(sentence)


def test_unknown_vendor_is_said():
    assert parse("vendor:nami", ("nami", "adapty")).vendor == "nami"
    with pytest.raises(InvalidError, match=r"^There is no vendor 'adapti'\. Did you mean 'adapty'\?$"):
        parse("vendor:adapti", ("nami", "adapty"))


@given(st.text(max_size=40))
def test_any_text_is_understood_or_invalid(text):
    with suppress(InvalidError):
        assert isinstance(parse(text), Question)


pieces = st.sampled_from(
    [*(f"{word}:" for word in WORDS), *OPERATORS, '"', "a", ".", "[", "]", "'", " ", "\\", "1", "~(", "$", "\0", "[[:"]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_any_pieces_are_understood_or_invalid(text):
    try:
        question = parse(text)
    except InvalidError:
        return
    assert parse(line(question)) == question


texts = st.text(min_size=1, max_size=8)
kinds = st.one_of(st.just(""), st.sampled_from(["customer_id", "mpid", "event", "status", "user"]))
instants = st.none() | st.datetimes(
    datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])
)
amounts = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2)
paths = st.lists(texts | st.integers(-5, 5) | st.none(), min_size=1, max_size=3).map(lambda some: JSONPath(tuple(some)))
conditions = st.builds(Where, paths, st.sampled_from(["=", "!=", "<"]), texts) | st.builds(
    Where, paths, st.just("exists"), st.booleans()
)
questions = st.builds(
    Question,
    **{name: st.just("") | texts for name in ("vendor", "operation", "channel", "event", "run", "path", "rule", "id")},
    direction=st.none() | st.sampled_from(Direction),
    subjects=st.lists(st.builds(Subject, texts, kinds), max_size=2).map(tuple),
    verdict=st.none() | st.sampled_from(Verdict),
    dropped=st.none() | st.booleans(),
    status=st.none() | st.integers(0, 999),
    since=instants,
    received_since=instants,
    amount=amounts,
    text=st.lists(texts, max_size=2).map(tuple),
    where=st.lists(conditions, max_size=2).map(tuple),
)


@given(questions)
def test_written_question_reads_the_same(question):
    assert parse(line(question)) == question


MEANT = [
    ("custmer_id:u-1", "Did you mean customer_id:?"),
    ("customer_id:u-1 mpi:7", "Did you mean mpid:?"),
    ("evt:a", "Did you mean event:?"),
    ("subject:custmer_id=u-1", "Did you mean customer_id:?"),
    ("customer_id:nobody subject:x a.b=1", ""),
    ("colour:blue", ""),
]


@pytest.mark.parametrize(("text", "sentence"), MEANT)
def test_nearest_kind_of_subject_is_named(text, sentence):
    assert meant(text, {"customer_id", "mpid"}) == sentence


def test_question_loses_what_is_left_out():
    question = Question(event="a", vendor="v", subjects=(Subject("u"),))
    assert without(question, "event", "subjects") == Question(vendor="v")


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        ("nmai", ["nami", "adapty"], " Did you mean 'nami'?"),
        ("x", ["b", "a"], " There are a, b."),
        ("x", [], ""),
        ("x", [f"w{n}" for n in range(20)], ""),
    ],
)
def test_nearest_word_is_named(word, known, sentence):
    assert nearest(word, known) == sentence
