"""The search line: a question as people type it.

    vendor:adapty event:trial_started is:rejected customer_id:u-1 data.price>=5 since:2026-01-15 "free text"

Words that are not ours are kinds of subjects. Whatever has a comparison in it is a JSON path; `has:PATH` and `no:PATH`
ask whether there is anything, `finding:RULE` and `finding:*` what was found fault with. A value with blanks stands
between double quotes, where a backslash takes the meaning from the next character. A quoted value is text; a bare one
is whatever reads like it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from mockserver.errors import InvalidError, nearest
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.jsonpath import Where, parse_path, quoted, unescaped
from mockserver.journal.query import ANY_KIND, Question, Subject

_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_TOKEN = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+', re.DOTALL)
_WHOLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_HEAD = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|\['[^']*'\]|[^":=<>~!]|!(?!=))*""", re.DOTALL)
_OPERATOR = re.compile(r"!=|>=|<=|=|>|<|~")

Fields = dict[str, Any]
Take = Callable[[Fields, str, str], None]


def parse(line: str, vendors: tuple[str, ...] = ()) -> Question:
    """The question that a search line asks. With `vendors`, others are refused.

    Raises:
        InvalidError: something in it cannot be understood; the sentence says what, and what was probably meant.
    """
    fields: Fields = {}
    for token in _tokens(line):
        _take(fields, token)
    vendor = fields.get("vendor", "")
    if vendors and vendor and vendor not in vendors:
        raise InvalidError(f"There is no vendor {vendor!r}.{nearest(vendor, vendors)}")
    return Question(**fields)


def _tokens(line: str) -> Iterator[str]:
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(line, at)
        if token is None or (token.end() < len(line) and not line[token.end()].isspace()):
            raise InvalidError(f"A quotation mark is not closed in: {line[at:].strip()}")
        yield token[0]
        at = token.end()


def _take(fields: Fields, token: str) -> None:
    whole = _WHOLE.fullmatch(token)
    if whole:
        fields["text"] = (*fields.get("text", ()), unescaped(whole[1]))
        return
    match = _HEAD.match(token)
    head = match[0] if match else ""
    rest = token[len(head) :]
    operator = _OPERATOR.match(rest)
    if operator:
        _condition(fields, head, operator[0], rest[operator.end() :])
    elif rest.startswith(":"):
        _word(fields, head, rest[1:])
    elif rest:
        raise InvalidError(f"{token!r} cannot be understood from {rest!r} on.")
    else:
        fields["text"] = (*fields.get("text", ()), _value(token)[0])


def _condition(fields: Fields, path: str, operator: str, text: str) -> None:
    if not path:
        raise InvalidError(f"Nothing stands before {operator!r}; write a path such as data.price{operator}{text or 5}.")
    if not text:
        raise InvalidError(f"Nothing is compared with {path!r}; write {path}{operator}VALUE.")
    value, bare = _value(text)
    _add_condition(fields, Where(parse_path(path), operator, value, loose=bare))


def _add_condition(fields: Fields, condition: Where) -> None:
    fields["where"] = (*fields.get("where", ()), condition)


def _word(fields: Fields, word: str, text: str) -> None:
    if not _WORD.fullmatch(word):
        raise InvalidError(f"{word!r} is not a word that can be asked for; words look like event: or customer_id:.")
    if not text:
        raise InvalidError(f"Nothing stands after {word}: in the search.")
    take = _WORDS.get(word)
    if take is not None:
        take(fields, word, text)
        return
    close = get_close_matches(word, _WORDS, n=1, cutoff=0.8)
    if close:
        raise InvalidError(f"There is no word {word!r}. Did you mean {close[0]!r}?")
    _add_subject(fields, Subject(_value(text)[0], word))


def _value(text: str) -> tuple[str, bool]:
    """A value without its quotation marks, and whether it had none."""
    whole = _WHOLE.fullmatch(text)
    if whole:
        return unescaped(whole[1]), False
    if '"' in text:
        raise InvalidError(f"Quotation marks stand around a whole value, not within it: {text}")
    return text, True


def _add_subject(fields: Fields, subject: Subject) -> None:
    fields["subjects"] = (*fields.get("subjects", ()), subject)


def _set(fields: Fields, word: str, name: str, value: Any) -> None:
    if name in fields:
        raise InvalidError(f"{word}: says again what was said before: {fields[name]}.")
    fields[name] = value


def _take_text(fields: Fields, word: str, text: str) -> None:
    _set(fields, word, word, _value(text)[0])


def _take_finding(fields: Fields, word: str, text: str) -> None:
    _set(fields, word, "rule", _value(text)[0])


def _take_subject(fields: Fields, _word: str, text: str) -> None:
    kind, equals, value = text.partition("=")
    if equals and not kind.startswith('"'):
        _add_subject(fields, Subject(_value(value)[0], kind))
    else:
        _add_subject(fields, Subject(_value(text)[0], ANY_KIND))


