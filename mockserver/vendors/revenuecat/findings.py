"""What RevenueCat's manual says is wrong with a call, or worth knowing of it, whatever was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.contract import Call
from mockserver.vendors.revenuecat.attributes import BY_CALLER, OLDER, Outcome, Sent
from mockserver.vendors.revenuecat.bodies import Wanted
from mockserver.vendors.revenuecat.records import Grant
from mockserver.vendors.revenuecat.request import PLATFORMS, caller_finding

DEPRECATED_ATTRIBUTION = (
    Finding("", "deprecated", "attribution data is deprecated: set attributes instead", Severity.INFO),
)
_PLATFORMS = frozenset({*PLATFORMS, "stripe", "roku", "paddle"})


def of_call(call: Call) -> tuple[Finding, ...]:
    """What any call may do wrong."""
    return tuple(_of_call(call))


def of_attributes(sent: Mapping[str, Sent], outcome: Outcome, caller: str) -> tuple[Finding, ...]:
    """What became of attributes: refused, passed over, or filled in."""
    return tuple(_of_attributes(sent, outcome, caller))


def of_receipt(call: Call, *, is_known: bool) -> tuple[Finding, ...]:
    """What may be wrong with a receipt."""
    return tuple(_of_receipt(call, is_known=is_known))


def of_grant(wanted: Wanted, grant: Grant) -> tuple[Finding, ...]:
    """What may be wrong with a grant."""
    return tuple(_of_grant(wanted, grant))


def _of_call(call: Call) -> Iterator[Finding]:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.body and call.method == "POST" and kind != "application/json":
        yield Finding("content-type", "content-type", f"application/json is wanted, {kind or 'nothing'} was sent")
    platform = call.headers.get("x-platform", "").strip().lower()
    if platform and platform not in _PLATFORMS:
        yield Finding("x-platform", "unknown-platform", f"{platform!r} is none of {', '.join(sorted(_PLATFORMS))}")
    if platform and "sk_" in call.headers.get("authorization", "") and call.method == "GET":
        text = "an app's X-Platform with the secret key: the key must never be in an app, and last_seen is changed"
        yield Finding("x-platform", "secret-key-in-app", text)


def _of_attributes(sent: Mapping[str, Sent], outcome: Outcome, caller: str) -> Iterator[Finding]:
    for key, message in outcome.refused:
        yield Finding(_path(key), "attribute-refused", f"{key}: {message}", Severity.ERROR)
    for key, message in outcome.passed_over:
        if message:
            severity = Severity.INFO if message == OLDER else Severity.WARNING
            yield Finding(_path(key), "attribute-kept", f"{key} {message}", severity)
    if "key_name" in sent:
        text = "key_name is the placeholder of the OpenAPI description, kept as an attribute of that name"
        yield Finding(_path("key_name"), "placeholder", text)
    address = sent.get("$ip")
    if address is not None and address.value == BY_CALLER and caller:
        yield caller_finding(_path("$ip"), caller)


def _of_receipt(call: Call, *, is_known: bool) -> Iterator[Finding]:
    if not call.headers.get("x-platform", "").strip():
        yield Finding("x-platform", "no-platform", "X-Platform is required with a receipt")
    if not is_known:
        text = "no transaction of this tenant's subscribers has its id in the token, so it proves no purchase"
        yield Finding("/fetch_token", "unknown-purchase", text, Severity.INFO)


def _of_grant(wanted: Wanted, grant: Grant) -> Iterator[Finding]:
    for name in ("duration", "start_time_ms"):
        if getattr(wanted, name) not in {None, ""}:
            yield Finding(
                f"/{name}", "deprecated", f"{name} is deprecated: end_time_ms says when it ends", Severity.INFO
            )
    if grant.expires_at is not None and grant.expires_at <= grant.granted_at:
        yield Finding("", "ends-in-the-past", "by the tenant's clock the grant is over as soon as it is made")


def _path(key: str) -> str:
    return f"/attributes/{key.replace('~', '~0').replace('/', '~1')}"
