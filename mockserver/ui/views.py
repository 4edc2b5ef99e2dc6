"""The pages: what a tenant has seen, one entry, one run, and the forms that play a scenario or turn the clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, current_app, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from mockserver.control import clock, entries, runs, scenarios, tenants
from mockserver.control.asking import question_of
from mockserver.control.current import parts
from mockserver.control.found import row_of
from mockserver.control.guard import COOKIE, cookie_of, is_token
from mockserver.control.schemas import written
from mockserver.errors import MockServerError
from mockserver.journal.query import Question
from mockserver.journal.search import meant
from mockserver.lifecycle.clock import Clock
from mockserver.tenants import DEFAULT, Tenant
from mockserver.ui.errors import handle
from mockserver.ui.safety import protect, with_nonce
from mockserver.ui.verdicts import with_verdicts

pages = Blueprint("pages", __name__, template_folder="templates")
handle(pages)
protect(pages)

VERDICTS = "mockserver.ui.verdicts"
_ROWS = 100
_TENANTS = 200
_RECENT = 500
_NUMBER = re.compile(r"(?<![^\s(])#(\d{1,18})(?![\w-])")


@pages.get("/")
def first() -> str:
    """What a tenant has seen, and everything that can be done about it."""
    tenant = _tenant(request.args)
    query = request.args.get("q", "")
    return render_template(
        "page.html",
        **_common(tenant),
        q=query,
        tenants=[known.name for known in parts().tenants.all()[:_TENANTS]],
        access=_access(tenant),
        entries=_journal(tenant, query, _after(request.args)),
        runs=with_verdicts(tenant, runs.listing(tenant)[:_ROWS], current_app.extensions[VERDICTS]),
        clock={**clock.view_of(tenant), "now": written(tenant.now())},
        scenarios=scenarios.views(),
    )


@pages.get("/entries/<id_>")
def entry(id_: str) -> str:
    """One entry, with everything that went over the wire."""
    tenant = _tenant(request.args)
    found = entries.view_of(tenant, id_)
    return render_template(
        "entry.html",
        **_common(tenant),
        entry=found,
        request_body=_readable(found),
        answer_body=_readable(found["answer"]),
    )


@pages.get("/runs/<id_>")
def run(id_: str) -> str:
    """One run: who was told what and when, and whether it arrived."""
    tenant = _tenant(request.args)
    found = runs.view_of(tenant, id_)
    return render_template("run.html", **_common(tenant), run=found, verdict=_linked(found["verdict"]["text"], tenant))


@pages.post("/play")
def play() -> Response:
    """Play a scenario; a paced one goes on while its page is looked at."""
    tenant = _tenant(request.form)
    form = {name: value for name, value in request.form.items() if name in {"scenario", "seed", "pace"} and value}
    wanted = runs.RunOrder().load({**form, "wait": form.get("pace", "0") in {"0", "instant"}})
    made = runs.start(tenant, wanted)
    return redirect(_link(tenant, f"/_mock/runs/{made.id}"), 303)


@pages.post("/clock")
def turn() -> Response:
    """Turn, set, stop or let go the tenant's clock."""
    tenant = _tenant(request.form)
    act = _ACTS.get(request.form.get("do", ""), _advanced)
    parts().lives.turn(tenant, act(tenant.clock, request.form))
    return redirect(_link(tenant, "/_mock/") + "#clock", 303)


@pages.get("/login")
def ask() -> str:
    """The form that asks for the control token."""
    return render_template("login.html", nonce=with_nonce(), link=str)


@pages.post("/login")
def login() -> Response:
    """Let a browser in that knows the control token."""
    token = parts().settings.control_token
    if token is not None and not is_token(request.form.get("token", ""), token):
        page = render_template("login.html", nonce=with_nonce(), link=str, wrong=True)
        return Response(page, 401, mimetype="text/html")
    answer = redirect("/_mock/", 303)
    if token is not None:
        answer.set_cookie(
            COOKIE, cookie_of(token), path="/_mock", httponly=True, samesite="Strict", secure=request.is_secure
        )
    return answer


@pages.app_template_filter("clock")
def as_clock(instant: str) -> str:
    """An ISO instant as people read it."""
    return instant.replace("T", " ").removesuffix("Z")


def _linked(text: str, tenant: Tenant) -> Markup:
    """A text in which the numbers of entries (#178) lead to their pages."""
    link = Markup('<a href="{}">#{}</a>')
    pieces = enumerate(_NUMBER.split(text))
    return Markup("").join(link.format(_link(tenant, f"/_mock/entries/{it}"), it) if n % 2 else it for n, it in pieces)


def _tenant(values: Mapping[str, str]) -> Tenant:
    return parts().tenants.get(values.get("tenant") or DEFAULT)


def _common(tenant: Tenant) -> dict[str, Any]:
    return {"tenant": tenant.name, "nonce": with_nonce(), "link": lambda path: _link(tenant, path)}


def _link(tenant: Tenant, path: str) -> str:
    """A path of ours for the same tenant; names of tenants need no escaping."""
    return path if tenant.name == DEFAULT else f"{path}?tenant={tenant.name}"


def _access(tenant: Tenant) -> list[dict[str, Any]]:
    found = tenants.view_of(tenant)["vendors"]
    return [{"title": parts().vendors[name].title, **access} for name, access in found.items()]


def _journal(tenant: Tenant, query: str, after: int | None) -> dict[str, Any]:
    """The latest entries; a search line that cannot be read is said, with the entries as if nothing was searched."""
    problem = ""
    try:
        question = question_of({"q": query})
    except MockServerError as error:
        question, problem = Question(), str(error)
    found = entries.page(tenant, question, _ROWS, after)
    older = urlencode({"tenant": tenant.name, "q": query, "after": found[-1].seq}) if len(found) == _ROWS else ""
    return {
        "rows": [row_of(one) for one in found],
        "total": entries.total(tenant, question),
        "newest": entries.newest_number(tenant),
        "older": f"/_mock/?{older}#journal" if older else "",
        "problem": problem,
        "meant": "" if problem or found else _meant(tenant, query),
    }


def _meant(tenant: Tenant, query: str) -> str:
    """What was probably meant by a word of a search that found nothing: recent entries tell who there is."""
    recent = entries.page(tenant, Question(), _RECENT)
    return meant(query, {kind for entry in recent for kind, _ in entry.subjects})


def _after(values: Mapping[str, str]) -> int | None:
    """The number beyond which older entries are wanted; nonsense is as none."""
    text = values.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _readable(exchange: Mapping[str, Any]) -> str:
    if "body" in exchange:
        return json.dumps(json.loads(orjson.dumps(exchange["body"])), indent=2, ensure_ascii=False)
    return str(exchange.get("body_text", exchange.get("body_base64", "")))


Act = Callable[[Clock, Mapping[str, str]], Clock]


def _advanced(given: Clock, form: Mapping[str, str]) -> Clock:
    amounts = {name: form[name] for name in ("days", "hours") if form.get(name)}
    return clock.turned(given, clock.ClockTurn().load(amounts))


def _set(given: Clock, form: Mapping[str, str]) -> Clock:
    return given.set(clock.ClockSetting().load({"now": form.get("now", "")})["now"])


_ACTS: Mapping[str, Act] = {
    "advance": _advanced,
    "set": _set,
    "stop": lambda given, form: given.freeze(),  # noqa: ARG005  the shape of an act
    "run": lambda given, form: given.resume(),  # noqa: ARG005  as above
    "real": lambda given, form: Clock(),  # noqa: ARG005  as above
}
