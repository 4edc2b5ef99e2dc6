"""One call to the API, as it comes in or as the log has it: both are written by the same functions (`state.py`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Entry, Finding, Severity
from mockserver.vendors.contract import Call

IP_OF_CALLER = "ip-of-caller"
PLATFORMS = {  # by X-Platform in lower case: which of mParticle's two it is
    **dict.fromkeys(("ios", "ipados", "macos", "uikitformac", "tvos", "watchos", "visionos"), "ios"),
    **dict.fromkeys(("android", "amazon"), "android"),
}
_PATH = re.compile(
    r"/v1/subscribers/(?P<v1>[^/]+)(?:/entitlements/(?P<entitlement>[^/]+)/\w+)?(?:/\w+)?"
    r"|/(?:v2|dashboard)/projects/[^/]+/customers/(?P<v2>[^/]+)(?:/.*)?"
    r"|/v2/projects/[^/]+/integrations/webhooks/(?P<webhook>[^/]+)"
)
_NAMES = tuple(_PATH.groupindex)
_NOTHING: Mapping[str, Any] = {}


class Request(NamedTuple):
    """One call, from the wire or from the log.

    `caller` is its address, `refused` the attributes not kept, `details` what its handler has decided.
    """

    app_user_id: str
    entitlement: str
    webhook: str
    headers: Mapping[str, str]
    content: bytes
    at: int
    caller: str
    refused: Collection[str] = ()
    details: Mapping[str, Any] = _NOTHING

    @classmethod
    def of_call(cls, call: Call, at: int) -> Request:
        """A call to be answered; the id of a receipt's customer stands in its body."""
        args = call.args
        app_user_id = args.get("app_user_id") or args.get("customer_id") or ""
        return cls(
            app_user_id,
            args.get("entitlement", ""),
            args.get("webhook_id", ""),
            call.headers,
            call.content,
            at,
            call.remote,
        )

    @classmethod
    def of_entry(cls, entry: Entry) -> Request:
        """A call that was answered."""
        found = _PATH.fullmatch(entry.path)
        named = {name: text or "" for name, text in found.groupdict().items()} if found else dict.fromkeys(_NAMES, "")
        answer = object_in(entry.answer)
        return cls(
            named["v1"] or named["v2"],
            named["entitlement"],
            named["webhook"],
            dict(entry.headers),
            entry.content,
            _instant_of(entry, answer),
            _caller_of(entry),
            _refused_in(answer),
            entry.details,
        )

    @property
    def platform(self) -> str:
        """`X-Platform`, in lower case."""
        return self.headers.get("x-platform", "").strip().lower()


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


def object_in(content: bytes) -> dict[str, Any]:
    """The JSON object of a body, empty where there is none."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
