"""Billing issue, grace, never recovered.

Apple goes on trying until 60 days after the failure.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=16)),
        period_end(1, store.ends_grace(), days=16),
        period_end(1, store.gives_up(), days=60),
    ],
    ends="expired",
)
