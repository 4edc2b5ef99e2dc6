"""Keys: whose they are, and which of them open what (revenuecat.md §12)."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.vendors.contract import Call, Grant, Inputs, Keyring
from mockserver.vendors.revenuecat.errors import (
    AuthenticationError,
    AuthorizationError,
    InvalidKeyError,
    InvalidTokenError,
    RevenueCatError,
)

_KEYS = ("secret_key", "public_ios_key", "public_android_key")
_PREFIX = "sk_"  # of secret keys


def tokens(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The Authorization headers of a project."""
    for name, keys in inputs.items():
        for key in _KEYS:
            yield f"Bearer {keys[key]}", name


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """Whose key it is, secret or public.

    Raises:
        InvalidTokenError: there is no bearer's token.
        InvalidKeyError: the key is nobody's.
    """
    key = _key(call)
    if not key:
        raise InvalidTokenError
    grant = keyring.find(call.vendor, f"Bearer {key}")
    if grant is None:
        raise InvalidKeyError
    return grant


def authenticate_secret(call: Call, keyring: Keyring) -> Grant:
    """Whose secret key it is: what costs money or cannot be undone is not for apps.

    Raises:
        InvalidTokenError: there is no bearer's token.
        InvalidKeyError: the key is nobody's, or a public one.
    """
    grant = authenticate(call, keyring)
    if not is_secret(call):
        raise InvalidKeyError
    return grant


def authenticate_developer(call: Call, keyring: Keyring) -> Grant:
    """Whose secret key it is, in v2's words.

    Raises:
        AuthenticationError: the key is nobody's.
        AuthorizationError: it is a public one.
    """
    try:
        grant = authenticate(call, keyring)
    except RevenueCatError as refusal:
        raise AuthenticationError from refusal
    if not is_secret(call):
        raise AuthorizationError
    return grant


def check_project(call: Call) -> None:
    """A key opens its own project only; one that is nobody's, where any is accepted, opens every one.

    Raises:
        AuthorizationError: it is another project.
    """
    keys = call.tenant.credentials("revenuecat")
    if _key(call) == keys["secret_key"] and call.args["project_id"] != keys["project_id"]:
        raise AuthorizationError


def _key(call: Call) -> str:
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def is_secret(call: Call) -> bool:
    """Whether it shows a secret key, by which attributes can be read."""
    return _key(call).startswith(_PREFIX)
