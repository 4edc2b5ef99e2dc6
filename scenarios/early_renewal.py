"""Renewal charged 8 h before the period ends."""

from mockserver.lifecycle import Scenario, before_period_end, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        before_period_end(1, store.renews(), hours=8),
    ],
    ends="active",
)
