"""Upgrade in mid period, prorated price.

The difference for the rest of the month is charged at once, the billing day stays.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=BASIC_MONTHLY,
    timeline=[
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY, mode="CHARGE_PRORATED_PRICE")),
        period_end(2, store.renews()),
    ],
    ends="active",
)
