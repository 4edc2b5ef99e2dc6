"""Play: refunded in the console without revoking.

The money is back, and nobody is told: access goes on until the user cancels and the month ends.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(3, store.refunds(revoking=False)),
        day(4, user.turns_renewal_off()),
        period_end(1, store.ends_period()),
    ],
    ends="expired",
)
