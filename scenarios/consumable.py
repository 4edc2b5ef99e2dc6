"""Consumable bought three times."""

from mockserver.lifecycle import Scenario, after, day, user
from mockserver.lifecycle.catalogue import COINS

SCENARIO = Scenario(
    product=COINS,
    timeline=[
        day(0, user.buys(COINS)),
        after(user.buys(COINS), hours=1),
        day(9, user.buys(COINS)),
    ],
)
