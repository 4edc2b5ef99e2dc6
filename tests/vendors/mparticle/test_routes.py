"""What the three paths answer (mparticle.md §§3.1, 3.2, 3.9-3.11, 13)."""

import gzip

import orjson
import pytest

SINGLE, BULK, HISTORICAL = "/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical"
GOOD = {"events": [{"event_type": "session_start", "data": {}}]}
BAD = {"events": [{"event_type": "", "data": {}}]}
MISSING = 'Required event field "event_type" is missing or empty.'


@pytest.mark.parametrize(("path", "body"), [(SINGLE, GOOD), (BULK, [GOOD]), (HISTORICAL, [GOOD])])
def test_good_body_is_accepted(service, path, body):
    assert service.post(path, body)[:3] == (202, b"", ())


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": None}, {"environment": None}])
def test_batch_needs_no_members(service, body):
    assert service.post(SINGLE, body).status == 202


def test_duplicate_is_accepted_again(service):
    answers = [service.post(SINGLE, {**GOOD, "source_request_id": "r-1"}) for _ in range(2)]
    assert [answer[:2] for answer in answers] == [(202, b"")] * 2
    assert service.parts()[0].dedupe == "r-1"


def test_gzip_body_is_accepted(service):
    headers = {"authorization": next(iter(service.authorizations)), "content-encoding": "gzip"}
    assert service.post(SINGLE, gzip.compress(orjson.dumps(GOOD)), headers).status == 202
    assert service.parts()[0].events[0].kind == "session_start"


def test_content_type_does_not_matter(service):
    headers = {"authorization": next(iter(service.authorizations)), "content-type": "text/plain"}
    assert service.post(SINGLE, GOOD, headers).status == 202


def test_published_sentence_is_told(service):
    assert service.refusal(SINGLE, BAD) == MISSING


@pytest.mark.parametrize("path", [SINGLE, BULK, HISTORICAL])
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"events": [}', b"{'events': []}", b'{"a": NaN}', b'{"a": 1e999}', b"\xff\xfe", b'{"a": "\xe9"}',
        b"\xef\xbb\xbf{}", b'{"a": "\\ud800"}', b"[" * 5000 + b"]" * 5000, b"{}{}", b"<xml/>",
    ],
)  # fmt: skip
def test_malformed_json_is_refused(service, path, body):
    assert service.refusal(path, body).startswith("The request JSON is malformed: ")


@pytest.mark.parametrize(
    ("body", "kind"), [([GOOD], "an array"), ("x", "a string"), (1.5, "a number"), (None, "null"), (True, "a boolean")]
)
def test_single_batch_is_object(service, body, kind):
    assert service.refusal(SINGLE, body) == f"A JSON object is expected, one batch, not {kind}."


@pytest.mark.parametrize(("body", "kind"), [(GOOD, "an object"), ("x", "a string"), (1, "a number"), (None, "null")])
def test_bulk_is_array(service, body, kind):
    assert service.refusal(BULK, body) == f"A JSON array of batches is expected, not {kind}."


def test_last_of_equal_keys_counts(service):
    assert service.post(SINGLE, b'{"environment": "staging", "environment": "production"}').status == 202


def test_nested_deeply_inside_is_accepted(service):
    deep = b'{"user_attributes": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}"
    assert service.post(SINGLE, deep).status == 202
    assert [finding.rule for finding in service.findings()] == ["wrong-type"]


@pytest.mark.parametrize("environment", ["staging", "Production", "", 1, True, [], {}, ["production"]])
def test_environment_is_known(service, environment):
    said = service.refusal(SINGLE, {**GOOD, "environment": environment})
    assert said.startswith('Batch field "environment" must be "production" or "development", not ')


@pytest.mark.parametrize("environment", ["production", "development"])
def test_environment_is_taken(service, environment):
    assert service.post(SINGLE, {**GOOD, "environment": environment}).status == 202
    assert service.parts()[0].environment == environment


