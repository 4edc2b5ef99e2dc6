"""Endpoint 20: data subject requests and OpenDSR's discovery (mparticle.md §§1, 2, 8)."""

import hashlib
import hmac
import io
import re
import zipfile
from base64 import b64decode, b64encode
from uuid import UUID, uuid5

import orjson
import pytest

from mockserver.vendors.mparticle.identity.people import People

REQUESTS = "/v3/requests"
MPID = 5501234567890123456
RAW = {"encoding": "raw"}


def id_of(number):
    return str(UUID(bytes=uuid5(UUID(int=0), str(number)).bytes, version=4))


def request(number=1, **members):
    whole = {
        "regulation": "gdpr",
        "subject_request_id": id_of(number),
        "subject_request_type": "erasure",
        "submitted_time": "2026-01-14T15:00:00Z",
        "subject_identities": {"controller_customer_id": {"value": "c-1", **RAW}},
        "api_version": "3.0",
        **members,
    }
    return {name: value for name, value in whole.items() if value is not None}


def own(**extension):
    return {"opendsr.mparticle.com": extension}


def email(number):
    return {"email": {"value": f"{number}@example.com", **RAW}}


@pytest.fixture
def submit(world):
    """Submits a request that is fine."""

    def post(number=1, **members):
        answer = world("POST", f"{REQUESTS}/", request(number, **members), feed="workspace")
        assert answer.status_code == 201, answer.data
        return answer

    return post


@pytest.fixture
def refusal(world):
    """The errors of a refusal, in OpenDSR's shape."""

    def refused(body, status=400, method="POST", path=REQUESTS):
        answer = world(method, path, body)
        assert (answer.status_code, answer.content_type) == (status, "application/json"), answer.data
        assert answer.json.keys() == {"code", "message", "errors"}
        assert answer.json["code"] == status
        assert all(error.keys() == {"domain", "reason", "message"} for error in answer.json["errors"])
        return [error["message"] for error in answer.json["errors"]]

    return refused


@pytest.fixture
def status(world):
    return lambda number=1: world("GET", f"{REQUESTS}/{id_of(number)}").json["request_status"]


@pytest.fixture
def known(world):
    """A user with a customer id, known by batches; returns whether there still is one."""

    def is_there():
        body = {"environment": "production", "known_identities": {"customerid": "c-1"}}
        return world("POST", "/v1/search", body).status_code == 200

    batch = {"mpid": MPID, "user_identities": {"customer_id": "c-1"}, "user_attributes": {"tier": "gold"}}
    assert world("POST", "/v2/events", batch).status_code == 202
    assert is_there()
    return is_there


@pytest.mark.parametrize("slash", ["", "/"])
def test_request_is_taken(world, slash):
    """Endpoint 20: 201 with the documented members and headers."""
    body = orjson.dumps(request(), option=orjson.OPT_INDENT_2)
    answer = world("POST", REQUESTS + slash, body)
    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.json == {
        "expected_completion_time": "2026-01-24T10:00:00.000Z",
        "received_time": "2026-01-15T10:00:00.000Z",
        "encoded_request": b64encode(body).decode(),
        "subject_request_id": id_of(1),
        "controller_id": world.own["workspace_id"],
    }
    assert answer.headers["X-OpenDSR-Processor-Domain"] == "opendsr.mparticle.com"


@pytest.mark.parametrize("feed", ["default", "workspace"])
def test_answer_is_sealed_with_the_secret_that_was_used(world, feed):
    answer = world("POST", REQUESTS, request(), feed=feed)
    secret = world.tenant.credentials("mparticle", feed)["secret"].encode()
    sealed = b64decode(answer.headers["X-OpenDSR-Signature"])
    assert sealed == hmac.new(secret, answer.data, hashlib.sha256).digest()


