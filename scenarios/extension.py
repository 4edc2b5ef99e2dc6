"""Extended by 30 days."""

from mockserver.lifecycle import Scenario, day, developer, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, developer.extends(days=30)),
        period_end(1, store.renews()),
    ],
    ends="active",
)
