"""Trial cancelled 12 h before its end, charged all the same.

Apple asks for a day's notice. The cancellation counts for the end of the paid month.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        day(6, user.turns_renewal_off(), hours=12),
        day(7, store.converts_trial()),
        period_end(2, store.ends_period()),
    ],
    ends="expired",
)