@pytest.mark.parametrize("authorization", [None, "", "Basic eDp5", "Bearer x"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", ""), ("GET", "?group_id=g"), ("GET", f"/{id_of(1)}"), ("DELETE", f"/{id_of(1)}")]
)
def test_missing_and_wrong_credentials_are_401(world, method, path, authorization):
    """§8: 401 in OpenDSR's shape. Trap 6."""
    answer = world(method, REQUESTS + path, b"{", authorization=authorization)
    error = {
        "domain": "Authentication",
        "reason": "UnauthorizedAccessException",
        "message": "The credentials provided in the request are not valid.",
    }
    assert answer.status_code == 401
    assert answer.json == {"code": 401, "message": error["message"], "errors": [error]}


def test_credentials_of_an_input_are_401(world):
    assert world("POST", REQUESTS, request(), feed="web").status_code == 401


@pytest.mark.parametrize("name", ["regulation", "subject_request_id", "subject_request_type", "submitted_time"])
@pytest.mark.parametrize("value", [None, "", 5, ["gdpr"], "other"])
def test_required_members_are_checked(refusal, name, value):
    (message,) = refusal(request(**{name: value}))
    assert f'"{name}"' in message


def test_every_error_is_told(refusal):
    wrong = request(regulation="lgpd", api_version="2.0", submitted_time="yesterday")
    assert len(refusal(wrong)) == 3


@pytest.mark.parametrize("regulation", ["gdpr", "ccpa"])
@pytest.mark.parametrize("kind", ["access", "portability", "erasure"])
def test_regulations_and_types_are_taken(submit, regulation, kind):
    submit(regulation=regulation, subject_request_type=kind)


@pytest.mark.parametrize(
    "id_",
    [
        "a7551968-d5d6-14b2-9831-815ac9017798", "a7551968-d5d6-44b2-c831-815ac9017798",
        "a7551968d5d644b29831815ac9017798", "{a7551968-d5d6-44b2-9831-815ac9017798}",
        " a7551968-d5d6-44b2-9831-815ac9017798",
    ],
)  # fmt: skip
def test_id_is_a_uuid_of_version_4(refusal, id_):
    assert "UUID of version 4" in refusal(request(subject_request_id=id_))[0]


@pytest.mark.parametrize(
    "time", ["2026-01-14", "2026-01-14T15:00:00", "2026-01-14T15:00:00.1234567Z", "2026-01-14T15:00:00+02:00"]
)
def test_submitted_time_is_iso_8601(submit, time):
    submit(submitted_time=time)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", [], "x", 5, b"null"])
def test_body_is_a_json_object(refusal, body):
    assert len(refusal(body)) == 1


@pytest.mark.parametrize("version", ["2.0", "3", 3.0, ""])
def test_other_api_version_is_refused(refusal, version):
    assert '"api_version" must be "3.0"' in refusal(request(api_version=version))[0]


def test_optional_members_may_be_null(world):
    body = {**request(), "api_version": None, "status_callback_urls": None, "group_id": None, "extensions": None}
    assert world("POST", REQUESTS, body).status_code == 201


@pytest.mark.parametrize("identities", [None, {}])
def test_an_identity_is_needed(refusal, identities):
    assert refusal(request(subject_identities=identities)) == [
        'Required field "subject_identities" is missing or empty.'
    ]


def test_identities_of_the_extension_are_enough(submit):
    submit(subject_identities=None, extensions=own(subject_identities={"other6": {"value": "o", **RAW}}))


@pytest.mark.parametrize(
    "identity",
    [
        "c-1", None, {"value": "c-1"}, {"value": "c-1", "encoding": "sha256"}, {"value": "c-1", "encoding": None},
        {"encoding": "raw"}, {"value": "", **RAW}, {"value": 5, **RAW}, {"value": None, **RAW}, {"value": ["c"], **RAW},
    ],
)  # fmt: skip
def test_identity_has_a_raw_value(refusal, identity):
    """§8: encoding raw."""
    assert 'Identity "email" must' in refusal(request(subject_identities={"email": identity}))[0]


def test_identities_are_no_list(refusal):
    """§8: version 3 has them by type."""
    listed = [{"identity_type": "email", "identity_value": "a@example.com", "identity_format": "raw"}]
    assert "must be an object by type" in refusal(request(subject_identities=listed))[0]


@pytest.mark.parametrize("at_most", [50, 51])
def test_at_most_fifty_identities(world, at_most):
    """§8: up to 50, those of the extension counted."""
    many = {f"id{number}": {"value": "x", **RAW} for number in range(at_most - 1)}
    body = request(subject_identities=many, extensions=own(subject_identities=email(1)))
    assert world("POST", REQUESTS, body).status_code == (201 if at_most == 50 else 400)


def test_unknown_type_is_only_remarked_on(world, submit):
    submit(subject_identities={"customer_id": {"value": "c-1", **RAW}})
    assert '"controller_customer_id" was probably meant' in world.findings["unknown-identity"].message


@pytest.mark.parametrize("mpid", [MPID, str(MPID), "-5"])
def test_mpid_alone_is_taken(submit, mpid):
    submit(subject_identities=None, extensions=own(subject_identities={"mpid": {"value": mpid, **RAW}}))


@pytest.mark.parametrize("mpid", ["x", "", "1.5", str(2**63), True])
def test_other_mpid_is_refused(refusal, mpid):
    assert "64-bit integer" in refusal(request(subject_identities={"mpid": {"value": mpid, **RAW}}))[0]


@pytest.mark.parametrize("where", ["both in the request", "one in the extension"])
def test_mpid_excludes_all_others(refusal, where):
    """§8."""
    mpid = {"mpid": {"value": str(MPID), **RAW}}
    split = request(subject_identities=email(1), extensions=own(subject_identities=mpid))
    body = request(subject_identities={**email(1), **mpid}) if where.startswith("both") else split
    assert refusal(body) == ["If an mpid is provided, it must be the only identity in the request."]


@pytest.mark.parametrize("urls", ["https://a.example/x", [5], ["a.example"], ["ftp://a.example"], ["http://[x"]])
def test_callbacks_are_urls(refusal, urls):
    assert "URL" in refusal(request(status_callback_urls=urls))[0]


@pytest.mark.parametrize("group", [5, ["g"], {}])
def test_group_is_text(refusal, group):
    assert '"group_id" must be text' in refusal(request(group_id=group))[0]


@pytest.mark.parametrize(
    "extensions", ["x", [], {"opendsr.mparticle.com": "x"}, own(skip_waiting_period="yes"), own(subject_identities="x")]
)
def test_extension_is_checked(refusal, extensions):
    assert len(refusal(request(extensions=extensions))) == 1


def test_other_processors_extension_is_nothing_to_us(submit):
    submit(extensions={"example.com": "x"})


def test_status_has_the_documented_form(world, submit):
    """Endpoint 20."""
    submit(group_id="my-group")
    answer = world("GET", f"{REQUESTS}/{id_of(1)}", feed="workspace")
    assert answer.status_code == 200
    assert answer.json == {
        "controller_id": world.own["workspace_id"],
        "expected_completion_time": "2026-01-24T10:00:00.000Z",
        "subject_request_id": id_of(1),
        "group_id": "my-group",
        "request_status": "pending",
        "api_version": "3.0",
        "results_url": None,
        "extensions": None,
    }
    assert answer.headers["X-OpenDSR-Processor-Domain"] == "opendsr.mparticle.com"


def test_id_is_found_in_any_case(world, submit):
    submit()
    assert world("GET", f"{REQUESTS}/{id_of(1).upper()}/").status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("id_", [id_of(9), "nonsense", "%00"])
def test_unknown_request_is_404(refusal, method, id_):
    """§8."""
    path = f"{REQUESTS}/{id_}"
    assert refusal(None, 404, method, path) == ["The specified subject request id could not be found."]


def test_group_is_an_array(world, submit):
    """Endpoint 20: GET ?group_id=."""
    submit(1, group_id="a b", subject_identities=email(1))
    submit(2, group_id="a b", subject_identities=email(2))
    submit(3, group_id="other", subject_identities=email(3))
    answers = [world("GET", f"{REQUESTS}{slash}?group_id=a%20b") for slash in ("", "/")]
    assert [[one["subject_request_id"] for one in answer.json] for answer in answers] == [[id_of(1), id_of(2)]] * 2


def test_unknown_group_is_empty(world):
    answer = world("GET", f"{REQUESTS}?group_id=none")
    assert (answer.status_code, answer.json) == (200, [])


def test_group_must_be_named(refusal):
    assert refusal(None, 400, "GET") == ['The parameter "group_id" is required.']


@pytest.mark.parametrize(
    ("kind", "skips", "begins", "completes"),
    [
        ("erasure", False, 168, 216), ("access", False, 72, 120), ("portability", False, 72, 120),
        ("erasure", True, 1, 49), ("access", True, 1, 49),
    ],
)  # fmt: skip
def test_status_moves_with_the_clock(world, submit, status, kind, skips, begins, completes):
    """§8: pending, in progress, completed; a waiting period that can be skipped."""
    submit(subject_request_type=kind, extensions=own(skip_waiting_period=skips))
    seen = []
    for hours in (0, begins - 0.01, begins, completes - 0.01, completes):
        world.stand(hours=hours)
        seen.append(status())
    assert seen == ["pending", "pending", "in_progress", "in_progress", "completed"]


def test_lengths_are_switches(world, submit, status):
    world.set(erasure_waiting_hours=0, request_processing_hours=0.5)
    assert submit().json["expected_completion_time"] == "2026-01-15T10:30:00.000Z"
    assert status() == "in_progress"


@pytest.mark.parametrize("name", ["erasure_waiting_hours", "request_processing_hours", "results_days"])
def test_lengths_are_not_negative(world, name):
    path = f"/_mock/api/v1/settings/mparticle?tenant={world.tenant.name}"
    assert world.client.put(path, json={name: -1}).status_code in {400, 422}


def test_pending_request_can_be_cancelled(world, submit, status):
    """Endpoint 20: DELETE."""
    submit()
    world.stand(hours=1)
    answer = world("DELETE", f"{REQUESTS}/{id_of(1)}")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "expected_completion_time": None,
            "received_time": "2026-01-15T11:00:00.000Z",
            "subject_request_id": id_of(1),
            "controller_id": world.own["workspace_id"],
        },
    )
    assert status() == "cancelled"
    assert world("GET", f"{REQUESTS}/{id_of(1)}").json["expected_completion_time"] is None


