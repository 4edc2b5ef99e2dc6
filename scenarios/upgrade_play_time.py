"""Upgrade in mid period, WITH_TIME_PRORATION.

What is left of the old month buys a few days of the new product.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=BASIC_MONTHLY,
    timeline=[
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY, mode="WITH_TIME_PRORATION")),
        period_end(2, store.renews()),
        period_end(3, store.renews()),
    ],
    ends="active",
)
