"""Prepaid plan topped up."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY_PREPAID

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY_PREPAID,
    timeline=[
        day(0, user.buys(MONTHLY_PREPAID)),
        day(20, user.tops_up()),
        period_end(2, store.ends_period()),
    ],
    ends="expired",
)
