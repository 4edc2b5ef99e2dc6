"""Cancelled, turned on again, renews."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.turns_renewal_off()),
        day(20, user.turns_renewal_on()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
