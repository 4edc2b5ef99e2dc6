"""Out-of-order deliveries.

The recovery arrives before the trouble it ended, and the end of access before its reason.
"""

from mockserver.lifecycle import Scenario, after, arriving, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        period_end(1, store.fails_to_charge(grace_days=0)),
        after(user.fixes_card(), minutes=3),
    ],
    trouble=[
        arriving(
            "billing_recovered",
            "billing_issue_detected:3",
            "billing_issue_detected:1",
            "billing_issue_detected:2",
        ),
    ],
    ends="active",
)
