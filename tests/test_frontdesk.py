"""The front desk answers for any vendor, records everything before answering, and never shows a trace.

A vendor made for these tests stands in: what is tested here holds for all of them.
"""

import gzip
import logging
from dataclasses import replace

import pytest

from mockserver.app import create_app, parts_of
from mockserver.errors import SettingsError
from mockserver.faults import fault_from
from mockserver.journal.entry import Part, RecordedEvent
from mockserver.settings import Settings
from mockserver.vendors.contract import Answer, Cors, Grant, Operation, Vendor, VendorError


class RefusedError(VendorError):
    status = 401

    def answer(self):
        return Answer(401, b"who?")


def authenticate(call, keyring):
    grant = keyring.find(call.vendor, call.headers.get("x-key", ""))
    if grant is None:
        raise RefusedError
    return Grant(*grant)


def echo(call):
    if call.content == b"bug":
        raise ZeroDivisionError("a secret of ours")
    return Answer(200, call.content + repr(dict(call.args)).encode() if call.args else call.content)


def read(entry, reading):
    return (Part(events=(RecordedEvent(entry.content.decode() or "empty", kind="echo"),)),)


ACME = Vendor(
    title="Acme",
    hosts=("api.acme.example", "*.acme.example"),
    operations=(
        Operation(name="echo", path="/v1/echo", handle=echo, authenticate=authenticate, title="Echo"),
        Operation(
            name="slow",
            path="/v1/<string(minlength=1):id>/echo/",
            handle=echo,
            authenticate=authenticate,
            title="",
            changes=True,
        ),
        Operation(
            name="shared",
            path="/v1/shared",
            aliases=("/front/v1/shared", "/front/v1/<id>/shared"),
            handle=echo,
            authenticate=authenticate,
            title="",
            cors=Cors(headers=("x-key",), exposed=("x-age",), max_age=60),
            veil=lambda body: body.replace(b"secret", b"***"),
        ),
    ),
    refuse=lambda refusal: Answer(
        refusal.status,
        f"acme says: {refusal.message}".encode(),
        (("content-type", "text/acme"), *refusal.headers)
        + ((("retry-after", str(refusal.retry_after)),) if refusal.retry_after else ()),
    ),
    credentials=lambda issuer: {"default": {"key": issuer.random.randbytes(4).hex()}},
    tokens=lambda inputs: [(inputs["default"]["key"], "default")],
    read=read,
)


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setattr("mockserver.app.discover", lambda: {"acme": ACME})
    apps = []

    def make_app(**settings):
        apps.append(create_app(Settings(storage=tmp_path, **settings)))
        return apps[-1]

    yield make_app
    for app in apps:
        parts_of(app).close()


@pytest.fixture
def app(make):
    return make()


@pytest.fixture
def parts(app):
    return parts_of(app)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def key(parts):
    return {"x-key": parts.tenants.get("default").credentials("acme")["key"]}


def entries(parts, tenant="default"):
    return [entry for _, _, entry in parts.tenants.get(tenant).log.read(0)]


def test_call_is_answered_and_kept(client, parts, key):
    answer = client.post("/acme/v1/echo?a=b", data=b"hello", headers=key)
    assert (answer.status_code, answer.data) == (200, b"hello")
    (entry,) = entries(parts)
    assert (entry.vendor, entry.operation, entry.path, entry.query) == ("acme", "echo", "/v1/echo", "a=b")
    assert (entry.body, entry.answer, entry.status, entry.verdict) == (b"hello", b"hello", 200, "accepted")


def test_lane_and_flask_do_the_same(client, parts, key):
    """The lane takes what has a length; without one (chunked) the call goes through Flask."""
    lane = client.post("/acme/v1/echo", data=b"hello", headers=key)
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    flask = client.post("/acme/v1/echo", data=b"hello", headers=key, environ_overrides=environ)
    assert (lane.status, lane.data, dict(lane.headers)) == (flask.status, flask.data, dict(flask.headers))
    first, second = entries(parts)
    assert first._replace(id="", received=0, at=0, headers=()) == second._replace(id="", received=0, at=0, headers=())


def test_path_variables_reach_the_handler(client, key):
    assert client.post("/acme/v1/7/echo/", data=b"x", headers=key).data == b"x{'id': '7'}"


@pytest.mark.parametrize("host", ["api.acme.example", "eu.acme.example:443", "API.ACME.EXAMPLE"])
def test_real_host_is_mounted_at_the_root(client, parts, key, host):
    assert client.post("/v1/echo", data=b"x", headers={**key, "host": host}).data == b"x"
    assert client.post("/v1/7/echo/", data=b"x", headers={**key, "host": host}).status_code == 200
    assert [entry.path for entry in entries(parts)] == ["/v1/echo", "/v1/7/echo/"]


