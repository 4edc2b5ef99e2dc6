"""Duplicate deliveries.

Endpoints fail at first and are tried again; then the renewal is sent once more by hand.
"""

from mockserver.lifecycle import Scenario, answers, day, period_end, resent, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.renews()),
    ],
    trouble=[
        answers("renewed", webhook=[500, 503, 200], feed=[429, 429, 202]),
        resent("renewed"),
    ],
    ends="active",
)
