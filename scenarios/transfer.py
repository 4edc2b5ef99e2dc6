"""Transfer between two users.

A buys, B restores on the same store account: from then on the subscription is B's.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user("a").buys(MONTHLY)),
        day(5, user("b").restores()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
