"""What RevenueCat remembers: what each call writes into the documents, and the fold of the log.

A handler writes into a draft of the documents with the very functions by which `remember` folds the entry later, and
answers from the draft; so both cannot differ. Everything about the answer that the documents alone do not tell (which
attributes were refused, whose address `$ip` stands for, the instant) is read from the entry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import orjson
from dateutil.relativedelta import relativedelta

from mockserver.journal.entry import Direction, Entry, Finding, Severity, Verdict
from mockserver.vendors.contract import Call, Documents, VendorError
from mockserver.vendors.revenuecat import bodies
from mockserver.vendors.revenuecat.attributes import BY_CALLER, Kept, Sent, changed
from mockserver.vendors.revenuecat.errors import AttributesError
from mockserver.vendors.revenuecat.ids import words_of
from mockserver.vendors.revenuecat.records import (
    CLAIM,
    COUNTER,
    CUSTOMER,
    DELETED,
    Claim,
    Document,
    Grant,
    Revocation,
    blank,
    instant,
    millis,
)

IP_OF_CALLER = "ip-of-caller"
PLATFORMS = {  # by X-Platform in lower case: which of mParticle's two it is
    **dict.fromkeys(("ios", "ipados", "macos", "uikitformac", "tvos", "watchos", "visionos"), "ios"),
    **dict.fromkeys(("android", "amazon"), "android"),
}
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
_PATH = re.compile(
    r"/v1/subscribers/(?P<v1>[^/]+)(?:/entitlements/(?P<entitlement>[^/]+)/\w+)?(?:/\w+)?"
    r"|/v2/projects/[^/]+/customers/(?P<v2>[^/]+)/attributes"
)


class Request(NamedTuple):
    """One call, from the wire or from the log. `caller` is its address, `refused` the attributes not kept."""

    app_user_id: str
    entitlement: str
    headers: Mapping[str, str]
    content: bytes
    at: int
    caller: str
    refused: Collection[str] = ()

    @classmethod
    def of_call(cls, call: Call, at: int) -> Request:
        """A call to be answered; the id of a receipt's customer stands in its body."""
        args = call.args
        app_user_id = args.get("app_user_id") or args.get("customer_id") or ""
        return cls(app_user_id, args.get("entitlement", ""), call.headers, call.content, at, call.remote)

    @classmethod
    def of_entry(cls, entry: Entry) -> Request:
        """A call that was answered."""
        found = _PATH.fullmatch(entry.path)
        app_user_id = (found["v1"] or found["v2"]) if found else ""
        entitlement = (found["entitlement"] or "") if found else ""
        answer = _object(entry.answer)
        return cls(
            app_user_id,
            entitlement,
            dict(entry.headers),
            entry.content,
            _instant_of(entry, answer),
            _caller_of(entry),
            _refused_in(answer),
        )

    @property
    def platform(self) -> str:
        """`X-Platform`, in lower case."""
        return self.headers.get("x-platform", "").strip().lower()


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
    _set(request, documents, bodies.developer_attributes(request.content))


def post_receipt(request: Request, documents: Documents) -> None:
    """A receipt makes its transactions the customer's, until somebody else brings one."""
    body = bodies.receipt(request.content)
    own = request._replace(app_user_id=body.app_user_id)
    _set(own, documents, body.attributes)
    write = documents.get(COUNTER, "writes") or {"count": 0}
    for word in words_of(body.fetch_token):
        documents.put(CLAIM, word, Claim(own.app_user_id, own.at, write["count"])._asdict())


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


WRITES: Mapping[str, Callable[[Request, Documents], None]] = {
    "subscriber": see,
    "attributes": set_attributes,
    "receipts": post_receipt,
    "attribution": see,
    "promotional": grant,
    "revoke_promotionals": revoke,
    "delete_subscriber": delete,
    "customer_attributes": set_developer_attributes,
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
    return entry.operation == "attributes" and _object(entry.answer).get("code") == AttributesError.code


def _refused_in(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that an answer refuses, at its root or inside a receipt's answer."""
    told = answer.get("attributes_error_response", answer)
    errors = told.get("attribute_errors", ()) if isinstance(told, dict) else ()
    return tuple(one["key_name"] for one in errors)


def _instant_of(entry: Entry, answer: Mapping[str, Any]) -> int:
    """When it was, as it was answered; the stamp of the log where the answer does not tell."""
    told = answer.get("request_date_ms", dict(entry.answer_headers).get("x-revenuecat-request-time"))
    return int(told) if told is not None else entry.at


def _caller_of(entry: Entry) -> str:
    return next((caller_in(one) for one in entry.findings if one.rule == IP_OF_CALLER), "")


def caller_finding(path: str, caller: str) -> Finding:
    """The remark that `$ip` stands for an address, from which the fold learns it."""
    return Finding(path, IP_OF_CALLER, f'"true" stands for the address of the caller: {caller}', Severity.INFO)


def caller_in(finding: Finding) -> str:
    """The address in such a remark."""
    return finding.message.rpartition(": ")[2]


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
