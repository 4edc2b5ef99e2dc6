"""Pause and resume."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(10, user.pauses(months=1)),
        period_end(1, store.begins_pause()),
        day(59, store.resumes()),
        period_end(2, store.renews()),
    ],
    ends="active",
)