@pytest.mark.parametrize("hours", [168, 216])
def test_request_on_its_way_cannot_be_cancelled(world, submit, status, refusal, hours):
    """§8: DELETE only while pending."""
    submit()
    world.stand(hours=hours)
    assert "Only a pending request" in refusal(None, 409, "DELETE", f"{REQUESTS}/{id_of(1)}")[0]
    assert status() in ("in_progress", "completed")


def test_cancelled_request_cannot_be_cancelled_again(world, submit, refusal):
    submit()
    world("DELETE", f"{REQUESTS}/{id_of(1)}")
    assert "this one is cancelled" in refusal(None, 409, "DELETE", f"{REQUESTS}/{id_of(1)}")[0]


def test_the_same_again_is_409(submit, refusal):
    """§8."""
    submit()
    text = "There is an in progress request with the same identities, extensions and type."
    assert refusal(request(1), 409) == refusal(request(2), 409) == [text]


@pytest.mark.parametrize(
    "other",
    [
        {"subject_request_type": "access"},
        {"subject_identities": email(1)},
        {"extensions": own(skip_waiting_period=True)},
    ],
)
def test_something_else_is_another_request(submit, other):
    submit(1)
    submit(2, **other)


def test_id_is_used_once(submit, refusal):
    submit(1)
    assert refusal(request(1, subject_identities=email(1))) == ["Subject request already exists."]


