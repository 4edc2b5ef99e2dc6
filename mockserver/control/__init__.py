"""The control API: everything that a test, the command line or another language can ask of a server, below /_mock/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.control.errors import problem, problem_of

if TYPE_CHECKING:
    from flask import Flask

    from mockserver.parts import Parts

__all__ = ["mount", "problem", "problem_of"]


def mount(app: Flask, parts: Parts) -> None:
    """Add the API to an application."""
    from mockserver.control import (
        clock,
        entries,
        errors,
        events,
        faults,
        health,
        reset,
        runs,
        scenarios,
        settings,
        subscribers,
        targets,
        tenants,
        transfer,
        vendors,
        verify,
    )
    from mockserver.control.current import KEY, Control
    from mockserver.control.guard import guard
    from mockserver.control.openapi import PREFIX, open_api
    from mockserver.control.stage import Stage
    from mockserver.delivery.verdict import Runs

    app.extensions[KEY] = Control(parts, Stage(parts), Runs(parts.journal, parts.vendors, parts.settings.url))
    errors.handle(app)
    guard(app, parts.settings)
    api = open_api(app)
    for resource in (
        tenants.tenants,
        vendors.vendors,
        settings.settings,
        entries.entries,
        transfer.transfer,
        events.events,
        verify.verify,
        scenarios.scenarios,
        runs.runs,
        subscribers.subscribers,
        targets.targets,
        clock.clock,
        faults.faults,
        reset.reset,
        health.health,
    ):
        api.register_blueprint(resource, url_prefix=f"{PREFIX}/v1")
    app.add_url_rule("/_mock/health", "health", health.view_of, methods=["GET"])
