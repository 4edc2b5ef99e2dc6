"""The API as flask-smorest sees it: resources with our parser, and a document in which every error is a problem."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # it ships no types

from mockserver.control.encoding import Json, Parser
from mockserver.control.errors import MEDIA_TYPE
from mockserver.control.schemas import ProblemSchema

PREFIX = "/_mock/api"
_View = TypeVar("_View", bound=Callable[..., Any])


class Resource(Blueprint):  # type: ignore[misc]  # as above
    """The views of one resource, below /_mock/api/v1."""

    ARGUMENTS_PARSER = Parser()

    if TYPE_CHECKING:  # what flask-smorest does not say: its decorators leave a view what it is

        def get(self, rule: str) -> Callable[[_View], _View]: ...  # noqa: D102  as Flask's own

        def post(self, rule: str) -> Callable[[_View], _View]: ...  # noqa: D102  as Flask's own

        def put(self, rule: str) -> Callable[[_View], _View]: ...  # noqa: D102  as Flask's own

        def delete(self, rule: str) -> Callable[[_View], _View]: ...  # noqa: D102  as Flask's own

        def arguments(self, schema: Any, **options: Any) -> Callable[[_View], _View]: ...  # noqa: D102  as above

        def doc(self, **options: Any) -> Callable[[_View], _View]: ...  # noqa: D102  as above

        def response(self, status: int, schema: Any = None, **options: Any) -> Callable[[_View], _View]: ...  # noqa: D102  as above


def resource(name: str, description: str) -> Resource:
    """An empty resource; a view's first docstring line is its title in the document."""
    return Resource(name, __name__, description=description)


class ControlApi(Api):  # type: ignore[misc]  # as above
    """flask-smorest's Api whose error responses are problems."""

    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def _register_responses(self) -> None:
        content = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": ProblemSchema}}}
        for name in (self.DEFAULT_ERROR_RESPONSE_NAME, HTTPStatus(422).name):  # the two that are ever referred to
            self.spec.components.response(name, content, lazy=True)


def open_api(app: Flask) -> ControlApi:
    """The API of an application, with its document at /_mock/api/openapi.json."""
    app.json = Json(app)
    app.config.update(
        API_TITLE="mockserver control API",
        API_VERSION=version("mockserver"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    return ControlApi(app)
