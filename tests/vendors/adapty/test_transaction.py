"""Transactions set by API: rules and effects (adapty.md §4.4, §6.1)."""

import pytest

from mockserver.vendors.adapty.rules import RULES

BASE = "/api/v2/server-side-api"
PROFILE = f"{BASE}/profile/"
SET = f"{BASE}/purchase/set/transaction/"
JANUARY, FEBRUARY, MARCH = (f"2026-{month}-15T10:00:00Z" for month in ("01", "02", "03"))
FREE = {"country": "US", "currency": "USD", "value": 0}
TRIAL = {"category": "introductory", "type": "free_trial"}


@pytest.fixture
def set_(adapty, transaction):
    adapty("POST", PROFILE, {}, user="u-1")
    return lambda **changes: adapty("POST", SET, transaction(**changes), user="u-1")


def one_time(**changes):
    left_out = dict.fromkeys(("expires_at", "renew_status", "originally_purchased_at"), ...)
    return {"purchase_type": "one_time_purchase", **left_out, **changes}


@pytest.mark.parametrize(
    ("code", "source", "changes"),
    [
        ("store_transaction_id_error", "store_transaction_id", one_time(store_transaction_id="t-2")),
        ("one_time_purchase_trial_error", "offer.type", one_time(offer=TRIAL, price=FREE)),
        ("originally_purchased_date_error", "originally_purchased_at", {"originally_purchased_at": FEBRUARY}),
        ("expires_date_error", "expires_at", {"expires_at": JANUARY}),
        ("renew_status_changed_date_error", "renew_status_changed_at", {"renew_status_changed_at": JANUARY}),
        (
            "billing_issue_detected_at_date_comparison_error",
            "billing_issue_detected_at",
            {"billing_issue_detected_at": JANUARY},
        ),
        ("grace_period_billing_error", "grace_period_billing_error", {"grace_period_expires_at": MARCH}),
        (
            "grace_period_expires_date_error",
            "grace_period_expires_at",
            {
                "billing_issue_detected_at": "2026-01-16T10:00:00Z",
                "grace_period_expires_at": "2026-02-14T10:00:00Z",
            },
        ),
        ("refund_date_error", "refunded_at", {"refunded_at": JANUARY, "cancellation_reason": "refund"}),
        ("refund_fields_error", "refunded_at", {"refunded_at": FEBRUARY}),
        ("refund_fields_error", "refunded_at", {"cancellation_reason": "refund"}),
        ("family_share_price_error", "is_family_shared", {"is_family_shared": True}),
        ("free_trial_price_error", "offer_type", {"offer": TRIAL}),
        ("missing_offer_id", "offer_category", {"offer": {"category": "promotional", "type": "pay_up_front"}}),
    ],
)
def test_contradiction_is_refused(set_, code, source, changes):
    reply = set_(**changes)
    text = next(rule.text for rule in RULES if rule.code == code)
    assert reply.status == 400
    assert reply.json == {"errors": [{"source": source, "errors": [text]}], "error_code": code, "status_code": 400}


def test_every_rule_is_tested():
    marks = test_contradiction_is_refused.pytestmark[0].args[1]
    assert {case[0] for case in marks} == {rule.code for rule in RULES}


@pytest.mark.parametrize(
    ("changes", "source", "code"),
    [
        ({"purchase_type": "gift"}, "purchase_type", "enum"),
        ({"price": ...}, "price", "missing"),
        ({"price": {"country": "US", "currency": "USD"}}, "price.value", "missing"),
        ({"price": {"country": "US", "currency": "USD", "value": "9.99"}}, "price.value", "float"),
        ({"store_transaction_id": "x" * 51}, "store_transaction_id", "any_str.max_length"),
        ({"expires_at": None}, "expires_at", "none.not_allowed"),
        ({"renew_status": "true"}, "renew_status", "bool"),
        ({"renew_status": ...}, "renew_status", "missing"),
        ({"cancellation_reason": "bored"}, "cancellation_reason", "enum"),
        ({"offer": {"type": "free_trial"}}, "offer.category", "missing"),
        ({"environment": "Staging"}, "environment", "enum"),
    ],
)
def test_wrong_form_is_refused(set_, changes, source, code):
    reply = set_(**changes)
    assert (reply.json["errors"][0]["source"], reply.json["error_code"]) == (source, code)


def test_first_transaction_opens_chain(set_):
    reply = set_()
    [subscription] = reply.data["subscriptions"]
    level = reply.levels["premium"]
    joined = ("store", "store_product_id", "store_original_transaction_id", "store_transaction_id")
    assert [subscription[key] for key in joined] == [level[key] for key in joined]
    assert subscription["environment"] == "Production"
    assert reply.data["total_revenue_usd"] == 9.99


