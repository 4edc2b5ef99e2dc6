"""Play: account hold runs out.

The hold lasts 30 days here. Access has ended long before it.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    rules={"hold_days": 30},
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=7)),
        period_end(1, store.ends_grace(), days=7),
        period_end(1, store.gives_up(), days=37),
    ],
    ends="expired",
)