def test_the_same_can_be_asked_when_it_is_done(world, submit):
    submit(1)
    world("DELETE", f"{REQUESTS}/{id_of(1)}")
    submit(2)
    world.stand(hours=216)
    submit(3)


def test_user_is_erased_when_the_request_is_completed(world, submit, known):
    submit()
    world.stand(hours=215)
    assert known()
    world.stand(hours=216)
    assert not known()


def test_erasure_holds_when_other_things_happen(world, submit, known):
    """What comes later is of a new user; made anew from the log, the state is the same."""
    submit()
    world.stand(hours=217)
    world("POST", "/v2/events", {"user_identities": {"customer_id": "c-1"}, "user_attributes": {"a": "b"}})
    before = (People(world.documents).all(), world.documents.all("erasures"))
    world.forget()
    assert (People(world.documents).all(), world.documents.all("erasures")) == before
    ((person,), _) = before
    assert (person.mpid == MPID, person.attributes) == (False, {"a": "b"})


def test_cancelled_erasure_erases_nobody(world, submit, known):
    submit()
    world("DELETE", f"{REQUESTS}/{id_of(1)}")
    world.stand(hours=500)
    assert known()


def test_seeds_are_erased_too(world, submit, known):
    seed = {"attribute_name": "LTV", "calculation_type": "sum", "cutoff_date": "2026-01-01", "seed": {"value": 1}}
    body = {"environment": "production", "mpid": MPID, "calculated_attributes": {"workspace": [seed]}}
    world("POST", "/v2/calculatedattributes", body)
    assert world.documents.get("seeds", str(MPID))
    submit()
    world.stand(hours=216)
    world("POST", "/v2/events", {})
    assert world.documents.get("seeds", str(MPID)) is None


