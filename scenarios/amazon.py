"""Amazon: renews, then turned off.

Of a cancellation Amazon tells when the period ends, so that is when it happens here.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="amazon",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
        period_end(2, user.turns_renewal_off(), store.ends_period()),
    ],
    ends="expired",
)