def test_new_id_renews_chain(set_):
    set_()
    reply = set_(store_transaction_id="t-2", purchased_at=FEBRUARY, expires_at=MARCH)
    [subscription] = reply.data["subscriptions"]
    assert subscription["store_transaction_id"] == "t-2"
    assert subscription["originally_purchased_at"] == "2026-01-15T10:00:00+00:00"
    assert subscription["expires_at"] == "2026-03-15T10:00:00+00:00"
    assert reply.data["total_revenue_usd"] == 19.98


def test_same_id_doubles_nothing(set_):
    set_()
    reply = set_()
    assert len(reply.data["subscriptions"]) == len(reply.data["access_levels"]) == 1
    assert reply.data["total_revenue_usd"] == 9.99


def test_older_transaction_does_not_win(set_):
    set_(store_transaction_id="t-2", purchased_at=FEBRUARY, expires_at=MARCH)
    reply = set_()
    assert reply.data["subscriptions"][0]["store_transaction_id"] == "t-2"
    assert reply.data["total_revenue_usd"] == 19.98


def test_renewal_off_keeps_access(set_):
    changed = "2026-01-20T10:00:00+00:00"
    level = set_(renew_status=False, renew_status_changed_at=changed).levels["premium"]
    assert (level["renewal_cancelled_at"], level["expires_at"]) == (changed, "2026-02-15T10:00:00+00:00")


def test_renewal_on_clears_mark(set_):
    set_(renew_status=False)
    assert set_().data["subscriptions"][0]["renewal_cancelled_at"] is None


def test_grace_prolongs_access(set_, later):
    later(days=32)
    grace = "2026-03-01T10:00:00+00:00"
    reply = set_(billing_issue_detected_at=FEBRUARY, grace_period_expires_at=grace)
    assert (reply.levels["premium"]["expires_at"], reply.levels["premium"]["is_in_grace_period"]) == (grace, True)
    assert reply.data["subscriptions"][0]["expires_at"] == "2026-02-15T10:00:00+00:00"


def test_grace_ends_by_clock(adapty, set_, later):
    later(days=32)
    set_(billing_issue_detected_at=FEBRUARY, grace_period_expires_at="2026-03-01T10:00:00Z")
    later(days=60)
    assert adapty("GET", PROFILE, user="u-1").levels["premium"]["is_in_grace_period"] is False


def test_refund_ends_access(set_):
    refunded = "2026-01-18T10:00:00+00:00"
    reply = set_(refunded_at=refunded, cancellation_reason="refund")
    assert reply.levels["premium"]["expires_at"] == refunded
    assert reply.data["subscriptions"][0]["cancellation_reason"] == "refund"
    assert reply.data["total_revenue_usd"] == 0.0


def test_one_time_purchase_is_listed(set_):
    reply = set_(**one_time())
    [bought] = reply.data["non_subscriptions"]
    assert (bought["is_refund"], bought["store_transaction_id"]) == (False, "t-1")
    assert bought.keys() == {
        "purchase_id",
        "store",
        "store_product_id",
        "store_base_plan_id",
        "store_transaction_id",
        "store_original_transaction_id",
        "purchased_at",
        "environment",
        "is_refund",
        "is_consumable",
    }
    assert reply.data["subscriptions"] == []


def test_one_time_refund_keeps_purchase(set_):
    [before] = set_(**one_time()).data["non_subscriptions"]
    refund = {"refunded_at": "2026-01-18T10:00:00Z", "cancellation_reason": "refund"}
    [after] = set_(**one_time(**refund)).data["non_subscriptions"]
    assert (after["purchase_id"], after["is_refund"]) == (before["purchase_id"], True)


def test_base_plan_is_split(set_):
    [subscription] = set_(store_product_id="premium:monthly").data["subscriptions"]
    assert (subscription["store_product_id"], subscription["store_base_plan_id"]) == ("premium", "monthly")


def test_product_unlocks_its_level(set_, tenant):
    tenant.changed = {"products": {"coins": "", "gold.monthly": "gold"}}
    assert set_(store_product_id="gold.monthly").levels.keys() == {"gold"}


def test_known_product_may_unlock_nothing(set_, tenant):
    tenant.changed = {"products": {"coins": ""}}
    assert set_(**one_time(store_product_id="coins")).data["access_levels"] == []


def test_unknown_profile_is_400(adapty, transaction):
    reply = adapty("POST", SET, transaction(), user="nobody")
    assert (reply.status, reply.json["error_code"]) == (400, "profile_does_not_exist")


def test_offer_has_three_keys(set_):
    [subscription] = set_(offer=TRIAL, price=FREE).data["subscriptions"]
    assert subscription["offer"] == {"category": "introductory", "type": "free_trial", "id": None}
