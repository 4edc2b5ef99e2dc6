"""Leap day: yearly bought on 29 February 2028.

Near midnight: in time zones east of UTC it is 1 March already.
"""

from mockserver.lifecycle import Scenario, day, period_ends, store, user
from mockserver.lifecycle.catalogue import YEARLY

SCENARIO = Scenario(
    start="2028-02-29 23:50",
    product=YEARLY,
    timeline=[
        day(0, user.buys(YEARLY)),
        period_ends(1, 4, store.renews()),
    ],
    ends="active",
)
