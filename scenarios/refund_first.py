"""Refund of the first purchase."""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(3, store.refunds()),
    ],
    ends="refunded",
)