@pytest.mark.parametrize("events", [{}, "x", 1, True, [1], [None], [[]], ["session_start"], [GOOD["events"][0], 2]])
def test_events_are_objects_in_list(service, events):
    assert service.refusal(SINGLE, {"events": events}) == 'Batch field "events" must be a list of objects.'


@pytest.mark.parametrize("event", [{}, {"data": {}}, {"event_type": None}, {"event_type": ""}])
def test_event_type_is_required(service, event):
    assert service.refusal(SINGLE, {"events": [event]}) == MISSING


@pytest.mark.parametrize("kind", ["unknown", "Custom_Event", 5, ["custom_event"], {"a": 1}])
def test_event_type_is_known(service, kind):
    said = service.refusal(SINGLE, {"events": [{"event_type": kind, "data": {}}]})
    assert said.startswith('Event field "event_type" has the unknown value ')


def test_nearest_event_type_is_named(service):
    said = service.refusal(SINGLE, {"events": [{"event_type": "custom_evnt", "data": {}}]})
    assert said == 'Event field "event_type" has the unknown value "custom_evnt". Did you mean "custom_event"?'


@pytest.mark.parametrize("data", ["x", 1, [], False])
def test_data_is_object(service, data):
    said = service.refusal(SINGLE, {"events": [{"event_type": "session_start", "data": data}]})
    assert said == 'Event field "data" must be an object.'


def test_one_bad_event_refuses_batch(service):
    assert service.refusal(SINGLE, {"events": [*GOOD["events"], *BAD["events"]]}) == MISSING


@pytest.mark.parametrize("batches", [[GOOD, BAD], [BAD, GOOD], [5, GOOD], [None, {}]])
def test_partly_bad_bulk_is_accepted(service, batches):
    assert service.post(BULK, batches)[:2] == (202, b"")


@pytest.mark.parametrize(
    ("batches", "said"),
    [([BAD], MISSING), ([BAD, {"environment": "x"}], MISSING), ([1, BAD], "A batch must be a JSON object.")],
)
def test_bad_bulk_is_refused(service, batches, said):
    assert service.refusal(BULK, batches) == said


def test_empty_bulk_is_accepted(service):
    answer = service.post(BULK, [])
    assert answer.status == 202
    assert [finding.rule for finding in answer.findings] == ["empty-bulk"]


@pytest.mark.parametrize(("count", "status"), [(100, 202), (101, 400)])
def test_bulk_takes_hundred(service, count, status):
    assert service.post(BULK, [GOOD] * count).status == status


def test_hundred_events_in_each_batch(service):
    assert service.post(BULK, [{"events": GOOD["events"] * 100}] * 3).status == 202


@pytest.mark.parametrize("path", [SINGLE, BULK, HISTORICAL])
@pytest.mark.parametrize(("size", "status"), [(256 * 1024, 400), (256 * 1024 + 1, 413)])
def test_request_takes_256_kb(service, path, size, status):
    answer = service.post(path, b"x" * size)
    assert answer.status == status
    assert orjson.loads(answer.body)["errors"][0]["code"] == "BAD_REQUEST"


def test_credentials_come_before_body(service):
    assert service.post(SINGLE, b"x" * 300_000, {}).status == 401
    assert service.post(SINGLE, b"{", {"authorization": "Basic x"}).status == 403


@pytest.mark.parametrize("path", ["/v1/events", "/v2/events/", "/v2/bulkevents/historic", "/"])
def test_unknown_path_is_not_found(service, path):
    answer = service.post(path, GOOD)
    assert answer.status == 404
    assert orjson.loads(answer.body)["errors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("path", [SINGLE, BULK, HISTORICAL])
def test_other_method_is_not_allowed(service, path):
    answer = service.post(path, b"", method="GET")
    assert answer.status == 405
    assert orjson.loads(answer.body)["errors"][0]["code"] == "METHOD_NOT_ALLOWED"
