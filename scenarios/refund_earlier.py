"""Refund of an earlier period, subscription goes on."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
        period_end(2, store.renews()),
        day(64, store.refunds(period=1)),
    ],
    ends="active",
)
