"""7-day trial converts, then renews three times.

Money only from day 7. The billing day follows the conversion, not the trial's start.
"""

from mockserver.lifecycle import Scenario, day, period_ends, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        day(7, store.converts_trial()),
        period_ends(2, 4, store.renews()),
    ],
    ends="active",
)
