"""Questions as SQL: the part of them that the database answers, always with its indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select

from mockserver.journal.entry import Direction
from mockserver.journal.query import ANY_KIND, ANY_RULE, SUBJECT, Cursor, Question, Subject, millis
from mockserver.storage.tables import entries, events, findings, subjects

_ENTRY = (
    entries.c.id.label("entry"),
    entries.c.seq,
    entries.c.direction,
    entries.c.vendor,
    entries.c.operation,
    entries.c.input,
    entries.c.method,
    entries.c.path,
    entries.c.status,
    entries.c.received,
    entries.c.run,
    entries.c.flaws,
    entries.c.parts,
)
_EVENT = (
    events.c.n,
    events.c.name,
    events.c.kind,
    events.c.at,
    events.c.path.label("pointer"),
    events.c.id,
    events.c.amount,
    events.c.currency,
    events.c.verdict,
    events.c.dropped,
    events.c.part,
)
_JOINED = events.join(entries, and_(entries.c.tenant == events.c.tenant, entries.c.seq == events.c.seq))

Conditions = list[ColumnElement[bool]]


def events_asked(tenant: str, question: Question) -> Select[Any]:
    """The events that a question may be about, without order: what bodies must tell is still to be asked."""
    conditions = [*_of_entry(question), *_of_event(tenant, question)]
    if question.verdict is not None:
        conditions.append(events.c.verdict == question.verdict.value)
    if question.since is not None:
        conditions.append(events.c.at >= millis(question.since))
    if question.until is not None:
        conditions.append(events.c.at < millis(question.until))
    if question.rule:
        ruled = _with_rule(tenant, question.rule)
        near = or_(findings.c.event == events.c.n, findings.c.event == -1)
        part = or_(findings.c.part == events.c.part, findings.c.part == -1)
        conditions += [events.c.seq.in_(ruled), ruled.where(findings.c.seq == events.c.seq, near, part).exists()]
    return select(*_ENTRY, *_EVENT).select_from(_JOINED).where(*conditions)


def entries_asked(tenant: str, question: Question) -> Select[Any]:
    """The numbers of the entries that a question may be about, likewise."""
    conditions = [entries.c.tenant == tenant, *_of_entry(question)]
    if question.verdict is not None:
        conditions.append(entries.c.verdict == question.verdict.value)
    if question.since is not None:
        conditions.append(entries.c.at >= millis(question.since))
    if question.until is not None:
        conditions.append(entries.c.at < millis(question.until))
    if question.rule:
        conditions.append(entries.c.seq.in_(_with_rule(tenant, question.rule)))
    if question.about_events:
        conditions += _of_event(tenant, question)
        return select(events.c.seq).select_from(_JOINED).where(*conditions).distinct()
    for subject in question.subjects:
        conditions.append(entries.c.seq.in_(select(subjects.c.seq).where(*_about(tenant, subject))))
    return select(entries.c.seq).where(*conditions)


def rows_of_entries(tenant: str) -> Select[Any]:
    """Everything that the index has of entries."""
    return select(*_ENTRY, entries.c.at, entries.c.verdict).where(entries.c.tenant == tenant)


def page_of_events(asked: Select[Any], after: Cursor | None, *, newest: bool) -> Select[Any]:
    """The events after a place, in order."""
    seq, n = events.c.seq, events.c.n
    if after is not None:
        beyond = or_(seq < after.seq, n < after.n) if newest else or_(seq > after.seq, n > after.n)
        asked = asked.where(seq <= after.seq if newest else seq >= after.seq, beyond)
    return asked.order_by(seq.desc(), n.desc()) if newest else asked.order_by(seq, n)


def page_of_entries(asked: Select[Any], after: int | None, *, newest: bool) -> Select[Any]:
    """The numbers of the entries after one, in order."""
    seq: Any = asked.selected_columns[0]
    if after is not None:
        asked = asked.where(seq < after if newest else seq > after)
    return asked.order_by(seq.desc() if newest else seq)


def _of_entry(question: Question) -> Conditions:
    asked = (
        (entries.c.vendor, question.vendor),
        (entries.c.operation, question.operation),
        (entries.c.input, question.input),
        (entries.c.direction, question.direction),
    )
    conditions = [column == str(value) for column, value in asked if value]
    if question.channel:
        conditions += [entries.c.direction == Direction.OUT.value, entries.c.operation == question.channel]
    if question.status is not None:
        conditions.append(entries.c.status == question.status)
    if question.run:
        conditions += [entries.c.run == question.run, entries.c.run != literal_column("''")]
    if question.path:
        conditions.append(entries.c.path.icontains(question.path, autoescape=True))
    if question.received_since is not None:
        conditions.append(entries.c.received >= millis(question.received_since))
    return conditions


def _of_event(tenant: str, question: Question) -> Conditions:
    asked = (
        (events.c.name, question.event),
        (events.c.kind, question.kind),
        (events.c.id, question.id),
        (func.upper(events.c.currency), question.currency.upper()),
    )
    conditions: Conditions = [events.c.tenant == tenant]
    for number, subject in enumerate(question.subjects):
        about = _about(tenant, subject)
        if not number:  # drives the search: the index of names takes it in as well
            conditions.append(events.c.seq.in_(select(subjects.c.seq).where(*about)))
        conditions.append(exists().where(*about, subjects.c.seq == events.c.seq, subjects.c.part == events.c.part))
    conditions += [column == value for column, value in asked if value]
    if question.dropped is not None:
        conditions.append(events.c.dropped != "" if question.dropped else events.c.dropped == "")
    return conditions


def _about(tenant: str, subject: Subject) -> Conditions:
    conditions = [subjects.c.tenant == tenant, subjects.c.value == subject.value]
    if subject.kind != ANY_KIND:
        conditions.append(subjects.c.kind.in_((subject.kind, SUBJECT)))
    return conditions


def _with_rule(tenant: str, rule: str) -> Select[Any]:
    own = select(findings.c.seq).where(findings.c.tenant == tenant)
    return own if rule == ANY_RULE else own.where(findings.c.rule == rule)
