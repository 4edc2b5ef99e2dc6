"""Stripe: card fails, cancelled after the last retry.

Retries go on for 14 days here.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="stripe",
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial(days=14)),
        day(14, store.converts_trial()),
        period_end(2, store.fails_to_charge()),
        period_end(2, store.gives_up(), days=14),
    ],
    ends="expired",
)
