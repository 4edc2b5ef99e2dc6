"""Bearer tokens that need no memory: each names its client and its end, and is signed with the client's secret.

So any worker can check a token, and one that was given out before a restart holds after it.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple

import orjson

from mockserver.vendors.contract import Authenticator, Call, Grant, Keyring
from mockserver.vendors.mparticle.credentials import client_token
from mockserver.vendors.mparticle.signatures import Refuse

AUDIENCE = "https://api.mparticle.com"
SECONDS = 28800
"""How long a token holds by the tenant's clock (mparticle.md §2)."""

_HEADER = {"alg": "HS256", "typ": "JWT"}


def token(client_id: str, secret: str, at: datetime) -> str:
    """A token that is given out at an instant of the tenant's clock."""
    issued = int(at.timestamp())
    claims = {
        "iss": "https://sso.auth.mparticle.com/",
        "sub": f"{client_id}@clients",
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + SECONDS,
        "azp": client_id,
        "gty": "client-credentials",
    }
    signed = f"{_encoded(orjson.dumps(_HEADER))}.{_encoded(orjson.dumps(claims))}"
    return f"{signed}.{_signature(signed, secret)}"


def bearer(refuse: Refuse) -> Authenticator:
    """The client that a token was given to. `refuse` makes the API's 401 of what is wrong with it.

    A token ends by the tenant's clock, unless the setting `tokens_end` is off; a clock that was turned back does not
    make it invalid.
    """

    def authenticate(call: Call, keyring: Keyring) -> Grant:
        scheme, _, text = call.headers.get("authorization", "").strip().partition(" ")
        if not scheme:
            raise refuse("The header Authorization: Bearer with a token of /oauth/token is expected, none was sent.")
        if scheme.lower() != "bearer":
            raise refuse(f"The scheme Bearer is expected in the header Authorization, it begins {scheme[:10]!r}.")
        shown = _opened(text.strip())
        grant = keyring.find(call.vendor, client_token(shown.client_id))
        if grant is None or not shown.is_signed_with(grant.tenant.credentials(call.vendor)["client_secret"]):
            raise refuse("The token was not given out by /oauth/token to a client of this server.")
        if grant.tenant.settings(call.vendor)["tokens_end"] and grant.tenant.now().timestamp() >= shown.end:
            raise refuse(f"The token ended {SECONDS} s after it was given out, by the tenant's clock; ask for another.")
        return grant

    return authenticate


def shows(call: Call, client_id: str) -> bool:
    """Whether the token of a call names the client; where any credentials are accepted it need not."""
    return _opened(call.headers.get("authorization", "").strip().rpartition(" ")[2]).client_id == client_id


class _Shown(NamedTuple):
    """What a token says of itself, unproved, and the seal on it."""

    client_id: str
    end: float
    signed: str
    signature: str

    def is_signed_with(self, secret: str) -> bool:
        """Whether who has the secret has given it out."""
        return hmac.compare_digest(_signature(self.signed, secret).encode(), self.signature.encode())


def _opened(text: str) -> _Shown:
    """A token taken apart; one that is none names nobody."""
    signed, _, signature = text.rpartition(".")
    _, _, encoded = signed.partition(".")
    try:
        claims = orjson.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        return _Shown(claims["azp"], float(claims["exp"]), signed, signature)
    except (binascii.Error, ValueError, TypeError, KeyError):
        return _Shown("", 0, signed, signature)


def _signature(signed: str, secret: str) -> str:
    return _encoded(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
