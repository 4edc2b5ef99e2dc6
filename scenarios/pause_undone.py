"""Pause scheduled, then taken back."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.pauses(months=1)),
        day(12, user.takes_pause_back()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
