"""Monthly subscriber buys lifetime, cancels monthly.

The two overlap until the month ends.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.buys(LIFETIME), user.turns_renewal_off()),
        period_end(1, store.ends_period()),
    ],
    ends=["expired", "owned"],
)
