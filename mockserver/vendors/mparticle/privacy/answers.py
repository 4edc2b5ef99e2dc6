"""What is told of a data subject request, signed (mparticle.md §8).

mParticle signs by SHA256 RSA with a certificate; the mock has none and seals the body with the secret of the input that
asked: base64 of HMAC-SHA256. A client can check it, though not as it checks mParticle.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.tenants import instant
from mockserver.vendors.contract import Answer, Call
from mockserver.vendors.mparticle.privacy import state, words
from mockserver.vendors.mparticle.privacy.errors import JSON
from mockserver.vendors.mparticle.privacy.results import link

DOMAIN_HEADER, SIGNATURE_HEADER = "x-opendsr-processor-domain", "x-opendsr-signature"
_CERTIFICATE = "/dsr/opendsr_cert.pem"


def signed(call: Call, status: int, body: Any) -> Answer:
    """An answer with the headers by which a processor is known."""
    content = orjson.dumps(body)
    secret = call.tenant.credentials(call.vendor, call.input)["secret"]
    return Answer(status, content, (JSON, *signature(secret, content).items()))


def signature(secret: str, content: bytes) -> dict[str, str]:
    """The processor's domain, and its seal on a body."""
    sealed = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return {DOMAIN_HEADER: words.DOMAIN, SIGNATURE_HEADER: b64encode(sealed).decode("ascii")}


def receipt(kept: Mapping[str, Any], content: bytes, workspace_id: str) -> dict[str, Any]:
    """That a request has been taken, with the body as it was received."""
    return {
        "expected_completion_time": _time(kept["completes"]),
        "received_time": _time(kept["received"]),
        "encoded_request": b64encode(content).decode("ascii"),
        "subject_request_id": kept["id"],
        "controller_id": workspace_id,
    }


def cancellation(kept: Mapping[str, Any], received_ms: int, workspace_id: str) -> dict[str, Any]:
    """That a request was cancelled."""
    return {
        "expected_completion_time": None,
        "received_time": _time(received_ms),
        "subject_request_id": kept["id"],
        "controller_id": workspace_id,
    }


def status(kept: Mapping[str, Any], now_ms: int, pair: Mapping[str, str], place: str) -> dict[str, Any]:
    """Where a request stands; `pair` are the workspace's credentials, `place` is where we are found.

    `extensions` would tell of forwarding to partners, which the mock has not.
    """
    is_cancelled = kept["cancelled"] is not None
    return {
        "controller_id": pair["workspace_id"],
        "expected_completion_time": None if is_cancelled else _time(kept["completes"]),
        "subject_request_id": kept["id"],
        "group_id": kept["group_id"],
        "request_status": state.status(kept, now_ms),
        "api_version": words.API_VERSION,
        "results_url": link(place, pair, kept["id"]) if state.has_results(kept, now_ms) else None,
        "extensions": None,
    }


def discovery(place: str) -> dict[str, Any]:
    """What this processor supports. There is no certificate at the address: see above."""
    return {
        "api_version": words.API_VERSION,
        "supported_identities": [
            {"identity_type": name, "identity_format": words.ENCODING} for name in words.DISCOVERED
        ],
        "supported_subject_request_types": list(words.TYPES),
        "processor_certificate": f"{place}{_CERTIFICATE}",
    }


def _time(milliseconds: int) -> str:
    return instant(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
