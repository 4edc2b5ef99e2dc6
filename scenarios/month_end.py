"""Month-end: bought on 31 January.

Renewed on the last day where the month is shorter, and on the 31st again after.
"""

from mockserver.lifecycle import Scenario, day, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    start="2026-01-31 18:30",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_ends(1, 4, store.renews()),
    ],
    ends="active",
)
