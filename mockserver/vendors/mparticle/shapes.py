"""Objects inside a batch: what is required of them, and what is to be said of members that the manual does not know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any, ClassVar

from marshmallow import INCLUDE, Schema, ValidationError, validates_schema

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import JsonSchema, Member, Messages, Remark, nearest, refusal


class Shape(Schema):
    """An object whose unknown members mParticle ignores (mparticle.md §3.11), though they are remarked on.

    `clean_rules` and `accepted_rules` are JSON Schema for what concerns several members at once.
    """

    clean_rules: ClassVar[JsonSchema] = {}
    accepted_rules: ClassVar[JsonSchema] = {}

    class Meta:  # noqa: D106  marshmallow's place for options
        unknown = INCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def strangers(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """Members that the manual does not know, each with the one that was probably meant."""
        names = islice((name for name in original if name not in self.fields), words.REMARKS)
        unknown = {name: [self.stranger(name)] for name in names}
        if unknown:
            raise ValidationError(unknown)

    def stranger(self, name: str) -> Remark:
        """What is to be said of an unknown member: a probable slip of the pen loses data."""
        near = nearest(name, tuple(self.fields))
        if near:
            text = f'"{name}" is no member here, "{near}" was probably meant; mParticle ignores it.'
            return Remark(text, "unknown-member", Severity.WARNING)
        return Remark(f'"{name}" is no member here; mParticle ignores it.', "unknown-member", Severity.INFO)


@cache
def instance(shape: type[Shape]) -> Shape:
    """The schema of a shape: building one copies all its fields, and there are a hundred events in a batch."""
    return shape()


class Within(Member):
    """An object of the shape. With `decisive`, a value that is none lacks the shape's required members."""

    expected = "an object"

    def __init__(self, shape: type[Shape], decisive: str = "") -> None:
        super().__init__()
        self.shape = shape
        self.decisive = decisive

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """What the shape says."""
        if isinstance(value, dict):
            return instance(self.shape).validate(value)
        if self.decisive:
            raise refusal(f'Required event field "{self.decisive}" is missing or empty.')
        return self.unfit(value)


class Many(Member):
    """A list of objects of the shape."""

    expected = "a list of objects"

    def __init__(self, shape: type[Shape]) -> None:
        super().__init__()
        self.shape = shape

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """What the shape says of each."""
        if not isinstance(value, list):
            return self.unfit(value)
        one = instance(self.shape)
        said = {at: one.validate(item) if isinstance(item, dict) else self.unfit(item) for at, item in enumerate(value)}
        return {at: messages for at, messages in said.items() if messages}
