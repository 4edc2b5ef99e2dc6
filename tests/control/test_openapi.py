"""The OpenAPI document, and the promise that no input whatever makes the control API fail."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

DOCUMENT = "/_mock/api/openapi.json"
HELD = {"within", "stays", "pace", "wait", "delay"}  # what asks for time: only wrong values of these are sent

words = st.sampled_from(
    ["default", "nobody", "acme", "hub", "webhook", "events", "trial-converts", "latest", "*", "-1"]
)
odd_text = st.text(max_size=20) | st.sampled_from(
    ["\x00", "../..", "%00", "a" * 5000, "\ud7ff", "🙂", "[", "'\"", "{{7*7}}"]
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([2**63, 10**40, -1, 1e300])
names = (words | odd_text).map(lambda text: quote(text, safe="") or "_") | st.sampled_from(
    ["%ff", "%ed%a0%80", "%2e%2e"]
)
leaves = (
    st.none() | st.booleans() | numbers | words | odd_text | st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01"])
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_text, inner, max_size=4))
rubbish = st.binary(max_size=60) | st.sampled_from(
    [b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900, b'"\\ud800"', b"\xff\xfe", b"NaN", b"1e999", b'{"a":1,"a":2}']
)
types = st.sampled_from(["application/json", "text/plain", "multipart/form-data", "application/x-ndjson", "", "\x7f"])


def test_document_is_served(client):
    document = client.get(DOCUMENT).json
    assert document["openapi"] == "3.1.0"
    assert "/_mock/api/v1/tenants/{name}" in document["paths"]


def test_every_operation_has_a_title(client):
    operations = [one for path in client.get(DOCUMENT).json["paths"].values() for one in _operations(path).values()]
    assert len(operations) > 30
    assert all(one["summary"].endswith(".") for one in operations)


def test_errors_are_problems(client):
    problem = client.get(DOCUMENT).json["components"]["responses"]["PROBLEM"]
    assert list(problem["content"]) == ["application/problem+json"]


def test_every_route_is_documented(app, client):
    served = {rule.rule.replace("<", "{").replace(">", "}") for rule in app.url_map.iter_rules()}
    documented = set(client.get(DOCUMENT).json["paths"])
    assert documented == {rule for rule in served if rule.startswith("/_mock/api/v1/")}


@pytest.fixture
def operations(client):
    """Every operation: method, path, the names of its query and the properties of its body."""
    document = client.get(DOCUMENT).json
    found = []
    for path, methods in document["paths"].items():
        for method, operation in _operations(methods).items():
            query = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
            found.append((method.upper(), path, query, _properties(document, operation)))
    return found


def thorough(examples):
    """So many examples, the same in every run, all against one application."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@thorough(120)
@given(data=st.data())
def test_no_input_makes_it_fail(client, operations, data):
    method, path, query, properties = data.draw(st.sampled_from(operations), label="operation")
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace(f"{{{name}}}", data.draw(names, label=name))
    arguments = data.draw(
        st.dictionaries(st.sampled_from([*query, "tenant"]) | odd_text, _value(st.text()), max_size=3)
    )
    body = data.draw(rubbish | _body(properties), label="body")
    answer = client.open(
        path,
        method=method,
        query_string=_without_time(arguments),
        data=body,
        content_type=data.draw(types, label="content type"),
        headers={"If-None-Match": "*"},
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.json["detail"]


def _operations(path):
    return {method: one for method, one in path.items() if method in {"get", "post", "put", "patch", "delete"}}


def _properties(document, operation):
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return list(_named(document, schema).get("properties", {}))


def _named(document, schema):
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema


def _value(texts):
    return words | texts | numbers.map(str)


def _body(properties):
    names = st.sampled_from(properties) if properties else odd_text
    return st.dictionaries(names, values, max_size=5).map(lambda body: json.dumps(_without_time(body)).encode())


def _without_time(given):
    return {name: "never" if name in HELD and value not in (None, -1, "-1") else value for name, value in given.items()}


paths = st.sampled_from(
    ["a", "a.b", "events[*].name", "customer", "$.x", "a..b", "[", '"', "events[0]", "*", "a[99999999]"]
)
conditions = st.dictionaries(
    paths, values | st.dictionaries(st.sampled_from(["=", "~", ">", "exists"]), values, max_size=2)
)
said = {
    "event": words | values,
    "where": conditions | values,
    "text": values,
    "search": st.text(max_size=9),
    "never": st.booleans(),
}
rows = st.fixed_dictionaries(
    {}, optional=said | {"count": st.integers(-1, 3), "since": values, "amount": numbers | values}
)
sums = st.fixed_dictionaries(
    {"subject": words, "currency": words, "amount": numbers | values},
    optional={"direction": st.sampled_from(["in", "out", "up"])},
)
checks = st.fixed_dictionaries(
    {"expect": st.lists(rows, max_size=3)},
    optional={"revenue": st.lists(sums, max_size=2), "ordered": st.booleans(), "exact": st.booleans()},
)
instants = st.sampled_from(["2026-01-01T00:00:00Z", "8999-12-31T23:59:59Z", "1970-01-01T00:00:00+00:00", "today"])
known = {"direction": st.sampled_from(["in", "out", "note"]), "verdict": st.sampled_from(["accepted", "unmatched", ""])}
lines = st.fixed_dictionaries(
    {},
    optional=known
    | {
        "id": st.sampled_from(["0" * 22, "x"]) | st.integers(0, 2**80).map("{:022x}".format),
        "received": instants,
        "at": instants,
        "body_base64": odd_text | st.sampled_from(["AA==", "_w==", "////"]),
        "vendor": words,
        "headers": st.lists(st.tuples(odd_text, odd_text), max_size=2),
        "body": values | st.just({"customer": "u-1", "events": [{"name": "a", "amount": "x"}]}),
        "details": st.dictionaries(st.sampled_from(["event", "amount", "currency", "run", "other"]), values),
        "findings": st.lists(
            st.fixed_dictionaries({"rule": odd_text}, optional={"severity": st.sampled_from(["info", "x"])}), max_size=2
        ),
    },
)
tokens = st.sampled_from(
    ["is:", "event:", "subject:", "a.b=", "x~", "amount:", "since:", "status:", "has:", '"', "~(", "u:1"]
)
searches = st.lists(tokens | odd_text, max_size=5).map(" ".join) | st.lists(tokens | odd_text, max_size=4).map("".join)


@thorough(60)
@given(check=checks)
def test_no_check_makes_it_fail(api, check):
    api.send("signed_up", odd={"a": [{"b": 1}]})
    answer = api.call("POST", "/verify", data=json.dumps(check))
    assert answer.status_code in {200, 400, 422}


@thorough(50)
@given(line=lines, search=searches)
def test_no_line_makes_it_fail(api, line, search):
    """What was taken in can be read again, whatever it was."""
    answer = api.call("POST", "/entries.jsonl", data=json.dumps(line))
    assert answer.status_code in {200, 400, 422}
    for path in ("/entries", "/events", "/entries.jsonl"):
        assert api.call("GET", path).status_code == 200
        assert api.call("GET", path, query_string={"q": search}).status_code in {200, 422}
