"""Paid month cancelled, then expires.

Access goes on until the end.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.turns_renewal_off()),
        period_end(1, store.ends_period()),
    ],
    ends="expired",
)
