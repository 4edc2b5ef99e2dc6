"""Play: grace 7 days, account hold, recovered on day 20.

The hold begins when grace ends; the recovery starts a new period on its own day.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=7)),
        period_end(1, store.ends_grace(), days=7),
        period_end(1, store.recovers(), days=20),
    ],
    ends="active",
)
