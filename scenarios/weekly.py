"""Weekly, eight weeks, then cancelled."""

from mockserver.lifecycle import Scenario, day, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import WEEKLY

SCENARIO = Scenario(
    store="play_store",
    product=WEEKLY,
    timeline=[
        day(0, user.buys(WEEKLY)),
        period_ends(1, 7, store.renews()),
        day(52, user.turns_renewal_off()),
        period_end(8, store.ends_period()),
    ],
    ends="expired",
)
