"""What RevenueCat remembers: what each call writes into the documents, and the fold of the log.

A handler writes into a draft of the documents with the very functions by which `remember` folds the entry later, and
answers from the draft; so both cannot differ. Everything about the answer that the documents alone do not tell (which
attributes were refused, whose address `$ip` stands for, the instant, what was decided) is read from the entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from dateutil.relativedelta import relativedelta

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.vendors.contract import Documents, VendorError
from mockserver.vendors.revenuecat import bodies, developer_bodies
from mockserver.vendors.revenuecat.attributes import BY_CALLER, Kept, Sent, changed
from mockserver.vendors.revenuecat.errors import AttributesError
from mockserver.vendors.revenuecat.ids import words_of
from mockserver.vendors.revenuecat.records import (
    CLAIM,
    CLAIMS,
    COUNTER,
    CUSTOMER,
    DELETED,
    WEBHOOK,
    WEBHOOKS,
    Claim,
    Document,
    Grant,
    Revocation,
    blank,
    instant,
    millis,
)
from mockserver.vendors.revenuecat.request import PLATFORMS, Request, object_in

_DURATIONS = {  # `lifetime` has none
    "daily": relativedelta(days=1),
    "three_day": relativedelta(days=3),
    "weekly": relativedelta(weeks=1),
    "two_week": relativedelta(weeks=2),
    "monthly": relativedelta(months=1),
    "two_month": relativedelta(months=2),
    "three_month": relativedelta(months=3),
    "six_month": relativedelta(months=6),
    "yearly": relativedelta(years=1),
}


def attributes_of(request: Request, sent: Mapping[str, Sent]) -> dict[str, Sent]:
    """What was sent, with what only the backend can see put in: `$ip` and `$deviceVersion` (revenuecat.md §7)."""
    version = f"{request.headers.get('x-platform', '')} {request.headers.get('x-platform-version', '')}".strip()
    seen = {"$ip": request.caller, "$deviceVersion": version}
    return {
        key: one._replace(value=seen[key]) if one.value == BY_CALLER and seen.get(key) else one
        for key, one in sent.items()
    }


def grant_of(request: Request) -> Grant:
    """The grant that a body asks for; an end decides, else the duration from its start, else from now."""
    wanted = bodies.grant(request.content)
    end = wanted.end_time_ms
    if end is None and wanted.duration in _DURATIONS:
        start = request.at if wanted.start_time_ms is None else wanted.start_time_ms
        end = millis(instant(start) + _DURATIONS[wanted.duration])
    name = wanted.duration if wanted.end_time_ms is None else "custom"
    product_id = f"rc_promo_{request.entitlement}_{name}"
    words = "\x1f".join((request.app_user_id, product_id, str(request.at), str(end)))
    id_ = hashlib.blake2b(words.encode(), digest_size=16).hexdigest()
    return Grant(id_, request.entitlement, product_id, request.at, end)


def see(request: Request, documents: Documents) -> None:
    """A customer was asked for: made if new, seen if an app asks."""
    _store(request, documents, *_customer(request, documents))


def set_attributes(request: Request, documents: Documents) -> None:
    """The attributes of v1's body."""
    _set(request, documents, bodies.attributes(request.content))


def set_developer_attributes(request: Request, documents: Documents) -> None:
    """The attributes of v2's body."""
    _set(request, documents, developer_bodies.developer_attributes(request.content))


def post_receipt(request: Request, documents: Documents) -> None:
    """A receipt makes its transactions the customer's, until somebody else brings one."""
    body = bodies.receipt(request.content)
    own = request._replace(app_user_id=body.app_user_id)
    _set(own, documents, body.attributes)
    _claim(own, documents, own.app_user_id, words_of(body.fetch_token), forced=False)


def grant(request: Request, documents: Documents) -> None:
    """A promotional entitlement."""
    document, write = _customer(request, documents)
    document["grants"].append(grant_of(request)._replace(write=write)._asdict())
    _store(request, documents, document, write)


def revoke(request: Request, documents: Documents) -> None:
    """All promotional entitlements of a name, wherever they come from."""
    document, write = _customer(request, documents)
    document["revocations"].append(Revocation(request.entitlement, request.at, write)._asdict())
    _store(request, documents, document, write)


def delete(request: Request, documents: Documents) -> None:
    """A customer is gone; a mark keeps a person of the history, and other ids of the same customer, from staying."""
    documents.delete(CUSTOMER, request.app_user_id)
    documents.put(DELETED, request.app_user_id, {"at": request.at, "write": _next_write(documents)})


