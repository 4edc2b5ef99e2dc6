"""The one place that wires everything together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from mockserver import control, ui
from mockserver.delivery.forwarding import Forwarder
from mockserver.delivery.histories import Histories
from mockserver.delivery.library import Library
from mockserver.delivery.lives import Lives
from mockserver.delivery.playback import RUN, Player
from mockserver.delivery.sender import Sender
from mockserver.delivery.turns import Turns
from mockserver.frontdesk import FrontDesk
from mockserver.journal.entry import Entry, Part
from mockserver.journal.journal import Journal
from mockserver.journal.recorder import Recorder
from mockserver.lane import Lane, call_from
from mockserver.parts import Parts
from mockserver.settings import Settings
from mockserver.tenants import Tenants, Trade, World
from mockserver.vendors import discover
from mockserver.vendors.contract import Answer, Operation, Reading, Vendor

KEY = "mockserver"


def create_app(settings: Settings | None = None) -> Flask:
    """A Flask application with every vendor mounted; `parts_of(app)` has what it is made of."""
    settings = settings or Settings()
    app = Flask("mockserver", static_folder=None)
    app.url_map.strict_slashes = False  # a slash too many or too few is a 404 in the vendor's shape, not a redirect
    app.url_map.merge_slashes = False
    vendors = discover()
    mounts = settings.hosts_of(vendors)
    parts = app.extensions[KEY] = assemble(settings, app, vendors)
    for name, vendor in parts.vendors.items():
        _mount(app, parts, name, vendor)
    control.mount(app, parts)
    ui.mount(app)
    app.add_url_rule("/", "root", lambda: redirect("/_mock/"), methods=["GET"])
    app.register_error_handler(HTTPException, lambda error: _unknown(parts, error))
    app.wsgi_app = Lane(app.wsgi_app, parts.desk, mounts)  # type: ignore[method-assign]  # Flask documents this very assignment
    return app


def parts_of(app: Flask) -> Parts:
    """What an application made by `create_app` is made of."""
    parts: Parts = app.extensions[KEY]
    return parts


def assemble(settings: Settings, app: Flask, vendors: dict[str, Vendor]) -> Parts:
    """Everything but the routes."""
    library = Library(settings.scenarios)
    recorder = Recorder()
    histories = Histories(
        library,
        lambda tenant: journal.notes(tenant, RUN),
        lambda tenant: lives.history(tenant),  # noqa: PLW0108  it is made below
    )
    world = World(
        defaults=lambda vendor: vendors[vendor].settings,
        history=histories.of,
        documents=lambda tenant, vendor: journal.documents(tenant, vendor),  # noqa: PLW0108  it is made below
    )
    tenants = Tenants(settings.storage, _trades(vendors), world, shared=settings.shared)
    journal = Journal(
        settings.storage,
        logs=lambda name: tenants.get(name).log,
        bells=lambda name: tenants.get(name).bell,
        read=_reader(vendors),
        remember={name: vendor.remember for name, vendor in vendors.items() if vendor.remember},
        shared=settings.shared,
    )
    desk = FrontDesk(
        vendors,
        tenants,
        recorder,
        body_limit=settings.body_limit,
        accept_any=settings.accept_any_credentials,
        notice=lambda *what: forwarder.notice(*what),  # noqa: PLW0108  it is made below
    )
    enter = lambda *call: app.wsgi_app(*call)  # noqa: E731, PLW0108  the lane is put in front of it later
    sender = Sender(enter, settings.url, vendors, recorder, settings.allow_targets)
    turns = Turns(settings.storage / "turns" if settings.shared else None)
    forwarder = Forwarder(vendors, tenants, sender, turns, desk.bugs.append)
    player = Player(library, vendors, tenants, recorder, sender, forwarder, turns)
    lives = Lives(vendors, tenants, recorder, sender, forwarder, journal, turns, shared=settings.shared)
    forwarder.resume()
    return Parts(
        settings=settings,
        vendors=vendors,
        tenants=tenants,
        recorder=recorder,
        desk=desk,
        journal=journal,
        player=player,
        lives=lives,
        forwarder=forwarder,
        turns=turns,
    )


def _trades(vendors: dict[str, Vendor]) -> dict[str, Trade]:
    feeds = {
        name: tuple(
            f"{speaker}-{platform}"
            for speaker, vendor in vendors.items()
            for feed in vendor.feeds
            if feed.vendor == name
            for platform in feed.platforms
        )
        for name in vendors
    }
    return {
        name: Trade(vendor.credentials, vendor.tokens, vendor.settings, feeds[name]) for name, vendor in vendors.items()
    }


def _reader(vendors: dict[str, Vendor]) -> Any:
    feeds = [feed for vendor in vendors.values() for feed in vendor.feeds]
    names = tuple(feed.name_attribute for feed in feeds if feed.name_attribute)
    subjects = tuple(feed.subject_attribute for feed in feeds if feed.subject_attribute)

    def read(entry: Entry, documents: Callable[[str], Any]) -> Sequence[Part]:
        vendor = vendors.get(entry.vendor)
        return vendor.read(entry, Reading(names, subjects, partial(documents, entry.vendor))) if vendor else ()

    return read


def _mount(app: Flask, parts: Parts, name: str, vendor: Vendor) -> None:
    for operation in vendor.operations:
        view = _view(parts, name, operation)
        for path in operation.paths:
            app.add_url_rule(
                f"/{name}{path}",
                f"{name}.{operation.name}",
                view,
                methods=(*operation.methods, "OPTIONS") if operation.cors else operation.methods,
                provide_automatic_options=False,
            )


def _view(parts: Parts, name: str, operation: Operation) -> Any:
    endings = {path.endswith("/") for path in operation.paths}

    def view(**args: str) -> Response:
        body = _body(parts.desk.limit_of(operation))
        call = call_from(request.environ, name, body or b"")
        call.args = args
        if request.path.endswith("/") not in endings:
            return _response(parts.desk.unmatched(call))
        if request.method == "OPTIONS" and operation.cors is not None:
            return _response(parts.desk.preflight(operation, call))
        if body is None:
            return _response(parts.desk.too_large(operation, call))
        return _response(parts.desk.serve(operation, call))

    return view


def _body(limit: int) -> bytes | None:
    """The request's body as it came over the wire, None when it is over the limit."""
    if (request.content_length or 0) > limit:
        return None
    body = get_input_stream(request.environ, safe_fallback=True).read(limit + 1)
    return None if len(body) > limit else body


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status)
    response.headers.clear()
    response.headers.extend(answer.headers)
    if answer.status not in {204, 304}:
        response.headers["Content-Length"] = str(len(answer.body))
    return response


def _unknown(parts: Parts, error: HTTPException) -> Any:
    """A path or method that no route has: the vendor whose mount it is refuses it, else we do."""
    name = request.path.split("/", 2)[1]
    if name == "_mock" or error.code not in {404, 405}:
        return control.problem_of(error)
    if name not in parts.vendors:
        return control.problem(
            404, "Not found", parts.desk.stray(call_from(request.environ, "", _body(parts.desk.body_limit) or b""))
        )
    call = call_from(request.environ, name, _body(parts.desk.body_limit) or b"")
    methods = tuple(sorted(error.valid_methods or ())) if isinstance(error, MethodNotAllowed) else ()
    return _response(parts.desk.unmatched(call, methods))
