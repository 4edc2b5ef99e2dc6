"""Trial fails to convert, grace, recovered.

The period keeps its billing day because the recovery falls inside grace.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        day(7, store.fails_to_charge(grace_days=16)),
        day(10, store.recovers()),
        period_end(2, store.renews()),
    ],
    ends="active",
)
