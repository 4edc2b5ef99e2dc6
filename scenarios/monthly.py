"""Monthly happy path."""

from mockserver.lifecycle import Scenario, day, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_ends(1, 3, store.renews()),
    ],
    ends="active",
)
