"""What Adapty refuses although the body has the right form (adapty.md §6.1); the first broken rule is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mockserver.vendors.adapty.errors import (
    AdaptyError,
    NoAccessLevelError,
    RevokedInThePastError,
    RevokedTooLateError,
)
from mockserver.vendors.adapty.objects import AccessLevel

Transaction = Mapping[str, Any]


class Rule(NamedTuple):
    """A rule of transactions: when it is broken, and what is said then."""

    code: str
    source: str
    text: str
    broken: Callable[[Transaction], bool]


class BrokenRuleError(AdaptyError):
    """A transaction that contradicts itself."""

    def __init__(self, rule: Rule | None = None) -> None:
        rule = rule or RULES[0]
        self.code = rule.code
        super().__init__(rule.text, source=rule.source)


def _not_after(name: str) -> Callable[[Transaction], bool]:
    return lambda body: body.get(name) is not None and body[name] <= body["purchased_at"]


def _is_trial(body: Transaction) -> bool:
    return body["offer"] is not None and body["offer"]["type"] == "free_trial"


def _is_one_time(body: Transaction) -> bool:
    return bool(body["purchase_type"] == "one_time_purchase")


RULES = (
    Rule(
        "store_transaction_id_error",
        "store_transaction_id",
        "store_transaction_id must be equal to store_original_transaction_id for purchase.",
        lambda body: _is_one_time(body) and body["store_transaction_id"] != body["store_original_transaction_id"],
    ),
    Rule(
        "one_time_purchase_trial_error",
        "offer.type",
        "One-time purchase cannot have a trial.",
        lambda body: _is_one_time(body) and _is_trial(body),
    ),
    Rule(
        "originally_purchased_date_error",
        "originally_purchased_at",
        "originally_purchased_at must be earlier than or equal to purchased_at.",
        lambda body: not _is_one_time(body) and body["originally_purchased_at"] > body["purchased_at"],
    ),
    Rule(
        "expires_date_error",
        "expires_at",
        "expires_at must be later than purchased_at.",
        _not_after("expires_at"),
    ),
    Rule(
        "renew_status_changed_date_error",
        "renew_status_changed_at",
        "renew_status_changed_at must be later than purchased_at.",
        _not_after("renew_status_changed_at"),
    ),
    Rule(
        "billing_issue_detected_at_date_comparison_error",
        "billing_issue_detected_at",
        "billing_issue_detected_at must be later than purchased_at.",
        _not_after("billing_issue_detected_at"),
    ),
    Rule(
        "grace_period_billing_error",
        "grace_period_billing_error",  # as Adapty's own example has it
        "If grace_period_expires_at is specified, billing_issue_detected_at must also be specified.",
        lambda body: body.get("grace_period_expires_at") is not None and body["billing_issue_detected_at"] is None,
    ),
    Rule(
        "grace_period_expires_date_error",
        "grace_period_expires_at",
        "grace_period_expires_at must be later or equal to expires_at.",
        lambda body: (
            body.get("grace_period_expires_at") is not None and body["grace_period_expires_at"] < body["expires_at"]
        ),
    ),
    Rule(
        "refund_date_error",
        "refunded_at",
        "refunded_at must be later than purchased_at.",
        _not_after("refunded_at"),
    ),
    Rule(
        "refund_fields_error",
        "refunded_at",
        "refunded_at and cancellation_reason=refund must be specified together.",
        lambda body: (body["refunded_at"] is not None) != (body["cancellation_reason"] == "refund"),
    ),
    Rule(
        "family_share_price_error",
        "is_family_shared",
        "If is_family_shared is true, price.value must be 0.",
        lambda body: body["is_family_shared"] and body["price"]["value"] != 0,
    ),
    Rule(
        "free_trial_price_error",
        "offer_type",
        "If offer_type is 'free_trial', price.value must be 0.",
        lambda body: _is_trial(body) and body["price"]["value"] != 0,
    ),
    Rule(
        "missing_offer_id",
        "offer_category",
        "offer_id must be specified for all offer types except 'introductory'.",
        lambda body: bool(body["offer"]) and body["offer"]["category"] != "introductory" and not body["offer"]["id"],
    ),
)


def check_transaction(body: Transaction) -> None:
    """Refuse a transaction that contradicts itself.

    Raises:
        BrokenRuleError: it does.
    """
    for rule in RULES:
        if rule.broken(body):
            raise BrokenRuleError(rule)


def check_revocation(
    profile_id: str, levels: tuple[AccessLevel, ...], level: str, revoke_at: datetime | None, now: datetime
) -> None:
    """Refuse to revoke what is not there, in the past, or later than it ends anyway.

    Raises:
        NoAccessLevelError: the profile has no such access level, or has it no more.
        RevokedInThePastError: the instant has passed.
        RevokedTooLateError: access ends before that instant.
    """
    ends = [one.purchase.access_until for one in levels if one.access_level_id == level]
    current = [end for end in ends if end is None or end > now]
    if not current:
        raise NoAccessLevelError(profile_id, level)
    if revoke_at is None:
        return
    if revoke_at < now:
        raise RevokedInThePastError
    if current[0] is not None and revoke_at > current[0]:
        raise RevokedTooLateError(revoke_at, current[0])
