"""Whose a client's call is: Basic, a signature, a bare key, or a key in the path (mparticle.md §2)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from mockserver.journal.encoding import decoded
from mockserver.vendors.contract import Authenticator, Call, Grant, Keyring, VendorError
from mockserver.vendors.mparticle.credentials import DEFAULT_INPUT, WEB, WORKSPACE, by_basic, key_token

PREFIXES = ("/webevents", "/tags", "/identity", "/config", "/nativeevents")
"""What clients put before a path when one domain of the customer's fronts everything (mparticle.md §1)."""

_BARE_KEYS = (DEFAULT_INPUT, WEB)
"""Inputs whose key alone is enough at the Identity API: web SDKs have nothing else."""
_PLAN = re.compile(r"(?:^|&)plan_(?:id|version)=[^&]*")

Refuse = Callable[[str], VendorError]
"""Makes the refusal of an API from what is wrong with the credentials."""


def identity_caller(path: str, refuse: Refuse) -> Authenticator:
    """Basic, or a key in `x-mp-key` with a signature; web keys alone do. `path` is the one on the default host."""

    def authenticate(call: Call, keyring: Keyring) -> Grant:
        if call.headers.get("authorization", "").strip():
            return _found(by_basic(call, keyring), "The Authorization header names no input of this server.", refuse)
        key = call.headers.get("x-mp-key", "")
        if not key:
            raise refuse("Basic credentials or the header x-mp-key are expected, none were sent.")
        grant = _by_key(call, keyring, key, refuse)
        if call.headers.get("x-mp-signature") or grant.input not in _BARE_KEYS:
            _check_signature(call, grant, path, refuse)
        return grant

    return authenticate


def path_key(refuse: Refuse) -> Authenticator:
    """The key in the path and nothing else, as the web SDK has it."""

    def authenticate(call: Call, keyring: Keyring) -> Grant:
        return _by_key(call, keyring, call.args.get("key", ""), refuse)

    return authenticate


def signed_path_key(path: str, refuse: Refuse) -> Authenticator:
    """The key in the path and a signature, as the native SDKs have it. `path` is the one on the default host."""

    def authenticate(call: Call, keyring: Keyring) -> Grant:
        grant = _by_key(call, keyring, call.args.get("key", ""), refuse)
        _check_signature(call, grant, path, refuse)
        return grant

    return authenticate


def workspace_caller(refuse: Refuse) -> Authenticator:
    """Basic with the workspace's credentials; those of the default input do too."""

    def authenticate(call: Call, keyring: Keyring) -> Grant:
        if not call.headers.get("authorization", "").strip():
            raise refuse("The header Authorization: Basic base64(key:secret) is expected, none was sent.")
        grant = _found(by_basic(call, keyring), "The Authorization header names no workspace of this server.", refuse)
        if grant.input not in (DEFAULT_INPUT, WORKSPACE):
            raise refuse(f"The credentials of the workspace are expected, those of the input {grant.input} were sent.")
        return grant

    return authenticate


def _found(grant: Grant | None, otherwise: str, refuse: Refuse) -> Grant:
    if grant is None:
        raise refuse(otherwise)
    return grant


def _by_key(call: Call, keyring: Keyring, key: str, refuse: Refuse) -> Grant:
    return _found(keyring.find(call.vendor, key_token(key)), f"No input has the key that begins {key[:6]!r}.", refuse)


def _check_signature(call: Call, grant: Grant, path: str, refuse: Refuse) -> None:
    given, date = call.headers.get("x-mp-signature", ""), call.headers.get("date", "")
    if not given or not date:
        raise refuse("The headers Date and x-mp-signature are expected with the key of this input.")
    secret = grant.tenant.credentials(call.vendor, grant.input)["secret"]
    content = decoded(call.body, call.headers.get("content-encoding", ""))
    if not any(
        hmac.compare_digest(signature(secret, call.method, date, one, content).encode(), given.lower().encode())
        for one in _signed_paths(call, path)
    ):
        raise refuse(f"x-mp-signature is not that of {call.method}, Date, {call.path} and the uncompressed body.")


def signature(secret: str, method: str, date: str, path: str, content: bytes = b"") -> str:
    """Hexadecimal HMAC-SHA256 of method, date as it was sent, path with query, and uncompressed body (§2)."""
    return hmac.new(secret.encode(), f"{method}\n{date}\n{path}".encode() + content, hashlib.sha256).hexdigest()


def _signed_paths(call: Call, path: str) -> Iterator[str]:
    """What a client may have signed: the path on the default host, or the one that was called, with the query.

    iOS leaves the plan's parameters out of what it signs, though it sends them. Only of a GET is it known that the
    query is signed (mparticle.md §2).
    """
    own = path
    for name, value in call.args.items():
        own = own.replace(f"<{name}>", value)
    bare = next((call.path.removeprefix(one) for one in PREFIXES if call.path.startswith(f"{one}/")), call.path)
    queries = dict.fromkeys((call.query, unquote(call.query), _PLAN.sub("", call.query).strip("&")))
    if call.method != "GET":
        queries[""] = None
    for one in dict.fromkeys((own, bare, call.path, f"/{call.vendor}{call.path}")):
        for query in queries:
            yield f"{one}?{query}" if query else one
