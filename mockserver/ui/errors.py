"""What goes wrong on a page, said on a page; a missing control token is asked for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from marshmallow import ValidationError

from mockserver.control.errors import UnauthorizedError, problem_of_fields
from mockserver.errors import MockServerError
from mockserver.ui.safety import with_nonce

Page = tuple[str, int]


def handle(pages: Blueprint) -> None:
    """Have the errors of the pages' views answered as pages."""
    pages.register_error_handler(UnauthorizedError, _ask)
    pages.register_error_handler(MockServerError, _ours)
    pages.register_error_handler(ValidationError, _fields)


def _ask(error: UnauthorizedError) -> Page:
    return render_template("login.html", nonce=with_nonce(), link=str), error.status


def _ours(error: MockServerError) -> Page:
    return _page(error.title, str(error), error.status)


def _fields(error: ValidationError) -> Page:
    found: dict[str, Any] = problem_of_fields(error).get_json()
    return _page(found["title"], found["detail"], found["status"])


def _page(title: str, detail: str, status: int) -> Page:
    return render_template("problem.html", nonce=with_nonce(), link=str, title=title, detail=detail), status
