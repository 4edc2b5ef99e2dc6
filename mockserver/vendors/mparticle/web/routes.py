"""What the web SDK calls: configuration, SDK, events, forwarding statistics (mparticle.md §1 rows 9-12, §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.journal.entry import Finding, Severity, Verdict
from mockserver.vendors.contract import Answer, Call, Operation
from mockserver.vendors.mparticle.api import BROWSERS
from mockserver.vendors.mparticle.compiled import compiled
from mockserver.vendors.mparticle.errors import JSON
from mockserver.vendors.mparticle.sdk_config import asked, of_environment, planned
from mockserver.vendors.mparticle.signatures import path_key
from mockserver.vendors.mparticle.web import dialect
from mockserver.vendors.mparticle.web.config import ENVIRONMENTS, configuration, environment
from mockserver.vendors.mparticle.web.errors import BadRequestError, KeyUnknownError
from mockserver.vendors.mparticle.web.script import script, without_sdk

ACCEPTED = Answer(202)
"""Empty: browsers look at the status alone."""

_FRESH = ("cache-control", "no-store")
_NO_PLAN = {"error_message": "The data plan was not found."}  # in which words is not documented
_OLD = "One event as web SDKs wrote it before version 3 of this endpoint: taken, but what is in it is not read."


def config(call: Call) -> Answer:
    """The web SDK's configuration. Without an ETag: to the SDK a 304 is as good as no answer (mparticle.md §5.1)."""
    plan, findings = _plan(call)
    members = {} if plan is None else {"dataPlanResult": plan}
    return Answer(200, orjson.dumps({**configuration(call), **members}), (JSON, _FRESH), findings=findings)


def sdk(call: Call) -> Answer:
    """mparticle.js: configuration and SDK in one script."""
    plan, findings = _plan(call)
    members = {} if plan is None else {"dataPlan": _with_document(call, plan)}
    file = str(call.tenant.settings(call.vendor)["web_sdk"])
    made = script(call.args["key"], {**configuration(call), **members}, file)
    headers = (("content-type", "application/javascript; charset=utf-8"), _FRESH)
    return Answer(200, made.content, headers, findings=(*findings, *made.findings))


def events(call: Call) -> Answer:
    """One batch of events from a browser.

    What mParticle answers to a bad batch is not documented. It is taken here and said to be bad: browsers would send
    the very same again, for ever, after a 400 (mparticle.md §§5.4, 12).
    """
    batch = dialect.batch_of(call.content)
    if batch is None:
        text = "One batch as a JSON object expected; there is nothing in it that can be read."
        return _dropped(Finding("", "malformed-request", text, Severity.ERROR))
    if dialect.is_old(batch):
        return ACCEPTED._replace(findings=(Finding("", "old-web-sdk", _OLD, Severity.INFO),))
    return ACCEPTED if compiled().accepts(batch) or not _is_refused(batch) else _dropped()


def forwarding(call: Call) -> Answer:
    """Statistics of kits that were told in the page; unlike events they are not sent again (mparticle.md §5.1)."""
    if dialect.batch_of(call.content) is None:
        raise BadRequestError("The request JSON is malformed: an object is expected.")
    return ACCEPTED


def _dropped(*findings: Finding) -> Answer:
    """Taken, and of no effect."""
    return ACCEPTED._replace(verdict=Verdict.REJECTED, findings=findings)


def _is_refused(batch: dict[str, Any]) -> bool:
    from mockserver.vendors.mparticle import judgement

    return judgement.refusal(batch) is not None


def _plan(call: Call) -> tuple[Mapping[str, Any] | None, tuple[Finding, ...]]:
    """What the SDK is told of the plan it asks for, None when it asks for none."""
    plan, findings = planned(call, environment(call))
    said = of_environment(asked(call, "env"), ENVIRONMENTS, "env")
    return (_NO_PLAN if findings else plan), (*findings, *said)


def _with_document(call: Call, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The page's own choice of a plan, which this replaces, with what it asks for."""
    version = asked(call, "plan_version")
    chosen = {"planVersion": int(version)} if version.isdecimal() and len(version) <= len("1000") else {}
    return {"planId": asked(call, "plan_id"), **chosen, "document": plan}


def _fronted(prefix: str, *paths: str) -> tuple[str, ...]:
    """The same paths where one domain of the customer's fronts everything (mparticle.md §1)."""
    return tuple(f"{prefix}{path}" for path in paths)


_CONFIG = "/JS/v2/<key>/config"
_SDK = "/js/v2/<key>/mparticle.js"
_EVENTS = "/v3/JS/<key>/events"
_OLD_EVENTS = ("/v1/JS/<key>/events", "/v2/JS/<key>/events")
_FORWARDING = ("/v1/JS/<key>/Forwarding", "/v2/JS/<key>/Forwarding")
_BY_KEY = path_key(KeyUnknownError)

OPERATIONS = (
    Operation(
        name="web_config",
        path=_CONFIG,
        aliases=_fronted("/tags", _CONFIG),
        methods=("GET",),
        handle=config,
        authenticate=_BY_KEY,
        title="The web SDK's configuration",
        changes=True,
        cors=BROWSERS,
    ),
    Operation(
        name="web_sdk",
        path=_SDK,
        aliases=_fronted("/tags", _SDK),
        methods=("GET",),
        handle=sdk,
        authenticate=_BY_KEY,
        title="The web SDK with its configuration",
        changes=True,
        cors=BROWSERS,
        veil=without_sdk,
    ),
    Operation(
        name=dialect.EVENTS,
        path=_EVENTS,
        aliases=_fronted("/webevents", _EVENTS),
        handle=events,
        authenticate=_BY_KEY,
        title="One batch of events from a browser",
        cors=BROWSERS,
    ),
    Operation(
        name=dialect.OLD_EVENTS,
        path=_OLD_EVENTS[0],
        aliases=(*_OLD_EVENTS[1:], *_fronted("/webevents", *_OLD_EVENTS)),
        handle=events,
        authenticate=_BY_KEY,
        title="Events from a browser with an old SDK",
        cors=BROWSERS,
    ),
    Operation(
        name=dialect.FORWARDING,
        path=_FORWARDING[0],
        aliases=(*_FORWARDING[1:], *_fronted("/webevents", *_FORWARDING)),
        handle=forwarding,
        authenticate=_BY_KEY,
        title="What kits were told in the page",
        cors=BROWSERS,
    ),
)
