"""Daylight saving: month across the change.

The instant in UTC stays. The renewals from May to October are taken as read.
"""

from mockserver.lifecycle import Scenario, day, left_out, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    start="2026-03-01 09:30",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
        left_out(period_ends(2, 7, store.renews())),
        period_ends(8, 9, store.renews()),
    ],
    ends="active",
)
