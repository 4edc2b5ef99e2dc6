"""Every error below /_mock/ is a problem (RFC 9457), whoever raised it."""

import pytest

API = "/_mock/api/v1"


def test_problem_has_the_standard_members(api):
    found = api.problem("GET", "/tenants/n%C3%B6")
    assert found == {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is no tenant 'nö'.",
        "instance": "/_mock/api/v1/tenants/n%C3%B6",
    }


def test_unknown_path_names_nearest(api):
    assert "Did you mean /_mock/api/v1/clock?" in api.problem("GET", "/clok")["detail"]


def test_wrong_method_says_which(api):
    answer = api.call("PATCH", "/clock")
    assert answer.json["detail"] == "PATCH is not allowed here; DELETE or GET or PUT is."
    assert "PUT" in answer.headers["Allow"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"NaN", b'"\\ud800"', b"[" * 5000, b"1e999", b"9" * 5000, b"a=1&b=2"])
def test_malformed_body_is_said(api, body):
    assert api.problem("POST", "/tenants", data=body)["title"] == "Malformed"


def test_deep_body_is_refused(api):
    found = api.problem("PUT", "/settings/acme", data=b'{"codes":' + b"[" * 100 + b"]" * 100 + b"}")
    assert found["detail"] == "The body is nested more than 64 levels deep."


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_content_type_does_not_matter(api, content_type):
    answer = api.call("POST", "/tenants", data=b'{"name":"mine"}', content_type=content_type)
    assert answer.status_code == 201


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"3", b"null"])
def test_body_must_be_an_object(api, body):
    assert api.problem("PUT", "/clock", data=body)["status"] == 422


def test_wrong_fields_are_named(api):
    found = api.problem("PUT", "/faults/hub/events?tenat=x", {"status": "many", "tims": 3})
    assert found["errors"] == {"tenat": ["Unknown field. Did you mean 'tenant'?"]}
    found = api.problem("PUT", "/faults/hub/events", {"status": "many", "tims": 3})
    assert found["errors"] == {
        "status": ["Not a valid integer."],
        "tims": ["Unknown field. Did you mean 'times'?"],
    }
    assert "status: Not a valid integer." in found["detail"]


def test_huge_body_is_refused(api):
    answer = api.client.post(f"{API}/tenants", environ_overrides={"CONTENT_LENGTH": str(10**12)})
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_bug_is_kept_and_not_shown(api, monkeypatch, caplog):
    def broken(vendor):
        raise RuntimeError("the inside of the mock")

    monkeypatch.setattr("mockserver.tenants.Tenant.settings", lambda self, vendor: broken(vendor))
    found = api.problem("GET", "/settings/acme")
    assert found["status"] == 500
    assert "inside" not in str(found)
    assert [str(bug) for bug in api.parts.desk.bugs] == ["the inside of the mock"]
    assert "the inside of the mock" in caplog.text
