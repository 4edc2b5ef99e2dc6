"""Objects whose names the sender chooses: attributes, flags, consent by purpose (mparticle.md §§3.3, 3.9)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from marshmallow.exceptions import SCHEMA

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import JsonSchema, Member, Messages, Remark, nearest, shown
from mockserver.vendors.mparticle.shapes import Shape, instance

_SCALARS = ["string", "number", "boolean", "null"]
_UNDOCUMENTED = "what mParticle does with it server-to-server is not documented (its SDKs drop it)"


class Chosen(Member):
    """An object with names of the sender's; children say what a value may be."""

    expected = "an object"

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """What is to be said of the object as a whole, and of each of its values."""
        if not isinstance(value, dict):
            return self.unfit(value)
        about = ((name, self.about(name, one)) for name, one in value.items())
        said: Messages = dict(islice(((name, found) for name, found in about if found), words.REMARKS))
        if whole := self.overall(value):
            said[SCHEMA] = [*whole, *said.get(SCHEMA, ())]
        return said

    def overall(self, value: Mapping[str, Any]) -> list[Remark]:  # noqa: ARG002  children look at it
        """What is to be said of the object as a whole."""
        return []

    def about(self, name: str, value: Any) -> list[Remark] | Messages:  # noqa: ARG002  likewise
        """What is to be said of one value."""
        return []


class Texts(Chosen):
    """Texts by name."""

    def about(self, name: str, value: Any) -> list[Remark] | Messages:  # noqa: ARG002  the name is free
        """Another type."""
        return [] if isinstance(value, str) or value is None else [_unfit("Text", value)]

    def clean(self) -> JsonSchema:
        """An object of texts."""
        return {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}


class PartnerIdentities(Texts):
    """Partners' ids of the user by `PartnerName_IdentityName`; an unregistered one can fail the request (§3.3)."""

    def about(self, name: str, value: Any) -> list[Remark] | Messages:
        """A name that cannot have been registered."""
        if "_" in name:
            return super().about(name, value)
        text = f'"{name}" has not the form PartnerName_IdentityName; an unregistered identity can fail the request.'
        return [Remark(text, "unregistered-partner-identity")]

    def clean(self) -> JsonSchema:
        """Names with an underscore."""
        return super().clean() | {"propertyNames": {"pattern": "_"}}


class TextsByName(Chosen):
    """Objects of texts by name: integration attributes by module, search ads attributes by version."""

    def about(self, name: str, value: Any) -> list[Remark] | Messages:  # noqa: ARG002  the name is free
        """Another shape."""
        return [] if value is None else Texts().remarks(value)

    def clean(self) -> JsonSchema:
        """Objects of texts."""
        return {"type": ["object", "null"], "additionalProperties": Texts().clean()}


class ByPurpose(Chosen):
    """Objects of one shape by a purpose that the workspace defines."""

    def __init__(self, shape: type[Shape]) -> None:
        super().__init__()
        self.shape = shape

    def about(self, name: str, value: Any) -> list[Remark] | Messages:
        """A flat consent, as mParticle's published schema has it and its servers do not (§14)."""
        if isinstance(value, dict):
            return instance(self.shape).validate(value)
        if value is None:
            return []
        text = (
            f'Consent is a map by purpose: "{name}" should hold an object, {shown(value)} sent; mParticle ignores it.'
        )
        return [Remark(text, "consent-not-by-purpose", Severity.ERROR)]


class Attributes(Chosen):
    """An event's attributes: flat, up to 100, with limits on names and values (§3.9)."""

    what = "attributes"

    def overall(self, value: Mapping[str, Any]) -> list[Remark]:
        """Too many."""
        if len(value) <= words.ATTRIBUTES:
            return []
        text = f"At most {words.ATTRIBUTES} {self.what} expected, {len(value)} sent; {_UNDOCUMENTED}."
        return [Remark(text, "too-many-attributes")]

    def about(self, name: str, value: Any) -> list[Remark] | Messages:
        """A long name, and whatever is wrong with the value."""
        return [*_long_name(name), *self.value(value)]

    def value(self, value: Any) -> list[Remark]:
        """Nested, or too long."""
        if isinstance(value, dict | list):
            text = f"Attributes are flat: text, number, true, false or null expected, {shown(value)} sent; "
            return [Remark(text + _UNDOCUMENTED + ".", "nested-attribute")]
        return _long_value(value)

    def clean(self) -> JsonSchema:
        """Flat and short."""
        return {
            "type": ["object", "null"],
            "maxProperties": words.ATTRIBUTES,
            "propertyNames": {"maxLength": words.NAME_LENGTH},
            "additionalProperties": {"type": _SCALARS, "maxLength": words.VALUE_LENGTH},
        }


