"""Pages for people, below /_mock/: plain HTML from the server, complete without a script. They know no vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["mount"]


def mount(app: Flask) -> None:
    """Add the pages to an application that has the control API."""
    from mockserver.ui.views import VERDICTS, pages

    app.extensions[VERDICTS] = {}
    app.register_blueprint(pages, url_prefix="/_mock")
