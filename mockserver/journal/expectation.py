"""What is expected of the journal: questions, how many answers each may have, their order, and sums of money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from mockserver.errors import InvalidError, nearest
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.jsonpath import OPERATORS, Where, parse_path
from mockserver.journal.matchers import Matcher
from mockserver.journal.query import Question, Subject
from mockserver.journal.search import instant, line

_QUESTION = tuple(one.name for one in fields(Question))
_TEXTS = ("vendor", "operation", "channel", "input", "event", "kind", "run", "path", "rule", "id", "currency")
_INSTANTS = ("since", "until", "received_since")
_FIELDS = (*(name for name in _QUESTION if name not in {"subjects", "where"}), "subject", "where", "finding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A question and how many events are to answer it: exactly `count`, or from `at_least` to `at_most`.

    At least one, unless something is said. Only events that the vendor accepted and kept count, unless the question
    asks for others. `matchers` judge each event further, in Python.
    """

    question: Question
    count: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    matchers: tuple[Matcher, ...] = ()

    def __post_init__(self) -> None:
        if self.count is not None and (self.at_least is not None or self.at_most is not None):
            raise InvalidError("An expectation has a count, or at_least and at_most, not both.")
        if any(number is not None and number < 0 for number in (self.count, self.at_least, self.at_most)):
            raise InvalidError("A count is not negative.")
        if self.high is not None and self.low > self.high:
            raise InvalidError(f"At least {self.low} and at most {self.high} cannot both be.")

    @property
    def low(self) -> int:
        """How many at least."""
        if self.count is not None:
            return self.count
        if self.at_least is not None:
            return self.at_least
        return 0 if self.at_most is not None else 1

    @property
    def high(self) -> int | None:
        """How many at most, None if as many as you like."""
        return self.at_most if self.count is None else self.count

    @property
    def is_open(self) -> bool:
        """Whether nobody said how many."""
        return self.count is None and self.at_least is None and self.at_most is None

    @property
    def asked(self) -> Question:
        """The question with what is understood unless something else is said: accepted and kept."""
        question = self.question
        if question.verdict is None:
            question = replace(question, verdict=Verdict.ACCEPTED)
        if question.dropped is None and question.verdict is Verdict.ACCEPTED:
            question = replace(question, dropped=False)
        return question

    @property
    def wanted(self) -> str:
        """How many, in words."""
        if self.high is None:
            return f"at least {self.low}"
        if self.high == 0:
            return "none"
        if self.low == self.high:
            return f"exactly {self.low}"
        return f"{self.low} to {self.high}" if self.low else f"at most {self.high}"

    def __str__(self) -> str:
        return line(self.question) or "any event"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRevenue:
    """The sum of what the events of a subject say was paid, in one currency.

    Refunds count as they are told, with a minus. What came in is counted unless said otherwise: a message from one of
    our vendors to another is in the journal twice.
    """

    subject: str
    currency: str
    amount: Decimal
    vendor: str = ""
    direction: Direction | None = Direction.IN
    channel: str = ""

    @property
    def question(self) -> Question:
        """The events whose amounts are added up."""
        return Question(
            vendor=self.vendor,
            direction=None if self.channel else self.direction,
            channel=self.channel,
            subjects=(Subject(self.subject),),
            currency=self.currency,
            verdict=Verdict.ACCEPTED,
            dropped=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Everything expected at once.

    `ordered`: the first event of each expectation comes later than that of the one before. `exact`: of the vendors,
    directions and subjects that the expectations are about, nothing else came, and each came once unless it says how
    often. `within` seconds it has to come true, and then it has to stay true for `stays` seconds.
    """

    expectations: tuple[Expectation, ...] = ()
    ordered: bool = False
    exact: bool = False
    revenue: tuple[ExpectedRevenue, ...] = ()
    within: float = 0.0
    stays: float = 0.0

    def __post_init__(self) -> None:
        for name, seconds in (("within", self.within), ("stays", self.stays)):
            if not 0 <= seconds < float("inf"):
                raise InvalidError(f"{name} is a number of seconds, not {seconds}.")

    @property
    def meant(self) -> tuple[Expectation, ...]:
        """The expectations with what `exact` says about their counts."""
        if not self.exact:
            return self.expectations
        return tuple(replace(one, count=1) if one.is_open else one for one in self.expectations)


def expect(
    event: str = "",
    *,
    count: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    matchers: tuple[Matcher, ...] = (),
    **asked: Any,
) -> Expectation:
    """An expectation from words: those of Question, `subject`, and kinds of subjects (`customer_id="u-1"`).

    `where` maps paths to values, or to one comparison: `{"data.price": 9.99, "data.tries": {">": 2}}`. A word with a
    dot in it is such a path itself.

    Raises:
        InvalidError: a word or value that cannot be meant; the sentence names the nearest that can.
    """
    question = question_of({**asked, **({"event": event} if event else {})})
    return Expectation(question=question, count=count, at_least=at_least, at_most=at_most, matchers=matchers)


def question_of(asked: Mapping[str, Any]) -> Question:
    """The question that words ask: those of Question, `subject`, paths, and kinds of subjects.

    Raises:
        InvalidError: as for `expect`.
    """
    found: dict[str, Any] = {}
    subjects: list[Subject] = list(asked.get("subjects", ()))
    paths = {word: value for word, value in asked.items() if "." in word}
    for word, value in asked.items():
        if value is None or word == "subjects" or word in paths:
            continue
        if word == "subject":
            subjects.append(Subject(_text(word, value)))
        elif word == "finding":
            found["rule"] = _text(word, value)
        elif word in _FIELDS:
            found[word] = _field(word, value)
        else:
            subjects.append(_subject(word, value))
    where = (*found.pop("where", ()), *conditions(paths))
    return Question(**found, subjects=tuple(subjects), where=where)


def conditions(asked: Mapping[str, Any]) -> tuple[Where, ...]:
    """Conditions from paths and values; a value that is an object with one comparison compares.

    Raises:
        InvalidError: a path or comparison that cannot be read.
    """
    return tuple(_condition(path, value) for path, value in asked.items())


def _condition(path: str, value: Any) -> Where:
    if isinstance(value, Mapping) and len(value) == 1:
        (operator, inner), *_ = value.items()
        if operator in OPERATORS:
            return Where(parse_path(path), operator, inner)
    return Where(parse_path(path), "=", value)


def _subject(kind: str, value: Any) -> Subject:
    close = get_close_matches(kind, (*_FIELDS, "count", "at_least", "at_most"), n=1, cutoff=0.8)
    if close:
        raise InvalidError(f"There is no word {kind!r}. Did you mean {close[0]!r}?")
    return Subject(_text(kind, value), kind)


def _field(word: str, value: Any) -> Any:
    if word in _TEXTS:
        return _text(word, value)
    if word in _INSTANTS:
        return value if isinstance(value, datetime) and value.tzinfo else instant(word, _text(word, value))
    return _READ[word](value)


def _text(word: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidError(f"{word} is a text, not {value!r}.")
    return str(value)


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise InvalidError(f"amount is a decimal such as 9.99, not {value!r}.") from None


def _direction(value: Any) -> Direction:
    try:
        return Direction(value)
    except ValueError:
        raise InvalidError(f"There is no direction {value!r}.{nearest(str(value), list(Direction))}") from None


def _verdict(value: Any) -> Verdict:
    try:
        return Verdict(value)
    except ValueError:
        raise InvalidError(f"There is no verdict {value!r}.{nearest(str(value), list(Verdict))}") from None


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidError(f"status is a number such as 202, not {value!r}.")
    return value


def _dropped(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidError(f"dropped is true or false, not {value!r}.")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text("text", one) for one in (value if isinstance(value, list | tuple) else [value]))


def _where(value: Any) -> tuple[Where, ...]:
    return conditions(value) if isinstance(value, Mapping) else tuple(value)


_READ = {
    "direction": _direction,
    "verdict": _verdict,
    "dropped": _dropped,
    "status": _status,
    "amount": _amount,
    "text": _texts,
    "where": _where,
}
