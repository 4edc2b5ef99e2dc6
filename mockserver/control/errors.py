"""Everything that can go wrong below /_mock/, said as problem+json (RFC 9457): the one place that shapes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, current_app, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from mockserver.control.current import parts
from mockserver.errors import MockServerError

MEDIA_TYPE = "application/problem+json"
_SHOWN = 5


class MalformedError(MockServerError):
    """A body that cannot be read at all."""

    title = "Malformed"


class UnauthorizedError(MockServerError):
    """The control token is missing or wrong."""

    status = 401
    title = "Unauthorized"


class ForbiddenError(MockServerError):
    """A request that a page of another origin may have caused."""

    status = 403
    title = "Forbidden"


def problem(status: int, title: str, detail: str, *, errors: Mapping[Any, Any] | None = None) -> Response:
    """A problem about the current request; `errors` are messages by field."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": quote(request.path),
    }
    if errors is not None:
        content["errors"] = errors
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status=status, content_type=MEDIA_TYPE)


def handle(app: Flask) -> None:
    """Have our own errors and wrong fields answered; what is an HTTPException comes to `problem_of`."""
    app.register_error_handler(MockServerError, problem_of_ours)
    app.register_error_handler(ValidationError, problem_of_fields)


def problem_of_ours(error: MockServerError) -> Response:
    """One of our sentences."""
    answer = problem(error.status, error.title, str(error))
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="mockserver"'
    return answer


def problem_of_fields(error: ValidationError) -> Response:
    """Values that a schema refuses, by field."""
    messages = by_field(error)
    told = list(_sentences(messages))
    more = f" … and {len(told) - _SHOWN} more." if len(told) > _SHOWN else ""
    return problem(422, "Unprocessable", " ".join(told[:_SHOWN]) + more, errors=messages)


def by_field(error: ValidationError) -> dict[Any, Any]:
    """The messages of an error by field; those about no field are under `_schema`."""
    return error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}


def problem_of(error: HTTPException) -> Response:
    """What the framework raised; a bug of ours is kept for whoever asks, and Flask has logged it."""
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]  # Flask's response class, by its configuration
    if isinstance(error, InternalServerError):
        if isinstance(error.original_exception, Exception):
            parts().desk.bugs.append(error.original_exception)
        return problem(500, "Internal error", "The mock has failed; its log says why.")
    answer = problem(error.code or 500, error.name.capitalize(), _detail(error))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _detail(error: HTTPException) -> str:
    if isinstance(error, NotFound):
        return f"There is nothing at {request.path}.{_nearest_path(request.path)}"
    if isinstance(error, MethodNotAllowed):
        methods = sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"})
        return f"{request.method} is not allowed here; {' or '.join(methods)} is."
    return error.description or error.name


def _nearest_path(path: str) -> str:
    ours = [rule.rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/_mock")]
    near = get_close_matches(path, ours, n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else " /_mock/api/openapi.json lists what there is."


def _sentences(messages: Any, path: str = "") -> Iterator[str]:
    """Messages by field, flattened: `expect.0.count: Not a valid integer.`."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _sentences(inner, path if name == "_schema" else f"{path}.{name}" if path else str(name))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield f"{path}: {message}" if path else str(message)
