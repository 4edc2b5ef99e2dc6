"""The few members that mParticle refuses a batch for (mparticle.md §§3.2, 3.11, 14).

A required member that is missing, null or empty is refused in the one sentence that mParticle publishes. Text, numbers
and booleans can be read as one another and are only remarked on; a list or an object in such a place cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import JsonSchema, Member, Remark, nearest, refusal, shown
from mockserver.vendors.mparticle.shapes import Shape, Within

_SCALAR: JsonSchema = {"type": ["string", "number", "boolean"], "minLength": 1}


class Required(Member):
    """A member without which the batch is refused."""

    def __init__(self) -> None:
        super().__init__(needed=True)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """The sentence that mParticle publishes (mparticle.md §3.2)."""
        return refusal(f'Required event field "{self.name}" is missing or empty.')

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value in ("", [], {}):
            raise self.make_error("null")
        if isinstance(value, list | dict):
            raise refusal(f'Event field "{self.name}" must be {self.expected}.')
        return super()._deserialize(value, attr, data, **kwargs)

    def accepted(self) -> JsonSchema:
        """Any scalar that is not empty."""
        return _SCALAR


class RequiredText(Required):
    """A text that must be there; a name over 256 characters is truncated (mparticle.md §3.9)."""

    expected = "text"

    def remarks(self, value: Any) -> list[Remark]:
        """Another scalar, or too long."""
        if not isinstance(value, str):
            return self.unfit(value)
        if len(value) <= words.NAME_LENGTH:
            return []
        text = f"At most {words.NAME_LENGTH} characters expected, {len(value)} sent; mParticle truncates it."
        return [Remark(text, "name-too-long")]

    def clean(self) -> JsonSchema:
        """Text of the allowed length."""
        return {"type": "string", "minLength": 1, "maxLength": words.NAME_LENGTH}


class RequiredFlag(Required):
    """True or false, which must be there."""

    expected = "true or false"

    def remarks(self, value: Any) -> list[Remark]:
        """Another scalar."""
        return [] if isinstance(value, bool) else self.unfit(value)

    def clean(self) -> JsonSchema:
        """A boolean."""
        return {"type": "boolean"}


class RequiredChoice(Required):
    """One of mParticle's words, which must be there; `tolerated` words are taken, with a reason to remark on them."""

    def __init__(self, *known: str, tolerated: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.known = known
        self.tolerated = {words.UNKNOWN: "the SDKs' models have it, the manual does not", **(tolerated or {})}
        self.expected = f"one of {', '.join(known)}"

    def remarks(self, value: Any) -> list[Remark]:
        """A tolerated word; any other is refused."""
        if isinstance(value, str) and value in self.known:
            return []
        if isinstance(value, str) and value in self.tolerated:
            text = f"{self.expected.capitalize()} expected, {shown(value)} sent: {self.tolerated[value]}."
            return [Remark(text, "unusual-value", Severity.INFO if value == words.UNKNOWN else Severity.WARNING)]
        near = nearest(value, self.known) if isinstance(value, str) else None
        hint = f' Did you mean "{near}"?' if near else ""
        text = f'Event field "{self.name}" must be {self.expected}, not {shown(value)}.{hint}'
        return [Remark(text, "unknown-value", refuses=True)]

    def accepted(self) -> JsonSchema:
        """The known and the tolerated words."""
        return {"enum": [*self.known, *self.tolerated]}

    def clean(self) -> JsonSchema:
        """The known words."""
        return {"enum": list(self.known)}


class RequiredChange(Within):
    """One side of a change of identity: the member must be there, though null says that there was none."""

    def __init__(self, shape: type[Shape]) -> None:
        super().__init__(shape)
        self.required = True

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """The member is missing altogether."""
        return refusal(f'Required event field "{self.name}" is missing or empty.')

    def accepted(self) -> JsonSchema:
        """Anything, but there."""
        return {}


class Environment(Member):
    """`production` unless said otherwise; any other word is refused (mparticle.md §3.3)."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another word."""
        if isinstance(value, str) and value in words.ENVIRONMENTS:
            return []
        known = " or ".join(f'"{word}"' for word in words.ENVIRONMENTS)
        text = f'Batch field "environment" must be {known}, not {shown(value)}.'
        return [Remark(text, "unknown-value", refuses=True)]

    def accepted(self) -> JsonSchema:
        """A known word or none."""
        return {"enum": [*words.ENVIRONMENTS, None]}

    def clean(self) -> JsonSchema:
        """Likewise."""
        return self.accepted()
