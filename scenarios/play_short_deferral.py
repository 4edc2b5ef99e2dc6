"""Play defers a charge by 8 h."""

from mockserver.lifecycle import Scenario, after, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.defers(hours=8)),
        after(store.renews(), hours=8),
    ],
    ends="active",
)
