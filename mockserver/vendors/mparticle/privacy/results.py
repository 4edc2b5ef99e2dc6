"""What is known of a data subject, as the archive that the link in a completed request leads to (mparticle.md §8).

The link needs no credentials: it holds a key of the workspace, which says whose it is, and a seal on the request's id.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import orjson

from mockserver.vendors.contract import Call

PATH = "/v3/results/<key>/<request_id>/<seal>"
_REAL = ".mparticle.com"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def origin(call: Call) -> str:
    """Where the caller has found us: the root of a real host, or our place on a host of its own.

    A call does not tell its scheme: a real host without a port is taken to be called by TLS, as it would be in truth.
    """
    host = call.headers.get("host", "localhost")
    name, _, port = host.partition(":")
    if name.lower().endswith(_REAL):
        return f"http{'' if port else 's'}://{host}"
    return f"http://{host}/{call.vendor}"


def link(origin: str, pair: Mapping[str, str], request_id: str) -> str:
    """Where the results of a request lie; `pair` are the credentials of the workspace."""
    return f"{origin}/v3/results/{pair['key']}/{request_id}/{seal(pair, request_id)}"


def seal(pair: Mapping[str, str], request_id: str) -> str:
    """What only we can have put into a link."""
    text = f"results of {request_id.lower()}".encode()
    return hmac.new(pair["secret"].encode(), text, hashlib.sha256).hexdigest()[:32]


def archive(profiles: Iterable[Mapping[str, Any]]) -> bytes:
    """A zip with `profile.jsonl`, a user a line; the same for the same users."""
    lines = b"".join(orjson.dumps(one) + b"\n" for one in profiles)
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as opened:
        opened.writestr(ZipInfo("profile.jsonl", _EPOCH), lines)
    return packed.getvalue()
