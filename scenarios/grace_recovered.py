"""Billing issue, grace, recovered.

The recovery falls into grace, so the billing day is kept.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=16)),
        day(35, store.recovers()),
        period_end(2, store.renews()),
    ],
    ends="active",
)
