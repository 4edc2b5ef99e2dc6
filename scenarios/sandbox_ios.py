"""Accelerated clock, Apple sandbox.

A month lasts five minutes, and the twelfth renewal is the last.
"""

from mockserver.lifecycle import Scenario, day, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    environment="sandbox",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_ends(1, 12, store.renews()),
        period_end(13, store.cancels(), store.ends_period()),
    ],
    ends="expired",
)
