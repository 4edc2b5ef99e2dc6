"""Whatever arrives, the answer is one of the Events API's, and the journal and the fold can read it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ["/v2/calculatedattributes", "/v2/bulkcalculatedattributes"]
KINDS = ["sum", "count", "min", "average", "unique_list", "unique_values_count", "most_frequent", "first_occurrence"]
thorough = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=3)
    | st.sampled_from(["production", "1e400", "NaN", "9" * 60, "2026-01-01", "sum"])
)
names = st.sampled_from(
    ["environment", "mpid", "identities", "calculated_attributes", "workspace", "seed", "value", "_schema", "sum"]
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
numbers = st.sampled_from([0, 1, 1.5, -3, "7", "9" * 60, 1e300, 1e-300, "0.1"])
seeds = st.fixed_dictionaries(
    {
        "attribute_name": st.just("LTV") | anything,
        "calculation_type": st.sampled_from(KINDS) | anything,
        "cutoff_date": st.just("2026-01-01") | anything,
        "seed": st.fixed_dictionaries(
            {
                "value": numbers | anything,
                "key_value_pairs": st.fixed_dictionaries({"sum": numbers, "count": numbers}) | anything,
                "list": st.lists(scalars, max_size=3) | anything,
            }
        )
        | anything,
    }
)
attributes = st.fixed_dictionaries({"attribute_name": scalars, "attribute_value": scalars | anything})
users = st.fixed_dictionaries(
    {
        "environment": st.just("production") | anything,
        "identities": st.dictionaries(st.sampled_from(["customer_id", "email", "android_id"]), scalars) | anything,
        "calculated_attributes": st.fixed_dictionaries({"workspace": st.lists(seeds, max_size=2)}) | anything,
        "user_attributes": st.fixed_dictionaries({"workspace": st.lists(attributes, max_size=2)}) | anything,
    },
    optional={"mpid": scalars},
)


def holds(world, path, body):
    answer = world("POST", path, body)
    assert answer.status_code in {202, 400}
    assert bool(answer.data) is (answer.status_code == 400)
    assert all(isinstance(text, str) for part in world.parts for pair in part.subjects for text in pair)
    assert world.documents.all("seeds") is not None


@pytest.mark.parametrize("path", PATHS)
@thorough
@given(body=st.binary(max_size=40))
def test_any_bytes_have_answer(world, path, body):
    holds(world, path, body)


@thorough
@given(body=anything | users)
def test_any_user_has_answer(world, body):
    holds(world, PATHS[0], body)


@thorough
@given(body=anything | st.lists(users, max_size=2))
def test_any_users_have_answer(world, body):
    holds(world, PATHS[1], body)
