"""The file that `mockserver verify` reads, and the body that the control API takes: a check as JSON.

    {
      "expect": [
        {"event": "trial_started", "vendor": "mparticle", "customer_id": "u-1", "data.custom_attributes.tier": "gold"},
        {"event": "trial_converted", "vendor": "mparticle", "customer_id": "u-1", "count": 1,
         "where": {"data.product_action.total_amount": 9.99, "data.custom_attributes.tries": {"<=": 3}}},
        {"search": "vendor:mparticle event:refund customer_id:u-1", "never": true}
      ],
      "ordered": true,
      "exact": false,
      "revenue": [{"subject": "u-1", "currency": "USD", "amount": "9.99", "vendor": "mparticle"}],
      "within": 5,
      "stays": 0
    }

A row of `expect` has the words of a question (`vendor`, `direction`, `operation`, `channel`, `input`, `event`, `kind`,
`subject`, `verdict`, `dropped`, `status`, `since`, `until`, `received_since`, `run`, `path`, `finding`, `id`, `amount`,
`currency`, `text`, `where`) or a `search` line, and how many: `count`, `at_least`, `at_most`, or `never`. `where` maps
JSON paths to values, or to one comparison; a word with a dot in it is such a path itself. Any other word is a kind of
subject. Amounts may be texts or numbers;
either way they are the decimals they are written as. `within` and `stays` are seconds, as numbers or as `5s`, `500ms`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, post_load, validates_schema

from mockserver.errors import InvalidError
from mockserver.journal.entry import Direction, Verdict
from mockserver.journal.expectation import Check, Expectation, ExpectedRevenue, question_of
from mockserver.journal.search import parse

_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)?")
_SPAN = {"type": ["number", "string"]}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}


def load(document: Any) -> Check:
    """A check from decoded JSON.

    Raises:
        InvalidError: it is not one; the sentence names the place.
    """
    try:
        check: Check = CheckSchema().load(document)
    except ValidationError as error:
        raise InvalidError(f"Not a check: {'; '.join(_sentences(error.messages))}") from error
    return check


def read(content: bytes) -> Check:
    """A check from the bytes of a file.

    Raises:
        InvalidError: it is not JSON, or not a check.
    """
    import orjson

    try:
        return load(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise InvalidError(f"Not JSON: {error}.") from error


def seconds(text: str | float) -> float:
    """A duration: a number of seconds, or text such as `5s`, `500ms`, `2m`.

    Raises:
        InvalidError: it is neither.
    """
    match = _SECONDS.fullmatch(str(text).strip())
    if match is None or isinstance(text, bool):
        raise InvalidError(f"A duration is a number of seconds, or like 5s, 500ms or 2m, not {text!r}.")
    return float(match[1]) * _UNITS[match[2]]


class Duration(fields.Field[float]):
    """Seconds, as `seconds` reads them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:  # noqa: ARG002  marshmallow's
        try:
            return seconds(value)
        except InvalidError as error:
            raise ValidationError(str(error)) from error


class Number(fields.Decimal):
    """A decimal, from text or from a number as it is written."""

    def _validated(self, value: Any) -> Decimal:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return Decimal(super()._validated(str(value) if isinstance(value, float) else value))


def _said(description: str, kind: str | list[str] = "string", **more: Any) -> fields.Raw:
    """A word of a question, for the document: `question_of` is who reads it."""
    return fields.Raw(allow_none=True, metadata={"description": description, "type": kind, **more})


