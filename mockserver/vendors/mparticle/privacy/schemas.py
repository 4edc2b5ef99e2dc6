"""The shape of a data subject request, and the request as a value once it is known to have it (mparticle.md §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle.fields import Member, Messages, Remark, nearest, shown
from mockserver.vendors.mparticle.identity.names import mpid_in
from mockserver.vendors.mparticle.judgement import flat
from mockserver.vendors.mparticle.privacy import words
from mockserver.vendors.mparticle.shapes import Shape, instance
from mockserver.vendors.mparticle.strict import Needed, missing, unfit

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Request(NamedTuple):
    """A request that has its shape. `identities` are those of its extension too, by OpenDSR's types."""

    id: str
    kind: str
    regulation: str
    group_id: str | None
    identities: Mapping[str, str]
    callbacks: tuple[str, ...]
    skips_waiting: bool

    @property
    def likeness(self) -> str:
        """The same for two requests with the same identities, extension and type."""
        words_of = [self.kind, self.skips_waiting, sorted(self.identities.items())]
        return blake2b(orjson.dumps(words_of), digest_size=16).hexdigest()


class OneOf(Needed):
    """One of some words."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self.known = known

    def remarks(self, value: Any) -> list[Remark]:
        """Another word."""
        if isinstance(value, str) and value in self.known:
            return []
        return [unfit(f'Field "{self.name}" must be one of {", ".join(self.known)}, not {shown(value)}.')]


class RequestId(Needed):
    """A UUID of version 4, which the sender has made."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another form."""
        fits = isinstance(value, str) and _UUID4.fullmatch(value)
        return [] if fits else [unfit(f'Field "{self.name}" must be a UUID of version 4, not {shown(value)}.')]


class SubmittedTime(Needed):
    """An instant in ISO 8601."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another form."""
        try:
            datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            return [unfit(f'Field "{self.name}" must be a date in ISO 8601, not {shown(value)}.')]
        return []


class ApiVersion(Member):
    """The version of this API, for those who name it."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another version."""
        if value == words.API_VERSION:
            return []
        return [unfit(f'Field "{self.name}" must be "{words.API_VERSION}", not {shown(value)}.')]


class GroupId(Member):
    """A text that requests have in common."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another type."""
        return [] if isinstance(value, str) else [unfit(f'Field "{self.name}" must be text, not {shown(value)}.')]


class CallbackUrls(Member):
    """A list of URLs."""

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """No list, or something in it that is no URL."""
        if not isinstance(value, list):
            return [unfit(f'Field "{self.name}" must be an array of URLs, not {shown(value)}.')]
        return {
            at: [unfit(f"A URL is expected, not {shown(one)}.")] for at, one in enumerate(value) if not _is_url(one)
        }


class Flag(Member):
    """True or false."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another type."""
        if isinstance(value, bool):
            return []
        return [unfit(f'Field "{self.name}" must be true or false, not {shown(value)}.')]


class Identities(Member):
    """Values with their encoding, by type; there is one value of a type."""

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """No object, or what is to be said of each identity."""
        if not isinstance(value, dict):
            return [unfit(f'Field "{self.name}" must be an object by type of identity, not {shown(value)}.')]
        return {name: said for name, one in value.items() if (said := _about(name, one))}


class OwnExtension(Shape):
    """What mParticle takes beside what OpenDSR has."""

    subject_identities = Identities()
    skip_waiting_period = Flag()


class Extensions(Member):
    """Objects by the processor's domain; those of other domains are nothing to us."""

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """No object, or what is to be said of ours."""
        if not isinstance(value, dict):
            return [unfit(f'Field "{self.name}" must be an object by domain, not {shown(value)}.')]
        own = value.get(words.DOMAIN)
        if own is None:
            return {}
        if not isinstance(own, dict):
            return {words.DOMAIN: [unfit(f'Extension "{words.DOMAIN}" must be an object, not {shown(own)}.')]}
        said = instance(OwnExtension).validate(own)
        return {words.DOMAIN: said} if said else {}


class RequestSchema(Shape):
    """A whole request."""

    regulation = OneOf(*words.REGULATIONS)
    subject_request_id = RequestId()
    subject_request_type = OneOf(*words.TYPES)
    submitted_time = SubmittedTime()
    subject_identities = Identities()
    api_version = ApiVersion()
    status_callback_urls = CallbackUrls()
    group_id = GroupId()
    extensions = Extensions()
    skip_waiting_period = Flag()  # the manual's table has it here, its sample in the extension


def remarks(body: Any) -> Iterator[tuple[str, Remark]]:
    """Everything that is to be said of a body, each with its JSON pointer."""
    if not isinstance(body, dict):
        yield "", unfit(f"A JSON object is expected, not {shown(body)}.")
        return
    yield from flat(instance(RequestSchema).validate(body), "")
    count = sum(len(holder) for holder in _holders(body))
    if not count:
        yield "/subject_identities", missing("subject_identities")
    elif count > words.IDENTITIES_MOST:
        yield "/subject_identities", unfit(f"At most {words.IDENTITIES_MOST} identities are expected, not {count}.")


def request_of(body: Mapping[str, Any]) -> Request:
    """A body that has the shape, as a value."""
    extension = (body.get("extensions") or {}).get(words.DOMAIN) or {}
    return Request(
        id=body["subject_request_id"],
        kind=body["subject_request_type"],
        regulation=body["regulation"],
        group_id=body.get("group_id"),
        identities={name: str(one["value"]) for holder in _holders(body) for name, one in holder.items()},
        callbacks=tuple(body.get("status_callback_urls") or ()),
        skips_waiting=bool(extension.get("skip_waiting_period") or body.get("skip_waiting_period")),
    )


def _holders(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that have identities: the request's and its extension's."""
    extensions = body.get("extensions")
    own = extensions.get(words.DOMAIN) if isinstance(extensions, dict) else None
    for holder in (body, own):
        identities = holder.get("subject_identities") if isinstance(holder, dict) else None
        if isinstance(identities, dict):
            yield identities


def _about(name: str, one: Any) -> list[Remark] | Messages:
    """What is to be said of one identity."""
    if not isinstance(one, dict):
        return [unfit(f'Identity "{name}" must be an object with value and encoding, not {shown(one)}.')]
    said: Messages = {}
    if one.get("encoding") != words.ENCODING:
        text = f'Identity "{name}" must have the encoding "{words.ENCODING}", not {shown(one.get("encoding"))}.'
        said["encoding"] = [unfit(text)]
    if not _is_value(name, one.get("value")):
        what = "a signed 64-bit integer" if name == words.MPID else "text"
        said["value"] = [unfit(f'Identity "{name}" must have a value, {what}, not {shown(one.get("value"))}.')]
    if not said and name not in words.NAMES and name != words.MPID:
        return [_unknown(name)]
    return said


def _is_value(name: str, value: Any) -> bool:
    return mpid_in(value) is not None if name == words.MPID else isinstance(value, str) and value != ""


def _unknown(name: str) -> Remark:
    """A type that mParticle does not know leads to nobody; whether it refuses one is not documented."""
    meant = words.MEANT.get(name) or nearest(name, tuple(words.NAMES))
    hint = f'; "{meant}" was probably meant' if meant else ""
    return Remark(f'"{name}" is no type of identity here{hint}.', "unknown-identity", Severity.ERROR)


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