class Flags(Chosen):
    """Custom flags: flat texts; the SDKs' own samples send numbers and lists too (§3.4)."""

    def about(self, name: str, value: Any) -> list[Remark] | Messages:  # noqa: ARG002  the name is free
        """Nested, or a list."""
        if isinstance(value, list):
            return [
                Remark(f"Text expected, the list {shown(value)} sent, as SDK samples do.", "list-flag", Severity.INFO)
            ]
        if isinstance(value, dict):
            return [Remark(f"Flags are flat: text expected, {shown(value)} sent; {_UNDOCUMENTED}.", "nested-flag")]
        return []

    def clean(self) -> JsonSchema:
        """Flat."""
        return {"type": ["object", "null"], "additionalProperties": {"type": _SCALARS}}


class UserAttributes(Attributes):
    """A user's attributes: scalars, lists of texts, null for a tag; `$` names are mParticle's (§3.7)."""

    what = "user attributes"

    def about(self, name: str, value: Any) -> list[Remark] | Messages:
        """A reserved name that does not exist, beside what holds for all attributes."""
        reserved = name.startswith("$") and name not in words.RESERVED_ATTRIBUTES
        said = super().about(name, value)
        return [_not_reserved(name), *said] if reserved else said

    def value(self, value: Any) -> list[Remark]:
        """A tag, a list, or as for all attributes."""
        if value is None:
            text = "A null attribute is a tag (present, without a value), not a deletion; use deleted_user_attributes."
            return [Remark(text, "null-attribute", Severity.INFO)]
        return _list(value) if isinstance(value, list) else super().value(value)

    def clean(self) -> JsonSchema:
        """Scalars and lists of texts, no null."""
        entry = {"type": "string", "maxLength": words.LIST_ENTRY_LENGTH}
        reserved = {"enum": list(words.RESERVED_ATTRIBUTES)}
        return super().clean() | {
            "propertyNames": {"maxLength": words.NAME_LENGTH, "anyOf": [{"pattern": "^[^$]"}, reserved]},
            "additionalProperties": {
                "type": ["string", "number", "boolean", "array"],
                "maxLength": words.VALUE_LENGTH,
                "maxItems": words.LIST_ENTRIES,
                "items": entry,
            },
        }


class Names(Member):
    """A list of texts."""

    expected = "a list of texts"

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """Another type, of the list or of one of its entries."""
        if not isinstance(value, list):
            return self.unfit(value)
        return {at: [_unfit("Text", one)] for at, one in enumerate(value) if not isinstance(one, str)}

    def clean(self) -> JsonSchema:
        """Texts."""
        return {"type": ["array", "null"], "items": {"type": "string"}}


def _unfit(expected: str, value: Any) -> Remark:
    return Remark(f"{expected} expected, {shown(value)} sent; what mParticle keeps is not documented.", "wrong-type")


def _long_name(name: str) -> list[Remark]:
    if len(name) <= words.NAME_LENGTH:
        return []
    text = f"A name of at most {words.NAME_LENGTH} characters expected, {len(name)} sent; mParticle truncates it."
    return [Remark(text, "name-too-long")]


def _long_value(value: Any) -> list[Remark]:
    if not isinstance(value, str) or len(value) <= words.VALUE_LENGTH:
        return []
    text = f"A value of at most {words.VALUE_LENGTH} characters expected, {len(value)} sent; {_UNDOCUMENTED}."
    return [Remark(text, "value-too-long")]


def _list(value: list[Any]) -> list[Remark]:
    if len(value) > words.LIST_ENTRIES:
        return [Remark(f"At most {words.LIST_ENTRIES} entries expected, {len(value)} sent.", "list-too-long")]
    if any(not isinstance(one, str) for one in value):
        return [_unfit("A list of texts", value)]
    longest = max(map(len, value), default=0)
    if longest <= words.LIST_ENTRY_LENGTH:
        return []
    text = f"Entries of at most {words.LIST_ENTRY_LENGTH} characters expected, one has {longest}."
    return [Remark(text, "list-entry-too-long")]


def _not_reserved(name: str) -> Remark:
    near = nearest(name, words.RESERVED_ATTRIBUTES)
    hint = f'; "{near}" was probably meant' if near else ""
    known = ", ".join(words.RESERVED_ATTRIBUTES)
    return Remark(f'"{name}" begins with "$" but is none of the reserved names {known}{hint}.', "not-reserved")