@pytest.mark.parametrize("host", ["acme.localhost:4600", "10.0.2.2:4643", "events.shop.example"])
def test_vendor_is_at_the_root_of_hosts_of_ours(make, host):
    """Its name below localhost, and what the settings say: a simulator's way to this machine, a custom domain."""
    app = make(mounts=("acme=10.0.2.2", "acme=*.shop.example"))
    key = {"x-key": parts_of(app).tenants.get("default").credentials("acme")["key"]}
    assert app.test_client().post("/v1/echo", data=b"x", headers={**key, "host": host}).data == b"x"


def test_everything_else_stays_on_a_host_of_ours(make):
    app = make(mounts=("acme=localhost",))
    key = {"x-key": parts_of(app).tenants.get("default").credentials("acme")["key"]}
    client = app.test_client()
    assert client.post("/v1/echo", data=b"x", headers=key).data == b"x"
    assert client.post("/acme/v1/echo", data=b"x", headers=key).data == b"x"
    assert client.get("/_mock/health").json["status"] == "ok"


@pytest.mark.parametrize("line", ["acme", "acme=", "nobody=10.0.2.2", "=x"])
def test_odd_mount_is_said(make, line):
    with pytest.raises(SettingsError, match="is no VENDOR=HOST; vendors are acme"):
        make(mounts=(line,))


def test_absolute_request_line_is_understood(client, key):
    """As a forward proxy gets it, on servers that leave it whole."""
    overrides = {"PATH_INFO": "http://api.acme.example/v1/echo", "HTTP_HOST": "api.acme.example"}
    assert client.post("/", data=b"x", headers=key, environ_overrides=overrides).data == b"x"


def test_refused_credentials_are_kept_of_nobody(client, parts):
    assert client.post("/acme/v1/echo", data=b"x", headers={"x-key": "wrong"}).status_code == 401
    assert entries(parts) == []
    (entry,) = entries(parts, "nobody")
    assert (entry.status, entry.verdict, entry.body) == (401, "rejected", b"x")


def test_any_credentials_on_demand(make):
    app = make(accept_any_credentials=True)
    assert app.test_client().post("/acme/v1/echo", data=b"x").status_code == 200
    assert len(entries(parts_of(app))) == 1


def test_unknown_path_names_the_nearest(client, parts, key):
    answer = client.post("/acme/v1/ecko", headers=key)
    assert (answer.status_code, answer.mimetype) == (404, "text/acme")
    (entry,) = entries(parts)
    assert entry.verdict == "unmatched"
    assert entry.findings[0].message == "There is nothing at /v1/ecko. Did you mean /acme/v1/echo?"


def test_hint_names_variables_alone(client, parts, key):
    client.post("/acme/v1/<id>/ecko/", headers=key)
    assert entries(parts)[0].findings[0].message.endswith("Did you mean /acme/v1/<id>/echo/?")


def test_missing_slash_is_an_unknown_path(client, key):
    assert client.post("/acme/v1/7/echo", headers=key).status_code == 404
    assert client.post("/acme/v1/echo/", headers=key).status_code == 404


def test_wrong_method_is_refused(client, parts, key):
    answer = client.delete("/acme/v1/echo", headers=key)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert entries(parts)[0].verdict == "unmatched"


def test_no_vendor_is_a_problem(client, parts):
    answer = client.post("/v1/echo")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "Did you mean /acme/v1/echo?" in answer.json["detail"]
    assert entries(parts, "nobody")[0].verdict == "unmatched"


def test_gzip_is_undone_for_the_handler(client, parts, key):
    body = gzip.compress(b"hello")
    answer = client.post("/acme/v1/echo", data=body, headers={**key, "content-encoding": "gzip"})
    assert answer.data == b"hello"
    assert (entries(parts)[0].body, entries(parts)[0].content) == (body, b"hello")


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"plain"), ("br", b"x"), ("gzip", gzip.compress(b"x" * 99, mtime=0)[:-9])]
)
def test_wrong_encoding_is_the_vendors_400(client, parts, key, encoding, body):
    answer = client.post("/acme/v1/echo", data=body, headers={**key, "content-encoding": encoding})
    assert (answer.status_code, answer.mimetype) == (400, "text/acme")
    assert entries(parts)[0].body == body


