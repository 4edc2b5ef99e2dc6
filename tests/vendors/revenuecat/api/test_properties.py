"""Whatever is sent: a clear answer, rules kept, and a log that folds to what was answered."""

from contextlib import suppress
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.vendors.revenuecat import bodies, developer_bodies
from mockserver.vendors.revenuecat.attributes import CUSTOM_LIMIT, IMMUTABLE, Kept, Sent, changed, merged, shown
from mockserver.vendors.revenuecat.errors import DeveloperError, RevenueCatError

PATHS = [
    "/v1/receipts",
    "/v1/subscribers/u-1/attributes",
    "/v1/subscribers/u-1/attribution",
    "/v1/subscribers/u-1/entitlements/pro/promotional",
    "/v1/subscribers/u-1/entitlements/pro/revoke_promotionals",
]
seeded = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(codec="utf-8"), max_size=8)
json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
times = st.none() | st.integers(0, 5)
keys = st.sampled_from(["color", "size", "$email", "$idfa", "$campaign", "$unknown", "a key"])
values = st.sampled_from([None, "", "red", "a@example.com", "x" * 501, 7])
sent = st.dictionaries(keys, st.builds(Sent, values, times), max_size=4)
named = st.dictionaries(
    st.sampled_from(
        ["attributes", "app_user_id", "fetch_token", "data", "network", "end_time_ms", "duration", "start_time_ms"]
    ),
    json,
)


@seeded
@given(path=st.sampled_from(PATHS), body=json | named)
def test_every_body_is_answered(revenuecat, path, body):
    reply = revenuecat("POST", path, body)
    assert reply.status in {200, 201, 400, 404}
    assert reply.status < 300 or 7000 < reply.json["code"] < 8000


V2 = [
    "/v2/projects/{}/customers/u-1/attributes",
    "/v2/projects/{}/customers/u-1/actions/transfer",
    "/v2/projects/{}/integrations/webhooks",
    "/dashboard/projects/{}/webhooks/test",
    "/dashboard/projects/{}/customers/u-1/experiments",
]
members = st.sampled_from(
    [
        *("attributes", "target_customer_id", "app_ids", "name", "url", "environment", "event_types", "app_id"),
        *("authorization_header", "experiment_id", "experiment_variant", "offering_id"),
    ]
)


@seeded
@given(path=st.sampled_from(V2), body=json | st.dictionaries(members, json, max_size=4))
def test_every_body_of_v2_is_answered(revenuecat, path, body):
    reply = revenuecat("POST", path.format(revenuecat.tenant.credentials("")["project_id"]), body)
    assert reply.status in {200, 201, 202, 400, 404}
    assert reply.status < 300 or reply.json["object"] == "error"


@seeded
@given(content=st.binary(max_size=40))
@pytest.mark.parametrize(
    "parse",
    [
        *(bodies.attributes, bodies.receipt, bodies.grant, bodies.attribution),
        *(developer_bodies.developer_attributes, developer_bodies.transfer, developer_bodies.enrollment),
        partial(developer_bodies.webhook, is_new=True),
        partial(developer_bodies.webhook, is_new=False),
    ],
)
def test_every_content_is_understood_or_refused(parse, content):
    with suppress(RevenueCatError, DeveloperError):
        parse(content)


@seeded
@given(token=st.text(max_size=60), who=texts)
def test_every_receipt_is_answered(revenuecat, token, who):
    reply = revenuecat(
        "POST", "/v1/receipts", {"app_user_id": who, "fetch_token": token.encode("utf-8", "ignore").decode()}
    )
    assert reply.status in {200, 400}


@seeded
@given(calls=st.lists(sent, max_size=6))
def test_log_folds_to_answers(begin, calls):
    revenuecat = begin()
    for one in calls:
        body = {key: {"value": value, "updated_at_ms": time} for key, (value, time) in one.items()}
        reply = revenuecat.set(body)
        told = revenuecat.get().subscriber
        assert reply.status == 400 or reply.subscriber == told


@seeded
@given(calls=st.lists(sent, max_size=8))
def test_what_is_set_for_good_stays(calls):
    kept, first = {}, {}
    for write, one in enumerate(calls, 1):
        kept = changed(kept, one, 10, write=write).kept
        for key in IMMUTABLE & shown(kept).keys():
            assert first.setdefault(key, kept[key].value) == kept[key].value


@seeded
@given(calls=st.lists(st.dictionaries(st.integers(0, 80), st.sampled_from([None, "x"]), max_size=60), max_size=5))
def test_never_more_than_fifty(calls):
    kept = {}
    for one in calls:
        outcome = changed(kept, {f"key_{number}": Sent(value) for number, value in one.items()}, 10)
        kept = outcome.kept
        assert len(shown(kept)) <= CUSTOM_LIMIT
        assert all(key in one for key in (int(name.removeprefix("key_")) for name, _ in outcome.refused))


@seeded
@given(
    calls=st.lists(
        st.tuples(
            st.sampled_from("ab"), sent.filter(lambda one: all(v.updated_at_ms is not None for v in one.values()))
        ),
        max_size=8,
    )
)
def test_ids_are_one_customer(calls):
    """Written under two ids of a customer, attributes are those of one id, in whichever order they are put together."""
    whole: dict[str, Kept] = {}
    parts: dict[str, dict[str, Kept]] = {"a": {}, "b": {}}
    for write, (id_, one) in enumerate(calls, 1):
        known = {key: value for key, value in one.items() if not (key in IMMUTABLE and not value.value)}
        whole = changed(whole, known, 10, write=write).kept
        parts[id_] = changed(parts[id_], known, 10, write=write).kept
    assert merged([parts["a"], parts["b"]]) == merged([parts["b"], parts["a"]]) == whole
