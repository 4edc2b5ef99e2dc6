"""Crossgrade, other length, at the period end."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY, YEARLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.changes_to(YEARLY)),
        period_end(1, store.renews()),
    ],
    ends="active",
)
