"""What Adapty's manual says is wrong with a call, whatever was answered (adapty.md §1, §3, §4.1, §7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from mockserver.journal.entry import Entry, Finding, Severity
from mockserver.vendors.adapty import schemas
from mockserver.vendors.adapty.state import CUSTOMER_HEADER, PROFILE_HEADER, Identity

OLDEST_LONGEST_VALUE = 30
_BODIES: Mapping[str, Schema] = {
    "create_profile": schemas.PROFILE,
    "update_profile": schemas.PROFILE,
    "grant_access_level": schemas.GRANT,
    "revoke_access_level": schemas.REVOKE,
}
_PROFILES = re.compile(r"/api/v2/server-side-api/profiles/[^/]+/?")
_GRANT_OF_MIGRATION_GUIDE = re.compile(r"/api/v2/server-side-api/(grant|revoke)/access-level/?")
_HINTS = {
    "is_active": "v2 has no is_active anywhere; compare starts_at and expires_at with the time",
    "offer_category": "the keys are offer.category, offer.type and offer.id",
    "offer_type": "the keys are offer.category, offer.type and offer.id",
    "offer_id": "the keys are offer.category, offer.type and offer.id",
    "customer_user_id": f"the user's id goes into the header {CUSTOMER_HEADER}",
    "profile_id": f"the profile's id goes into the header {PROFILE_HEADER}",
    "vendor_product_id": "v2 says store_product_id",
    "vendor_transaction_id": "v2 says store_transaction_id",
    "duration_days": "only v1 has it; v2 takes expires_at",
    "is_lifetime": "only v1 has it; in v2 leave expires_at out",
    "is_refund": "only v1 has it; in v2 refunds go through set/transaction",
}


def findings_of(entry: Entry, body: Any) -> tuple[Finding, ...]:
    """Everything that deviates, whether Adapty would have minded or not."""
    if not entry.operation:
        return tuple(_path(entry.path))
    found = [*_key(entry), *_headers(entry)]
    if isinstance(body, dict):
        schema = _transaction_schema(body) if entry.operation == "set_transaction" else _BODIES.get(entry.operation)
        if schema is not None:
            found += _unknown(schema, body, "")
        if entry.operation in {"create_profile", "update_profile"}:
            found += [*_installation(body), *_attributes(body)]
    return tuple(found)


def _path(path: str) -> Iterator[Finding]:
    if _PROFILES.fullmatch(path):
        text = "v2 has no /profiles/{id}/: call /profile/ and name the user in a header"
        yield Finding("", "identity-in-path", text, Severity.ERROR)
    elif _GRANT_OF_MIGRATION_GUIDE.fullmatch(path):
        text = "the path has /purchase/profile/ in front: /purchase/profile/grant/access-level/"
        yield Finding("", "path-of-migration-guide", text, Severity.ERROR)
    elif path.startswith("/api/v2/") and not path.endswith("/"):
        yield Finding("", "no-trailing-slash", "Adapty's paths end in a slash", Severity.ERROR)


def _key(entry: Entry) -> Iterator[Finding]:
    """Adapty answers every trouble with the key alike; here is which it was. Secrets are masked by now."""
    scheme, _, secret = entry.header("authorization").partition(" ")
    if entry.status == 401 and scheme != "Api-Key":
        text = f"Api-Key and the secret key are wanted, {scheme or 'nothing'} was sent"
        yield Finding("authorization", "no-api-key", text, Severity.ERROR)
    elif entry.status == 401:
        text = "nobody has this secret key" if secret else "there is no key after Api-Key"
        yield Finding("authorization", "unknown-key", text, Severity.ERROR)


def _headers(entry: Entry) -> Iterator[Finding]:
    identity = Identity.of(dict(entry.headers))
    if identity == (None, None):
        text = f"{CUSTOMER_HEADER} or {PROFILE_HEADER} is wanted"
        yield Finding(CUSTOMER_HEADER, "no-identity", text, Severity.ERROR)
    if identity.profile_id is not None and not _is_uuid(identity.profile_id):
        yield Finding(PROFILE_HEADER, "profile-id-no-uuid", "a profile id is a UUID", Severity.ERROR)
    if None not in identity and entry.operation != "create_profile":
        text = "both identity headers are only explained for create; which one wins here is not documented"
        yield Finding(PROFILE_HEADER, "both-identities", text)
    platform = entry.header("adapty-platform")
    if platform and platform not in schemas.PLATFORMS:
        text = f"{platform!r} is none of {', '.join(schemas.PLATFORMS)}"
        yield Finding("adapty-platform", "unknown-platform", text)
    kind = entry.header("content-type").partition(";")[0].strip().lower()
    if entry.body and entry.method != "GET" and kind != "application/json":
        yield Finding("content-type", "content-type", f"application/json is wanted, {kind or 'nothing'} was sent")
    if entry.body and entry.method in {"GET", "DELETE"}:
        yield Finding("", "body-ignored", f"a {entry.method} has no body here", Severity.INFO)


def _installation(body: Mapping[str, Any]) -> Iterator[Finding]:
    meta = body.get("installation_meta")
    if meta is None:
        text = "the OpenAPI description requires installation_meta, the guides do not"
        yield Finding("/installation_meta", "no-installation-meta", text, Severity.INFO)
    elif isinstance(meta, dict) and isinstance(meta.get("device_id"), str) and not _is_uuid(meta["device_id"]):
        text = "the OpenAPI description has a UUID here, the guides any text"
        yield Finding("/installation_meta/device_id", "device-id-no-uuid", text, Severity.INFO)


def _attributes(body: Mapping[str, Any]) -> Iterator[Finding]:
    pairs = body.get("custom_attributes")
    if isinstance(pairs, dict):
        text = "v2 takes an array of {key, value}; a dictionary is v1"
        yield Finding("/custom_attributes", "attributes-of-v1", text, Severity.ERROR)
    for number, pair in enumerate(pairs if isinstance(pairs, list) else ()):
        value = pair.get("value") if isinstance(pair, dict) else None
        where = f"/custom_attributes/{number}/value"
        if isinstance(value, bool) or (isinstance(value, int) and value is not None):
            yield Finding(where, "becomes-float", f"{value!r} is kept as {float(value)}", Severity.INFO)
        elif isinstance(value, str) and OLDEST_LONGEST_VALUE < len(value) <= schemas.LONGEST_VALUE:
            text = f"{len(value)} characters: newer pages allow 50, older ones 30"
            yield Finding(where, "long-value", text, Severity.INFO)


def _unknown(schema: Schema, body: Mapping[str, Any], path: str) -> Iterator[Finding]:
    for key, value in body.items():
        field = schema.fields.get(key)
        if field is None:
            hint = _HINTS.get(key, "Adapty passes it over")
            yield Finding(f"{path}/{key}", "unknown-field", f"{key} is no field here: {hint}")
        elif isinstance(field, fields.Nested) and isinstance(value, dict):
            yield from _unknown(field.schema, value, f"{path}/{key}")


def _transaction_schema(body: Mapping[str, Any]) -> Schema:
    return schemas.ONE_TIME if body.get("purchase_type") == "one_time_purchase" else schemas.SUBSCRIPTION


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