def test_access_erases_nobody(world, submit, known):
    submit(subject_request_type="access")
    world.stand(hours=500)
    assert known()


def test_device_alone_does_not_lead_to_a_known_user(world, submit):
    """Trap 11, also for what is erased."""
    device = "016a9968-abea-40b1-b0d8-4d3e4ed0c57a"
    batch = {"mpid": MPID, "user_identities": {"customer_id": "c-1"}, "device_info": {"android_advertising_id": device}}
    world("POST", "/v2/events", batch)
    submit(subject_identities={"android_advertising_id": {"value": device, **RAW}})
    assert world.entry.details["mpids"] == []


@pytest.mark.parametrize("kind", ["access", "portability"])
def test_completed_access_has_results(world, submit, known, kind):
    submit(subject_request_type=kind)
    world.stand(hours=120)
    url = world("GET", f"{REQUESTS}/{id_of(1)}").json["results_url"]
    answer = world.client.get(url)
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        (line,) = archive.read("profile.jsonl").splitlines()
    shown = orjson.loads(line)
    assert (shown["mpid"], shown["user_attributes"]) == (MPID, {"tier": "gold"})
    assert shown["user_identities"] == [{"type": "customer_id", "encoding": "none", "value": "c-1"}]


def test_erasure_has_no_results(world, submit, known):
    submit()
    world.stand(hours=216)
    assert world("GET", f"{REQUESTS}/{id_of(1)}").json["results_url"] is None


