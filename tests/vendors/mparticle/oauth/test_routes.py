"""Endpoint 16: `POST /oauth/token` (mparticle.md §7)."""

import gzip
import json
from base64 import b64encode

import pytest

from mockserver.faults import fault_from
from mockserver.vendors.mparticle.oauth.routes import veil

DENIED = {"error": "access_denied", "error_description": "Unauthorized"}


def entries(tenant):
    return [entry for *_, entry in tenant.log.read(0)]


def test_client_gets_a_token(ask, wanted):
    """Endpoint 16."""
    answer = ask(json=wanted)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json.keys() == {"access_token", "expires_in", "token_type"}
    assert (answer.json["expires_in"], answer.json["token_type"]) == (28800, "Bearer")
    assert answer.json["access_token"].count(".") == 2


def test_form_is_as_good_as_json(ask, wanted):
    assert ask(data=wanted).status_code == 200


def test_json_is_told_by_its_content(ask, wanted):
    """Clients that forget the content type send a form's, or none."""
    for content_type in ("application/x-www-form-urlencoded", "text/plain", ""):
        assert ask(data=json.dumps(wanted), headers={"content-type": content_type}).status_code == 200


def test_client_may_be_shown_in_the_header(ask, own):
    """As OAuth libraries do unless they are told otherwise."""
    pair = b64encode(f"{own['client_id']}:{own['client_secret']}".encode()).decode()
    answer = ask(data={"grant_type": "client_credentials"}, headers={"authorization": f"Basic {pair}"})
    assert answer.status_code == 200


def test_packed_request_is_understood(ask, wanted):
    body = gzip.compress(json.dumps(wanted).encode())
    assert ask(data=body, headers={"content-encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"client_id": "nobody"}, {"client_secret": "wrong"}, {"client_id": ""}, {"client_secret": ""}],
    ids=["unknown client", "wrong secret", "no client", "no secret"],
)
def test_wrong_client_is_401(ask, wanted, change, tenants):
    answer = ask(json=wanted | change)
    assert (answer.status_code, answer.json) == (401, DENIED)
    (entry,) = entries(tenants.get("nobody"))
    assert entry.findings[0].rule == "client-refused"


@pytest.mark.parametrize(
    "change", [{"grant_type": "password"}, {"grant_type": ""}, {"audience": "https://elsewhere.example"}]
)
def test_what_a_client_may_not_ask_for_is_403(ask, wanted, change, tenant):
    answer = ask(json=wanted | change)
    assert (answer.status_code, answer.json) == (403, DENIED)
    assert entries(tenant)[0].findings[0].rule == "grant-refused"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"client_id": 7}', b"\xff"])
def test_unreadable_request_is_400(ask, body):
    answer = ask(data=body)
    assert answer.status_code == 400
    assert answer.json["error"] == "invalid_request"


def test_missing_audience_is_remarked_on(ask, wanted, tenant):
    del wanted["audience"]
    assert ask(json=wanted).status_code == 200
    assert [finding.rule for finding in entries(tenant)[0].findings] == ["audience-missing"]


@pytest.mark.parametrize("encoding", ["json", "data"])
def test_journal_keeps_no_secret(ask, wanted, own, tenant, encoding):
    token = ask(**{encoding: wanted}).json["access_token"]
    (entry,) = entries(tenant)
    kept = entry.body + entry.answer
    assert own["client_secret"].encode() not in kept
    assert token.encode() not in kept
    assert own["client_id"].encode() in entry.body
    assert b"***" in entry.body
    assert json.loads(entry.answer)["access_token"] == "***"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"client_secret" : "a\\"b", "x": 1}', b'{"client_secret" : "***", "x": 1}'),
        (b'{"client_secret": "broken', b'{"client_secret": "***'),
        (b"client_secret=a%20b&x=1", b"client_secret=***&x=1"),
        (b"x=1&client_secret=", b"x=1&client_secret=***"),
        (gzip.compress(b"client_secret=ab", mtime=0), b""),
        (b"", b""),
    ],
)
def test_veil_hides_the_secret_alone(body, kept):
    assert veil(body) == kept


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "access_denied"), (429, "too_many_requests"), (400, "invalid_request"), (503, "server_error")],
)
def test_ordered_faults_have_the_shape(ask, wanted, tenants, tenant, status, error):
    order = {"vendor": "mparticle", "operation": "oauth_token", "status": status, "times": 1, "retry_after": 3}
    tenants.order(tenant, fault_from(order))
    answer = ask(json=wanted)
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.headers["retry-after"] == "3"


def test_other_method_has_the_shape(app):
    answer = app.test_client().get("/mparticle/oauth/token")
    assert (answer.status_code, answer.json["error"]) == (405, "method_not_allowed")


def test_unknown_path_beside_it_has_the_shape(app):
    answer = app.test_client().post("/mparticle/oauth/tokens")
    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_browsers_may_ask(app):
    answer = app.test_client().options("/mparticle/oauth/token")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
