"""What Android and iOS call: configuration, events, audiences (mparticle.md §1 rows 13-15, §§5.1-5.3)."""

from __future__ import annotations

from email.utils import format_datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from mockserver.journal.entry import Finding, Severity, Verdict
from mockserver.vendors.contract import Answer, Call, Grant, Keyring, Operation
from mockserver.vendors.mparticle.api import BROWSERS
from mockserver.vendors.mparticle.compiled import compiled
from mockserver.vendors.mparticle.credentials import ANDROID, IOS
from mockserver.vendors.mparticle.errors import JSON
from mockserver.vendors.mparticle.native import dialect
from mockserver.vendors.mparticle.native.config import ENVIRONMENTS, configuration, environment, etag, is_known
from mockserver.vendors.mparticle.native.errors import (
    AudiencesOffError,
    BadRequestError,
    ConfigRefusedError,
    SignatureWrongError,
)
from mockserver.vendors.mparticle.native.translation import translate
from mockserver.vendors.mparticle.sdk_config import asked, of_environment, planned
from mockserver.vendors.mparticle.signatures import path_key, signed_path_key

CONFIG = "/v4/<key>/config"
EVENTS = "/v2/<key>/events"
AUDIENCE = "/v1/<key>/audience"
"""The paths on mParticle's own hosts, over which signatures are made wherever an app calls (mparticle.md §2)."""

_SIGNING = (IOS, ANDROID)


def config(call: Call) -> Answer:
    """The configuration of an app, or that it has not changed."""
    plan, findings = planned(call, environment(call))
    findings += of_environment(call.headers.get("x-mp-env", ""), ENVIRONMENTS, "x-mp-env")
    own = configuration(call, plan)
    tag, now = etag(own), call.tenant.now()
    headers = (("etag", tag), ("cache-control", "max-age=0"))
    if is_known(call, tag):
        return Answer(304, headers=headers, findings=findings)
    body = orjson.dumps({"ct": int(now.timestamp() * 1000), **own})
    return Answer(200, body, (JSON, *headers, ("last-modified", format_datetime(now, usegmt=True))), findings=findings)


def events(call: Call) -> Answer:
    """One batch of events from an app: the answer has a body, without which Android would send it again (§5.3).

    What mParticle answers to a batch that lacks something is not documented; it is taken here, and said to be bad.
    """
    raw = dialect.raw_of(call.content)
    if raw is None:
        raise BadRequestError("The request JSON is malformed: one batch is expected, an object.")
    batch = translate(raw).batch
    answer = Answer(202, orjson.dumps(_receipt(call)), (JSON,))
    if compiled().accepts(batch) or not _is_refused(batch):
        return answer
    return answer._replace(verdict=Verdict.REJECTED)


def audience(call: Call) -> Answer:
    """Which audiences a user is in."""
    settings = call.tenant.settings(call.vendor)
    if not settings["audience_api"]:
        raise AudiencesOffError
    mpid = asked(call, "mpid")
    if not mpid.removeprefix("-").isdecimal():
        raise BadRequestError("The parameter mpid is expected, a signed 64-bit integer.")
    now = int(call.tenant.now().timestamp() * 1000)
    memberships = [_membership(one) for name in ("*", mpid) for one in settings["audiences"].get(name, ())]
    body = {"dt": "cam", "ct": now, "id": _uuid(call), "audience_memberships": memberships}
    return Answer(200, orjson.dumps(body), (JSON,), findings=_key_twice(call))


def audience_caller(call: Call, keyring: Keyring) -> Grant:
    """Apps sign what they ask, pages have nothing but the key (mparticle.md §5.1)."""
    grant = path_key(SignatureWrongError)(call, keyring)
    if grant.input in _SIGNING or call.headers.get("x-mp-signature"):
        return signed_path_key(AUDIENCE, SignatureWrongError)(call, keyring)
    return grant


def _receipt(call: Call) -> dict[str, Any]:
    """What an app is answered: nothing to show, no cookie to keep."""
    now = int(call.tenant.now().timestamp() * 1000)
    return {"dt": "rh", "id": _uuid(call), "ct": now, "msgs": [], "ci": {"ck": {}}}


def _uuid(call: Call) -> str:
    """An id for the answer; the same request has the same."""
    return str(
        UUID(bytes=blake2b(f"{call.path}?{call.query}".encode() + call.body, digest_size=16).digest(), version=4)
    )


def _membership(audience: Any) -> Any:
    return audience if isinstance(audience, dict) else {"audience_id": audience}


def _key_twice(call: Call) -> tuple[Finding, ...]:
    """Apps repeat the key in a header (mparticle.md §2)."""
    given = call.headers.get("x-mp-key", "")
    if given == call.args["key"] or (not given and not call.headers.get("x-mp-signature")):
        return ()
    text = "The header x-mp-key is expected to repeat the key in the path; mParticle's own SDKs send it so."
    return (Finding("x-mp-key", "key-not-repeated", text, Severity.INFO),)


def _is_refused(batch: dict[str, Any]) -> bool:
    from mockserver.vendors.mparticle import judgement

    return judgement.refusal(batch) is not None


def _fronted(prefix: str, path: str) -> tuple[str, ...]:
    """The same where one domain of the customer's fronts everything, and where it takes the version out (§§1, 2)."""
    bare = f"/<string(minlength=8):key>/{path.rpartition('/')[2]}"
    return (f"{prefix}{path}", bare, f"{prefix}{bare}")


OPERATIONS = (
    Operation(
        name="native_config",
        path=CONFIG,
        aliases=_fronted("/config", CONFIG),
        methods=("GET",),
        handle=config,
        authenticate=signed_path_key(CONFIG, ConfigRefusedError),
        title="The configuration of an app",
        changes=True,
    ),
    Operation(
        name=dialect.EVENTS,
        path=EVENTS,
        aliases=_fronted("/nativeevents", EVENTS),
        handle=events,
        authenticate=signed_path_key(EVENTS, SignatureWrongError),
        title="One batch of events from an app",
    ),
    Operation(
        name="audience",
        path=AUDIENCE,
        aliases=_fronted("/nativeevents", AUDIENCE),
        methods=("GET",),
        handle=audience,
        authenticate=audience_caller,
        title="Which audiences a user is in",
        cors=BROWSERS,
    ),
)
