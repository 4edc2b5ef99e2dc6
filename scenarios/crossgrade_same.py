"""Crossgrade, same length, at once."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY, PLUS_MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.changes_to(PLUS_MONTHLY)),
        period_end(2, store.renews()),
    ],
    ends="active",
)
