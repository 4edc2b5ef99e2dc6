"""The token endpoint: a client shows its id and secret and gets a token for eight hours (mparticle.md §7)."""

from __future__ import annotations

import hmac
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from mockserver.journal.encoding import decoded
from mockserver.journal.entry import Finding
from mockserver.vendors.contract import Answer, Call, Grant, Keyring, Operation
from mockserver.vendors.mparticle.api import BROWSERS
from mockserver.vendors.mparticle.credentials import basic_pair, client_token
from mockserver.vendors.mparticle.oauth.errors import JSON, NotAllowedError, TokenRefusedError, UnreadableError
from mockserver.vendors.mparticle.oauth.tokens import AUDIENCE, SECONDS, token

GRANT_TYPE = "client_credentials"

_FORM = "application/x-www-form-urlencoded"
_SECRET = re.compile(
    rb'("(?:client_secret|access_token)"\s*:\s*")(?:[^"\\]|\\.)*'  # JSON, in question and answer
    rb"|((?:^|&)client_secret=)[^&]*",  # a form
    re.DOTALL,
)


class TokenRequest(NamedTuple):
    """What was shown and asked for; empty is what was not."""

    client_id: str
    client_secret: str
    grant_type: str
    audience: str


def authenticate(call: Call, keyring: Keyring) -> Grant:
    """The owner of the client.

    Raises:
        TokenRefusedError: the client is nobody's, or its secret is another.
    """
    asked = _request(call)
    if not asked.client_id:
        raise TokenRefusedError("A client_id is expected, none was sent.", "/client_id")
    grant = keyring.find(call.vendor, client_token(asked.client_id))
    if grant is None:
        raise TokenRefusedError(f"No client has the id that begins {asked.client_id[:6]!r}.", "/client_id")
    own = grant.tenant.credentials(call.vendor)["client_secret"]
    if not hmac.compare_digest(own.encode(), asked.client_secret.encode()):
        raise TokenRefusedError("The client_secret is not that of the client.", "/client_secret")
    return grant


def oauth_token(call: Call) -> Answer:
    """A token for the client whose id and secret were shown."""
    asked = _request(call)
    if asked.grant_type != GRANT_TYPE:
        raise NotAllowedError(f"The grant_type {GRANT_TYPE} is expected, not {asked.grant_type!r}.", "/grant_type")
    if asked.audience not in ("", AUDIENCE, f"{AUDIENCE}/"):
        raise NotAllowedError(f"The audience {AUDIENCE} is expected, not {asked.audience!r}.", "/audience")
    text = f"The audience {AUDIENCE} is expected, none was sent; the mock takes it for that."
    found = () if asked.audience else (Finding("/audience", "audience-missing", text),)
    own = call.tenant.credentials(call.vendor)
    given = token(own["client_id"], own["client_secret"], call.tenant.now())
    body = {"access_token": given, "expires_in": SECONDS, "token_type": "Bearer"}
    return Answer(200, orjson.dumps(body), (JSON, ("cache-control", "no-store")), findings=found)


def veil(body: bytes) -> bytes:
    """A request or an answer without its secret; what cannot be read as text may hide one anywhere."""
    if not body.isascii() and not _is_text(body):
        return b""
    return _SECRET.sub(lambda found: (found[1] or found[2]) + b"***", body)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _request(call: Call) -> TokenRequest:
    from marshmallow import ValidationError

    from mockserver.vendors.mparticle.oauth.schemas import TokenRequestSchema

    content = decoded(call.body, call.headers.get("content-encoding", ""))
    try:
        asked = TokenRequest(**TokenRequestSchema().load(_members(content, call.headers.get("content-type", ""))))
    except ValidationError as error:
        raise UnreadableError(f"Texts are expected: {', '.join(sorted(error.messages_dict))}.") from error
    if asked.client_id:
        return asked
    client_id, _, secret = (basic_pair(call.headers.get("authorization", "")) or b"").partition(b":")
    return asked._replace(client_id=client_id.decode(errors="replace"), client_secret=secret.decode(errors="replace"))


def _members(content: bytes, content_type: str) -> dict[str, Any]:
    """The members of a JSON object or of a form; by the content where the type does not say."""
    if content_type.partition(";")[0].strip().lower() == _FORM and not content.lstrip().startswith(b"{"):
        return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        members = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableError("A JSON object or a form is expected.") from error
    if not isinstance(members, dict):
        raise UnreadableError("A JSON object or a form is expected.")
    return members


OPERATIONS = (
    Operation(
        name="oauth_token",
        path="/oauth/token",
        handle=oauth_token,
        authenticate=authenticate,
        title="A token for the platform's APIs",
        cors=BROWSERS,
        veil=veil,
    ),
)
