"""Members of identity requests: what is refused, and what is only remarked on (mparticle.md §§4.1, 4.3, 4.5)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import Member, Messages, Remark, nearest, refusal, shown
from mockserver.vendors.mparticle.identity.names import CANONICAL, OF_API, mpid_in, text_of
from mockserver.vendors.mparticle.shapes import Shape, instance

NO_IDENTITIES = "no-identities"
"""The rule of the refusal that has a code of its own."""


class Needed(Member):
    """A member without which the request is refused."""

    def __init__(self) -> None:
        super().__init__(needed=True)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """It was not sent, or null."""
        return refusal(f'Required field "{self.name}" is missing or empty.')


class Word(Needed):
    """One of a few words."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self.known = known

    def remarks(self, value: Any) -> list[Remark]:
        """Any other is refused."""
        return no_word(self.name or "", value, self.known)


class OptionalWord(Member):
    """One of a few words, where it is given."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self.known = known

    def remarks(self, value: Any) -> list[Remark]:
        """Any other is refused; an empty text counts as not given."""
        return [] if value == "" else no_word(self.name or "", value, self.known)


class NeededText(Needed):
    """Text; a number stands for its text."""

    def remarks(self, value: Any) -> list[Remark]:
        """Empty, or of another type."""
        if value == "":
            raise self.make_error("null")
        return value_remarks(self.name or "", value)


class NeededMpid(Needed):
    """The number of a user, as text or as a number."""

    def remarks(self, value: Any) -> list[Remark]:
        """Anything that can be nobody's number."""
        if mpid_in(value) is not None:
            return []
        raise refusal(f'"{self.name}" must be a signed 64-bit integer other than 0, not {shown(value)}.', "not-int64")


class Instant(Member):
    """Milliseconds since 1970, where they are given."""

    def remarks(self, value: Any) -> list[Remark]:
        """No whole number; or one that looks like another unit."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise refusal(f'"{self.name}" must be milliseconds since 1970, not {shown(value)}.', "wrong-type")
        if words.MILLIS_LEAST <= value <= words.MILLIS_MOST:
            return []
        text = f"Milliseconds since 1970 expected, {shown(value)} looks like another unit; mParticle takes it as sent."
        return [Remark(text, "not-milliseconds", Severity.ERROR)]


class Inner(Member):
    """An object of the shape, where it is given."""

    def __init__(self, shape: type[Shape], *, needed: bool = False) -> None:
        super().__init__(needed=needed)
        self.shape = shape

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  as above
        """It was not sent, or null."""
        return refusal(f'Required field "{self.name}" is missing or empty.')

    def remarks(self, value: Any) -> Messages:
        """What the shape says."""
        if not isinstance(value, dict):
            raise refusal(f'"{self.name}" must be an object, not {shown(value)}.', "wrong-type")
        return instance(self.shape).validate(value)


class KnownIdentities(Needed):
    """Texts by the Identity API's names, at least one; other names are refused."""

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  as above
        """None was sent."""
        return refusal("knownIdentities is empty.", NO_IDENTITIES)

    def remarks(self, value: Any) -> Messages:
        """A name that is none, a value that is none."""
        if not isinstance(value, dict):
            raise refusal(f'"{self.name}" must be an object, not {shown(value)}.', "wrong-type")
        unknown = [name for name in value if name not in CANONICAL][: words.REMARKS]
        if unknown:
            raise ValidationError({name: [no_identity(name)] for name in unknown})
        said = {name: value_remarks(name, one) for name, one in value.items()}
        refused = any(one.refuses for remarks in said.values() for one in remarks)
        if not refused and not any(text_of(one) for one in value.values()):
            raise self.make_error("null")
        return {name: remarks for name, remarks in said.items() if remarks}


class IdentityType(Needed):
    """A name of the Identity API."""

    def remarks(self, value: Any) -> list[Remark]:
        """Any other is refused."""
        return [] if isinstance(value, str) and value in CANONICAL else [no_identity(value)]


class IdentityValue(Member):
    """The value of an identity; null and empty mean that there is none."""

    def remarks(self, value: Any) -> list[Remark]:
        """Of another type."""
        return [] if value == "" else value_remarks(self.name or "", value)


class Changes(Needed):
    """A list of objects of the shape, at least one: clients send no request without a change (mparticle.md §4.3)."""

    def __init__(self, shape: type[Shape]) -> None:
        super().__init__()
        self.shape = shape

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  as above
        """None was sent."""
        return refusal("identityChanges is empty.")

    def remarks(self, value: Any) -> Messages:
        """What the shape says of each."""
        if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
            raise refusal(f'"{self.name}" must be a list of objects, not {shown(value)}.', "wrong-type")
        if not value:
            raise self.make_error("null")
        said = {at: instance(self.shape).validate(one) for at, one in enumerate(value)}
        return {at: messages for at, messages in said.items() if messages}


class LastMpid(Member):
    """The user before: text, a number or null. What is nobody's number is passed over."""

    def remarks(self, value: Any) -> list[Remark]:
        """It can be nobody's."""
        if value in ("", "0", 0) or mpid_in(value) is not None:
            return []
        text = f"A signed 64-bit integer or null expected, {shown(value)} sent; it is passed over."
        return [Remark(text, "not-int64")]


def value_remarks(name: str, value: Any) -> list[Remark]:
    """What is to be said of an identity's value, which should be text."""
    if text_of(value) and isinstance(value, str):
        return []
    if value is None or isinstance(value, str):
        return [Remark(f'"{name}" has no value, which counts as not given.', "empty-identity", Severity.INFO)]
    if isinstance(value, int) and not isinstance(value, bool):
        return [Remark(f'Text expected for "{name}", the number {value} sent; it is read as text.', "number-as-text")]
    return [Remark(f'"{name}" must be text, not {shown(value)}.', "wrong-type", refuses=True)]


def no_word(name: str, value: Any, known: tuple[str, ...]) -> list[Remark]:
    """The refusal of a word that is none of those known."""
    if isinstance(value, str) and value in known:
        return []
    near = nearest(value.lower(), known) if isinstance(value, str) else None
    hint = f' Did you mean "{near}"?' if near else ""
    return [
        Remark(f'"{name}" must be one of {", ".join(known)}, not {shown(value)}.{hint}', "unknown-value", refuses=True)
    ]


def no_identity(name: Any) -> Remark:
    """The refusal of a name that is no identity; a batch's names are the likely slips."""
    meant = OF_API.get(name) or nearest(name, tuple(CANONICAL)) if isinstance(name, str) else None
    hint = f' Did you mean "{meant}"?' if meant else f" Known are {', '.join(CANONICAL)}."
    return Remark(f"{shown(name)} is no identity of the Identity API.{hint}", "unknown-identity", refuses=True)
