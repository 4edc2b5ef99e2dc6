"""Comes back with a product of another group."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY, STUDIO_MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.turns_renewal_off()),
        period_end(1, store.ends_period()),
        period_end(1, user.buys(STUDIO_MONTHLY), days=45),
    ],
    ends=["expired", "active"],
)
