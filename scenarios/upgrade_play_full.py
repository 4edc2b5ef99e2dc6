"""Upgrade in mid period, CHARGE_FULL_PRICE.

The full price at once, for a whole month and what the rest of the old one buys.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=BASIC_MONTHLY,
    timeline=[
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY, mode="CHARGE_FULL_PRICE")),
        period_end(2, store.renews()),
    ],
    ends="active",
)
