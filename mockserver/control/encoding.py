"""JSON as this API reads and writes it: orjson both ways, so that what cannot be written is never read."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Request, Response
from flask.json.provider import JSONProvider
from marshmallow import RAISE, Schema, ValidationError, missing
from webargs.flaskparser import FlaskParser

from mockserver.control.errors import MalformedError, by_field

_DEEPEST = 64


class Json(JSONProvider):
    """Flask's `jsonify`, by orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:  # noqa: ARG002  Flask's own arguments (indent) are of no use here
        """A value as text."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ARG002  as above
        """A value from text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """An answer, with no detour by text."""
        content = self._prepare_response_obj(args, kwargs)
        body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
        return Response(body, content_type="application/json")


class Parser(FlaskParser):
    """Bodies and queries: a body is JSON whatever its content type says, and nothing unknown is passed over."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012  webargs reads it from the class

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002  webargs' signature
        """The body, `missing` when it is empty.

        Raises:
            MalformedError: it is not JSON, or nested too deeply to be meant.
        """
        body = req.get_data()
        if not body.strip():
            return missing
        return read_json(body)

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002  as above
        """Have `control.errors` say it, without webargs' location around the fields."""
        (messages,) = by_field(error).values()
        raise ValidationError(messages) from error


def read_json(text: bytes) -> Any:
    """What a text of JSON says.

    Raises:
        MalformedError: it is not JSON, or nested too deeply to be meant.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"The body is not JSON: {error}.") from error
    if _is_deeper(value, _DEEPEST):
        raise MalformedError(f"The body is nested more than {_DEEPEST} levels deep.")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value)
    return False
