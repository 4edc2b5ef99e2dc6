"""What the Identity API refuses, and in which shape (mparticle.md §4.2). Trap 6."""

import pytest

from mockserver.faults import fault_from
from mockserver.vendors.contract import Problem, Refusal
from mockserver.vendors.mparticle.identity.errors import IdentityError, refuse

GOOD = {"environment": "development", "known_identities": {"email": "e"}}
CALLS = ["identify", "login", "logout", "search"]


def errors_in(answer):
    """Code, message and status, by every name that clients read (§14: both)."""
    body = answer.json
    assert body.keys() == {"Errors", "errors", "ErrorCode", "StatusCode", "RequestId"}
    assert body["Errors"] == body["errors"]
    (error,) = body["errors"]
    assert error.keys() == {"code", "message"}
    assert body["ErrorCode"] == error["code"]
    assert body["StatusCode"] == answer.status_code
    assert len(body["RequestId"]) == 36
    assert answer.headers["content-type"] == "application/json"
    return error["code"], error["message"]


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("known", [{}, None, {"email": None}, {"email": "", "customerid": None}])
def test_no_identity_is_lookup_error(world, operation, known):
    answer = world("POST", f"/v1/{operation}", {"environment": "production", "known_identities": known})
    assert answer.status_code == 400
    assert errors_in(answer) == ("LOOKUP_ERROR", "knownIdentities is empty.")


def test_missing_identities_are_lookup_error(world):
    assert errors_in(world("POST", "/v1/identify", {"environment": "production"}))[0] == "LOOKUP_ERROR"


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b'{"environment": NaN}', "malformed"),
        ([GOOD], "object is expected, not an array"),
        ("text", "not a string"),
        ({**GOOD, "environment": "staging"}, '"environment" must be one of production, development'),
        ({**GOOD, "environment": "Production"}, 'Did you mean "production"?'),
        ({**GOOD, "environment": 1}, "must be one of"),
        ({**GOOD, "environment": None}, '"environment" is missing or empty'),
        ({"known_identities": {"email": "e"}}, '"environment" is missing or empty'),
        ({**GOOD, "known_identities": [{"email": "e"}]}, "must be an object"),
        ({**GOOD, "known_identities": "email"}, "must be an object"),
        ({**GOOD, "known_identities": {"email": "e", "customer_id": "u"}}, 'Did you mean "customerid"?'),
        ({**GOOD, "known_identities": {"mp_deviceid": "d"}}, 'Did you mean "device_application_stamp"?'),
        ({**GOOD, "known_identities": {"emial": "e"}}, 'Did you mean "email"?'),
        ({**GOOD, "known_identities": {"shoe size": "e"}}, "is no identity of the Identity API. Known are"),
        ({**GOOD, "known_identities": {"email": ["e"]}}, '"email" must be text'),
        ({**GOOD, "known_identities": {"email": {"a": 1}}}, '"email" must be text'),
        ({**GOOD, "known_identities": {"email": True}}, '"email" must be text'),
        ({**GOOD, "known_identities": {"email": 1.5}}, '"email" must be text'),
        ({**GOOD, "client_sdk": {"platform": "palm"}}, '"platform" must be one of'),
        ({**GOOD, "client_sdk": "web"}, '"client_sdk" must be an object'),
    ],
)
def test_bad_request_is_told(world, operation, body, says):
    answer = world("POST", f"/v1/{operation}", body)
    assert answer.status_code == 400
    code, message = errors_in(answer)
    assert code == "BAD_REQUEST"
    assert says in message
    assert world.entry.verdict == "rejected"
    assert any(finding.message == message and finding.severity == "error" for finding in world.entry.findings)


def test_search_without_match_is_not_found(world):
    """Trap 12."""
    answer = world("POST", "/v1/search", GOOD)
    assert answer.status_code == 404
    assert errors_in(answer)[0] == "NOT_FOUND_ERROR"


def test_same_request_has_same_id(world):
    first, again = (world("POST", "/v1/search", GOOD).json["RequestId"] for _ in range(2))
    assert first == again
    assert first != world("POST", "/v1/search", {**GOOD, "known_identities": {"email": "f"}}).json["RequestId"]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_ordered_failure_has_no_body(world, status):
    order = {"vendor": "mparticle", "operation": "identify", "status": status, "times": 1, "retry_after": 7}
    world.server.tenants.order(world.tenant, fault_from(order))
    answer = world("POST", "/v1/identify", GOOD)
    assert (answer.status_code, answer.data) == (status, b"")
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("status", [429, 503])
def test_ordered_throttling_says_when_to_retry_only_if_ordered(world, status):
    """§4.2: what a client does without `Retry-After` can be tested too (§5.4: Android waits for two hours)."""
    order = {"vendor": "mparticle", "operation": "identify", "status": status, "times": 1}
    world.server.tenants.order(world.tenant, fault_from(order))
    assert "retry-after" not in world("POST", "/v1/identify", GOOD).headers


def test_ordered_400_can_be_parsed(world):
    """The web SDK parses the body of a 400 before anything else."""
    order = {"vendor": "mparticle", "operation": "login", "status": 400, "times": 1}
    world.server.tenants.order(world.tenant, fault_from(order))
    assert errors_in(world("POST", "/v1/login", GOOD))[0] == "BAD_REQUEST"


@pytest.mark.parametrize("path", ["/v1/identify", "/v1/1/modify", "/identity/v1/search"])
def test_wrong_method_is_told_in_own_shape(world, path):
    """§14: response to wrong method."""
    answer = world("GET", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
    errors_in(answer)


@pytest.mark.parametrize("path", ["/v1/identity", "/identity/v1/identities", "/v1/logins"])
def test_unknown_path_is_told_in_own_shape(world, path):
    """§14: response to wrong path."""
    answer = world("POST", path, GOOD)
    assert answer.status_code == 404
    assert errors_in(answer)[0] == "NOT_FOUND_ERROR"


@pytest.mark.parametrize("problem", [Problem.TOO_LARGE, Problem.BAD_ENCODING, Problem.INTERNAL])
def test_core_refuses_in_own_shape(problem):
    answer = refuse(Refusal(problem=problem, status=500, message="Because.", operation="identify"))
    assert b'"ErrorCode"' in answer.body


def test_alias_is_refused_flat():
    answer = refuse(Refusal(problem=Problem.BAD_ENCODING, status=400, message="Because.", operation="alias"))
    assert answer.body == b'{"code":"INVALID_DATA","message":"Because."}'


@pytest.mark.parametrize("path", ["/v1/identity/any/Alias", "/webevents/v1/identity/any/Alias", "/any/alias"])
def test_wrong_method_of_alias_is_flat(world, path):
    answer = world("GET", path)
    assert answer.status_code == 405
    assert answer.json.keys() == {"code", "message"}


def descendants(kind):
    return [kind, *(found for child in kind.__subclasses__() for found in descendants(child))]


@pytest.mark.parametrize("error", descendants(IdentityError))
def test_every_error_has_answer(error):
    answer = error().answer()
    assert answer.status == error.status
    assert bool(answer.body) is (error.status != 401)
    assert answer.findings