def transfer(request: Request, documents: Documents) -> None:
    """A developer moves a customer's purchases to another one."""
    target = developer_bodies.transfer(request.content).target_customer_id
    _store(request, documents, *_customer(request, documents))
    chains = [move["chain"] for move in request.details.get("moves", ())]
    _claim(request, documents, target, chains, forced=True)


def enroll(request: Request, documents: Documents) -> None:
    """A customer takes part in an experiment."""
    document, write = _customer(request, documents)
    body = developer_bodies.enrollment(request.content)
    told = {"experiment_id": body.experiment_id, "experiment_variant": body.variant, "enrolled_at_ms": request.at}
    document["experiments"] = [*document.get("experiments", ()), {**told, "write": write}]
    _store(request, documents, document, write)


def set_webhook(request: Request, documents: Documents) -> None:
    """A webhook integration is made, or some of it changed."""
    id_ = request.webhook or request.details.get("webhook_id", "")
    if not request.webhook:
        count = (documents.get(COUNTER, WEBHOOKS) or {"count": 0})["count"] + 1
        documents.put(COUNTER, WEBHOOKS, {"count": count})
    known = documents.get(WEBHOOK, id_) or {"created_at": request.at}
    documents.put(WEBHOOK, id_, {**known, **developer_bodies.webhook(request.content, is_new=not request.webhook)})


def delete_webhook(request: Request, documents: Documents) -> None:
    """A webhook integration is gone."""
    documents.delete(WEBHOOK, request.webhook)


WRITES: Mapping[str, Callable[[Request, Documents], None]] = {
    "subscriber": see,
    "attributes": set_attributes,
    "receipts": post_receipt,
    "attribution": see,
    "promotional": grant,
    "revoke_promotionals": revoke,
    "delete_subscriber": delete,
    "customer_attributes": set_developer_attributes,
    "transfer_customer": transfer,
    "enroll_customer": enroll,
    "create_webhook": set_webhook,
    "update_webhook": set_webhook,
    "delete_webhook": delete_webhook,
}


def remember(entry: Entry, documents: Documents) -> None:
    """Fold an entry into what is known: what was accepted, and of refused attributes the others."""
    write = WRITES.get(entry.operation)
    if write is None or entry.direction is not Direction.IN:
        return
    if entry.verdict is not Verdict.ACCEPTED and not _is_partly_kept(entry):
        return
    try:
        write(Request.of_entry(entry), documents)
    except VendorError:  # accepted under other rules than today's: an imported log
        return


def _set(request: Request, documents: Documents, sent: Mapping[str, Sent]) -> None:
    document, write = _customer(request, documents)
    known = {key: Kept(**one) for key, one in document["attributes"].items()}
    kept = {key: one for key, one in attributes_of(request, sent).items() if key not in request.refused}
    outcome = changed(known, kept, request.at, write=write)
    document["attributes"] = {key: one._asdict() for key, one in outcome.kept.items()}
    _store(request, documents, document, write)


def _claim(request: Request, documents: Documents, holder: str, words: Iterable[str], *, forced: bool) -> None:
    """Transactions are somebody's from now on; `details` have the person where it is one of the history."""
    write = documents.get(COUNTER, "writes") or {"count": 0}
    claim = Claim(holder, request.at, write["count"], forced, request.details.get("person"))
    for word in words:
        documents.put(CLAIM, word, claim._asdict())
        documents.put(COUNTER, CLAIMS, {"count": write["count"]})


def _customer(request: Request, documents: Documents) -> tuple[Document, int]:
    write = _next_write(documents)
    return documents.get(CUSTOMER, request.app_user_id) or blank(request.at, write), write


def _store(request: Request, documents: Documents, document: Document, write: int) -> None:
    """Every call writes, but only an app that names its platform has seen the customer (revenuecat.md §12)."""
    if request.platform:
        document["last_seen"] = request.at
    if request.platform in PLATFORMS:
        document["platform"] = {"name": PLATFORMS[request.platform], "write": write}
    documents.put(CUSTOMER, request.app_user_id, {**document, "write": write, "written": request.at})


def _next_write(documents: Documents) -> int:
    count: int = (documents.get(COUNTER, "writes") or {"count": 0})["count"] + 1
    documents.put(COUNTER, "writes", {"count": count})
    return count


def _is_partly_kept(entry: Entry) -> bool:
    return entry.operation == "attributes" and object_in(entry.answer).get("code") == AttributesError.code
