"""Whatever arrives, the answer is one of mParticle's and the journal can read it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ["/v2/events", "/v2/bulkevents", "/v2/bulkevents/historical"]
thorough = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

names = st.sampled_from(
    ["events", "event_type", "data", "environment", "mpid", "user_identities", "device_info", "user_attributes",
     "consent_state", "gdpr", "context", "timestamp_unixtime_ms", "product_action", "total_amount", "custom_attributes",
     "source_request_id", "_schema"]
) | st.text(max_size=3)  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["custom_event", "commerce_event", "purchase", "production", "NaN", "Infinity", "1e400"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
eventful = st.fixed_dictionaries(
    {
        "events": st.lists(
            st.fixed_dictionaries({"event_type": st.sampled_from(["commerce_event", "media"]), "data": anything})
        )
    }
)


def holds(service, path, body):
    answer = service.post(path, body)
    assert answer.status in {202, 400}
    assert bool(answer.body) is (answer.status == 400)
    for part in service.parts():
        assert all(isinstance(text, str) for pair in part.subjects for text in pair)
        assert json.dumps(part, default=bytes.decode)


@pytest.mark.parametrize("path", PATHS)
@thorough
@given(body=st.binary(max_size=60))
def test_any_bytes_have_answer(service, path, body):
    holds(service, path, body)


@pytest.mark.parametrize("path", PATHS)
@thorough
@given(body=anything | eventful | st.lists(eventful, max_size=3))
def test_any_json_has_answer(service, path, body):
    holds(service, path, json.dumps(body).encode())


@thorough
@given(header=st.text(max_size=30) | st.binary(max_size=30).map(lambda raw: "Basic " + raw.decode("latin-1")))
def test_any_header_has_answer(service, header):
    assert service.post("/v2/events", {}, {"authorization": header}).status in {401, 403}
