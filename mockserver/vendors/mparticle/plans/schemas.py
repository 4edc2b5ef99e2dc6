"""Bodies of the Data Planning API (mparticle.md §6.1): null means absent, read-only members are passed over."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import INCLUDE, Schema, ValidationError, fields, pre_load, validate

ENVIRONMENTS: Final = ("none", "development", "production")
VERSIONS: Final = 1000

READ_ONLY: Final = (
    "created_on", "created_by", "last_modified_on", "last_modified_by", "data_plan_id", "data_plan_name",
    "activated_on", "activated",
)  # fmt: skip
"""Members that clients send back as they got them."""


def _is_number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError("a number is expected.")


class Body(Schema):
    """A body whose unknown members are kept, to be remarked on."""

    class Meta:  # noqa: D106  marshmallow's place for options
        unknown = INCLUDE

    error_messages = {"type": "a JSON object is expected."}  # noqa: RUF012  marshmallow's shape


class Text(fields.String):
    """A text; null is kept, as it empties a description."""

    default_error_messages = {"invalid": "a text is expected."}  # noqa: RUF012  as above

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_none=True, **options)


class VersionSchema(Body):
    """A version of a plan, to be made or to be changed."""

    version = fields.Integer(
        strict=True,
        validate=validate.Range(1, VERSIONS, error=f"a number from 1 to {VERSIONS} is expected."),
        error_messages={"invalid": f"a number from 1 to {VERSIONS} is expected."},
    )
    version_description = Text()
    activated_environment = fields.Raw(
        validate=validate.OneOf(ENVIRONMENTS, error=f"one of {', '.join(ENVIRONMENTS)} is expected.")
    )
    version_document = fields.Raw()
    quarantine_feed_id = fields.Raw(allow_none=True, validate=_is_number)

    @pre_load
    def forget_nulls(self, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002  marshmallow's hook
        """Null means absent, but where it empties something."""
        if not isinstance(data, dict):
            return data
        emptied = ("version_description", "quarantine_feed_id")
        return {name: value for name, value in data.items() if value is not None or name in emptied}


class PlanChangesSchema(Body):
    """What of a plan can be changed."""

    data_plan_name = fields.String(allow_none=True, error_messages={"invalid": "a text is expected."})
    data_plan_description = Text()


class PlanSchema(PlanChangesSchema):
    """A plan with its versions, to be made."""

    data_plan_id = fields.String(
        allow_none=True,
        validate=validate.Regexp(
            r"[A-Za-z0-9_-]{1,255}\Z", error="a slug is expected: letters, digits, - and _, at most 255 of them."
        ),
        error_messages={"invalid": "a slug is expected: letters, digits, - and _, at most 255 of them."},
    )
    data_plan_versions = fields.List(
        fields.Nested(VersionSchema), allow_none=True, error_messages={"invalid": "an array of versions is expected."}
    )


def sentences(error: ValidationError) -> list[str]:
    """What marshmallow found, each with the dotted path of its member."""
    return list(_flat(error.messages, ""))


def _flat(messages: Any, path: str) -> Any:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    else:
        yield from (f"{path}: {text}" if path else str(text).capitalize() for text in messages)
