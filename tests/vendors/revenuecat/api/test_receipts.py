"""Receipts: whose the transactions are that they name, and attributes on the way (revenuecat.md §§8, 12)."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from mockserver.lifecycle import day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.vendors.revenuecat.customer import aliases, app_user_id

PATH = "/v1/receipts"
MONTHS = (day(0, user.buys(MONTHLY)), period_end(1, store.renews()))


@pytest.fixture
def post(revenuecat):
    """Post a receipt of somebody's."""

    def send(proof="mystery", who="u-1", **more):
        headers = {name: more.pop(name) for name in ("key", "x_platform") if name in more}
        body = {"app_user_id": who, "fetch_token": proof, **more}
        return revenuecat("POST", PATH, body, **{"x_platform": "ios", **headers})

    return send


@pytest.fixture
def bought(live):
    """Somebody who subscribed; what is known of the purchase."""

    def plan(*steps, **declared):
        event = live(*(steps or MONTHS), **declared)[0]
        return event.person, event.transaction

    return plan


def premium(reply):
    return reply.subscriber["entitlements"].get("premium")


def test_receipt_creates_customer(revenuecat, post):
    reply = post()
    assert (reply.status, reply.subscriber["original_app_user_id"]) == (200, "u-1")
    assert revenuecat.get().status == 200


def test_unknown_token_proves_nothing(post):
    reply = post("mystery")
    assert (reply.subscriber["entitlements"], reply.rules & {"unknown-purchase"}) == ({}, {"unknown-purchase"})


def test_own_receipt_changes_nothing(revenuecat, post, bought):
    person, transaction = bought()
    before = revenuecat.get(app_user_id(person)).subscriber
    reply = post(transaction.id, app_user_id(person))
    assert (reply.subscriber, reply.rules & {"unknown-purchase"}) == (before, set())


def test_receipt_brings_purchase(revenuecat, post, bought):
    _, transaction = bought()
    reply = post(transaction.id)
    assert premium(reply)["expires_date"] == "2026-02-15T10:00:00Z"
    assert revenuecat.get().subscriber == reply.subscriber


def test_brought_purchase_goes_on(revenuecat, post, bought, later):
    _, transaction = bought()
    post(transaction.id)
    later(days=32)
    assert premium(revenuecat.get())["expires_date"] == "2026-03-15T10:00:00Z"


def test_identified_buyer_loses_it(revenuecat, post, bought):
    """Restored by another: transferred (revenuecat.md §8, default setting)."""
    person, transaction = bought()
    post(transaction.id)
    assert premium(revenuecat.get(app_user_id(person))) is None


def test_last_who_restores_has_it(revenuecat, post, bought):
    person, transaction = bought()
    for who in ("u-1", "u-2", app_user_id(person)):
        assert premium(post(transaction.id, who)) is not None
    assert [premium(revenuecat.get(who)) for who in ("u-1", "u-2")] == [None, None]


@pytest.fixture
def anonymous(bought):
    """Somebody who subscribed without an id of the app's own, and logs in later."""
    steps = (day(0, user.buys(MONTHLY)), day(9, user.logs_in()), period_end(1, store.renews()))
    return bought(*steps, people=[someone(anonymous=True)])


def test_anonymous_buyer_becomes_alias(revenuecat, post, anonymous):
    person, transaction = anonymous
    post(transaction.id)
    mine, theirs = revenuecat.get().subscriber, revenuecat.get(app_user_id(person)).subscriber
    assert mine == theirs
    assert (mine["original_app_user_id"], premium(revenuecat.get()) is None) == (app_user_id(person), False)


def test_alias_stays_after_login(revenuecat, post, anonymous, later):
    _, transaction = anonymous
    post(transaction.id)
    later(days=10)
    login = revenuecat.tenant.events[1].person.customer_id
    assert revenuecat.get().subscriber == revenuecat.get(login).subscriber


def test_after_login_it_is_transferred(revenuecat, post, anonymous, later):
    person, transaction = anonymous
    later(days=10)
    post(transaction.id)
    assert (premium(revenuecat.get()) is None, premium(revenuecat.get(app_user_id(person)))) == (False, None)