@pytest.mark.parametrize(("host", "start"), [
    ("localhost:4600", "http://localhost:4600/mparticle/v3/results/"),
    ("opendsr.mparticle.com", "https://opendsr.mparticle.com/v3/results/"),
    ("opendsr.us1.mparticle.com:4600", "http://opendsr.us1.mparticle.com:4600/v3/results/"),
])  # fmt: skip
def test_results_lie_where_the_caller_came_to(world, submit, host, start):
    submit(subject_request_type="access")
    world.stand(hours=120)
    path = f"{'' if 'mparticle.com' in host else '/mparticle'}{REQUESTS}/{id_of(1)}"
    pair = world.own
    header = "Basic " + b64encode(f"{pair['key']}:{pair['secret']}".encode()).decode()
    answer = world.client.get(path, headers={"host": host, "authorization": header})
    assert answer.json["results_url"].startswith(start)


def test_results_of_nobody_are_404(world, submit, refusal):
    submit(subject_request_type="access")
    world.stand(hours=120)
    path = path_of(world)
    assert refusal(None, 404, "GET", path) == ["No records can be found matching the identities in the request."]


def test_results_are_gone_after_a_week(world, submit, known, refusal):
    submit(subject_request_type="access")
    world.stand(hours=120)
    path = path_of(world)
    world.stand(hours=120, days=7.01)
    assert "not available any more" in refusal(None, 410, "GET", path)[0]


def test_altered_link_is_401(world, submit, known, refusal):
    submit(subject_request_type="access")
    submit(2, subject_request_type="portability")
    world.stand(hours=120)
    path = path_of(world)
    for altered in (path.replace(id_of(1), id_of(2)), f"{path[:-1]}!", re.sub("us1-.", "us1-x", path)):
        refusal(None, 401, "GET", altered)


def test_discovery_tells_what_is_supported(world):
    """Endpoint 20: GET /v3/discovery/."""
    answers = [world("GET", f"/v3/discovery{slash}", feed="workspace") for slash in ("", "/")]
    assert [answer.status_code for answer in answers] == [200, 200]
    told = answers[0].json
    assert told.keys() == {
        "api_version", "supported_identities", "supported_subject_request_types", "processor_certificate",
    }  # fmt: skip
    assert told["api_version"] == "3.0"
    assert {"identity_type": "controller_customer_id", "identity_format": "raw"} in told["supported_identities"]
    assert sorted(told["supported_subject_request_types"]) == ["access", "erasure", "portability"]
    assert world.client.get(told["processor_certificate"]).json["code"] == 404


@pytest.mark.parametrize(("ordered", "told"), [({"retry_after": 9}, "9"), ({}, None)])
def test_ordered_throttling_says_when_to_retry(world, refusal, ordered, told):
    """§8: 429."""
    fault = f"/_mock/api/v1/faults/mparticle/create_subject_request?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": 429, "times": 2, **ordered}).status_code < 300
    assert len(refusal(request(), 429)) == 1
    assert world("POST", REQUESTS, request()).headers.get("retry-after") == told


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "", 405), ("PATCH", f"/{id_of(1)}", 405), ("GET", "/a/b", 404)]
)
def test_other_paths_and_methods_are_refused_in_its_shape(refusal, method, path, status):
    refusal(None, status, method, REQUESTS + path)


def test_journal_knows_whom_a_request_is_about(world, submit):
    submit(
        group_id="g", subject_identities=email(1), extensions=own(subject_identities={"other2": {"value": "o", **RAW}})
    )
    (part,) = world.parts
    assert [(event.name, event.kind, event.id) for event in part.events] == [
        ("erasure", "data_subject_request", id_of(1))
    ]
    assert part.subjects == (
        ("email", "1@example.com"), ("other_id_2", "o"), ("subject_request_id", id_of(1)), ("group_id", "g"),
    )  # fmt: skip


def test_journal_knows_what_was_cancelled(world, submit):
    submit()
    world("DELETE", f"{REQUESTS}/{id_of(1)}/")
    assert world.parts[0].subjects == (("subject_request_id", id_of(1)),)


def path_of(world):
    """The path of the results of the first request."""
    url = world("GET", f"{REQUESTS}/{id_of(1)}").json["results_url"]
    return url.partition("/mparticle")[2]
