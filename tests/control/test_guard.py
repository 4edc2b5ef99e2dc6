"""Who may come in: the token where there is one, and no page of another origin."""

import pytest

from mockserver.app import create_app, parts_of
from mockserver.settings import Settings

CLOCK = "/_mock/api/v1/clock"


@pytest.fixture
def locked(tmp_path):
    app = create_app(Settings(storage=tmp_path / "locked", control_token="schlüssel"))
    yield app.test_client()
    parts_of(app).close()


@pytest.mark.parametrize("path", [CLOCK, "/_mock/api/openapi.json", "/_mock/api/v1/health", "/_mock/nothing"])
def test_token_is_wanted_everywhere(locked, path):
    answer = locked.get(path)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_health_is_open(locked):
    assert locked.get("/_mock/health").json["status"] == "ok"


def test_vendors_are_open(locked):
    assert locked.post("/hub/events", json={}).status_code == 401
    assert locked.post("/hub/events", json={}).json == {"error": "key"}


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer schlüssel"}, {"X-Mock-Token": "schlüssel"}])
def test_token_opens(locked, headers):
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert locked.get(CLOCK, headers=sent).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic c2NobMO8c3NlbA=="},
        {"Authorization": "Bearer"},
        {"X-Mock-Token": ""},
        {"X-Mock-Token": "\xff\xfe"},
        {"Cookie": "mockserver_control=schluessel"},
    ],
)
def test_anything_else_does_not(locked, headers):
    assert locked.get(CLOCK, headers=headers).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999", ""])
def test_foreign_page_changes_nothing(api, origin):
    assert api.problem("DELETE", "/clock", headers={"Origin": origin})["status"] == 403
    assert api.problem("POST", "/tenants", {}, headers={"Origin": origin})["status"] == 403


def test_own_page_may_change(api):
    assert api.call("DELETE", "/clock", headers={"Origin": "http://localhost"}).status_code == 204


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4600", "127.0.0.1.evil.example", "10.0.0.1", "[::2", "@"]
)
def test_rebound_name_is_refused(api, host):
    assert api.problem("GET", "/clock", headers={"Host": host})["status"] == 403


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:4600", "mock.localhost", "127.8.8.8:80"])
def test_loopback_names_are_served(api, host):
    assert api.call("GET", "/clock", headers={"Host": host}).status_code == 200


def test_open_server_has_any_name(tmp_path):
    app = create_app(Settings(storage=tmp_path / "open", host="0.0.0.0", control_token="t"))  # noqa: S104  what is tested
    answer = app.test_client().get(CLOCK, headers={"Host": "mock.example", "X-Mock-Token": "t"})
    parts_of(app).close()
    assert answer.status_code == 200


def test_real_host_is_the_vendors_alone(client):
    answer = client.get("/_mock/api/v1/clock", headers={"Host": "api.hub.example"})
    assert answer.status_code == 404
    assert "There is nothing at /_mock/api/v1/clock" in answer.json["error"]
