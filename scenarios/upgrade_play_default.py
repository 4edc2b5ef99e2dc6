"""Upgrade in mid period, WITHOUT_PRORATION.

The new product at once, nothing charged until the old end.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=BASIC_MONTHLY,
    timeline=[
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY, mode="WITHOUT_PRORATION")),
        period_end(2, store.renews()),
    ],
    ends="active",
)
