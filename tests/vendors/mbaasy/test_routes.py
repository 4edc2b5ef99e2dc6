"""Uploads: statuses, answers, what is remembered, what they prove (mbaasy.md §8)."""

import base64
import json
from datetime import timedelta

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.lifecycle import day, period_end, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.vendors.mbaasy import dialect

RECEIPTS, ORDERS, LEGACY = "receipts", "purchase_orders", "legacy_purchase_orders"
SIGNATURE = base64.b64encode(b"signed").decode()
APPLE_KEYS = [
    *("id", "style", "app_family_id", "bundle_id", "is_fraud", "fraud_reason", "environment", "user_identifier"),
    *("metadata", "ip_address", "in_app_purchases", "created_at", "updated_at"),
]
PLAY_KEYS = [
    *("id", "app_family_id", "package_name", "is_legacy", "is_fraud", "fraud_reason", "environment"),
    *("purchase_token", "order_id", "user_identifier", "metadata", "ip_address", "in_app_purchase"),
    *("created_at", "updated_at"),
]


def receipt(*ids, **more):
    return {"receipt": base64.b64encode(" ".join(("receipt", *ids)).encode()).decode(), **more}


def order(**data):
    data = {"orderId": "GPA.1", "packageName": "com.example.app", "productId": "p", "purchaseToken": "t-1", **data}
    return {"purchase_data": orjson.dumps(data).decode(), "purchase_signature": SIGNATURE}


def legacy(**more):
    return {"package_name": "com.example.app", "purchase_token": "t-1", "product_id": "p", **more}


BODIES = {RECEIPTS: receipt(), ORDERS: order(), LEGACY: legacy()}
each = pytest.mark.parametrize("name", BODIES)


@each
def test_upload_is_200(upload, name):
    assert upload(name, BODIES[name]).status == 200


@each
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic " + "a" * 64, "a" * 64])
def test_wrong_token_is_401(upload, name, authorization):
    reply = upload(name, b"not even JSON", authorization=authorization)
    assert (reply.status, list(reply.json)) == (401, ["error"])


@pytest.mark.parametrize(
    ("name", "keys"), [(RECEIPTS, APPLE_KEYS), (ORDERS, PLAY_KEYS), (LEGACY, PLAY_KEYS)], ids=[*BODIES]
)
def test_answer_has_all_keys(upload, name, keys):
    assert list(upload(name, BODIES[name]).json) == keys


@each
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null"])
def test_no_object_is_422(upload, name, body):
    reply = upload(name, body)
    assert (reply.status, list(reply.json["errors"])) == (422, ["base"])


@pytest.mark.parametrize(
    ("name", "body", "wrong"),
    [
        (RECEIPTS, {}, {"receipt"}),
        (RECEIPTS, {"receipt": "no base 64!"}, {"receipt"}),
        (RECEIPTS, {"receipt": ""}, {"receipt"}),
        (RECEIPTS, {"receipt": 7}, {"receipt"}),
        (RECEIPTS, receipt(metadata=[]), {"metadata"}),
        (RECEIPTS, receipt(user_identifier=7, ip_address=False), {"user_identifier", "ip_address"}),
        (ORDERS, {}, {"purchase_data", "purchase_signature"}),
        (ORDERS, {**order(), "purchase_data": {"orderId": "GPA.1"}}, {"purchase_data"}),
        (ORDERS, {**order(), "purchase_data": "no JSON"}, {"purchase_data"}),
        (ORDERS, {**order(), "purchase_data": "[]"}, {"purchase_data"}),
        (LEGACY, {}, {"package_name", "purchase_token", "product_id"}),
        (LEGACY, legacy(purchase_token=""), {"purchase_token"}),
    ],
)
def test_invalid_body_is_422(upload, name, body, wrong):
    reply = upload(name, body)
    assert (reply.status, reply.json["errors"].keys()) == (422, wrong)


def test_deep_metadata_is_422(upload):
    """What can be read but not written again would break the answer."""
    body = b'{"receipt": "eA==", "metadata": ' + b'{"a":' * 400 + b"1" + b"}" * 401
    reply = upload(RECEIPTS, body)
    assert (reply.status, list(reply.json["errors"])) == (422, ["metadata"])


def test_wrapped_base64_is_understood(upload):
    wrapped = base64.encodebytes(b"x" * 100).decode()
    assert upload(RECEIPTS, {"receipt": wrapped}).status == 200


