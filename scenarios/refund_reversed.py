"""Refund, then reversed.

Access comes back with the money, auto-renew stays off.
"""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(3, store.refunds()),
        day(10, store.reverses_refund()),
    ],
    ends="active_off",
)
