"""What calls of the API cause that RevenueCat tells (revenuecat.md §§8, 9, 11)."""

from types import SimpleNamespace

import orjson
import pytest

from mockserver.lifecycle import day, developer, period_end, someone, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.lifecycle.ids import SeededIds
from mockserver.vendors.contract import Forwarding
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.customer import app_user_id
from mockserver.vendors.revenuecat.schemas import BATCH, WEBHOOK

MONTHS = (day(0, user.buys(MONTHLY)), period_end(1, store.renews()))
GRANT, REVOKE = (f"/v1/subscribers/u-1/entitlements/pro/{name}" for name in ("promotional", "revoke_promotionals"))
MONTH_END = 1771149600000  # 2026-02-15 10:00


@pytest.fixture
def caused(revenuecat):
    """What a channel tells of a reply's entry."""

    def forward(reply, channel="webhook"):
        forwarding = Forwarding(tenant=revenuecat.tenant, ids=SeededIds(0))
        found = VENDOR.channels[channel].forward(reply.entry, forwarding)
        return [SimpleNamespace(message=one, body=orjson.loads(one.body)) for one in found]

    return forward


@pytest.fixture
def known(revenuecat):
    """A customer of the API's, as the app has it at mParticle."""
    revenuecat.set({"$mparticleId": "42", "color": "red"}, x_platform="iOS")


def names(told):
    return [one.message.event for one in told]


@pytest.mark.usefixtures("known")
def test_grant_is_told(revenuecat, caused):
    reply = revenuecat("POST", GRANT, {"end_time_ms": MONTH_END})
    first = caused(reply)[0]
    event = first.body["event"]
    assert (event["type"], event["store"], event["period_type"]) == (
        "NON_RENEWING_PURCHASE",
        "PROMOTIONAL",
        "PROMOTIONAL",
    )
    assert (event["product_id"], event["price"], event["environment"]) == ("rc_promo_pro_custom", 0, "PRODUCTION")
    assert (event["app_user_id"], event["expiration_at_ms"], event["entitlement_ids"]) == ("u-1", MONTH_END, ["pro"])
    assert (event["subscriber_attributes"]["color"]["value"], "app_id" in event) == ("red", False)


@pytest.mark.usefixtures("known")
def test_grant_reaches_mparticle(revenuecat, caused):
    first = caused(revenuecat("POST", GRANT, {"end_time_ms": MONTH_END}), "mparticle")[0]
    data = first.body["events"][0]["data"]
    assert (first.body["mpid"], first.message.feed, first.message.amount) == ("42", "revenuecat-ios", 0)
    assert data["custom_attributes"]["revenuecat_event"] == "non_renewing_purchase"
    assert (data["product_action"]["total_amount"], data["is_non_interactive"]) == (0, True)


def test_stranger_to_mparticle_is_skipped(revenuecat, caused):
    told = caused(revenuecat("POST", GRANT, {"duration": "lifetime"}), "mparticle")
    assert [one.message.skipped for one in told] == ["$mparticleId is not set on the customer"]


