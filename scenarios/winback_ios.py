"""Win-back after a lapse of 45 days.

The same group, so the same chain of transactions goes on.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.turns_renewal_off()),
        period_end(1, store.ends_period()),
        period_end(1, user.subscribes_again(), days=45),
    ],
    ends="active",
)