@pytest.mark.parametrize("name", [RECEIPTS, ORDERS])
def test_refused_signature_is_402(upload, tenant, name):
    tenant.changed = {"signatures": "invalid"}
    reply = upload(name, BODIES[name])
    assert (reply.status, reply.json["is_fraud"], reply.json["fraud_reason"]) == (402, True, "invalid signature")


def test_token_alone_has_no_signature(upload, tenant):
    tenant.changed = {"signatures": "invalid"}
    assert upload(LEGACY, legacy()).status == 200


def test_signature_of_wrong_form_is_found(upload):
    """Signatures are not checked here; the real service would."""
    reply = upload(ORDERS, {**order(), "purchase_signature": "?"})
    [part] = dialect.read(reply.entry, None)
    assert (reply.status, "signature-no-base64" in {finding.rule for finding in part.findings}) == (200, True)


@each
def test_unreachable_store_is_206(upload, tenant, name):
    tenant.changed = {"store_reachable": False}
    reply = upload(name, BODIES[name])
    assert (reply.status, reply.json["is_fraud"]) == (206, False)


@pytest.mark.parametrize(
    ("body", "address"),
    [({}, "203.0.113.7"), ({"ip_address": None}, None), ({"ip_address": "198.51.100.1"}, "198.51.100.1")],
)
def test_address_is_callers_unless_said(upload, body, address):
    assert upload(RECEIPTS, receipt(**body)).json["ip_address"] == address


def test_transaction_style_is_told(upload):
    info = base64.b64encode(b'"original-transaction-id" = "1000000001";').decode()
    old = base64.b64encode(f'{{\n\t"signature" = "AA";\n\t"purchase-info" = "{info}";\n}}'.encode()).decode()
    assert [upload(RECEIPTS, body).json["style"] for body in (receipt(), {"receipt": old})] == [
        "unified",
        "transaction",
    ]


def test_order_is_repeated(upload):
    reply = upload(ORDERS, order(orderId="GPA.7", purchaseToken="t-7"))
    said = [reply.json[key] for key in ("package_name", "purchase_token", "order_id", "is_legacy")]
    assert said == ["com.example.app", "t-7", "GPA.7", False]


def test_order_of_wrong_form_says_nothing(upload):
    """Google's JSON is not ours to refuse: what is no text in it is not repeated."""
    reply = upload(ORDERS, order(orderId=7, purchaseToken=None, packageName=["a"]))
    said = [reply.json[key] for key in ("package_name", "purchase_token", "order_id")]
    assert (reply.status, said) == (200, [None, None, None])


def test_legacy_order_is_repeated(upload):
    reply = upload(LEGACY, legacy(order_id="GPA.7"))
    assert [reply.json[key] for key in ("purchase_token", "order_id", "is_legacy")] == ["t-1", "GPA.7", True]


@each
def test_same_proof_is_same_upload(upload, tenant, name):
    first = upload(name, BODIES[name]).json
    tenant.later(days=1)
    second = upload(name, BODIES[name]).json
    assert (first["id"], first["created_at"]) == (second["id"], second["created_at"])
    assert second["updated_at"]["ms"] - first["updated_at"]["ms"] == 86_400_000


def test_other_proof_is_other_upload(upload):
    assert upload(RECEIPTS, receipt("1")).json["id"] != upload(RECEIPTS, receipt("2")).json["id"]


@each
def test_last_upload_wins(upload, name):
    upload(name, {**BODIES[name], "user_identifier": "u-1", "metadata": {"price": "9.99"}})
    reply = upload(name, {**BODIES[name], "user_identifier": "u-2"})
    assert (reply.json["user_identifier"], reply.json["metadata"]) == ("u-2", {"price": "9.99"})


def test_lost_answer_is_remembered(upload):
    """The upload was taken, its sender did not hear of it and tries again."""
    upload(RECEIPTS, receipt(user_identifier="u-1"), lost=True)
    assert upload(RECEIPTS, receipt()).json["user_identifier"] == "u-1"


def test_refused_upload_is_forgotten(upload, tenant):
    tenant.changed = {"signatures": "invalid"}
    upload(RECEIPTS, receipt(user_identifier="u-1"))
    tenant.changed = {}
    assert upload(RECEIPTS, receipt()).json["user_identifier"] is None