def test_keeping_owner_refuses(revenuecat, post, bought):
    person, transaction = bought()
    revenuecat.tenant.changed["restore_behavior"] = "keep_with_original"
    reply = post(transaction.id)
    assert (reply.status, reply.json["code"]) == (400, 7102)
    assert premium(post(transaction.id, app_user_id(person))) is not None
    assert revenuecat.get().status == 201


def test_keeping_owner_knows_others(revenuecat, post):
    revenuecat.tenant.changed["restore_behavior"] = "keep_with_original"
    assert post("mystery").status == 200


def test_deleted_customer_has_nothing(revenuecat, post, bought):
    person, transaction = bought()
    post(transaction.id)
    revenuecat("DELETE", "/v1/subscribers/u-1")
    assert premium(revenuecat.get()) is None
    assert premium(revenuecat.get(app_user_id(person))) is not None


def test_receipt_is_read(revenuecat, post, bought):
    """A receipt or a signed transaction has the ids of its transactions inside."""
    _, transaction = bought()
    receipt = b64encode(f"\x01receipt {transaction.id} end".encode()).decode()
    payload = urlsafe_b64encode(b'{"transactionId":"%s"}' % transaction.id.encode()).decode().rstrip("=")
    assert premium(post(receipt, "u-1")) is not None
    assert premium(post(f"aaaa.{payload}.bbbb", "u-2")) is not None


def test_renewal_names_its_chain(revenuecat, post, bought, later):
    bought()
    later(days=32)
    assert premium(post(revenuecat.tenant.events[1].transaction.id)) is not None


def test_receipt_before_purchase_waits(revenuecat, post, bought, later):
    _, transaction = bought(day(3, user.buys(MONTHLY)))
    assert premium(post(transaction.id)) is None
    later(days=3)
    assert premium(revenuecat.get()) is not None


def test_attributes_come_along(revenuecat, post):
    reply = post(attributes={"color": {"value": "red", "updated_at_ms": 1}})
    assert "attributes_error_response" not in reply.json
    assert revenuecat.attributes() == {"color": "red"}


def test_bad_attributes_do_not_refuse(revenuecat, post):
    attributes = {"$email": {"value": "ada", "updated_at_ms": 1}, "color": {"value": "red", "updated_at_ms": 1}}
    reply = post(attributes=attributes)
    assert reply.status == 200
    assert reply.json["attributes_error_response"] == {
        "code": 7263,
        "message": "Some subscriber attributes keys were unable to be saved.",
        "attribute_errors": [{"key_name": "$email", "message": "Value is not a valid email address."}],
    }
    assert revenuecat.attributes() == {"color": "red"}


def test_address_of_caller_comes_along(revenuecat, post):
    post(
        attributes={"$ip": {"value": "true", "updated_at_ms": 1}},
        key=revenuecat.tenant.credentials("")["public_ios_key"],
    )
    assert revenuecat.attributes() == {"$ip": "203.0.113.9"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 7226),
        ({"app_user_id": "u-1"}, 7226),
        ({"app_user_id": 1, "fetch_token": "x"}, 7226),
        ({"fetch_token": "x"}, 7226),
        ({"app_user_id": "u-1", "fetch_token": " "}, 7103),
        ({"app_user_id": "", "fetch_token": "x"}, 7220),
        ({"app_user_id": "null", "fetch_token": "x"}, 7256),
        ({"app_user_id": "a/b", "fetch_token": "x"}, 7256),
        ({"app_user_id": "u-1", "fetch_token": "x", "attributes": {"a": 1}}, 7264),
    ],
)
def test_other_form_is_refused(revenuecat, body, code):
    reply = revenuecat("POST", PATH, body, x_platform="ios")
    assert (reply.status, reply.json["code"]) == (400, code)


def test_platform_should_be_said(revenuecat):
    reply = revenuecat("POST", PATH, {"app_user_id": "u-1", "fetch_token": "x"})
    assert (reply.status, "no-platform" in reply.rules) == (200, True)


def test_ids_are_found_under_aliases(revenuecat, post, bought):
    person, transaction = bought()
    assert post(transaction.id, aliases(person)[-1]).subscriber["original_app_user_id"] == aliases(person)[0]
