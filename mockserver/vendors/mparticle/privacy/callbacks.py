"""Status callbacks: a message to each address in a request whenever its status changes (mparticle.md §8).

Where the contract is silent: it has the members of a status but the group, is sent at once and not gathered for a
quarter of an hour, and is tried again after that long, three times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import orjson

from mockserver.journal.entry import Entry
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.tenants import instant
from mockserver.vendors.contract import Channel, Delivery, Forwarding, Message, Writing
from mockserver.vendors.mparticle.privacy import answers, state

CALLBACKS = "dsr_callbacks"
CREATE, CANCEL = "create_subject_request", "cancel_subject_request"
"""The operations that change a status at once; the clock does the rest."""

_PATIENCE = (timedelta(minutes=15),) * 3


def forward(entry: Entry, forwarding: Forwarding) -> Sequence[Message]:
    """A message for each status that the entry brings about, by itself or by the time that passes then."""
    if entry.operation not in (CREATE, CANCEL):
        return ()
    kept = state.find(forwarding.tenant.documents(entry.vendor), _request_id(entry))
    if kept is None:  # the journal was cleared meanwhile
        return ()
    return [
        _message(entry, forwarding, kept, url, at_ms)
        for at_ms in _changes(kept, entry.operation)
        for url in dict.fromkeys(kept["callbacks"])
    ]


def write(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:  # noqa: ARG001  the shape of `Channel.write`
    """Nothing: what stores do concerns no data subject request."""
    return ()


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """The headers that answers have too."""
    return answers.signature(delivery.credentials["secret"], message.body)


CHANNEL = Channel(
    title="Statuses of data subject requests",
    write=write,
    sign=sign,
    retries=_PATIENCE,
    forward=forward,
    addressed=True,
)


def _request_id(entry: Entry) -> str:
    if entry.operation == CANCEL:
        return state.key_of_path(entry.path)
    request_id: str = orjson.loads(entry.content)["subject_request_id"]
    return request_id


def _changes(kept: state.Document, operation: str) -> Iterator[int]:
    """The instants at which the status becomes another by this operation; what was cancelled does not go on."""
    if operation == CANCEL:
        yield kept["cancelled"]
        return
    later = (kept["begins"], kept["completes"]) if kept["cancelled"] is None else ()
    yield from dict.fromkeys((kept["received"], *later))


def _message(entry: Entry, forwarding: Forwarding, kept: state.Document, url: str, at_ms: int) -> Message:
    pair = forwarding.tenant.credentials(entry.vendor)
    told = kept if entry.operation == CANCEL else {**kept, "cancelled": None}
    body = answers.status(told, at_ms, pair, kept["origin"])
    status = body["request_status"]
    return Message(
        vendor=entry.vendor,
        channel=CALLBACKS,
        event=f"{kept['kind']}_{status}",
        subject=kept["id"],
        at=instant(at_ms),
        id=forwarding.ids.uuid(entry.id, status, url),
        body=orjson.dumps({name: value for name, value in body.items() if name != "group_id"}),
        url=url,
        feed=entry.input,
    )
