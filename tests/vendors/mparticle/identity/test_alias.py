"""alias (mparticle.md §4.5). Endpoint 8."""

import pytest

from mockserver.vendors.mparticle.identity.state import aliases_of

NOW_MS = 1_768_471_200_000  # the clock of `world`
DAY = 24 * 3_600_000


@pytest.fixture
def alias(app, world):
    """Sends an alias request from an anonymous user to a known one, with what a test changes of it."""
    source = app.mpid("identify", device_application_stamp="d")
    destination = app.mpid("login", customerid="u-1")
    key = world.own["key"]

    def send(path="/v1/identity/{key}/Alias", *, body=None, without=(), data_without=(), **more):
        data = {
            "source_mpid": source, "destination_mpid": destination, "start_unixtime_ms": NOW_MS - DAY,
            "end_unixtime_ms": NOW_MS, "scope": "device", "device_application_stamp": "d", **more.pop("data", {}),
        }  # fmt: skip
        whole = {
            "request_id": "r-1", "request_type": "alias", "environment": "development", "api_key": key,
            "data": {name: value for name, value in data.items() if name not in data_without}, **more,
        }  # fmt: skip
        sent = body if body is not None else {name: value for name, value in whole.items() if name not in without}
        return world("POST", path.format(key=key), sent, authorization="")

    send.source, send.destination = int(source), int(destination)
    return send


def test_request_is_accepted(alias):
    """Endpoint 8, §13. Trap 3: 202, empty."""
    answer = alias()
    assert (answer.status_code, answer.data) == (202, b"")
    assert answer.headers["content-length"] == "0"


def test_request_is_kept_for_a_day(alias, world):
    alias()
    (kept,) = aliases_of(alias.source, world.documents)
    assert (kept["destination"], kept["request_id"], kept["scope"]) == (alias.destination, "r-1", "device")
    assert kept["processed_at"] == NOW_MS + DAY


def test_nothing_else_is_visible(alias, world):
    before = world.documents.all("user")
    alias()
    assert world.documents.all("user") == before


def test_mpids_may_be_numbers(alias):
    assert alias(data={"source_mpid": alias.source, "destination_mpid": alias.destination}).status_code == 202


@pytest.mark.parametrize("name", ["scope", "start_unixtime_ms", "end_unixtime_ms", "device_application_stamp"])
def test_optional_member_may_be_missing(alias, name):
    assert alias(data_without=[name]).status_code == 202
    assert alias(data={name: None}).status_code == 202


def refused(answer):
    """Trap 6: flat, with one sentence for everything."""
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "code": "INVALID_DATA", "message": "The payload was malformed JSON or had missing fields.",
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_malformed_body_is_refused(alias, body):
    refused(alias(body=body))


@pytest.mark.parametrize("name", ["request_id", "request_type", "environment", "api_key", "data"])
def test_missing_member_is_refused(alias, world, name):
    refused(alias(without=[name]))
    assert f'"{name}" is missing' in world.entry.findings[0].message


@pytest.mark.parametrize("name", ["source_mpid", "destination_mpid"])
def test_missing_user_is_refused(alias, name):
    refused(alias(data_without=[name]))


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"source_mpid": "1"}},  # nobody's
        {"data": {"destination_mpid": 12}},
        {"data": {"source_mpid": "nobody"}},
        {"data": {"source_mpid": 0}},
        {"data": {"start_unixtime_ms": NOW_MS, "end_unixtime_ms": NOW_MS - 1}},
        {"data": {"start_unixtime_ms": "yesterday"}},
        {"data": {"scope": "everything"}},
        {"request_type": "modify"},
        {"environment": "staging"},
        {"request_id": ""},
    ],
)
def test_invalid_request_is_refused(alias, world, change):
    refused(alias(**change))
    assert any(finding.severity == "error" for finding in world.entry.findings)
    assert aliases_of(alias.source, world.documents) == []


def test_same_user_is_refused(alias, world):
    refused(alias(data={"destination_mpid": alias.source}))
    assert "same user" in world.findings["invalid-alias"].message


def test_end_may_be_start(alias):
    assert alias(data={"start_unixtime_ms": NOW_MS, "end_unixtime_ms": NOW_MS}).status_code == 202


def test_window_is_said(alias, world):
    """What stays silent in reality is a finding."""
    assert alias(data={"start_unixtime_ms": NOW_MS - 91 * DAY}).status_code == 202
    assert world.findings["outside-alias-window"].path == "/data/start_unixtime_ms"
    world.set(alias_max_window=120)
    alias(data={"start_unixtime_ms": NOW_MS - 91 * DAY})
    assert "outside-alias-window" not in world.findings


def test_second_alias_of_source_is_said(alias, world):
    alias()
    assert "source-aliased-before" not in world.findings
    assert alias().status_code == 202
    assert str(alias.destination) in world.findings["source-aliased-before"].message


def test_future_is_said(alias, world):
    alias(data={"end_unixtime_ms": NOW_MS + 9 * DAY})
    assert world.findings["future-event"].path == "/data/end_unixtime_ms"


def test_seconds_are_said(alias, world):
    alias(data={"start_unixtime_ms": NOW_MS // 1000})
    assert world.findings["not-milliseconds"].severity == "error"


def test_other_key_in_body_is_said(alias, world):
    assert alias(api_key="another").status_code == 202
    assert world.findings["other-api-key"].path == "/api_key"


def test_other_environment_is_said(alias, world):
    alias(environment="production")
    assert world.findings["other-environment"].path == "/environment"


def test_journal_knows_both_users(alias, world):
    alias()
    (part,) = world.parts
    assert part.subjects == (("mpid", str(alias.source)), ("mpid", str(alias.destination)))
    assert [event.name for event in part.events] == ["alias"]
