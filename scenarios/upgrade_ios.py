"""Upgrade in mid period.

The new product costs its full price and its period begins at once. What Apple gives back for the rest of the old one,
no event shows.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    product=BASIC_MONTHLY,
    timeline=[
        day(0, user.buys(BASIC_MONTHLY)),
        day(10, user.changes_to(PRO_MONTHLY)),
        period_end(2, store.renews()),
    ],
    ends="active",
)