@pytest.mark.usefixtures("known")
def test_grant_ends_by_itself(revenuecat, caused):
    """Put on its way with the grant, to be sent when its time has come."""
    reply = revenuecat("POST", GRANT, {"end_time_ms": MONTH_END})
    ended = caused(reply)[1]
    assert (ended.message.event, ended.message.at.timestamp() * 1000) == ("EXPIRATION", MONTH_END)
    event = ended.body["event"]
    assert (event["expiration_reason"], event["event_timestamp_ms"], event["expiration_at_ms"]) == (
        "DEVELOPER_INITIATED",
        MONTH_END,
        MONTH_END,
    )
    assert names(caused(reply, "mparticle")) == ["non_renewing_purchase", "expiration"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("why", ["revoked", "deleted"])
def test_grant_ends_once(revenuecat, caused, later, why):
    reply = revenuecat("POST", GRANT, {"end_time_ms": MONTH_END})
    later(days=10)
    if why == "revoked":
        revenuecat("POST", REVOKE)
    else:
        revenuecat("DELETE", "/v1/subscribers/u-1")
    assert names(caused(reply)) == ["NON_RENEWING_PURCHASE"]


@pytest.mark.parametrize("body", [{"duration": "lifetime"}, {"end_time_ms": 1}])
def test_grant_without_end_never_ends(revenuecat, caused, body):
    assert names(caused(revenuecat("POST", GRANT, body))) == ["NON_RENEWING_PURCHASE"]


@pytest.mark.usefixtures("known")
def test_revocation_is_told(revenuecat, caused, later):
    granted = caused(revenuecat("POST", GRANT, {"end_time_ms": MONTH_END}))[0].body["event"]
    later(days=10)
    reply = revenuecat("POST", REVOKE)
    cancelled, ended = (one.body["event"] for one in caused(reply))
    assert (cancelled["cancel_reason"], ended["expiration_reason"]) == ("DEVELOPER_INITIATED", "DEVELOPER_INITIATED")
    assert cancelled["transaction_id"] == ended["transaction_id"] == granted["transaction_id"]
    assert ended["expiration_at_ms"] == MONTH_END
    assert names(caused(reply, "mparticle")) == ["cancellation", "expiration"]


def test_revocation_ends_each_grant_once(revenuecat, caused, later):
    for _ in range(2):
        revenuecat("POST", GRANT, {"end_time_ms": MONTH_END})
        later(hours=1)
    assert len(caused(revenuecat("POST", REVOKE))) == 4
    assert caused(revenuecat("POST", REVOKE)) == []


def test_ended_grant_is_not_revoked(revenuecat, caused, later):
    revenuecat("POST", GRANT, {"end_time_ms": MONTH_END})
    later(days=32)
    assert caused(revenuecat("POST", REVOKE)) == []


def test_grant_of_history_ends_once(revenuecat, live, caused, later, tell):
    """Revoked by API before its time: then its end has been told."""
    who = app_user_id(live(day(0, developer.grants(period="P1M")), day(31, store.ends_grant()))[0].person)
    assert [one.message.event for one in tell("webhook")] == ["NON_RENEWING_PURCHASE", "EXPIRATION"]
    later(days=10)
    reply = revenuecat("POST", f"/v1/subscribers/{who}/entitlements/premium/revoke_promotionals")
    assert names(caused(reply)) == ["CANCELLATION", "EXPIRATION"]
    assert [one.message.event for one in tell("webhook")] == ["NON_RENEWING_PURCHASE"]


@pytest.fixture
def restore(revenuecat):
    """Post a receipt of an event's transaction."""

    def send(event, who="u-1"):
        body = {"app_user_id": who, "fetch_token": event.transaction.id}
        return revenuecat("POST", "/v1/receipts", body, x_platform="ios")

    return send


@pytest.mark.usefixtures("known")
def test_restore_is_a_transfer(live, restore, caused, tell):
    buyer = live(*MONTHS)[0]
    reply = restore(buyer)
    (told,) = caused(reply)
    assert (told.message.event, told.body["event"]["store"]) == ("TRANSFER", "APP_STORE")
    assert (told.body["event"]["transferred_from"], told.body["event"]["transferred_to"]) == (
        [app_user_id(buyer.person)],
        ["u-1"],
    )
    assert [one.body["mpid"] for one in caused(reply, "mparticle")] == [buyer.person.mpid, "42"]


def test_own_receipt_is_none(live, restore, caused):
    buyer = live(*MONTHS)[0]
    assert caused(restore(buyer, app_user_id(buyer.person))) == []


def test_restored_again_comes_from_last(live, restore, caused):
    buyer = live(*MONTHS)[0]
    restore(buyer, "u-1")
    assert caused(restore(buyer, "u-1")) == []
    (told,) = caused(restore(buyer, "u-2"))
    assert told.body["event"]["transferred_from"] == ["u-1"]


def test_anonymous_buyer_becomes_alias(revenuecat, live, restore, caused, later, tell):
    """No transfer; what comes later is told of both ids (revenuecat.md §8)."""
    buyer = live(*MONTHS, people=[someone(anonymous=True)])[0]
    later(days=1)
    assert caused(restore(buyer)) == []
    event = tell("webhook")[-1].body["event"]
    anonymous = app_user_id(buyer.person)
    assert [event[name] for name in ("app_user_id", "original_app_user_id", "aliases")] == [
        "u-1",
        anonymous,
        [anonymous, "u-1"],
    ]


def test_restored_purchase_goes_on_elsewhere(live, restore, later, tell):
    buyer = live(*MONTHS)[0]
    later(days=1)
    restore(buyer)
    assert [one.body["event"]["app_user_id"] for one in tell("webhook")] == [app_user_id(buyer.person), "u-1"]


@pytest.mark.parametrize(
    ("behavior", "product", "status"),
    [
        ("transfer", MONTHLY, 200),
        ("transfer_if_no_active", MONTHLY, 400),
        ("transfer_if_no_active", LIFETIME, 200),
        ("keep_with_original", LIFETIME, 400),
        ("share", MONTHLY, 200),
    ],
)
def test_owner_decides_of_restores(revenuecat, live, restore, caused, behavior, product, status):
    revenuecat.tenant.changed["restore_behavior"] = behavior
    reply = restore(live(day(0, user.buys(product)))[0])
    assert (reply.status, names(caused(reply)) if status == 200 else reply.json["code"]) == (
        status,
        {200: [] if behavior == "share" else ["TRANSFER"], 400: 7102}[status],
    )


def test_shared_purchase_makes_one_customer(revenuecat, live, restore):
    revenuecat.tenant.changed["restore_behavior"] = "share"
    buyer = live(*MONTHS)[0]
    restore(buyer)
    assert revenuecat.get().subscriber == revenuecat.get(app_user_id(buyer.person)).subscriber


@pytest.fixture
def transfer(revenuecat):
    """Move somebody's purchases by v2."""
    project = revenuecat.tenant.credentials("")["project_id"]
    path = f"/v2/projects/{project}/customers/{{}}/actions/transfer"
    return lambda source, target="u-1": revenuecat("POST", path.format(source), {"target_customer_id": target})


@pytest.mark.usefixtures("known")
def test_transfer_is_told_once_by_webhook_and_twice_to_mparticle(live, transfer, caused):
    buyer = live(day(0, user.buys(MONTHLY)), day(0, user.buys(LIFETIME)))[0]
    reply = transfer(app_user_id(buyer.person))
    assert names(caused(reply)) == ["TRANSFER"]
    assert names(caused(reply, "mparticle")) == ["rc_transfer_event", "rc_transfer_event"]


@pytest.mark.usefixtures("known")
def test_transfer_of_nothing_is_none(revenuecat, transfer, caused):
    revenuecat.get("u-2")
    reply = transfer("u-2")
    assert (reply.status, caused(reply)) == (200, [])


@pytest.mark.parametrize("path", ["/v1/subscribers/u-1/attributes", "/v1/subscribers/u-1/attribution"])
def test_other_calls_are_not_told(revenuecat, caused, path):
    bodies = {"attributes": {"attributes": {}}, "attribution": {"data": {}, "network": "0"}}
    reply = revenuecat("POST", path, bodies[path.rsplit("/", 1)[1]])
    assert (reply.status, caused(reply), caused(reply, "mparticle")) == (200, [], [])


@pytest.fixture
def press(revenuecat):
    """Press a button of the dashboard's."""
    project = revenuecat.tenant.credentials("")["project_id"]
    return lambda path, body=None, **more: revenuecat("POST", f"/dashboard/projects/{project}/{path}", body, **more)


def test_test_event_is_sent(press, caused):
    reply = press("webhooks/test")
    (told,) = caused(reply)
    event = told.body["event"]
    assert (reply.status, event["type"], event["store"], event["environment"]) == (202, "TEST", "APP_STORE", "SANDBOX")
    assert (event["event_timestamp_ms"], event["price"], event["is_family_share"]) == (1768471200000, None, None)
    assert caused(reply, "mparticle") == []


ENROLLMENT = {"experiment_id": "prexp1", "experiment_variant": "b", "offering_id": "cheap"}


def test_enrollment_is_sent(press, caused):
    (told,) = caused(press("customers/u-1/experiments", ENROLLMENT))
    event = told.body["event"]
    assert event.items() >= {**ENROLLMENT, "type": "EXPERIMENT_ENROLLMENT", "app_user_id": "u-1"}.items()
    assert event["experiment_enrolled_at_ms"] == event["enrolled_at_ms"] == 1768471200000
    assert "store" not in event


def test_enrollment_goes_along_afterwards(live, press, tell):
    who = app_user_id(live(*MONTHS)[0].person)
    press(f"customers/{who}/experiments", ENROLLMENT)
    press(f"customers/{who}/experiments", {**ENROLLMENT, "experiment_variant": "a"})
    assert tell("webhook")[0].body["event"]["experiments"] == [
        {"experiment_id": "prexp1", "experiment_variant": "a", "enrolled_at_ms": 1768471200000}
    ]


def test_enrollment_is_filtered(revenuecat, press, caused):
    reply = press("customers/u-1/experiments", ENROLLMENT)
    revenuecat.tenant.changed["webhook_event_types"] = ["RENEWAL"]
    assert caused(reply) == []


@pytest.mark.parametrize(
    ("body", "who", "param"),
    [({}, "u-1", "experiment_id"), ({**ENROLLMENT, "more": 1}, "u-1", "more"), (ENROLLMENT, "null", "customer_id")],
)
def test_other_enrollment_is_refused(press, body, who, param):
    reply = press(f"customers/{who}/experiments", body)
    assert (reply.status, reply.json["param"]) == (400, param)


def test_integrations_hear_too(revenuecat, press, caused):
    """Those that were made by API, as far as they want to: a TEST always, the rest by its type."""
    project = revenuecat.tenant.credentials("")["project_id"]
    body = {"name": "Mine", "url": "http://localhost/hook", "event_types": ["renewal"]}
    revenuecat("POST", f"/v2/projects/{project}/integrations/webhooks", body)
    replies = [press("webhooks/test"), press("customers/u-1/experiments", ENROLLMENT)]
    assert [[one.message.url for one in caused(reply)] for reply in replies] == [["", "http://localhost/hook"], [""]]


def test_dashboard_is_for_owners(revenuecat, press):
    assert press("webhooks/test", key=revenuecat.tenant.credentials("")["public_ios_key"]).status == 403


@pytest.mark.usefixtures("known")
def test_told_shapes_are_known(revenuecat, live, restore, press, caused):
    replies = [
        revenuecat("POST", GRANT, {"duration": "monthly"}),
        revenuecat("POST", REVOKE),
        restore(live(*MONTHS)[0]),
        press("webhooks/test"),
        press("customers/u-1/experiments", ENROLLMENT),
    ]
    for channel, shape in (("webhook", WEBHOOK), ("mparticle", BATCH)):
        for one in (told for reply in replies for told in caused(reply, channel)):
            assert shape.dump(shape.load(one.body)) == one.body


def test_told_twice_it_is_the_same(revenuecat, live, restore, caused, later):
    """A server that was stopped in the middle tells it anew."""
    reply = restore(live(*MONTHS)[0])
    before = [one.message for channel in ("webhook", "mparticle") for one in caused(reply, channel)]
    later(days=40)
    assert [one.message for channel in ("webhook", "mparticle") for one in caused(reply, channel)] == before
