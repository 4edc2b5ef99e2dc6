"""Deliveries given up.

The endpoint is down for three hours, longer than some senders try.
"""

from mockserver.lifecycle import Scenario, day, down, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
    ],
    trouble=[down("renewed", hours=3)],
    ends="active",
)