class ExpectationSchema(Schema):
    """A row of `expect`. Paths and kinds of subjects are its further members."""

    class Meta:
        """Other words are paths, where they have a dot, and else kinds of subjects."""

        unknown = INCLUDE

    search = fields.String(metadata={"description": "A search line that says everything but how many"})
    count = fields.Integer(strict=True, metadata={"description": "How many exactly"})
    at_least = fields.Integer(strict=True, metadata={"description": "How many at least; 1 if nothing is said"})
    at_most = fields.Integer(strict=True, metadata={"description": "How many at most"})
    never = fields.Boolean(truthy={True}, falsy={False}, metadata={"description": "The same as a count of 0"})
    vendor = _said("Whom it came to, or who told it")
    direction = _said("in: it came to us; out: we told it", enum=list(Direction))
    operation = _said("The vendor's endpoint, as `GET /vendors/NAME` names it")
    channel = _said("The channel it went out on")
    input = _said("The vendor's input whose credentials it came with")
    event = _said("Its name")
    kind = _said("Its kind, in the vendor's words")
    subject = _said("Whom it is about: an id of any kind; a member named by a kind (`customer_id`) asks for that kind")
    verdict = _said("What the vendor answers; accepted unless said", enum=list(Verdict))
    dropped = _said("Whether the vendor would accept and yet not keep it; false unless said", "boolean")
    status = _said("The status of the answer", "integer")
    since = _said("From this instant of the tenant's clock on")
    until = _said("Before this instant of the tenant's clock")
    received_since = _said("Received from this instant of real time on")
    run = _said("The run it belongs to")
    path = _said("A part of the request's path")
    finding = _said("The rule of a finding about it; * for any")
    id = _said("The sender's id of the event")
    amount = _said("What was paid, a decimal", ["string", "number"])
    currency = _said("Of the amount")
    text = _said("What stands anywhere in the body", ["string", "array"])
    where = _said(
        'JSON paths with the values wanted there, or with one comparison: {"data.price": {">=": 5}}. A member with a '
        "dot in its name is such a path itself",
        "object",
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Expectation:
        counts = {name: data.pop(name) for name in ("count", "at_least", "at_most") if name in data}
        if data.pop("never", False):
            counts["count"] = counts.get("count", 0)
        search = data.pop("search", None)
        if search is not None and data:
            raise ValidationError(f"A search line says everything; {', '.join(sorted(data))} cannot stand beside it.")
        try:
            question = parse(search) if search is not None else question_of(_checked(data))
            return Expectation(question=question, **counts)
        except InvalidError as error:
            raise ValidationError(str(error)) from error


def _checked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(data.get("where", {}), Mapping):
        raise ValidationError("where maps JSON paths to values.")
    if "subjects" in data:
        raise ValidationError("Whom it is about is said as subject, or by kind: customer_id.")
    return data


class RevenueSchema(Schema):
    """A row of `revenue`."""

    class Meta:
        """Nothing else can be said."""

        unknown = RAISE

    subject = fields.String(required=True, metadata={"description": "Who paid: any id"})
    currency = fields.String(required=True)
    amount = Number(required=True, allow_nan=False, metadata={"description": "The sum, refunds taken off"})
    vendor = fields.String(metadata={"description": "Only by what this vendor was told, or told"})
    direction = fields.Enum(Direction, by_value=True, metadata={"description": "What came `in`, unless said"})
    channel = fields.String(metadata={"description": "Only by what went out on this channel"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ExpectedRevenue:
        return ExpectedRevenue(**data)


class CheckSchema(Schema):
    """The whole file."""

    class Meta:
        """Nothing else can be said."""

        unknown = RAISE

    expect = fields.List(fields.Nested(ExpectationSchema), load_default=list)
    ordered = fields.Boolean(
        truthy={True}, falsy={False}, load_default=False, metadata={"description": "They come in this order"}
    )
    exact = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Each comes once unless it says how often, and nothing else about these subjects"},
    )
    revenue = fields.List(fields.Nested(RevenueSchema), load_default=list)
    within = Duration(load_default=0.0, metadata={**_SPAN, "description": "How long it may take to come true"})
    stays = Duration(load_default=0.0, metadata={**_SPAN, "description": "How long it has to stay true then"})

    @validates_schema
    def _expects_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("expect") and not data.get("revenue"):
            raise ValidationError("Nothing is expected: write expect or revenue.")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Check:
        return Check(
            expectations=tuple(data["expect"]),
            ordered=data["ordered"],
            exact=data["exact"],
            revenue=tuple(data["revenue"]),
            within=data["within"],
            stays=data["stays"],
        )


def _sentences(messages: Any, place: str = "") -> list[str]:
    """Marshmallow's nested messages in one list, each with its place before it."""
    if isinstance(messages, Mapping):
        return [
            text
            for key, inner in messages.items()
            for text in _sentences(inner, place if key == "_schema" else f"{place}.{key}" if place else str(key))
        ]
    return [f"{place}: {message}" if place else str(message) for message in messages]
