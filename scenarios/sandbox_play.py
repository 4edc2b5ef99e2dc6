"""Accelerated clock, Play licence tester.

A trial lasts three minutes, a month five; the conversion is the first of six renewals.
"""

from mockserver.lifecycle import Scenario, day, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    environment="sandbox",
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        period_end(1, store.converts_trial()),
        period_ends(2, 6, store.renews()),
        period_end(7, store.cancels(), store.ends_period()),
    ],
    ends="expired",
)
