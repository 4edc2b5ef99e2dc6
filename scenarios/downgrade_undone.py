"""Downgrade chosen, then taken back."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import BASIC_MONTHLY, PRO_MONTHLY

SCENARIO = Scenario(
    product=PRO_MONTHLY,
    timeline=[
        day(0, user.buys(PRO_MONTHLY)),
        day(10, user.changes_to(BASIC_MONTHLY)),
        day(12, user.takes_change_back()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