def _take_direction(fields: Fields, word: str, text: str) -> None:
    _set(fields, word, "direction", _member(Direction, word, _value(text)[0]))


def _member(kind: type[StrEnum], word: str, text: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise InvalidError(f"{word}: knows no {text!r}.{nearest(text, list(kind))}") from None


def _take_is(fields: Fields, word: str, text: str) -> None:
    state = _value(text)[0]
    if state in {"dropped", "kept"}:
        _set(fields, word, "dropped", state == "dropped")
    elif state in list(Verdict):
        _set(fields, word, "verdict", Verdict(state))
    else:
        raise InvalidError(f"is: knows no {state!r}.{nearest(state, [*Verdict, 'dropped', 'kept'])}")


def _take_status(fields: Fields, word: str, text: str) -> None:
    value = _value(text)[0]
    if not (value.isascii() and value.isdecimal() and len(value) <= 3):
        raise InvalidError(f"status: is a number such as 202, not {value!r}.")
    _set(fields, word, "status", int(value))


def _take_amount(fields: Fields, word: str, text: str) -> None:
    value = _value(text)[0]
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise InvalidError(f"amount: is a decimal such as 9.99, not {value!r}.")
    _set(fields, word, "amount", amount)


def _take_instant(fields: Fields, word: str, text: str) -> None:
    _set(fields, word, "received_since" if word == "received" else word, instant(word, _value(text)[0]))


def instant(word: str, text: str) -> datetime:
    """A day or an instant, in UTC unless it says otherwise.

    Raises:
        InvalidError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidError(f"{word}: is a day or an instant such as 2026-01-15T10:00:00Z, not {text!r}.") from None


def _take_presence(fields: Fields, word: str, text: str) -> None:
    _add_condition(fields, Where(parse_path(text), "exists", word == "has"))


_TEXTS = ("vendor", "operation", "channel", "input", "event", "kind", "run", "path", "rule", "id", "currency")
_WORDS: dict[str, Take] = {
    **dict.fromkeys(_TEXTS, _take_text),
    **dict.fromkeys(("since", "until", "received"), _take_instant),
    **dict.fromkeys(("has", "no"), _take_presence),
    **dict.fromkeys(("finding", "rule"), _take_finding),
    "direction": _take_direction,
    "subject": _take_subject,
    "is": _take_is,
    "status": _take_status,
    "amount": _take_amount,
}
WORDS = tuple(sorted(_WORDS))


def meant(line: str, kinds: Collection[str]) -> str:
    """What to say of a line that found nothing: a word near one that is no kind of subject anybody has, else nothing.

    Raises:
        InvalidError: as for `parse`.
    """
    asked = (subject.kind for subject in parse(line).subjects if subject.kind != ANY_KIND)
    known = dict.fromkeys((*kinds, *WORDS))
    close = (get_close_matches(kind, known, n=1) for kind in asked if kind not in known)
    return next((f"Did you mean {near[0]}:?" for near in close if near), "")


def line(question: Question) -> str:
    """The search line that asks a question: `parse` gives it back."""
    return " ".join(_said(question))


def _said(question: Question) -> Iterator[str]:
    for name in ("direction", *_TEXTS):
        if value := getattr(question, name):
            yield f"{'finding' if name == 'rule' else name}:{_written(str(value))}"
    yield from (_subject(subject) for subject in question.subjects)
    if question.verdict is not None:
        yield f"is:{question.verdict}"
    if question.dropped is not None:
        yield "is:dropped" if question.dropped else "is:kept"
    for name in ("status", "amount"):
        if (value := getattr(question, name)) is not None:
            yield f"{name}:{value}"
    for word, instant in (("since", question.since), ("until", question.until), ("received", question.received_since)):
        if instant is not None:
            yield f"{word}:{instant.isoformat().replace('+00:00', 'Z')}"
    yield from (str(condition) for condition in question.where)
    yield from (quoted(text) for text in question.text)


def _subject(subject: Subject) -> str:
    value = _written(subject.value)
    if subject.kind == ANY_KIND:
        return f"subject:{quoted(subject.value) if '=' in subject.value else value}"
    ours = subject.kind in _WORDS or get_close_matches(subject.kind, _WORDS, n=1, cutoff=0.8)
    if ours or not _WORD.fullmatch(subject.kind):
        return f"subject:{subject.kind}={value}"
    return f"{subject.kind}:{value}"


def _written(text: str) -> str:
    return quoted(text) if not text or re.search(r'[\s"]', text) else text


def without(question: Question, *names: str) -> Question:
    """The question without some of what it asks for."""
    blank = Question()
    return replace(question, **{name: getattr(blank, name) for name in names})
