"""Data subject requests, version 3: access, portability and erasure as OpenDSR has them (mparticle.md §8).

Checked in the order credentials, body, rules. Whose data is meant is found when a request comes, as the Identity API
would find them; by when it is done, the tenant's clock tells.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from mockserver.journal.entry import Finding
from mockserver.tenants import milliseconds
from mockserver.vendors.contract import Answer, Call, Grant, Handler, Keyring, Operation
from mockserver.vendors.drafts import Draft
from mockserver.vendors.mparticle.credentials import key_token
from mockserver.vendors.mparticle.identity.erasures import remembered_by
from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.privacy import answers, results, state, words
from mockserver.vendors.mparticle.privacy.callbacks import CANCEL, CREATE
from mockserver.vendors.mparticle.privacy.errors import (
    AlreadyExistsError,
    InProgressError,
    InvalidDataError,
    MpidNotAloneError,
    NoResultsError,
    NotPendingError,
    ResultsGoneError,
    UnauthorizedError,
    UnknownRequestError,
)
from mockserver.vendors.mparticle.privacy.subjects import mpids_of
from mockserver.vendors.mparticle.profiles.answers import profile
from mockserver.vendors.mparticle.signatures import workspace_caller

REQUESTS = "/v3/requests"
REQUEST = f"{REQUESTS}/<request_id>"


def create_request(call: Call) -> Answer:
    """Take a request: from now on it is pending."""
    from mockserver.vendors.mparticle.privacy.schemas import request_of

    body, said = _body(call)
    request, documents, now = request_of(body), remembered_by(call), _now(call)
    if words.MPID in request.identities and len(request.identities) > 1:
        raise MpidNotAloneError("", "/subject_identities")
    if state.is_alike_active(documents, request.likeness, now):
        raise InProgressError
    if state.find(documents, request.id) is not None:
        raise AlreadyExistsError("", "/subject_request_id")
    settings = call.tenant.settings(call.vendor)
    planned = state.plan(request.kind, now, settings, skips_waiting=request.skips_waiting)
    mpids = mpids_of(request.identities, documents, settings)
    told = answers.receipt({**planned, "id": request.id}, call.content, _workspace(call)["workspace_id"])
    details = {**planned, "mpids": mpids, "origin": results.origin(call)}
    return answers.signed(call, 201, told)._replace(findings=said, details=details)


def get_request(call: Call) -> Answer:
    """Where a request stands."""
    kept = _found(call, remembered_by(call))
    return answers.signed(call, 200, _status(call, kept))


def get_requests(call: Call) -> Answer:
    """Where the requests of a group stand."""
    group_id = parse_qs(call.query, keep_blank_values=True).get("group_id", [""])[-1]
    if not group_id:
        raise InvalidDataError([("", 'The parameter "group_id" is required.')])
    found = state.in_group(remembered_by(call), group_id)
    return answers.signed(call, 200, [_status(call, kept) for kept in found])


def cancel_request(call: Call) -> Answer:
    """Cancel a request that is pending."""
    kept, now = _found(call, remembered_by(call)), _now(call)
    if state.status(kept, now) != state.PENDING:
        raise NotPendingError(f"Only a pending request can be cancelled, this one is {state.status(kept, now)}.")
    told = answers.cancellation(kept, now, _workspace(call)["workspace_id"])
    return answers.signed(call, 200, told)._replace(details={"received": now})


def discover(call: Call) -> Answer:
    """What can be asked of this processor."""
    return answers.signed(call, 200, answers.discovery(results.origin(call)))


def get_results(call: Call) -> Answer:
    """The data of those whom a request is about, as they are now."""
    documents, settings, now = remembered_by(call), call.tenant.settings(call.vendor), _now(call)
    kept = state.find(documents, call.args["request_id"])
    if kept is None or not state.has_results(kept, now):
        raise NoResultsError
    if state.are_gone(kept, now, settings["results_days"]):
        raise ResultsGoneError
    people = People(documents)
    found = [person for mpid in kept["mpids"] if (person := people.get(mpid)) is not None]
    if not found:
        raise NoResultsError
    packed = results.archive(profile(person, documents, settings) for person in found)
    disposition = f'attachment; filename="{kept["id"]}.zip"'
    return Answer(200, packed, (("content-type", "application/zip"), ("content-disposition", disposition)))


def by_link(call: Call, keyring: Keyring) -> Grant:
    """The owner of the key in a link, if we have sealed the link."""
    grant = keyring.find(call.vendor, key_token(call.args.get("key", "")))
    if grant is None:
        raise UnauthorizedError("No workspace of this server has given out the link.")
    own = results.seal(grant.tenant.credentials(call.vendor), call.args["request_id"])
    if not hmac.compare_digest(own.encode(), call.args["seal"].encode()):
        raise UnauthorizedError("The link was altered: the seal is not that of the request.")
    return grant


def _body(call: Call) -> tuple[Mapping[str, Any], tuple[Finding, ...]]:
    """The body, if it has the shape, and what is to be said of it nevertheless."""
    from mockserver.vendors.mparticle import judgement
    from mockserver.vendors.mparticle.privacy import schemas

    try:
        body = orjson.loads(call.content)
    except orjson.JSONDecodeError as error:
        raise InvalidDataError([("", f"The request JSON is malformed: {error}.")]) from error
    remarks = list(schemas.remarks(body))
    if reasons := [(path, str(remark)) for path, remark in remarks if remark.refuses]:
        raise InvalidDataError(reasons)
    return body, tuple(judgement.finding(path, remark) for path, remark in remarks)


def _found(call: Call, documents: Draft) -> state.Document:
    kept = state.find(documents, call.args["request_id"])
    if kept is None:
        raise UnknownRequestError
    return kept


def _status(call: Call, kept: state.Document) -> dict[str, Any]:
    return answers.status(kept, _now(call), _workspace(call), results.origin(call))


def _workspace(call: Call) -> Mapping[str, str]:
    """The tenant's own credentials, with the workspace's number, whichever input was used."""
    return call.tenant.credentials(call.vendor)


def _now(call: Call) -> int:
    return milliseconds(call.tenant.now())


def _operation(name: str, path: str, handle: Handler, title: str, method: str, **more: Any) -> Operation:
    return Operation(
        name=name,
        path=path,
        aliases=(f"{path}/",),
        methods=(method,),
        handle=handle,
        authenticate=workspace_caller(UnauthorizedError),
        title=title,
        changes=True,
        **more,
    )


OPERATIONS = (
    _operation(CREATE, REQUESTS, create_request, "Submit a data subject request", "POST", calls_back=True),
    _operation("subject_requests", REQUESTS, get_requests, "The data subject requests of a group", "GET"),
    _operation("subject_request", REQUEST, get_request, "Where a data subject request stands", "GET"),
    _operation(CANCEL, REQUEST, cancel_request, "Cancel a data subject request", "DELETE", calls_back=True),
    _operation("dsr_discovery", "/v3/discovery", discover, "What can be asked of mParticle by OpenDSR", "GET"),
    Operation(
        name="subject_request_results",
        path=results.PATH,
        methods=("GET",),
        handle=get_results,
        authenticate=by_link,
        title="What is known of a data subject, by the link in a completed request",
        changes=True,
    ),
)
