"""Whatever is asked of the Profile API, the answer is one of its own."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8"), max_size=4)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | st.sampled_from(["customer_id", "c-1"])
names = st.sampled_from(["environment_type", "identity", "type", "value", "_schema"])
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
bodies = st.fixed_dictionaries(
    {
        "environment_type": st.just("production") | anything,
        "identity": st.fixed_dictionaries({"type": st.just("customer_id") | anything, "value": anything}) | anything,
    }
)


@pytest.fixture
def ask(world):
    own = world.own
    client = {name: own[name] for name in ("client_id", "client_secret")}
    wanted = {**client, "audience": "https://api.mparticle.com", "grant_type": "client_credentials"}
    token = world("POST", "/oauth/token", wanted, authorization=None).json["access_token"]
    place = f"{own['org_id']}/{own['account_id']}/{own['workspace_id']}"
    header = {"authorization": f"Bearer {token}"}
    world("POST", "/v2/events", {"user_identities": {"customer_id": "c-1"}})
    return lambda body, query: world("POST", f"/userprofile/v1/resolve/{place}?{query}", body, **header)


@thorough
@given(body=st.binary(max_size=40) | anything | bodies)
def test_any_body_has_answer(world, ask, body):
    answer = ask(body, "fields=user_identities")
    assert answer.status_code in {200, 400}
    assert answer.is_json
    assert world.parts is not None


@thorough
@given(query=st.text(st.characters(codec="ascii", exclude_characters="#"), max_size=20))
def test_any_query_has_answer(ask, query):
    body = {"environment_type": "production", "identity": {"type": "customer_id", "value": "c-1"}}
    assert ask(body, query).status_code in {200, 400}
