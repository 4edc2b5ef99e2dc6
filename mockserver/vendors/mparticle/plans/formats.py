"""Formats of texts as AJV checks them when it is in a hurry, which is how mParticle's own validator runs it.

The others are left to the library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_DATE = r"\d{4}-[01]\d-[0-3]\d"
_CLOCK = r"(?:[0-2]\d(?::[0-5]\d){2}|23:59:60)(?:\.\d+)?"
_ZONE = r"(?:z|[+-]\d\d(?::?\d\d)?)"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_BYTE = r"(?:25[0-5]|2[0-4]\d|[01]?\d{1,2})"
_PATTERNS = {
    "date": _DATE,
    "time": f"{_CLOCK}{_ZONE}?",
    "date-time": rf"{_DATE}[t\s]{_CLOCK}{_ZONE}",
    "email": rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*",
    "hostname": rf"(?=.{{1,253}}\.?\Z){_LABEL}(?:\.{_LABEL})*\.?",
    "ipv4": rf"{_BYTE}(?:\.{_BYTE}){{3}}",
    "uri": r"[a-z][a-z0-9+.-]*:\S*",
    "uri-reference": r"(?:(?:[a-z][a-z0-9+.-]*:)?//?)?(?:[^\\\s#][^\s#]*)?(?:#[^\\\s]*)?",
    "uuid": r"(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


FORMATS: Mapping[str, Callable[[str], bool]] = {name: _matches(pattern) for name, pattern in _PATTERNS.items()}
