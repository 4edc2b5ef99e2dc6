"""The webhook: accepted batches, passed on to one address as soon as they have come in (mparticle.md §9).

Where the manual is silent: a message about each event has an id of its own and the batch's `batch_id`; a batch all of
whose events are switched off or blocked is not told at all; a batch is not held back to be gathered with others of its
device; what is refused with a status of 4xx other than 408 and 429 is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from mockserver.journal.entry import Entry
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.tenants import instant
from mockserver.vendors.contract import Channel, Delivery, Documents, Forwarding, Message, Writing
from mockserver.vendors.mparticle import names
from mockserver.vendors.mparticle.identity.batches import mpid_of
from mockserver.vendors.mparticle.identity.names import mpid_in, of_batch
from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.outbound import consents
from mockserver.vendors.mparticle.outbound.events import Circumstances, completed, data_of, is_told
from mockserver.vendors.mparticle.outbound.shape import SCHEMA_VERSION, Told, outbound
from mockserver.vendors.mparticle.outbound.sources import OPERATIONS, Brought, brought

WEBHOOK, BATCH, ALIAS = "webhook", "batch", "alias"
_PASSING_TROUBLES = (0, 408, 429)


def forward(entry: Entry, forwarding: Forwarding) -> Sequence[Message]:
    """The messages about an accepted entry."""
    settings = forwarding.tenant.settings(entry.vendor)
    if entry.operation == ALIAS:
        return [_of_alias(entry, forwarding)] if settings["webhook_alias_requests"] else []
    if entry.operation not in OPERATIONS:
        return []
    documents = forwarding.tenant.documents(entry.vendor)
    messages: list[Message] = []
    for one in brought(entry, documents, settings):
        come = Circumstances(forwarding.ids, settings, one.came, entry.at, one.origin)
        messages += _of_batch(one, come, documents)
    return messages


def write(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:  # noqa: ARG001  the shape of `Channel.write`
    """Nothing: stores do not tell mParticle, feeds do, and what they send comes in as anything else."""
    return ()


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:  # noqa: ARG001  the shape of `Channel.sign`
    """One fixed value; there is no signature."""
    value = delivery.settings["webhook_authorization"]
    return {"authorization": value} if value else {}


def gaps(settings: Mapping[str, Any]) -> tuple[timedelta, ...]:
    """The gaps between attempts."""
    return tuple(timedelta(seconds=seconds) for seconds in settings["webhook_retry_seconds"])


CHANNEL = Channel(
    title="Accepted batches",
    write=write,
    sign=sign,
    schedule=gaps,
    retry=lambda status: status in _PASSING_TROUBLES or status >= 500,
    forward=forward,
)


def _of_batch(one: Brought, come: Circumstances, documents: Documents) -> Iterator[Message]:
    from mockserver.vendors.mparticle.plans.tagging import passed

    settings = come.settings
    batch = passed(one.batch, documents, settings)
    left = [event for event in _events(batch) if is_told(event, settings)]
    if not left and (_events(one.batch) or not settings["webhook_empty_batches"]):
        return
    told = _told(batch, come, documents)
    whole = completed(left, come)
    by_event = [slice(at, at + 1) for at in range(len(left))]
    for at, part in enumerate(by_event if left and not settings["webhook_as_batch"] else [slice(None)]):
        message_id = come.ids.uuid("message", come.came, at)
        raw = {**batch, "events": left[part]}
        body = raw if settings["webhook_raw"] else outbound(batch, whole[part], told, come, message_id)
        yield _message(orjson.dumps(body), left[part], told.subject, come, message_id)


def _told(batch: Mapping[str, Any], come: Circumstances, documents: Documents) -> Told:
    mpid = mpid_of(batch, documents, come.settings)
    person = None if mpid is None else People(documents).get(mpid)
    return Told(mpid, person, consents.notifications(documents, mpid, come.came), _subject(batch, mpid))


def _subject(batch: Mapping[str, Any], mpid: int | None) -> str:
    """Whom tests ask about: the customer, else the user."""
    return of_batch(batch).get("customer_id") or ("" if mpid is None else str(mpid))


def _events(batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    events = batch.get("events")
    found = events if isinstance(events, list) else ()
    return [event for event in found if isinstance(event, dict) and isinstance(event.get("event_type"), str)]


def _message(
    body: bytes, events: Sequence[Mapping[str, Any]], subject: str, come: Circumstances, message_id: str
) -> Message:
    """A message as lists show it: under the name of its event, or as a batch."""
    kind, name, amount, currency = BATCH, "", None, None
    if len(events) == 1:
        kind, data = str(events[0]["event_type"]), data_of(events[0])
        name = names.event_name(kind, data, ())
        amount, currency = names.money(data) if kind == "commerce_event" else (None, None)
    return Message(
        vendor="mparticle",
        channel=WEBHOOK,
        event=name or kind,
        subject=subject,
        at=instant(come.at),
        id=message_id,
        body=body,
        amount=None if amount is None else Decimal(amount),
        currency=currency,
    )


def _of_alias(entry: Entry, forwarding: Forwarding) -> Message:
    """An alias request; its form is not documented, so it is that of the way in, with numbers for mpids."""
    request = orjson.loads(entry.content)
    data = request["data"]
    mpids = {name: mpid_in(data[name]) for name in ("source_mpid", "destination_mpid")}
    message_id = forwarding.ids.uuid("message", entry.id, 0)
    body = {
        "message_type": ALIAS,
        "schema_version": SCHEMA_VERSION,
        "message_id": message_id,
        "request_id": request.get("request_id"),
        "environment": request.get("environment"),
        "timestamp_unixtime_ms": entry.at,
        "data": {**data, **mpids},
    }
    return Message(
        vendor="mparticle",
        channel=WEBHOOK,
        event=ALIAS,
        subject=str(mpids["destination_mpid"]),
        at=instant(entry.at),
        id=message_id,
        body=orjson.dumps(body),
    )
