"""Keys and secrets of a tenant's inputs, and whose a request is (mparticle.md §2)."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from random import Random
from string import ascii_letters, digits

from mockserver.vendors.contract import Call, Grant, Inputs, Issuer, Keyring
from mockserver.vendors.mparticle.errors import CredentialsMissingError, CredentialsWrongError

DEFAULT_INPUT = "default"
WEB, IOS, ANDROID, WORKSPACE = "web", "ios", "android", "workspace"
"""Inputs that a client may be configured with in place of the default one, which does for everything."""
_URL_SAFE = ascii_letters + digits + "-_"


def issue(issuer: Issuer) -> Inputs:
    """One pair for everything mParticle, one for each feed of another vendor, for each platform and for the workspace.

    The default input also holds what belongs to no input in mParticle: the OAuth client and the numbers of the account.
    """
    random = issuer.random
    account = {
        "client_id": _text(random, 32, ascii_letters + digits),
        "client_secret": _text(random, 64, _URL_SAFE),
        "org_id": str(random.randint(1_000, 9_999)),
        "account_id": str(random.randint(1_000, 9_999)),
        "workspace_id": str(random.randint(10_000, 99_999)),
    }
    inputs = {DEFAULT_INPUT: _pair(random) | account} | {feed: _pair(random) for feed in issuer.feeds}
    return inputs | {name: _pair(random) for name in (WEB, IOS, ANDROID, WORKSPACE)}


def _pair(random: Random) -> dict[str, str]:
    return {"key": f"us1-{random.getrandbits(128):032x}", "secret": _text(random, 64, _URL_SAFE)}


def _text(random: Random, length: int, letters: str) -> str:
    return "".join(random.choices(letters, k=length))


def basic_authorization(key: str, secret: str) -> str:
    """The `Authorization` header of an input's key and secret."""
    return "Basic " + b64encode(f"{key}:{secret}".encode()).decode("ascii")


def tokens(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The raw header of each input: a request is then recognised by one look-up. Beside it its key, and its client."""
    for name, pair in inputs.items():
        yield basic_authorization(pair["key"], pair["secret"]), name
        yield key_token(pair["key"]), name
        if "client_id" in pair:
            yield client_token(pair["client_id"]), name


def key_token(key: str) -> str:
    """How a key without its secret is looked up."""
    return f"key {key}"


def client_token(client_id: str) -> str:
    """How an OAuth client is looked up."""
    return f"client {client_id}"


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """The owner of the Basic credentials: no header is 401, a wrong one 403 (mparticle.md §3.2).

    The Node SDK without a key sends an empty header: that counts as none (mparticle.md §11).
    """
    header = call.headers.get("authorization")
    if header and header.startswith("Basic ") and (grant := keyring.find(call.vendor, header)):
        return grant
    if not header or not header.strip():
        raise CredentialsMissingError
    if (grant := by_basic(call, keyring)) is None:
        raise CredentialsWrongError(_trouble(header))
    return grant


def by_basic(call: Call, keyring: Keyring) -> Grant | None:
    """The owner of the Basic credentials, however they are spelled; None when there is none."""
    header = call.headers.get("authorization", "")
    found = (keyring.find(call.vendor, token) for token in _spellings(header))
    return next((grant for grant in found if grant is not None), None)


def _spellings(header: str) -> Iterable[str]:
    """The header as `basic_authorization` would have written it: other case, spaces and padding mean the same."""
    pair = basic_pair(header)
    return () if pair is None else ("Basic " + b64encode(pair).decode("ascii"),)


def basic_pair(header: str) -> bytes | None:
    """Name and secret of a Basic header, with the colon between them; None where it is none."""
    scheme, _, encoded = header.strip().partition(" ")
    text = "".join(encoded.split()).rstrip("=")
    if scheme.lower() != "basic" or not text:
        return None
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _trouble(header: str) -> str:
    """What is wrong with the header, without repeating a secret."""
    scheme = header.strip().partition(" ")[0]
    if scheme.lower() != "basic":
        return f"the scheme is not Basic but begins {scheme[:10]!r}"
    pair = basic_pair(header)
    if pair is None:
        return "what follows Basic is not base64"
    if b":" not in pair:
        return "the decoded text has no colon between key and secret"
    return (
        f"no input has this key and secret (the key begins {pair.partition(b':')[0][:6].decode('utf-8', 'replace')!r})"
    )
