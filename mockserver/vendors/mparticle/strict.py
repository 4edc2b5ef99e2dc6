"""Members without which an API other than the Events API refuses a body, and the sentences that say so."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import Member, Remark, shown


def missing(name: str) -> Remark:
    """That a required member is not there, in the pattern of the Events API (mparticle.md §3.2)."""
    return Remark(f'Required field "{name}" is missing or empty.', "required-member", refuses=True)


def unfit(text: str) -> Remark:
    """That a member cannot be used."""
    return Remark(text, "unusable-value", refuses=True)


class Needed(Member):
    """A member without which the body is refused."""

    def __init__(self) -> None:
        super().__init__(needed=True)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """The member is missing or null."""
        return ValidationError([missing(str(self.name))])

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value in ("", [], {}):
            raise self.make_error("null")
        return super()._deserialize(value, attr, data, **kwargs)


class NeededEnvironment(Needed):
    """`production` or `development`, which must be there."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another word."""
        if isinstance(value, str) and value in words.ENVIRONMENTS:
            return []
        known = " or ".join(f'"{word}"' for word in words.ENVIRONMENTS)
        return [unfit(f'Field "{self.name}" must be {known}, not {shown(value)}.')]
