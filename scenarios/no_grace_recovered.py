"""Billing issue without grace, recovered after 12 days.

A recovery outside grace starts a new period on its own day.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=0)),
        day(43, store.recovers()),
        period_end(2, store.renews()),
    ],
    ends="active",
)
