"""Price increase accepted.

The notice is too short for the first renewal after it.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(5, store.announces_price("11.99")),
        day(12, user.accepts_price()),
        period_end(1, store.renews()),
        period_end(2, store.renews()),
    ],
    ends="active",
)