def test_bomb_is_the_vendors_413(client, key):
    body = gzip.compress(b"0" * (9 * 1024 * 1024))
    assert client.post("/acme/v1/echo", data=body, headers={**key, "content-encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_body_over_the_limit_is_the_vendors_413(make, chunked):
    app = make(body_limit=100)
    key = {"x-key": parts_of(app).tenants.get("default").credentials("acme")["key"]}
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True} if chunked else {}
    answer = app.test_client().post("/acme/v1/echo", data=b"x" * 101, headers=key, environ_overrides=environ)
    assert (answer.status_code, answer.mimetype) == (413, "text/acme")
    assert entries(parts_of(app))[0].status == 413


def test_bug_of_ours_is_loud_but_shows_no_trace(client, parts, key, caplog):
    with caplog.at_level(logging.CRITICAL, "mockserver"):
        answer = client.post("/acme/v1/echo", data=b"bug", headers=key)
    assert (answer.status_code, answer.mimetype) == (500, "text/acme")
    assert b"secret" not in answer.data
    assert [type(bug) for bug in parts.desk.bugs] == [ZeroDivisionError]
    assert entries(parts)[0].status == 500


def test_fault_answers_as_ordered_then_is_well(client, parts, key):
    order = {"vendor": "acme", "operation": "echo", "status": 429, "times": 2, "retry_after": 3}
    parts.tenants.order(parts.tenants.get("default"), fault_from(order))
    answers = [client.post("/acme/v1/echo", data=b"x", headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "3"
    assert [entry.verdict for entry in entries(parts)] == ["rejected", "rejected", "accepted"]


def test_answer_lost_after_acceptance(client, parts, key):
    order = {"vendor": "acme", "operation": "*", "status": 503, "times": 1, "after": True}
    parts.tenants.order(parts.tenants.get("default"), fault_from(order))
    assert client.post("/acme/v1/echo", data=b"x", headers=key).status_code == 503
    assert (entries(parts)[0].status, entries(parts)[0].verdict) == (503, "accepted")


def test_tenants_never_meet(client, parts):
    other = parts.tenants.create("other")
    client.post("/acme/v1/echo", data=b"x", headers={"x-key": other.credentials("acme")["key"]})
    assert (len(entries(parts)), len(entries(parts, "other"))) == (0, 1)


def test_full_disk_is_not_answered_as_kept(client, parts, key, monkeypatch):
    from mockserver.errors import StorageError

    def refuse(record):
        raise StorageError("disk full")

    monkeypatch.setattr(parts.tenants.get("default").log, "append", refuse)
    assert client.post("/acme/v1/echo", data=b"x", headers=key).status_code == 500


def test_two_servers_never_meet(make, tmp_path):
    first = make()
    second = create_app(Settings(storage=tmp_path / "second"))
    key = {"x-key": parts_of(first).tenants.get("default").credentials("acme")["key"]}
    first.test_client().post("/acme/v1/echo", data=b"x", headers=key)
    assert (len(entries(parts_of(first))), len(entries(parts_of(second)))) == (1, 0)
    parts_of(second).close()


@pytest.mark.parametrize("path", ["/v1/shared", "/front/v1/shared", "/front/v1/7/shared"])
def test_operation_is_reached_by_aliases(client, parts, key, path):
    assert client.post(f"/acme{path}", data=b"x", headers=key).status_code == 200
    assert [(entry.operation, entry.path) for entry in entries(parts)] == [("shared", path)]


def test_preflight_needs_no_credentials(client, parts):
    """Browsers ask without, and are told what they may send."""
    answer = client.options("/acme/v1/shared", headers={"origin": "https://shop.example"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert dict(answer.headers) == {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-age",
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "x-key",
        "access-control-max-age": "60",
    }
    (entry,) = entries(parts, "nobody")
    assert (entry.method, entry.status, entry.verdict) == ("OPTIONS", 204, "accepted")


def test_operation_of_no_browser_has_no_preflight(client):
    assert client.options("/acme/v1/echo").status_code == 405


@pytest.mark.parametrize("body", [b"fine", b"bug"])
def test_browser_may_read_every_answer(client, parts, key, body):
    answer = client.post("/acme/v1/shared", data=body, headers=key)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == "x-age"
    parts.desk.bugs.clear()


def test_browser_may_read_refusals_of_all_kinds(client, parts, key):
    parts.tenants.order(
        parts.tenants.get("default"), fault_from({"vendor": "acme", "operation": "shared", "status": 503})
    )
    refused = client.post("/acme/v1/shared")
    ordered = client.post("/acme/v1/shared", headers=key)
    assert [one.status_code for one in (refused, ordered)] == [401, 503]
    assert all(one.headers["access-control-allow-origin"] == "*" for one in (refused, ordered))


def test_secrets_are_veiled_in_the_journal_alone(client, parts, key):
    assert client.post("/acme/v1/shared", data=b"my secret", headers=key).data == b"my secret"
    (entry,) = entries(parts)
    assert (entry.body, entry.answer) == (b"my ***", b"my ***")


@pytest.mark.parametrize(("size", "status"), [(200, 200), (201, 413)])
def test_operation_may_have_a_limit_of_its_own(make, monkeypatch, size, status):
    roomy = replace(ACME, operations=(replace(ACME.operations[0], body_limit=200),))
    monkeypatch.setattr("mockserver.app.discover", lambda: {"acme": roomy})
    app = make(body_limit=100)
    key = {"x-key": parts_of(app).tenants.get("default").credentials("acme")["key"]}
    assert app.test_client().post("/acme/v1/echo", data=b"x" * size, headers=key).status_code == status
