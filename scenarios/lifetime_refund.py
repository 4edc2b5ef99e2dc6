"""Lifetime bought and refunded."""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import LIFETIME

SCENARIO = Scenario(
    product=LIFETIME,
    timeline=[
        day(0, user.buys(LIFETIME)),
        day(5, store.refunds()),
    ],
    ends="refunded",
)
