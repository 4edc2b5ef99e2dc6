"""What can happen to a subscriber: one lifecycle event is one transition of the table in lifecycles.md §2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mockserver.lifecycle.subscriber import Person, Product, Reason, Subscriber, Subscription, Transaction


class Kind(StrEnum):
    """The transitions. The numbers are the rows of lifecycles.md §2 that a kind stands for."""

    TRIAL_STARTED = "trial_started"  # 1
    TRIAL_CONVERTED = "trial_converted"  # 2
    TRIAL_CANCELLED = "trial_cancelled"  # 3
    TRIAL_EXPIRED = "trial_expired"  # 4
    SUBSCRIPTION_STARTED = "subscription_started"  # 5, 6, 23
    RENEWED = "renewed"  # 7, and 25 when it falls due: the product differs from the one before
    RENEWAL_CANCELLED = "renewal_cancelled"  # 8, 9, 50
    RENEWAL_REACTIVATED = "renewal_reactivated"  # 10; in a trial `previous` is TRIAL_OFF
    BILLING_ISSUE_DETECTED = "billing_issue_detected"  # 11, 12 (now in GRACE), 13 (now in RETRY)
    BILLING_RECOVERED = "billing_recovered"  # 14 (from GRACE), 16 (from RETRY)
    GRACE_PERIOD_EXPIRED = "grace_period_expired"  # 15
    BILLING_GIVEN_UP = "billing_given_up"  # 17
    PAUSE_SCHEDULED = "pause_scheduled"  # 18
    PAUSE_UNDONE = "pause_undone"  # scenario pause-undone
    PAUSED = "paused"  # 19
    RESUMED = "resumed"  # 20
    EXPIRED = "expired"  # 21, 39, 41, 42: the reason tells
    RESUBSCRIBED = "resubscribed"  # 22: the same chain comes back to life
    PRODUCT_CHANGED = "product_changed"  # 24, 27 at once; Play: `previous` is the old chain, `subscription` a new one
    PRODUCT_CHANGE_SCHEDULED = "product_change_scheduled"  # 25, 27 at the period end
    PRODUCT_CHANGE_UNDONE = "product_change_undone"  # 26
    REFUNDED = "refunded"  # 28, 29, 30: `transaction` is the one paid back
    REFUND_DECLINED = "refund_declined"  # 31
    REFUND_REVERSED = "refund_reversed"  # 32
    TRANSFERRED = "transferred"  # 33
    LOGGED_IN = "logged_in"  # 34: anonymous until now
    ONE_TIME_PURCHASED = "one_time_purchased"  # 35, 36
    PROMO_GRANTED = "promo_granted"  # 37
    PROMO_REMOVED = "promo_removed"  # 38
    PRICE_INCREASE_ANNOUNCED = "price_increase_announced"  # 40
    PRICE_INCREASE_ACCEPTED = "price_increase_accepted"  # 40
    EXTENDED = "extended"  # 43
    OFFER_REDEEMED = "offer_redeemed"  # 44
    TOPPED_UP = "topped_up"  # 45
    FAMILY_ACCESS_GRANTED = "family_access_granted"  # 46
    FAMILY_ACCESS_ENDED = "family_access_ended"  # 47
    ACCESS_GRANTED_IN_OUTAGE = "access_granted_in_outage"  # 48
    PENDING_PURCHASE_DROPPED = "pending_purchase_dropped"  # 49
    PAYWALL_SHOWN = "paywall_shown"  # no transition: nothing changes (nami.md §1, row 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEvent:
    """One transition of one subscriber, with everything as it was before and as it is after.

    `subscription` is the one concerned, as it is after; `previous` the same as it was before (None when it is new).
    `transaction` is the charge made, or the one refunded. `amount` is the true money moved: positive for a charge,
    negative for a refund, zero for neither. `other` is whom purchases moved to (transfer) and `other_before`,
    `other_after` that person's side of it. `at` is when it really happened; what a vendor says of it, and when, is the
    vendor's business. `id` is stable for the same scenario and seed. `detected` is False for what the store does
    without telling (a Play refund without revocation).
    """

    id: str
    kind: Kind
    at: datetime
    step: str
    before: Subscriber
    after: Subscriber
    subscription: Subscription | None = None
    previous: Subscription | None = None
    transaction: Transaction | None = None
    amount: Decimal = Decimal(0)
    reason: Reason | None = None
    new_product: Product | None = None
    other_before: Subscriber | None = None
    other_after: Subscriber | None = None
    detected: bool = True

    @property
    def person(self) -> Person:
        """Whom it happened to, as known afterwards."""
        return self.after.person
