"""Stripe: card fails, left past due.

The owner's setting "past due": access stays while each period's invoice is left open.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="stripe",
    rules={"after_retries": "past_due"},
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge()),
        day(59, store.renews()),
        day(90, store.renews()),
    ],
    ends="grace",
)
