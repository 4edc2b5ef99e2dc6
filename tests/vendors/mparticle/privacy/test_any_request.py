"""Whatever arrives, the answer is one of OpenDSR's, and the journal and the fold can read it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8"), max_size=3)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(["gdpr", "erasure", "raw", "2026-01-01", "3.0", "http://[", "https://a.example"])
)
names = st.sampled_from(
    ["email", "mpid", "value", "encoding", "opendsr.mparticle.com", "subject_identities", "_schema"]
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
fine = st.fixed_dictionaries({"value": st.sampled_from(["1", "x"]), "encoding": st.just("raw")})
odd = st.fixed_dictionaries({"value": scalars, "encoding": scalars})
identities = st.dictionaries(st.sampled_from(["email", "controller_customer_id", "other2"]) | texts, fine, min_size=1)
identities = identities | st.dictionaries(st.sampled_from(["email", "mpid"]) | texts, fine | odd, max_size=3)
extensions = st.fixed_dictionaries(
    {"opendsr.mparticle.com": st.fixed_dictionaries({"subject_identities": identities}) | anything}
)


def mostly(good):
    """Nearly always what is fine, so that whole requests come about."""
    return st.integers(0, 9).flatmap(lambda number: anything if number == 9 else good)


requests = st.fixed_dictionaries(
    {
        "regulation": mostly(st.just("gdpr")),
        "subject_request_id": mostly(st.uuids(version=4).map(str)),
        "subject_request_type": mostly(st.sampled_from(["access", "erasure"])),
        "submitted_time": mostly(st.just("2026-01-14T15:00:00Z")),
        "subject_identities": mostly(identities),
    },
    optional={
        "extensions": mostly(extensions),
        "status_callback_urls": mostly(st.just(["https://a.example"])),
        "group_id": mostly(texts),
    },
)


def holds(world, body):
    answer = world("POST", "/v3/requests", body)
    assert answer.status_code in {201, 400, 409}
    assert answer.is_json
    assert all(isinstance(text, str) for part in world.parts for pair in part.subjects for text in pair)
    assert world.documents.all("subject_request") is not None


@thorough
@given(body=st.binary(max_size=40) | anything)
def test_any_bytes_have_answer(world, body):
    holds(world, body)


@thorough
@given(body=requests)
def test_any_request_has_answer(world, body):
    holds(world, body)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@thorough
@given(id_=st.text(st.characters(codec="utf-8", exclude_characters="/?#%\\"), min_size=1, max_size=8))
def test_any_id_has_answer(world, method, id_):
    assert world(method, f"/v3/requests/{id_}").status_code in {400, 404}
