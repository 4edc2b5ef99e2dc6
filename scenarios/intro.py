"""Introductory price, three months, then full."""

from mockserver.lifecycle import Scenario, day, period_end, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY_CHEAP_AT_FIRST

SCENARIO = Scenario(
    product=MONTHLY_CHEAP_AT_FIRST,
    timeline=[
        day(0, user.buys_at_intro_price()),
        period_ends(1, 2, store.renews()),
        period_end(3, store.renews()),
    ],
    ends="active",
)
