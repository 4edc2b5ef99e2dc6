"""mparticle.js: the web SDK from a file of the tester's, behind its configuration (mparticle.md §1 row 10)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Finding, Severity

_BEGIN, _END = b"\n/* the SDK begins */\n", b"\n/* the SDK ends */\n"
_HINT = (
    "run npm install @mparticle/web-sdk in the folder where the mock server was started, "
    "or name the file in its setting web_sdk"
)


class Script(NamedTuple):
    """A script, and what is to be said of it."""

    content: bytes
    findings: tuple[Finding, ...] = ()


def script(key: str, config: Mapping[str, Any], file: str) -> Script:
    """The script for a page. Without an SDK it says in the browser's console what to do about it."""
    sdk, trouble = _sdk(file)
    if trouble:
        said = f"mParticle's web SDK is not here: {trouble}; {_HINT}."
        content = b"console.error(%s);\n" % orjson.dumps(f"mockserver: {said}")
        return Script(content, (Finding("web_sdk", "web-sdk-missing", said, Severity.ERROR),))
    own = orjson.dumps({**config, "requestConfig": False})
    before = (
        b"window.mParticle = window.mParticle || {};\n"
        b"window.mParticle.config = Object.assign(window.mParticle.config || {}, %s);\n" % own
    )
    after = b"window.mParticle.init(%s, window.mParticle.config);\n" % orjson.dumps(key)
    return Script(before + _BEGIN + sdk + _END + after)


def without_sdk(script: bytes) -> bytes:
    """The script without the SDK's own text, which would fill the journal."""
    before, begin, rest = script.partition(_BEGIN)
    sdk, end, after = rest.rpartition(_END)
    return before + b"\n/* the SDK, %d bytes */\n" % len(sdk) + after if begin and end else script


def _sdk(file: str) -> tuple[bytes, str]:
    """The SDK's text, or why there is none. Only scripts are served, whatever file the setting names."""
    path = Path(file)
    if path.suffix != ".js":
        return b"", f"{file} is no .js file"
    try:
        return path.read_bytes(), ""
    except (OSError, ValueError) as error:
        return b"", f"{file} cannot be read ({getattr(error, 'strerror', None) or error})"