@pytest.fixture
def owned(tenant, story):
    """A subscription and something for life, and a tenant just after them."""
    tenant.events = story(
        day(0, user.buys(MONTHLY)), day(1, user.buys(LIFETIME)), period_end(1, store.renews(of=MONTHLY))
    )
    tenant.at = tenant.events[1].at + timedelta(hours=1)
    return [event.subscription.original_id for event in tenant.events[:2]]


def test_receipt_proves_purchases(upload, tenant, owned, tell):
    reply = upload(RECEIPTS, receipt(*owned))
    assert reply.json["in_app_purchases"] == [one.data for one in tell(tenant.events[:2])]


def test_receipt_proves_only_what_it_names(upload, owned):
    purchases = upload(RECEIPTS, receipt(owned[1])).json["in_app_purchases"]
    assert [one["product_id"] for one in purchases] == [LIFETIME.id]


def test_purchase_is_of_that_instant(upload, tenant, owned):
    before = upload(RECEIPTS, receipt(owned[0])).json["in_app_purchases"][0]
    tenant.at = tenant.events[2].at
    after = upload(RECEIPTS, receipt(owned[0])).json["in_app_purchases"][0]
    assert (before["version"], after["version"]) == (1, 2)
    assert after["current_period_start_at"] == before["current_period_end_at"]


def test_scenario_played_twice_counts_once(upload, tenant, owned):
    tenant.events = sorted([*tenant.events, *tenant.events], key=lambda event: event.at)
    assert upload(RECEIPTS, receipt(owned[0])).json["in_app_purchases"][0]["version"] == 1


def test_renewals_id_proves_it_too(upload, tenant, owned):
    tenant.at = tenant.events[2].at
    renewal = tenant.events[2].transaction.id
    assert len(upload(RECEIPTS, receipt(renewal)).json["in_app_purchases"]) == 1


def test_unreachable_store_proves_nothing(upload, tenant, owned):
    tenant.changed = {"store_reachable": False}
    assert upload(RECEIPTS, receipt(*owned)).json["in_app_purchases"] == []


@pytest.fixture
def play_order(tenant, story):
    """The order id of a purchase on Play."""
    tenant.events = story(day(0, user.buys(MONTHLY)), store="play_store", environment="sandbox")
    return tenant.events[0].subscription.original_id


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (ORDERS, lambda id_: order(orderId=id_)),
        (LEGACY, lambda id_: legacy(order_id=id_)),
        (LEGACY, lambda id_: legacy(purchase_token=f"token.{id_}")),
    ],
)
def test_order_proves_purchase(upload, play_order, tell, tenant, name, body):
    reply = upload(name, body(play_order))
    assert reply.json["in_app_purchase"] == tell(tenant.events)[0].data
    assert reply.json["environment"] == "sandbox"


def test_apple_receipt_proves_no_play_order(upload, play_order):
    assert upload(RECEIPTS, receipt(play_order)).json["in_app_purchases"] == []


def test_unknown_purchase_is_said(upload):
    reply = upload(ORDERS, order())
    assert reply.json["in_app_purchase"] is None
    assert [finding.rule for finding in reply.entry.findings] == ["unknown-purchase"]


def test_upload_is_read_as_event(upload):
    reply = upload(RECEIPTS, receipt(user_identifier="u-1"))
    [part] = dialect.read(reply.entry, None)
    assert [event.name for event in part.events] == ["receipt_uploaded"]
    assert part.subjects == (("customer_id", "u-1"), ("upload_id", reply.json["id"]))


def test_misspelt_field_is_found(upload):
    """All three examples of the manual's page on imports write `user_identifer`."""
    [part] = dialect.read(upload(RECEIPTS, receipt(user_identifer="u-1")).entry, None)
    [finding] = [one for one in part.findings if one.rule == "unknown-field"]
    assert (finding.path, finding.message) == (
        "/user_identifer",
        "user_identifer is no field here: did you mean user_identifier?",
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"receipt": null}'])
def test_broken_upload_can_be_read(upload, body):
    [part] = dialect.read(upload(RECEIPTS, body).entry, None)
    assert part.verdict == "rejected"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["receipt", "purchase_data", "purchase_signature", "metadata", "user_identifier", "x"])


@each
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(FIELDS, JSON))
def test_no_body_breaks_it(upload, name, changes):
    body = {**BODIES[name], **changes}
    reply = upload(name, json.dumps(body).encode())
    assert reply.status in {200, 422}
    assert dialect.read(reply.entry, None)
